"""Whether a request that a cookie gives power to was sent by a page of our own."""

from starlette.requests import HTTPConnection


def same_origin(connection: HTTPConnection, public_url: str) -> bool:
    """Both headers that browsers set and pages can't are believed; whoever sends neither isn't a page of ours."""
    origin = connection.headers.get("origin")
    site = connection.headers.get("sec-fetch-site")
    if origin is None and site is None:
        return False
    return origin in (None, public_url) and site in (None, "same-origin")
