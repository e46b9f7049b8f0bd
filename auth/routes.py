"""The addresses of signing in and out and of accepting an invitation. What people see of them is drawn by `Pages`."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth import cookies, discovery, logout, oidc_logout, sessions, sign_in
from auth.arrival import arrived
from auth.departure import leads_to, leave
from auth.origin import same_origin
from auth.pages import HEADERS, Pages, refused
from auth.refusals import Error, Refusal
from auth.saml import routes as saml
from auth.site import Site, site_of
from auth.viewer import viewer_of
from domain import members, roles
from domain.keys import Purpose
from models import identity as rows

INVITATION = "/invitation/{token}"
ROLES = "/roles"
"""Where accepting an invitation leads: it says what she holds now."""


def router(pages: Pages) -> APIRouter:
    """Every handler gets `pages` first; FastAPI reads its other parameters from the request."""
    routes = APIRouter(include_in_schema=False)
    for method, path, handler in (
        *discovery.ROUTES,
        *saml.ROUTES,
        *logout.ROUTES,
        *oidc_logout.ROUTES,
        ("GET", sign_in.CALLBACK, _callback),
        ("GET", INVITATION, _invitation),
        ("POST", INVITATION, _accept),
        ("GET", ROLES, _held),
    ):
        routes.add_api_route(path, partial(handler, pages), methods=[method], name=handler.__name__)
    return routes


async def _callback(pages: Pages, request: Request) -> Response:
    site = site_of(request)
    try:
        done = await sign_in.finish(
            site,
            _single(request),
            cookies.read(request, site, cookies.SIGN_IN),
            cookies.read(request, site, cookies.SESSION),
        )
    except Refusal as refusal:
        return refused(pages, request, refusal)
    return arrived(pages, request, done)


async def _invitation(pages: Pages, request: Request, token: str) -> Response:
    site = site_of(request)
    try:
        found, choices = await _offered(site, token)
        member = next(one for choice in choices for one in choice.members if one.member_id == found.member_id)
        answer = pages.invitation(request, found, member, await leads_to(site, choices[0].issuer))
    except Refusal as refusal:
        return refused(pages, request, refusal)
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _accept(pages: Pages, request: Request, token: str) -> Response:
    """Sign in to accept. The name to be shown is the person's own choice; no provider tells us one."""
    site = site_of(request)
    if not same_origin(request, site.public_url):
        return refused(pages, request, Refusal(Error.REQUEST_REFUSED, "invitation accepted from elsewhere"))
    async with request.form(max_files=0, max_fields=10) as form:
        display_name = roles.plain_name(str(form.get("display_name", "")))
    if not display_name:
        return RedirectResponse(request.url.path, 303, HEADERS)
    try:
        _, choices = await _offered(site, token)
        invited = sign_in.Invited(site.keys.fingerprint(Purpose.LOGIN, token), display_name)
        return await leave(pages, request, choices[0].issuer, ROLES, invited)
    except Refusal as refusal:
        return refused(pages, request, refusal)


async def _held(pages: Pages, request: Request) -> Response:
    async with site_of(request).transaction() as session:
        viewer = await viewer_of(request, session)
        roles_held = [(role, one.member_id) for one in viewer.principal.memberships for role in sorted(one.roles)]
        named = await members.names_and_contacts(session, [member_id for _, member_id in roles_held])
        issuer = await sessions.too_weak(session, viewer.session_id) if viewer.session_id else None
    told = [(role, members.Name(member_id, named[member_id][0])) for role, member_id in roles_held]
    stronger = f"{discovery.LOGIN}?{urlencode({'issuer': issuer, 'mfa': 'true', 'target': ROLES})}" if issuer else None
    answer = pages.roles(request, told, stronger)
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _offered(site: Site, token: str) -> tuple[rows.Invitation, list[members.Choice]]:
    """The invitation, and the providers through which its member signs in."""
    try:
        async with site.transaction() as session:
            found = await roles.invitation(session, site.keys, token)
            choices = await members.choices(session, demo=site.demo, member_id=found.member_id)
    except roles.NotRedeemable as error:
        raise Refusal(Error.INVITATION_INVALID) from error
    if not choices:
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN, "the invitation's member has no provider in use")
    return found, choices


def _single(request: Request) -> Mapping[str, str]:
    """The answer's parameters. One given twice could be read as either: it is refused."""
    items = request.query_params.multi_items()
    answer = dict(items)
    if len(answer) != len(items):
        raise Refusal(Error.SIGN_IN_FAILED, "a parameter twice")
    return answer
