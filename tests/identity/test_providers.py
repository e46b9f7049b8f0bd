"""A provider that is down, slow, lying or not to be believed: a named refusal in bounded time, few questions."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from auth import fetch, oidc
from auth.address import believable
from auth.refusals import Error, Refusal
from auth.sign_in import begin
from auth.site import Site
from domain import members
from tests.identity.conftest import Town
from tests.identity.house import House, browser, serving

Answer = Callable[[Request, dict[str, Any]], Response]


@asynccontextmanager
async def provider(answer: Answer) -> AsyncIterator[tuple[str, list[str]]]:
    """Something at an address that answers a discovery request in its own way; and what it was asked."""
    app, asked = FastAPI(), list[str]()

    @app.get("/{path:path}")
    async def anything(request: Request, path: str) -> Response:
        asked.append(path)
        base = str(request.base_url).rstrip("/")
        endpoints = {one: f"{base}/{one}" for one in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        if path == "slow":
            await asyncio.sleep(5)
        return answer(request, {"issuer": base, **endpoints})

    async with serving(app) as port:
        yield f"http://127.0.0.1:{port}", asked


async def unavailable(answer: Answer) -> None:
    async with provider(answer) as (issuer, asked):
        directory = oidc.Directory()
        for _ in range(3):
            with pytest.raises(Refusal) as caught:
                await directory.metadata(issuer)
            assert caught.value.error is Error.IDENTITY_PROVIDER_UNAVAILABLE
        assert asked == [".well-known/openid-configuration"]


BAD: dict[str, Answer] = {
    "an error": lambda request, good: JSONResponse(good, 500),
    "no JSON": lambda request, good: Response("<html>", media_type="text/html"),
    "no object": lambda request, good: JSONResponse([good]),
    "nested without end": lambda request, good: Response("[" * 100_000, media_type="application/json"),
    "another issuer": lambda request, good: JSONResponse({**good, "issuer": "https://evil.example"}),
    "a slash more": lambda request, good: JSONResponse({**good, "issuer": good["issuer"] + "/"}),
    "no token endpoint": lambda request, good: JSONResponse({**good, "token_endpoint": None}),
    "a file as endpoint": lambda request, good: JSONResponse({**good, "jwks_uri": "file:///etc/passwd"}),
    "a number as endpoint": lambda request, good: JSONResponse({**good, "jwks_uri": 7}),
    "a redirect": lambda request, good: RedirectResponse("/elsewhere"),
    "too much": lambda request, good: Response(b" " * 2_000_000, media_type="application/json"),
    "compressed": lambda request, good: Response(b"x", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD.keys())
async def test_a_bad_discovery_document_is_refused_and_not_asked_for_again_at_once(answer: Answer) -> None:
    await unavailable(answer)


async def test_a_slow_provider_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "TIMEOUT", httpx2.Timeout(0.2))
    async with provider(lambda request, good: JSONResponse(good)) as (issuer, _):
        began = time.monotonic()
        with pytest.raises(Refusal) as caught:
            await oidc._get(f"{issuer}/slow")
        assert caught.value.error is Error.IDENTITY_PROVIDER_UNAVAILABLE
        assert time.monotonic() - began < 2


async def test_a_provider_that_isnt_there_is_named_unavailable() -> None:
    with pytest.raises(Refusal) as caught:
        await oidc.Directory().metadata("http://127.0.0.1:1/realm")
    assert caught.value.error is Error.IDENTITY_PROVIDER_UNAVAILABLE


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"keys": []},
        {"keys": "x"},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0", "use": "sig"}]},
        {"keys": [{"kty": "RSA", "n": "x", "e": "AQAB"}]},
        {"keys": [{"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"}]},
    ],
)
async def test_a_key_set_without_a_public_signing_key_is_refused(keys: dict[str, Any]) -> None:
    def answer(request: Request, good: dict[str, Any]) -> Response:
        return JSONResponse(keys if "jwks" in request.url.path else good)

    async with provider(answer) as (issuer, _):
        with pytest.raises(Refusal) as caught:
            await oidc.Directory().key_set(issuer)
        assert caught.value.error is Error.IDENTITY_PROVIDER_UNAVAILABLE


async def test_a_crowd_asks_once() -> None:
    async with provider(lambda request, good: JSONResponse(good)) as (issuer, asked):
        directory = oidc.Directory()
        await asyncio.gather(*(directory.metadata(issuer) for _ in range(50)))
        assert len(asked) == 1


@pytest.mark.parametrize(
    ("issuer", "public_url", "demo", "counts"),
    [
        ("https://idp.alpha.edu", "https://mutua.example.org", False, True),
        ("https://idp.alpha.edu", "http://127.0.0.1:8000", False, True),
        ("http://idp.alpha.edu", "https://mutua.example.org", False, False),
        ("http://idp.alpha.edu", "http://127.0.0.1:8000", False, False),
        ("http://localhost:8080/realms/a", "http://127.0.0.1:8000", False, True),
        ("http://localhost:8080/realms/a", "https://mutua.example.org", False, False),
        ("http://localhost:8000/demo/idp/pku", "http://127.0.0.1:8000", True, True),
        ("http://localhost:8000/demo/idp/pku", "https://mutua.example.org", True, False),
        ("https://localhost/demo/idp/pku", "https://mutua.example.org", True, False),
        ("https://idp.alpha.edu", "https://mutua.example.org", True, False),
        ("ftp://localhost", "http://localhost", False, False),
        ("https://", "http://localhost", False, False),
        ("localhost", "http://localhost", False, False),
    ],
)
def test_who_is_believed_where(issuer: str, public_url: str, demo: bool, counts: bool) -> None:
    assert believable(issuer, public_url, demo=demo) is counts


async def test_a_demo_university_is_refused_beyond_loopback(town: Town) -> None:
    """Their passwords are on a screen. Neither a forgotten setting nor a forgotten row lets them in."""
    for demo in (False, True):
        public = Site(
            "https://mutua.example.org",
            town.mutua.site.keys,
            town.mutua.site.transaction,
            timedelta(hours=8),
            timedelta(hours=12),
            demo=demo,
        )
        with pytest.raises(Refusal) as caught:
            await begin(public, town.campus.issuer("alpha"), "/", None)
        assert caught.value.error is Error.IDENTITY_PROVIDER_UNKNOWN
    async with town.mutua.everybody() as session:
        assert await members.choices(session, demo=False) == []


async def test_an_unknown_issuer_or_scope_is_a_page(town: Town, reader: httpx2.AsyncClient) -> None:
    for query in (
        {"issuer": "https://evil.example"},
        {"scope": "evil.example"},
        {"issuer": ""},
        {"issuer": "\x00"},
        {"scope": "\x00"},
    ):
        page = await reader.get("/login", params=query)
        assert page.status_code == 404, query
        assert "IDENTITY_PROVIDER_UNKNOWN" in page.text


async def test_only_who_can_really_sign_in_is_offered(town: Town, reader: httpx2.AsyncClient) -> None:
    async with town.mutua.everybody() as session:
        issuer = town.campus.issuer("beta")
        await members.register_provider(
            session, issuer=issuer, name={"en": "Beta"}, client_id="mutua", sealed_secret=None, scopes=[], demo=True
        )
    page = await reader.get("/login", params={"target": "/viewer"})
    assert "University of alpha" in page.text
    assert "alpha大学" in page.text
    assert "University of beta" not in page.text


async def test_a_provider_can_be_registered_for_a_members_scopes_only(town: Town) -> None:
    async with town.mutua.everybody() as session:
        with pytest.raises(members.UnknownScope, match=r"nobody\.edu"):
            await members.register_provider(
                session,
                issuer="https://x.example",
                name={"en": "X"},
                client_id="mutua",
                sealed_secret=None,
                scopes=["alpha.edu", "nobody.edu"],
            )
        await session.rollback()


async def test_claims_told_at_the_userinfo_endpoint_only_are_fetched_there(town: Town) -> None:
    await _with_userinfo(town, lambda claims: {**claims}, "/viewer")


async def test_the_userinfo_of_somebody_else_is_refused(town: Town) -> None:
    await _with_userinfo(town, lambda claims: {**claims, "sub": "somebody-else"}, "/login/callback")


async def _with_userinfo(town: Town, told: Callable[[dict[str, Any]], dict[str, Any]], ends_at: str) -> None:
    house: House = town.mutua
    person = town.campus.people.persons["ada"]

    @house.app.get("/userinfo")
    async def userinfo(request: Request) -> dict[str, Any]:
        assert request.headers["authorization"].startswith("Bearer ")
        return told(town.campus.claims(person, None))

    def bend(header: dict[str, Any], claims: dict[str, Any]) -> None:
        del claims["eduperson_scoped_affiliation"], claims["eduperson_entitlement"]

    town.campus.bend = bend
    known = await house.site.directory.metadata(town.campus.issuer("alpha"))
    known["userinfo_endpoint"] = f"{house.url}/userinfo"
    async with browser(house.url) as reader:
        page = await town.sign_in(reader)
    assert page.url.path == ends_at
    assert page.status_code == (200 if ends_at == "/viewer" else 401)
