"""No secret reaches a log (F08): what `tests/support/leaks.py`, which looks at every line of a run, takes for a secret,
and one server that everything secret goes through."""

import io
import logging
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request

from api import logs
from demo.identity import origin_beside, router
from demo.identity_setup import install
from domain import roles
from domain.keys import KeyStore, Purpose
from models import party
from models.vocabulary import Role
from schema.kit import ids
from tests.content.library import PDF, Library, library
from tests.identity.forger import PEOPLE, SECRETS, Forger
from tests.identity.house import browser, form_of
from tests.support.leaks import Leaks

OPEN = "mutation($item: ID!) { contentOpen(input: {contentItem: $item, action: VIEW}) { link { url } } }"


@pytest.mark.parametrize(
    "line",
    [
        "cookie mutua=0123456789abcdef",
        "set-cookie: __Host-mutua-sign-in=0123456789abcdef; Path=/",
        "authorization: Basic bXV0dWE6c2VjcmV0",
        "authorization: Bearer abcdefgh.ijkl",
        "got eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwcyJ9.c2ln",
        "connecting to postgresql://mutua_app:s3cr3t@db.example/mutua",
        "GET /login/callback?code=x&state=y",
        "GET /content/abc?link=x",
        '{"key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}',
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_a_secret_is_known_by_its_form(line: str) -> None:
    assert Leaks().kind(line)


@pytest.mark.parametrize(
    "line",
    [
        "GET /content/{item} 200 3 ms 0123456789abcdef",
        "GET /login/callback 303 12 ms 0123456789abcdef",
        "connecting to postgresql+psycopg://mutua_app:***@db.example/mutua?connect_timeout=5",
        "serving on http://127.0.0.1:8000",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "https://sso.lzu.edu.cn/realms/library is no OpenID provider that can be reached",
    ],
)
def test_an_honest_line_holds_none(line: str) -> None:
    assert Leaks().kind(line) is None


def test_what_was_minted_or_sealed_or_drawn_in_this_run_is_known(tmp_path: Path, leaked: Leaks) -> None:
    keys = KeyStore(tmp_path / "keys")
    drawn = secrets.token_urlsafe(9)
    for secret in (keys.mint(Purpose.SESSION), keys.seal(Purpose.LINKS, b"x"), drawn, f"/invitation/{drawn}."):
        assert leaked.kind(f"about {secret}")


def test_a_leaking_line_of_a_logger_or_of_a_process_is_found(leaked: Leaks, tmp_path: Path) -> None:
    """Both ways in, and then what was found on purpose is taken away again."""
    drawn = secrets.token_urlsafe(9)
    before = list(leaked.found)
    logging.getLogger("mutua").info("signed in with %s", drawn)
    telling = f"import sys; sys.stderr.write('cookie: ' + {drawn!r})"
    subprocess.run([sys.executable, "-c", telling], capture_output=True, check=True)
    new = leaked.found[len(before) :]
    leaked.found[:] = before
    assert ["in mutua" in new[0], "in standard error" in new[1], len(new)] == [True, True, 2]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a server under a public URL writes meanwhile."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLines())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.fixture
async def mutua(app: FastAPI) -> AsyncIterator[Library]:
    @app.get("/broken/{code}")
    async def broken(request: Request, code: str) -> None:
        raise RuntimeError("it broke")

    async with library(app) as opened:
        yield opened


class Reader:
    """A browser, and everything secret that it had in its hands."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.held = {"pw-ada", SECRETS.client_secret}

    async def got(self, method: str, url: str, **sent: Any) -> httpx2.Response:
        answer = await self.client.request(method, url, **sent)
        for one in (*answer.history, answer):
            self.held |= {value for value in one.url.params.values() if len(value) > 20 and "://" not in value}
        self.held |= {str(cookie.value) for cookie in self.client.cookies.jar}
        return answer


async def test_everything_secret_goes_through_a_server_and_none_of_it_is_logged(
    mutua: Library, written: io.StringIO
) -> None:
    campus = Forger(PEOPLE, SECRETS, mutua.url, origin_beside(mutua.url))
    mutua.app.include_router(router(campus))
    mutua.app.state.settings = mutua.app.state.settings.model_copy(update={"public_url": mutua.url})
    site = mutua.app.state.site = replace(mutua.app.state.site, public_url=mutua.url)
    async with mutua.everybody() as session:
        for university, code in (("alpha", "pku"), ("beta", "lzu")):
            session.add(party.MemberScope(scope=f"{university}.edu", member_id=mutua.world.id("member", code)))
        await session.flush()
        await install(session, site.keys, campus)
        invited = await roles.invite_as(
            session, site.keys, "cli:test", mutua.world.id("member", "pku"), Role.MEMBER_LIBRARIAN
        )
    item = await mutua.item("free/open")
    origin = {"Origin": mutua.url, "Accept": "*/*"}
    async with browser(mutua.url) as client:
        reader = Reader(client)
        where, fields = form_of(await reader.got("GET", f"/invitation/{invited.token}"))
        login = await reader.got("POST", where, data=fields | {"display_name": "Ada"}, headers=origin)
        signed_in = await reader.got("POST", str(login.url), data={"username": "ada", "password": "pw-ada"})
        assert signed_in.url.path == "/roles"
        variables = {"item": ids.encode("ContentItem", item.id)}
        opened = await reader.got("POST", "/graphql", json={"query": OPEN, "variables": variables}, headers=origin)
        link = httpx2.URL(opened.json()["data"]["contentOpen"]["link"]["url"]).raw_path.decode()
        assert (await reader.got("GET", link)).content == PDF
        assert (await reader.got("GET", f"{link}x")).status_code == 403
        bearer = {"Authorization": f"Bearer {secrets.token_urlsafe(32)}"}
        document = {"query": secrets.token_urlsafe(32)}
        assert (await reader.got("POST", "/graphql", json=document, headers=origin | bearer)).status_code == 400
        broken = await reader.got("GET", f"/broken/{secrets.token_urlsafe(32)}?state={secrets.token_urlsafe(32)}")
        assert broken.status_code == 500
        stale = await reader.got("GET", f"/login/callback?code={secrets.token_urlsafe(32)}&state=stale")
        assert stale.status_code == 400
        reader.held |= {invited.token, bearer["Authorization"].partition(" ")[2], document["query"]}
        reader.held.add(broken.url.path.rpartition("/")[2])
    said = written.getvalue()
    assert len(campus.made) == 1
    assert len(reader.held) >= 12
    assert "RuntimeError: it broke" in said
    assert said.count('"logger":"mutua.access"') >= 10
    assert [secret for secret in {*reader.held, *campus.made} if secret in said] == []
    assert [line for line in said.splitlines() if Leaks().kind(line)] == []
