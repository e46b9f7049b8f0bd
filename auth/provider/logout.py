"""Signing out at a client's wish (OpenID Connect RP-Initiated Logout 1.0).

A request that names the sign-in by its ID token ends it at once; without one the person is asked, since anybody can
link to this address.
"""

from typing import Protocol

from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oidc.rpinitiated import EndSessionEndpoint
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth import cookies, sessions
from auth.provider import clients, people, tokens
from auth.provider.asked import Asked, linked, posted, unproven
from auth.provider.case import Case
from auth.provider.metadata import END_SESSION
from auth.provider.server import HEADERS, Provider
from auth.refusals import Error, Refusal
from auth.site import site_of


class Pages(Protocol):
    def refused(self, request: Request, refusal: Refusal) -> Response: ...

    def sign_out(self, request: Request) -> Response: ...


class _EndSession(EndSessionEndpoint):  # type: ignore[misc] # Authlib ships no types
    def get_server_jwks(self) -> KeySet:
        return tokens.verifying(self.server.case.site.keys)

    def get_algorithms(self) -> list[str]:
        return [tokens.ALGORITHM]


async def answer(pages: Pages, request: Request) -> Response:
    site = site_of(request)
    address = site.public_url + END_SESSION
    token = cookies.read(request, site, cookies.SESSION)
    try:
        asked = linked(request, address) if request.method == "GET" else await posted(request, address)
        async with site.transaction() as session:
            client = await clients.registered(session, site.keys, asked.form.get("client_id") or _audience(asked))
            provider = Provider(Case(site, asked, client))
            provider.register_endpoint(_EndSession)
            wish = provider.validate_endpoint_request("end_session", asked)
            found = await sessions.find(session, site, token, None)
            who = await people.person(session, site.keys, client, found.session_id)
            told = wish.id_token_claims or {}
            hers = not found.session_id or (who is not None and told.get("sid") == who.session_name)
            if told.get("iss") != site.public_url or not hers:
                return pages.sign_out(request)
            if token:
                await sessions.end(session, site, token)
    except OAuth2Error as error:
        return pages.refused(request, Refusal(Error.APP_REQUEST_REFUSED, error.error, {"detail": error.description}))
    response = RedirectResponse(wish.redirect_uri or "/", 303, HEADERS)
    cookies.take(response, site, cookies.SESSION)
    return response


def _audience(asked: Asked) -> str | None:
    """Whose ID token it says it is; its signature is looked at afterwards."""
    audience = unproven(asked.form.get("id_token_hint")).get("aud")
    return audience if isinstance(audience, str) else None
