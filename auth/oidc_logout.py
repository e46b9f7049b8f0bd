"""An OpenID provider signs somebody out at Mutua, from server to server (OpenID Connect Back-Channel Logout 1.0)."""

from dataclasses import dataclass
from typing import Any

from authlib.common.errors import AuthlibBaseError
from joserfc import jwt
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth import sessions
from auth.oidc import LEEWAY, signed_by
from auth.pages import Pages, log
from auth.provider.asked import unproven
from auth.refusals import Error, Refusal
from auth.site import Site, site_of
from domain import members
from models import identity as rows
from models.vocabulary import IdentityProtocol

BACK_CHANNEL = "/login/backchannel"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYPES = ("logout+jwt", "JWT", None)
"""§2.4: the first is recommended; most providers send the second or none."""


@dataclass(frozen=True, slots=True)
class _Told:
    """Whom a logout token names: a person, a session, or both."""

    subject: str | None
    index: str | None


async def _back_channel(pages: Pages, request: Request) -> Response:
    """200 once it is done, 400 for what isn't believed (§2.8). A provider asks again or not, as it likes."""
    site = site_of(request)
    async with request.form(max_files=0, max_fields=10) as form:
        token = str(form.get("logout_token", ""))
    try:
        provider = await _sender(site, token)
        told = _told(await _verified(site, provider, token))
        async with site.transaction() as session:
            indexes = [told.index] if told.index else []
            ended = await sessions.end_at_provider(session, site, provider.id, told.subject, indexes)
    except Refusal as refusal:
        log.info("back-channel logout refused: %s (%s)", refusal.code, refusal.cause)
        return JSONResponse({"error": "invalid_request"}, 400, {"Cache-Control": "no-store"})
    log.info("back-channel logout: %d sessions ended", ended)
    return Response(headers={"Cache-Control": "no-store"})


ROUTES = (("POST", BACK_CHANNEL, _back_channel),)


async def _sender(site: Site, token: str) -> rows.IdentityProvider:
    """Who it says that it is from; the signature is looked at afterwards."""
    issuer = unproven(token).get("iss")
    async with site.transaction() as session:
        provider = await members.usable_provider(session, str(issuer), demo=site.demo) if issuer else None
    if provider is None or provider.protocol is not IdentityProtocol.OIDC:
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN, "a logout token of nobody registered")
    return provider


async def _verified(site: Site, provider: rows.IdentityProvider, token: str) -> dict[str, Any]:
    """§2.6. Raises Refusal."""
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id or ""},
        iat={"essential": True},
        jti={"essential": True},
    )
    try:
        decoded = await signed_by(site.directory, provider.issuer, token)
        if decoded.header.get("typ") not in TYPES:
            raise Refusal(Error.TOKEN_INVALID, "not a logout token")
        registry.validate(decoded.claims)
    except (JoseError, AuthlibBaseError, ValueError, TypeError, OverflowError) as error:
        raise Refusal(Error.TOKEN_INVALID, repr(error)) from error
    return dict(decoded.claims)


def _told(claims: dict[str, Any]) -> _Told:
    """§2.4: the event says that it is one; a nonce would make it an ID token, which nobody may use for this."""
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict) or "nonce" in claims:
        raise Refusal(Error.TOKEN_INVALID, "not a logout token")
    told = _Told(_text(claims.get("sub")), _text(claims.get("sid")))
    if told.subject is None and told.index is None:
        raise Refusal(Error.TOKEN_INVALID, "a logout token that names nobody")
    return told


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
