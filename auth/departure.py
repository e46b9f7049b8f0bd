"""Leaving for a university: the answer that sends a browser to its identity provider."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth import cookies, sign_in
from auth.pages import HEADERS, Pages
from auth.site import site_of


async def leave(
    pages: Pages, request: Request, issuer: str, target: str, invited: sign_in.Invited | None = None
) -> Response:
    """Begin a sign-in at the provider. `target`: a path of ours, where it leads. Raises Refusal."""
    site = site_of(request)
    begun = await sign_in.begin(site, issuer, target, cookies.read(request, site, cookies.SIGN_IN), invited)
    answer = RedirectResponse(begun.address, 303, HEADERS)
    cookies.give(answer, site, cookies.SIGN_IN, begun.browser, cookies.SIGN_IN_SECONDS)
    return answer
