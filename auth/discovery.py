"""Which university somebody signs in through: the addresses that lead there."""

from starlette.requests import Request
from starlette.responses import Response

from auth.departure import leave
from auth.pages import Pages, refused
from auth.refusals import Error, Refusal
from auth.site import site_of
from auth.targets import own_path
from domain import members

LOGIN = "/login"


async def _login(pages: Pages, request: Request) -> Response:
    """Straight to a provider named by `issuer`, or by a `scope` that it alone speaks for; else a page to choose."""
    site = site_of(request)
    target = own_path(request.query_params.get("target"), site.public_url)
    issuer, scope = request.query_params.get("issuer"), request.query_params.get("scope")
    try:
        if issuer is None:
            async with site.transaction() as session:
                choices = await members.choices(session, demo=site.demo, scope=scope)
            if scope is not None and not choices:
                raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN)
            if scope is None or len(choices) > 1:
                return pages.chooser(request, choices, target)
            issuer = choices[0].issuer
        return await leave(pages, request, issuer, target)
    except Refusal as refusal:
        return refused(pages, request, refusal)


ROUTES = (("GET", LOGIN, _login),)
