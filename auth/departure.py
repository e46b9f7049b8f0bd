"""Leaving for a university: the answer that sends a browser to its identity provider."""

import contextlib

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth import cookies, sign_in
from auth.address import origin
from auth.federation import entities
from auth.pages import HEADERS, Pages
from auth.refusals import Refusal
from auth.site import Site, site_of
from domain import members


async def leave(
    pages: Pages,
    request: Request,
    issuer: str,
    target: str,
    invited: sign_in.Invited | None = None,
    *,
    testing: bool = False,
) -> Response:
    """Begin a sign-in at the provider. `target`: a path of ours, where it leads; `testing`: only to see which
    attributes come. `?mfa=true` asks for several factors. Raises Refusal.
    """
    site = site_of(request)
    browser, mfa = cookies.read(request, site, cookies.SIGN_IN), request.query_params.get("mfa") == "true"
    begun = await sign_in.begin(site, issuer, target, browser, invited, mfa=mfa, testing=testing)
    sent = begun.sent
    answer: Response = RedirectResponse(sent.address, 303, HEADERS)
    if sent.fields is not None:
        answer = pages.post(request, sent.address, sent.fields)
    cookies.give(answer, site, cookies.SIGN_IN, begun.browser, cookies.SIGN_IN_SECONDS)
    return answer


async def leads_to(site: Site, issuer: str) -> list[str]:
    """The origins that leaving leads to: browsers hold a form's redirects against our page's policy."""
    async with site.transaction() as session:
        provider = await members.usable_provider(session, issuer, demo=site.demo)
        entity = await entities.of_provider(session, provider) if provider else None
    addresses = list(entity.single_sign_on.values()) if entity else [issuer]
    if entity is None:
        with contextlib.suppress(Refusal):
            addresses.append((await site.directory.metadata(issuer))["authorization_endpoint"])
    return sorted(set(map(origin, addresses)))
