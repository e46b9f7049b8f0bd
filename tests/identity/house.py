"""A Mutua that has its entrance only, over real HTTP beside real providers, and a browser that walks through it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx2
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api import database as edge
from api.database import Transactions, Urls
from api.entrance import Entrance
from auth import bearer
from auth.provider.routes import router as provider
from auth.routes import router
from auth.site import Site
from auth.viewer import viewer_of_call
from domain.keys import KeyStore
from models import party
from models.vocabulary import PartyKind

PAGE = {"Accept": "text/html"}


class House:
    """The parts of a running server that tests look into."""

    def __init__(self, app: FastAPI, url: str, everybody: Transactions) -> None:
        self.app = app
        self.url = url
        self.everybody = everybody

    @property
    def site(self) -> Site:
        site: Site = self.app.state.site
        return site


@asynccontextmanager
async def house(urls: Urls, keys: KeyStore, port: int = 0, **site: Any) -> AsyncIterator[House]:
    """The entrance, plus `/viewer`, which says who it takes the request's sender for."""
    pool = edge.engine(urls.app)
    maker = edge.sessions(pool)
    app = FastAPI()
    app.include_router(router(Entrance()))
    app.include_router(provider(Entrance()))

    @app.exception_handler(bearer.Refused)
    async def refused(request: Request, error: bearer.Refused) -> Response:
        return JSONResponse({"message": error.message}, 401, {"WWW-Authenticate": error.challenge})

    @app.get("/viewer")
    async def viewer(request: Request) -> dict[str, Any]:
        async with maker.begin() as session:
            seen = await viewer_of_call(request, session)
        return {
            "signed_in": seen.signed_in,
            "client": str(seen.caller.client_id) if seen.caller else None,
            "scopes": sorted(seen.caller.scopes) if seen.caller else None,
            "on_site": sorted(str(one) for one in seen.principal.on_site),
            "memberships": {
                str(one.member_id): {
                    "affiliations": sorted(one.affiliations),
                    "entitlements": sorted(one.entitlements),
                    "roles": sorted(one.roles),
                    "pseudonym": str(one.pseudonym_id) if one.pseudonym_id else None,
                }
                for one in seen.principal.memberships
            },
        }

    try:
        async with serving(app, port) as port:
            url = f"http://127.0.0.1:{port}"
            app.state.site = Site(
                **{
                    "public_url": url,
                    "keys": keys,
                    "transaction": maker.begin,
                    "session_idle": timedelta(hours=8),
                    "session_absolute": timedelta(hours=12),
                    "demo": True,
                    **site,
                }
            )
            yield House(app, url, edge.as_everybody(maker))
    finally:
        await pool.dispose()


@asynccontextmanager
async def serving(app: FastAPI, port: int = 0) -> AsyncIterator[int]:
    """The application on a port of its own of 127.0.0.1, in this event loop."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        config = uvicorn.Config(
            app, log_level="warning", lifespan="off", proxy_headers=False, access_log=False, loop="none"
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([listening]))
        while not server.started:  # noqa: ASYNC110 uvicorn has no event to wait for
            await asyncio.sleep(0.005)
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await task


async def member(opened: AsyncSession, code: str, *scopes: str, **facts: Any) -> Any:
    """A member with scopes; returns its id."""
    row = party.Party(kind=PartyKind.MEMBER, code=code, name={"zh": f"{code}大学", "en": f"University of {code}"})
    opened.add(row)
    await opened.flush()
    opened.add(party.Member(**{"id": row.id, "kind": "university", "time_zone": "Asia/Shanghai", **facts}))
    await opened.flush()
    opened.add_all(party.MemberScope(scope=scope, member_id=row.id) for scope in scopes)
    await opened.flush()
    return row.id


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append({"action": given.get("action") or "", "fields": {}})
        elif tag == "input" and self.forms and given.get("name"):
            self.forms[-1]["fields"][given["name"]] = given.get("value") or ""


def form_of(page: httpx2.Response) -> tuple[str, dict[str, str]]:
    """The first form of a page: where it goes, and its fields as they are filled in."""
    parser = _Forms()
    parser.feed(page.text)
    return urljoin(str(page.url), parser.forms[0]["action"]), parser.forms[0]["fields"]


class _SecureOnLoopback(httpx2.AsyncHTTPTransport):
    """Browsers send Secure cookies to loopback over plain http; Python's cookie jar does not."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await super().handle_async_request(request)
        answer.headers = httpx2.Headers(
            [
                (
                    name,
                    value.replace(b"; Secure", b"").replace(b";Secure", b"")
                    if name.lower() == b"set-cookie"
                    else value,
                )
                for name, value in answer.headers.raw
            ]
        )
        return answer


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with cookies that follows redirects across sites, as a browser does."""
    async with httpx2.AsyncClient(
        base_url=url, headers=PAGE, follow_redirects=True, timeout=30, transport=_SecureOnLoopback(), trust_env=False
    ) as opened:
        yield opened


async def posted_on(reader: httpx2.AsyncClient, page: httpx2.Response) -> httpx2.Response:
    """What a browser's script does with a university's form; pages without one stay."""
    if 'name="SAMLResponse"' not in page.text:
        return page
    where, fields = form_of(page)
    return await reader.post(where, data=fields)
