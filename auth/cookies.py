"""The two cookies: of a sign-in under way, and of a session.

`__Host-` ties them to this host over a secure channel. Programs don't send such cookies over plain http, though
browsers do on loopback: there, in demo settings, a plain twin is set beside it.
"""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from auth.site import Site

SESSION = "mutua"
SIGN_IN = "mutua-sign-in"
SIGN_IN_SECONDS = 600
"""How long a person may take at her provider."""
_DEMO = {SESSION: "mutua_demo", SIGN_IN: "mutua_demo_sign_in"}


def read(connection: HTTPConnection, site: Site, name: str) -> str | None:
    strict = connection.cookies.get(f"__Host-{name}")
    return strict or (connection.cookies.get(_DEMO[name]) if _plain_too(site) else None)


def give(response: Response, site: Site, name: str, value: str, max_age: int | None = None) -> None:
    """Set the cookie; without `max_age` it ends with the browser."""
    for cookie, secure in _names(site, name):
        response.set_cookie(cookie, value, max_age, path="/", secure=secure, httponly=True, samesite="lax")


def take(response: Response, site: Site, name: str) -> None:
    for cookie, secure in _names(site, name):
        response.delete_cookie(cookie, path="/", secure=secure, httponly=True, samesite="lax")


def _names(site: Site, name: str) -> list[tuple[str, bool]]:
    strict = (f"__Host-{name}", True)
    return [strict, (_DEMO[name], False)] if _plain_too(site) else [strict]


def _plain_too(site: Site) -> bool:
    return site.demo and urlsplit(site.public_url).scheme == "http"
