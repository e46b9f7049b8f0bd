"""The authorization endpoint: who asks for what, whether she is signed in, and whether she allows it.

RFC 6749 §4.1, OpenID Connect Core 1.0 §3.1.2. Until client and redirect URI are known to belong together, nobody
is sent anywhere.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc6749.errors import AccessDeniedError, InvalidRequestError
from authlib.oidc.core.errors import ConsentRequiredError, LoginRequiredError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth import cookies, sessions
from auth.discovery import LOGIN
from auth.provider import clients, consents, people
from auth.provider.asked import Asked
from auth.provider.case import Case
from auth.provider.metadata import AUTHORIZE
from auth.provider.people import Person
from auth.provider.server import HEADERS, Provider
from auth.site import Site
from domain import client_addresses, scopes
from domain.keys import Purpose, Unreadable
from domain.principal import Membership
from domain.scopes import Scope

UNSUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
    "dpop_jkt": "invalid_request",
    "authorization_details": "invalid_request",
}
"""Parameters of what we don't offer, and the error that names it (OpenID Connect Core 1.0 §3.1.2.6)."""
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
CONSENT_LIVES = timedelta(minutes=10)


class Unsupported(OAuth2Error):  # type: ignore[misc] # Authlib ships no types
    """What RFC 9700 advises against, or we don't offer, refused by its name."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked. `note` comes back with her answer; `leads_to` is where answering leads, for the page's
    policy."""

    client_name: str
    memberships: tuple[Membership, ...]
    scopes: Sequence[Scope]
    note: str
    leads_to: str


async def ask(session: AsyncSession, site: Site, request: Request, asked: Asked) -> Response | Question:
    """Lead on to the client, to the sign-in, or ask the person. Raises OAuth2Error."""
    case, provider, grant = await _validated(session, site, asked)
    client = case.client
    assert client is not None  # noqa: S101 validated
    prompts = _prompts(asked)
    found = await sessions.find(session, site, cookies.read(request, site, cookies.SESSION), None)
    await sessions.touch(session, found)
    who = await people.person(session, site.keys, client, found.session_id)
    if found.session_id is None or not _fresh_enough(site, asked, who, prompts):
        if "none" in prompts:
            raise LoginRequiredError(redirect_uri=grant.redirect_uri)
        return _to_sign_in(site, asked)
    if who is None:
        raise AccessDeniedError("This client acts for other institutions only.", redirect_uri=grant.redirect_uri)
    wanted = scopes.known(grant.request.scope.split())
    # Whoever asks may not be the app that she once allowed.
    asks_anew = "consent" in prompts or client_addresses.is_anybodys(grant.redirect_uri)
    if asks_anew or not wanted <= await consents.remembered(session, client, who):
        if "none" in prompts:
            raise ConsentRequiredError(redirect_uri=grant.redirect_uri)
        return Question(client.row.name, who.memberships, sorted(wanted), _note(site, asked, who), grant.redirect_uri)
    return await _granted(session, case, provider, grant, who)


async def answered(session: AsyncSession, site: Site, request: Request, note: str, *, yes: bool) -> Response:
    """Go on with what a person was asked, with her answer.

    Raises:
        OAuth2Error: she doesn't allow it, or it isn't possible any more.
        Unreadable: the note isn't hers, or too old.
    """
    asked, session_id = noted(site, request, note)
    case, provider, grant = await _validated(session, site, asked)
    found = await sessions.find(session, site, cookies.read(request, site, cookies.SESSION), None)
    assert case.client is not None  # noqa: S101 validated
    who = await people.person(session, site.keys, case.client, session_id) if found.session_id == session_id else None
    if who is None:
        raise Unreadable
    if not yes:
        raise AccessDeniedError("She did not allow it.", redirect_uri=grant.redirect_uri)
    await consents.remember(session, case.client, who, scopes.known(grant.request.scope.split()))
    return await _granted(session, case, provider, grant, who)


