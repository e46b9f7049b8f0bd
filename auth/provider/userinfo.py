"""The userinfo endpoint: what a client may know of the person who allowed it (OpenID Connect Core 1.0 §5.3)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth import bearer
from auth.provider import clients, people
from auth.provider.server import HEADERS
from auth.site import site_of
from domain.scopes import Scope


async def answer(request: Request) -> Response:
    site = site_of(request)
    try:
        text = bearer.token_of(request)
        if text is None:
            return _refused(401, 'Bearer realm="Mutua"', "invalid_request", "Send an access token.")
        async with site.transaction() as session:
            caller, found = await bearer.find(session, site, text, None)
            client = await clients.registered(session, site.keys, str(caller.client_id))
            who = await people.person(session, site.keys, client, found.session_id)
            if who is None or Scope.OPENID not in caller.scopes:
                challenge = 'Bearer realm="Mutua", error="insufficient_scope", scope="openid"'
                return _refused(403, challenge, "insufficient_scope", "The token needs the scope openid and a person.")
            return JSONResponse(await people.claims(session, who, caller.scopes), headers=HEADERS)
    except bearer.Refused as refused:
        return _refused(401, refused.challenge, "invalid_token", refused.message)


def _refused(status: int, challenge: str, error: str, message: str) -> Response:
    told = {"error": error, "error_description": message}
    return JSONResponse(told, status, {**HEADERS, "WWW-Authenticate": challenge})
