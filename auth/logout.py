"""Signing out: on our side at once; then, where she wants it so, at her university as well.

SAML 2.0 Profiles §4.4 (Single Logout) and OpenID Connect RP-Initiated Logout 1.0.
"""

import contextlib
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth import cookies, sessions
from auth.address import origin
from auth.federation import entities
from auth.origin import same_origin
from auth.pages import HEADERS, Out, Pages, refused
from auth.refusals import Error, Refusal
from auth.saml import leaving as saml
from auth.sessions import Ended
from auth.site import Site, site_of
from domain import members
from models import identity as rows
from models.vocabulary import IdentityProtocol

LOGOUT = "/logout"
DONE = "/logout/done"
"""Where universities lead back to: register it with OpenID providers as post-logout redirect address."""
EVERYWHERE = "everywhere"
"""The field of the form that signs her out at the university as well."""


async def _ask(pages: Pages, request: Request) -> Response:
    """A form; where the university can sign her out as well, with that as a second way."""
    site = site_of(request)
    async with site.transaction() as session:
        token = cookies.read(request, site, cookies.SESSION)
        found = await sessions.find(session, site, token, None)
        provider_id = await sessions.provider_of(session, found.session_id) if found.session_id else None
        provider = await _provider(session, site, provider_id)
        entity = await entities.of_provider(session, provider) if provider else None
    address = None
    if provider is not None:
        address = saml.address(entity) if entity else await _end_session_endpoint(site, provider)
    if provider is None or address is None:
        return pages.sign_out(request)
    return pages.sign_out(request, provider.name, [origin(address)])


async def _log_out(pages: Pages, request: Request) -> Response:
    site = site_of(request)
    if not same_origin(request, site.public_url):
        return refused(pages, request, Refusal(Error.REQUEST_REFUSED, "logout from elsewhere"))
    async with request.form(max_files=0, max_fields=10) as form:
        everywhere = EVERYWHERE in form
    token = cookies.read(request, site, cookies.SESSION)
    address = None
    if token:
        async with site.transaction() as session:
            ended = await sessions.end(session, site, token)
            provider = await _provider(session, site, ended.provider_id) if ended and everywhere else None
            entity = await entities.of_provider(session, provider) if provider else None
        if ended and provider:
            address = saml.ask(site, entity, ended.kept) if entity else await _end_session(site, provider, ended)
    answer = RedirectResponse(address, 303, HEADERS) if address else pages.signed_out(request)
    answer.headers["Cache-Control"] = "no-store"
    cookies.take(answer, site, cookies.SESSION)
    return answer


async def _done(pages: Pages, request: Request) -> Response:
    """The university has signed her out as well. Anybody may come here: it says only what is so."""
    answer = pages.signed_out(request, Out.EVERYWHERE)
    answer.headers["Cache-Control"] = "no-store"
    return answer


ROUTES = (("GET", LOGOUT, _ask), ("POST", LOGOUT, _log_out), ("GET", DONE, _done))


async def _provider(session: AsyncSession, site: Site, provider_id: UUID | None) -> rows.IdentityProvider | None:
    return await members.provider(session, provider_id, demo=site.demo) if provider_id else None


async def _end_session_endpoint(site: Site, provider: rows.IdentityProvider) -> str | None:
    """Where an OpenID provider signs people out; None: nowhere, or it can't be reached now."""
    if provider.protocol is IdentityProtocol.OIDC:
        with contextlib.suppress(Refusal):
            endpoint = (await site.directory.metadata(provider.issuer)).get("end_session_endpoint")
            if isinstance(endpoint, str) and urlsplit(endpoint).scheme == urlsplit(provider.issuer).scheme:
                return endpoint
    return None


async def _end_session(site: Site, provider: rows.IdentityProvider, ended: Ended) -> str | None:
    endpoint = await _end_session_endpoint(site, provider)
    if endpoint is None:
        return None
    told = {"client_id": provider.client_id or "", "post_logout_redirect_uri": site.public_url + DONE}
    if ended.kept and "id_token" in ended.kept:
        told["id_token_hint"] = ended.kept["id_token"]
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(told)}"
