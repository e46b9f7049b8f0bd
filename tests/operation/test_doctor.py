"""`mutua doctor`: what it finds fine, what it says is to be done, and that it shows no secret and changes nothing."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvicorn
from joserfc.jwk import RSAKey
from ruamel.yaml import YAML
from sqlalchemy import create_engine, make_url
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api import database as edge
from api import examination
from api.commands import doctor
from api.database import Urls
from api.embedded import Cluster
from domain import members, messages
from domain.keys import KeyStore, Purpose
from tests.identity.house import member
from tests.operation.commands import Mutua
from tests.support import rows
from tests.support.databases import Databases

SIGNING = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "1"}, private=True)


@dataclass
class University:
    """An identity provider as far as the doctor looks. `ahead`: seconds of its clock; `named`: what it calls itself."""

    issuer: str
    ahead: float = 0
    named: str = ""

    async def discovery(self, request: Request) -> Response:
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        told = {name: f"{self.issuer}/{name}" for name in names} | {"issuer": self.named or self.issuer}
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=self.ahead), usegmt=True)
        return JSONResponse(told, headers={"Date": date})

    async def keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [SIGNING.as_dict(private=False)]})


@asynccontextmanager
async def serving() -> AsyncIterator[University]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        university = University(f"http://127.0.0.1:{listening.getsockname()[1]}")
        app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", university.discovery),
                Route("/jwks_uri", university.keys),
            ]
        )
        config = uvicorn.Config(app, log_level="warning", lifespan="off", date_header=False, loop="none")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([listening]))
        yield university
        server.should_exit = True
        await task


@pytest.fixture
async def university() -> AsyncIterator[University]:
    async with serving() as opened:
        yield opened


@pytest.fixture
def keys(folder: Path) -> KeyStore:
    return KeyStore(folder / "var" / "keys")


@pytest.fixture
def configured(database: Urls, keys: KeyStore, monkeypatch: pytest.MonkeyPatch) -> Urls:
    monkeypatch.setenv("MUTUA_DATABASE_URL", database.app)
    return database


async def register(urls: Urls, issuer: str, sealed: str | None, *scopes: str) -> None:
    pool = edge.engine(urls.app)
    async with edge.as_everybody(edge.sessions(pool))() as session:
        if scopes:
            await member(session, "alpha", *scopes)
        await members.register_provider(
            session, issuer=issuer, name={"en": "A"}, client_id="mutua", sealed_secret=sealed, scopes=scopes
        )
    await pool.dispose()


async def findings(mutua: Mutua) -> list[dict[str, Any]]:
    """What it found, in a thread, so that the university goes on answering."""
    done = await asyncio.to_thread(mutua, "doctor", "--json")
    assert done.err == ""
    told = json.loads(done.out)
    assert told["fine"] == (done.code == 0) == all(one["fine"] for one in told["findings"])
    return list(told["findings"])


async def to_do(mutua: Mutua) -> dict[str, dict[str, Any]]:
    return {one["code"]: one["facts"] for one in await findings(mutua) if not one["fine"]}


def as_owner(urls: Urls, statement: str) -> None:
    assert urls.owner
    with psycopg.connect(urls.owner.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement)


async def test_a_server_that_lacks_nothing_is_fine(
    mutua: Mutua, configured: Urls, keys: KeyStore, university: University
) -> None:
    await register(configured, university.issuer, keys.seal(Purpose.PROVIDERS, b"client-secret"), "alpha.edu")
    assert await to_do(mutua) == {}
    codes = [one["code"] for one in await findings(mutua)]
    assert {"database_reached", "role_bound", "revision_present", "rls_on", "clock_database"} <= set(codes)
    assert "history_fine" in codes
    assert {"provider_fine", "clock_provider", "content_absent"} <= set(codes)
    assert codes.count("key_fine") == len(Purpose)
    said = await asyncio.to_thread(mutua, "doctor")
    assert (said.code, said.out.splitlines()[-1]) == (0, "Everything is fine.")
    said = await asyncio.to_thread(mutua, "doctor", "--language", "zh")
    assert said.out.splitlines()[-1] == "一切正常。"
    assert "正常  数据库：可以连接" in said.out


async def test_a_provider_must_answer_under_its_name_and_keep_time(
    mutua: Mutua, configured: Urls, keys: KeyStore, university: University
) -> None:
    await register(configured, university.issuer, None, "alpha.edu")
    university.ahead = 121
    (off,) = (await to_do(mutua)).items()
    assert off in [("clock_provider_off", {"issuer": university.issuer, "seconds": told}) for told in (120, 121)]
    university.ahead, university.named = 0, "https://other.example"
    facts = (await to_do(mutua))["provider_wrong"]
    assert facts == {"issuer": university.issuer, "cause": "discovery names another issuer"}


async def test_a_provider_that_is_away_has_no_scope_or_another_keys_secret(
    mutua: Mutua, configured: Urls, keys: KeyStore, tmp_path: Path
) -> None:
    other = KeyStore(tmp_path / "other").seal(Purpose.PROVIDERS, b"client-secret")
    await register(configured, "http://127.0.0.1:1", other)
    assert (await to_do(mutua)).keys() == {"provider_wrong", "provider_secret", "provider_useless"}


async def test_the_database_must_be_reached_as_the_role_that_is_bound(
    mutua: Mutua, configured: Urls, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = make_url(configured.app).database
    assert configured.owner
    for url, codes in (
        (configured.owner, {"role_other", "role_unbound"}),
        (cluster.url("postgres", str(name)), {"role_other", "role_unbound"}),
        ("postgresql://mutua_app:the-secret@127.0.0.1:1/mutua", {"database_unreachable"}),
    ):
        monkeypatch.setenv("MUTUA_DATABASE_URL", url)
        assert (await to_do(mutua)).keys() - {"provider_none"} == codes


async def test_row_level_security_switched_off_is_found(mutua: Mutua, configured: Urls) -> None:
    as_owner(configured, "ALTER TABLE decision NO FORCE ROW LEVEL SECURITY")
    as_owner(configured, "ALTER TABLE session DISABLE ROW LEVEL SECURITY")
    assert (await to_do(mutua))["rls_off"] == {"tables": "decision, session"}


async def test_rights_that_somebody_wrote_past_us_are_found_and_settled(mutua: Mutua, configured: Urls) -> None:
    as_owner(configured, "INSERT INTO party (kind, code, name) VALUES ('member', 'pku', '{\"en\": \"PKU\"}')")
    as_owner(configured, "INSERT INTO member (id, kind, time_zone) SELECT id, 'university', 'UTC' FROM party")
    as_owner(configured, "INSERT INTO package (code, name, provider_id) SELECT 'own', '{}', id FROM party")
    facts = (await to_do(mutua))["history_off"]
    assert (facts["count"], facts["example"].partition(".")[0]) == (1, "own_collection")
    settled = [(await asyncio.to_thread(mutua, "database", "settle")).out for _ in range(2)]
    assert settled == [f"{count} grants of the history were brought right.\n" for count in (1, 0)]
    assert "history_off" not in await to_do(mutua)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE alembic_version SET version_num = '0001'", "revision_other"),
        ("UPDATE alembic_version SET version_num = 'of a newer program'", "revision_newer"),
        ("DELETE FROM alembic_version", "revision_none"),
    ],
)
async def test_tables_of_another_revision_are_found(mutua: Mutua, configured: Urls, statement: str, code: str) -> None:
    as_owner(configured, statement)
    assert code in await to_do(mutua)


async def test_a_database_without_tables_is_found(
    mutua: Mutua, configured: Urls, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with databases.clone("template0") as empty:
        monkeypatch.setenv("MUTUA_DATABASE_URL", empty.app)
        assert (await to_do(mutua)).keys() == {"revision_none"}


async def test_keys_that_are_open_missing_or_a_demos_are_found(
    mutua: Mutua, configured: Urls, keys: KeyStore, folder: Path
) -> None:
    place = folder / "var" / "keys"
    place.chmod(0o750)
    (place / "links.json").chmod(0o640)
    (place / "session.json").unlink()
    (place / "login.json").write_text((place / "login.json").read_text().replace('"demo": false', '"demo": true'))
    found = [one["message"] for one in await findings(mutua) if not one["fine"] and one["area"] == "keys"]
    wanted = ("chmod 700", "chmod 600", "session.json is missing", "was made for a demo")
    assert [sum(part in message for message in found) for part in wanted] == [1, 1, 1, 1]
    assert len(found) == 4


async def test_content_that_is_promised_must_be_there(mutua: Mutua, configured: Urls, folder: Path) -> None:
    assert configured.owner
    engine = create_engine(configured.owner)
    with engine.begin() as connection:
        rows.fill(connection)
    engine.dispose()
    assert (await to_do(mutua))["content_damaged"] == {"count": 1, "bad": 1, "example": "x"}
    file = folder / "var" / "content" / "00" / "00" / ("0" * 64)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    sampled = [one for one in await findings(mutua) if one["area"] == "content"]
    assert [(one["code"], one["fine"]) for one in sampled] == [("content_writable", True), ("content_sampled", True)]


async def test_a_content_folder_that_is_none_is_found(mutua: Mutua, configured: Urls, folder: Path) -> None:
    (folder / "var" / "content").touch()
    assert "content_unwritable" in await to_do(mutua)


async def test_a_public_server_needs_to_know_its_proxy(
    mutua: Mutua, configured: Urls, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUTUA_PUBLIC_URL", "https://mutua.example")
    assert "nobody_trusted" in await to_do(mutua)
    monkeypatch.setenv("MUTUA_TRUSTED_PROXIES", "10.0.0.0/8")
    assert "nobody_trusted" not in await to_do(mutua)


def test_every_setting_is_told_with_where_it_comes_from_and_no_secret_is(
    mutua: Mutua, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KeyStore(folder / "var" / "keys")
    sealed = keys.seal(Purpose.PROVIDERS, b"x")
    url = "postgresql://mutua_{}:the-secret@127.0.0.1:1/pool?password=the-secret&sslpassword=the-secret"
    monkeypatch.setenv("MUTUA_DATABASE_URL", url.format("app"))
    monkeypatch.setenv("MUTUA_DATABASE_OWNER_URL", url.format("owner"))
    printed = mutua("doctor").out + mutua("doctor", "--json").out
    assert "MUTUA_DATABASE_URL = postgresql+psycopg://mutua_app:***@127.0.0.1:1/pool (from the environment)" in printed
    assert "MUTUA_SESSION_IDLE = 28800 s (default)" in printed
    held = [json.loads(file.read_text())["keys"][0]["key"] for file in (folder / "var" / "keys").iterdir()]
    assert [secret for secret in ("the-secret", sealed, *held) if secret in printed] == []


def test_looking_changes_nothing(mutua: Mutua, database: Urls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where a server would make what is missing."""
    monkeypatch.setenv("MUTUA_DATABASE_URL", database.app)
    assert mutua("doctor").code == 1
    assert list(folder.iterdir()) == []


def test_every_finding_has_its_sentence_and_no_sentence_is_orphaned() -> None:
    modules = [*Path(str(examination.__file__)).parent.glob("*.py"), Path(str(doctor.__file__))]
    sources = "".join(module.read_text("utf-8") for module in modules)
    areas = "setting|nobody|database|role|revision|rls|clock|source|saml|provider|key|content|history"
    written = set(re.findall(rf'"((?:{areas})_\w+)"', sources))
    facts = {"database_url", "database_owner_url"}
    assert written - facts == set(catalogue()["finding"])


def test_both_languages_say_the_same_facts() -> None:
    for kind, entries in catalogue().items():
        for name, said in entries.items():
            assert set(said) == {"zh", "en"}, (kind, name)
            chinese, english = (set(re.findall(r"{(\w+)}", said[lang])) for lang in ("zh", "en"))
            assert chinese == english, (kind, name)


def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    file = Path(messages.__file__).with_suffix("") / "operation.yaml"
    loaded: dict[str, dict[str, dict[str, str]]] = YAML(typ="safe", pure=True).load(file)
    return loaded
