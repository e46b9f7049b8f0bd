"""Twenty thousand requests that nobody would send in good faith: nothing breaks, and nothing is given (B09 to B15)."""

import asyncio
import base64
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from api.database import Urls
from auth.provider.texts import Kind, Text
from domain.keys import KeyStore
from models import client as rows
from tests.identity.apps import CALLBACK, App, app
from tests.identity.house import House, house

EXAMPLES = 5_000
"""Of each endpoint; there are four."""

KNOWN = (
    *("client_id", "client_secret", "client_assertion", "client_assertion_type", "grant_type", "code", "code_verifier"),
    *("redirect_uri", "refresh_token", "scope", "response_type", "state", "nonce", "prompt", "max_age", "token"),
    *("code_challenge", "code_challenge_method", "response_mode", "resource", "request", "request_uri", "dpop_jkt"),
    *("token_type_hint", "id_token_hint", "login_after", "claims", "username", "password"),
)
WORDS = (
    *("authorization_code", "refresh_token", "client_credentials", "password", "implicit", "code", "token", "none"),
    *("code id_token", "S256", "plain", "openid", "access:decisions:read", "admin", "login", "consent", "query"),
    *("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
    *("https://evil.example/", "javascript:alert(1)", "//evil.example", CALLBACK, "http://127.0.0.1:1/callback"),
    *("eyJhbGciOiJub25lIn0.e30.", "a.b.c", "[[[[[[", "null", "-1", "0", "99999999999999999999", "1e400", "\x00", "é"),
    *("%00", "' OR 1=1 --", "../../etc/passwd", "{{7*7}}", "敦煌", "\ud83d\ude00", "a" * 3000),
)


class Street:
    """The provider, its clients, and what somebody may have got hold of: texts of real authorizations that were never
    hers, and seals of ours that mean something else."""

    def __init__(self, runner: asyncio.Runner, mutua: House, public: App, partner: App) -> None:
        keys = mutua.site.keys
        texts = [Text(kind, uuid4()).sealed(keys) for kind in Kind]
        self.words = [*WORDS, str(public.id), str(partner.id), str(uuid4()), *texts, secrets.token_urlsafe(32)]
        self.runner, self.mutua, self.seen = runner, mutua, 0

    def ask(self, method: str, path: str, form: list[tuple[str, str]], headers: dict[str, str], place: int) -> None:
        self.seen += 1
        self.runner.run(self._ask(method, path, form, headers, f"10.{place >> 16}.{place >> 8 & 255}.{place & 255}"))

    async def _ask(
        self, method: str, path: str, form: list[tuple[str, str]], headers: dict[str, str], address: str
    ) -> None:
        body = urlencode(form, errors="surrogatepass")
        transport = httpx2.ASGITransport(app=self.mutua.app, client=(address, 50000))
        async with httpx2.AsyncClient(transport=transport, base_url=self.mutua.url) as http:
            if method == "GET":
                answer = await http.get(f"{path}?{body}", headers=headers)
            else:
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                answer = await http.post(path, content=body.encode(), headers={**kind, **headers})
        assert answer.status_code < 500, (answer.status_code, answer.text)
        assert "Traceback" not in answer.text
        assert "access_token" not in answer.text
        assert '"active":true' not in answer.text.replace(" ", "")
        where = answer.headers.get("location", "")
        assert "code=" not in where.partition("?")[2].replace("error_code=", "")
        if where:
            assert where.startswith((f"{CALLBACK}?", "http://127.0.0.1:1/callback?", "/login?")), where


@pytest.fixture
def street(database: Urls, tmp_path: Path) -> Iterator[Street]:
    with asyncio.Runner() as runner:
        opened = house(database, KeyStore(tmp_path / "keys", demo=True))
        mutua = runner.run(opened.__aenter__())
        try:
            public = runner.run(app(mutua, redirect_uris=[CALLBACK, "http://127.0.0.1/callback"]))
            yield Street(runner, mutua, public, runner.run(app(mutua, secret=True)))
        finally:
            runner.run(opened.__aexit__(None, None, None))


def forms(words: list[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Known names with words that mean something somewhere, and now and then anything at all."""
    value = st.one_of(st.sampled_from(words), st.sampled_from(words), st.text(max_size=40))
    name = st.one_of(st.sampled_from(KNOWN), st.sampled_from(KNOWN), st.text(max_size=12))
    return st.lists(st.tuples(name, value), max_size=12)


def headers(words: list[str]) -> st.SearchStrategy[dict[str, str]]:
    def basic(pair: tuple[str, str]) -> dict[str, str]:
        raw = f"{pair[0]}:{pair[1]}".encode("utf-8", "surrogatepass")
        return {"Authorization": f"Basic {base64.b64encode(raw).decode()}"}

    given = st.tuples(st.sampled_from(words), st.sampled_from(words)).map(basic)
    odd = st.sampled_from(
        [{"Authorization": "Basic"}, {"Authorization": "Basic !!!"}, {"Authorization": "Bearer x"}, {"DPoP": "x"}]
    )
    return st.one_of(st.just({}), st.just({}), given, odd)


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/oauth/token", ["POST"]),
        ("/oauth/authorize", ["GET", "POST"]),
        ("/oauth/revoke", ["POST"]),
        ("/oauth/introspect", ["POST"]),
    ],
)
def test_nothing_breaks_and_nothing_is_given(street: Street, path: str, methods: list[str]) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=[*HealthCheck], database=None)
    @given(
        st.sampled_from(methods),
        forms(street.words),
        headers(street.words),
        st.integers(min_value=0, max_value=2**24 - 1),
    )
    def ask(method: str, form: Any, given_headers: Any, place: int) -> None:
        street.ask(method, path, form, given_headers, place)

    ask()
    assert street.seen >= EXAMPLES

    async def given_out() -> int:
        async with street.mutua.everybody() as session:
            return await session.scalar(select(func.count()).select_from(rows.Authorization)) or 0

    assert street.runner.run(given_out()) == 0
