"""Pages on other sites (E03): registered origins may call with a token, never with a cookie, and nobody else may."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, update

from api.cors import FILES, OPEN
from models import client as rows
from tests.content.library import PDF, Library, address, library, reader

APP = "http://localhost:5173"
ELSEWHERE = (
    *("null", "*", "http://localhost", "http://localhost:5174", "https://localhost:5173", "http://localhost:5173/"),
    *(
        "http://localhost:5173.evil.example",
        "http://evil.localhost:5173",
        "HTTP://localhost:5173",
        "http://xlocalhost:5173",
    ),
)
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.fixture
async def mutua(app: FastAPI) -> AsyncIterator[Library]:
    async with library(app) as opened:
        async with opened.everybody() as session:
            session.add(rows.Client(name="Reading room", redirect_uris=[f"{APP}/callback"], origins=[APP]))
        yield opened


@pytest.fixture
async def page(mutua: Library) -> AsyncIterator[httpx2.AsyncClient]:
    async with reader(mutua.url) as opened:
        yield opened


async def test_a_registered_origin_may_call_what_is_meant_for_apps(page: httpx2.AsyncClient) -> None:
    for path in (*OPEN, *(f"{folder}x" for folder in FILES)):
        preflight = await page.options(path, headers={"Origin": APP, **PREFLIGHT})
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, APP)
        assert "Authorization" in preflight.headers["access-control-allow-headers"]
        answer = await page.get(path, headers={"Origin": APP})
        assert answer.headers["access-control-allow-origin"] == APP
        assert "Content-Range" in answer.headers["access-control-expose-headers"]
        for told in (preflight, answer):
            assert "Origin" in told.headers["vary"]
            assert "access-control-allow-credentials" not in told.headers


async def test_no_other_origin_may(page: httpx2.AsyncClient) -> None:
    for origin in ELSEWHERE:
        preflight = await page.options("/graphql", headers={"Origin": origin, **PREFLIGHT})
        assert preflight.status_code == 403, origin
        answer = await page.post("/graphql", json={"query": "{ viewer { signedIn } }"}, headers={"Origin": origin})
        for told in (preflight, answer):
            assert not [name for name in told.headers if name.startswith("access-control")], origin
            assert "Origin" in told.headers["vary"]


async def test_pages_of_ours_stay_ours(page: httpx2.AsyncClient) -> None:
    for path in ("/login", "/logout", "/oauth/authorize", "/oauth/consent", "/privacy", "/oauth/introspect", "/"):
        for method in ("OPTIONS", "GET"):
            answer = await page.request(method, path, headers={"Origin": APP, **PREFLIGHT})
            assert not [name for name in answer.headers if name.startswith("access-control")], path


async def test_a_suspended_clients_page_is_shut_out_within_a_second(
    mutua: Library, page: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auth.provider.origins.KEPT", 0.0)
    assert (await page.get("/graphql", headers={"Origin": APP})).headers["access-control-allow-origin"] == APP
    async with mutua.everybody() as session:
        await session.execute(update(rows.Client).values(suspended_at=func.now()))
    assert "access-control-allow-origin" not in (await page.get("/graphql", headers={"Origin": APP})).headers


async def test_a_page_reads_a_file_part_by_part(mutua: Library, page: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    answer = await page.get(address(item), headers={"Origin": APP, "Range": "bytes=0-8"})
    assert (answer.status_code, answer.content) == (206, PDF[:9])
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["content-range"] == f"bytes 0-8/{len(PDF)}"
    assert answer.history[0].headers["access-control-allow-origin"] == APP