async def refused(session: AsyncSession, site: Site, asked: Asked, error: OAuth2Error) -> Response | None:
    """Tell the client why not; None where it isn't known to be the client's own address (a page says it then)."""
    if not error.redirect_uri:
        return None
    error.state = asked.form.get("state")
    answer: Response = Provider(Case(site, asked, None)).handle_error_response(asked, error)
    return answer


async def _validated(session: AsyncSession, site: Site, asked: Asked) -> tuple[Case, Provider, Any]:
    client = await clients.registered(session, site.keys, asked.form.get("client_id"))
    case = Case(site, asked, client)
    provider = Provider(case)
    grant = provider.get_consent_grant(asked, end_user=client)  # somebody: who it is, `ask` looks at
    try:
        _refuse_by_name(site, asked)
    except OAuth2Error as error:
        error.redirect_uri = grant.redirect_uri
        raise
    return case, provider, grant


def _refuse_by_name(site: Site, asked: Asked) -> None:
    for name, error in UNSUPPORTED.items():
        if name in asked.form:
            raise Unsupported(f"The parameter {name} is not supported here.", error=error)
    if asked.form.get("response_mode", "query") != "query":
        raise InvalidRequestError("The response_mode must be query.")
    if asked.form.get("resource", site.public_url).rstrip("/") != site.public_url:
        raise Unsupported("There is one resource here: the issuer itself.", error="invalid_target")
    prompts = _prompts(asked)
    if not prompts <= PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise InvalidRequestError("The prompt is none, or one or more of login, consent and select_account.")
    if not asked.form.get("max_age", "0").isdecimal():
        raise InvalidRequestError("The max_age is a number of seconds.")


def _prompts(asked: Asked) -> frozenset[str]:
    return frozenset(asked.form.get("prompt", "").split())


def _fresh_enough(site: Site, asked: Asked, who: Person | None, prompts: frozenset[str]) -> bool:
    """Whether her sign-in is as recent as the client wants it. `login_after`: since when she has been sent to sign in
    for this very request, sealed by us, so that she is sent once."""
    if who is None:
        return not ({"login", "select_account"} & prompts)
    signed_in_at = who.signed_in_at.timestamp()
    if {"login", "select_account"} & prompts:
        return (since := _since(site, asked)) is not None and signed_in_at >= since
    longest = asked.form.get("max_age")
    return longest is None or time.time() - signed_in_at <= int(longest[:10])


def _since(site: Site, asked: Asked) -> float | None:
    try:
        return float(site.keys.unseal(Purpose.TOKENS, asked.form.get("login_after", "")))
    except (Unreadable, ValueError):
        return None


def _to_sign_in(site: Site, asked: Asked) -> Response:
    sealed = site.keys.seal(Purpose.TOKENS, str(int(time.time())).encode())
    again = f"{AUTHORIZE}?{urlencode({**asked.form, 'login_after': sealed})}"
    return RedirectResponse(f"{LOGIN}?{urlencode({'target': again})}", 303, HEADERS)


async def _granted(session: AsyncSession, case: Case, provider: Provider, grant: Any, who: Person) -> Response:
    answer: Response = provider.create_authorization_response(case.asked, grant_user=who, grant=grant)
    await case.store(session)
    return answer


def _note(site: Site, asked: Asked, who: Person) -> str:
    """The whole request, so that her answer is to what she was shown, in this sign-in, and soon."""
    said = {
        "asked": dict(asked.form),
        "session": str(who.session_id),
        "until": time.time() + CONSENT_LIVES.total_seconds(),
    }
    return site.keys.seal(Purpose.TOKENS, orjson.dumps(said))


def noted(site: Site, request: Request, note: str) -> tuple[Asked, UUID]:
    """The request to which a note belongs, and in which sign-in. Raises Unreadable."""
    try:
        said = orjson.loads(site.keys.unseal(Purpose.TOKENS, note))
    except orjson.JSONDecodeError as error:
        raise Unreadable from error
    if not isinstance(said, dict) or said["until"] < time.time():
        raise Unreadable
    return Asked(request, site.public_url + AUTHORIZE, said["asked"]), UUID(said["session"])
