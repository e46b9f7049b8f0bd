"""Which of our addresses pages on other sites may call (the Fetch standard's CORS protocol).

Registered origins only, and never with cookies: who calls from elsewhere says who it is by an access token.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth.provider import metadata
from auth.provider.origins import Origins
from auth.site import Site

OPEN = frozenset(
    {
        *("/graphql", "/documents", metadata.TOKEN, metadata.REVOKE, metadata.USERINFO, metadata.JWKS),
        *(metadata.OPENID_METADATA, metadata.METADATA),
    }
)
FILES = ("/content/", "/documents/")
ALLOWED = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-Range, Range",
    "Access-Control-Max-Age": "600",
}
EXPOSED = "Accept-Ranges, Content-Length, Content-Range, ETag, Retry-After, WWW-Authenticate, X-Request-Id"


class Cors:
    """Answers preflights, and names the origin that may read an answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._origins = Origins()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _open(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        site: Site = scope["app"].state.site
        origin = headers.get("origin")
        foreign = origin is not None and origin != site.public_url
        welcome = origin if foreign and await self._origins.registered(site, str(origin)) else None

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Origin")
                if welcome:
                    answer["Access-Control-Allow-Origin"] = welcome
                    answer["Access-Control-Expose-Headers"] = EXPOSED
            await send(message)

        if foreign and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            preflight = Response(status_code=204, headers=ALLOWED) if welcome else Response(status_code=403)
            await preflight(scope, receive, named)
        else:
            await self._app(scope, receive, named)


def _open(path: str) -> bool:
    return path in OPEN or path.startswith(FILES)
