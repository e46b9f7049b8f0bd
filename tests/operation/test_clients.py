"""`mutua client …`: what an operator registers, what is printed for the app, and what goes on record."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api import database as edge
from api.commands.account import actor
from api.database import Urls
from domain.keys import KeyStore, Purpose
from tests.domain.test_client_keys import RSA
from tests.identity.house import member
from tests.operation.commands import Mutua

Found = list[dict[str, Any]]
Ask = Callable[[str], Found]
SCRIPT = ("client", "create", "--name", "Nightly", "--scope", "agreements:rights:read")


@pytest.fixture
def keys(folder: Path) -> KeyStore:
    return KeyStore(folder / "var" / "keys")


@pytest.fixture
def ask(database: Urls, keys: KeyStore, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Rows of a statement, from the database that the commands use, in which alpha and beta are members."""
    monkeypatch.setenv("MUTUA_DATABASE_URL", database.app)
    monkeypatch.setenv("COLUMNS", "200")

    async def within(statement: str) -> Found:
        pool = edge.engine(database.app)
        async with edge.as_everybody(edge.sessions(pool))() as session:
            if not statement:
                await member(session, "alpha")
                await member(session, "beta")
                found: Found = []
            else:
                found = [dict(row) for row in (await session.execute(text(statement))).mappings()]
        await pool.dispose()
        return found

    asyncio.run(within(""))
    return lambda statement: asyncio.run(within(statement))


def told(out: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+): (.*)$", out, re.MULTILINE))


def test_a_partner_is_registered_with_a_secret_that_is_printed_once(mutua: Mutua, ask: Ask, keys: KeyStore) -> None:
    done = mutua(*SCRIPT, "--acts-for", "alpha", "--reason", "agreed on 3 May")
    assert done.code == 0, done.err
    printed = told(done.out)
    assert (printed["issuer"], printed["scope"]) == ("http://127.0.0.1:8000", "agreements:rights:read")
    (kept,) = ask("SELECT hash, client_id::text FROM client_secret")
    assert (kept["hash"], kept["client_id"]) == (
        keys.fingerprint(Purpose.CLIENTS, printed["client_secret"]),
        printed["client_id"],
    )
    assert "shown this once" in done.err
    listed = mutua("client", "list").out
    assert printed["client_secret"] not in listed
    for shown in (printed["client_id"], "Nightly", "University of alpha", "client_secret", "agreements:rights:read"):
        assert shown in listed
    (record,) = ask("SELECT act, actor, actor_name, reason FROM change")
    assert record == {
        "act": "clientRegister",
        "actor": actor(),
        "actor_name": None,
        "reason": "agreed on 3 May",
    }


def test_a_public_app_is_registered_for_a_member_and_told_what_to_put_in(mutua: Mutua, ask: Ask) -> None:
    uris = ("--redirect-uri", "http://localhost:5173/callback", "--redirect-uri", "edu.example.app:/callback")
    done = mutua(
        *("client", "create", "--name", "App", "--authentication", "none", "--member", "alpha"),
        *(*uris, "--scope", "openid", "--scope", "access:decisions:read"),
    )
    assert (done.code, done.err) == (0, "")
    assert "client_secret" not in done.out
    assert [line for line in done.out.splitlines() if line.startswith("redirect_uri")] == [
        "redirect_uri: http://localhost:5173/callback",
        "redirect_uri: edu.example.app:/callback",
    ]
    (row,) = ask("SELECT origins, scopes, member_id = (SELECT id FROM party WHERE code = 'alpha') AS own FROM client")
    assert row == {"origins": ["http://localhost:5173"], "scopes": ["access:decisions:read", "openid"], "own": True}


def test_who_signs_is_registered_with_a_file_of_public_keys(mutua: Mutua, ask: Ask, folder: Path) -> None:
    file = folder / "jwks.json"
    file.write_text(json.dumps({"keys": [RSA | {"kid": "a"}]}))
    done = mutua(*SCRIPT, "--authentication", "private_key_jwt", "--jwks", str(file))
    assert done.code == 0, done.err
    assert "client_secret" not in done.out
    assert ask("SELECT jwks->'keys'->0->>'kid' AS kid FROM client") == [{"kid": "a"}]


def test_a_new_secret_is_printed_and_the_old_one_goes_on_as_long_as_it_is_told_to(
    mutua: Mutua, ask: Ask, keys: KeyStore
) -> None:
    first = told(mutua(*SCRIPT).out)
    second = mutua("client", "rotate-secret", first["client_id"], "--keep-old-days", "7")
    assert (second.code, "is good until" in second.err) == (0, True)
    kept = {row["hash"]: row["expires_at"] for row in ask("SELECT hash, expires_at FROM client_secret")}
    old, new = (
        keys.fingerprint(Purpose.CLIENTS, secret)
        for secret in (first["client_secret"], told(second.out)["client_secret"])
    )
    assert kept[new] is None
    assert abs(kept[old] - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)
    third = told(mutua("client", "rotate-secret", first["client_id"]).out)
    assert [row["hash"] for row in ask("SELECT hash FROM client_secret")] == [
        keys.fingerprint(Purpose.CLIENTS, third["client_secret"])
    ]


def test_a_client_is_suspended_and_resumed(mutua: Mutua, ask: Ask) -> None:
    client_id = told(mutua(*SCRIPT).out)["client_id"]
    assert mutua("client", "suspend", client_id).code == 2, "a reason is asked for"
    done = mutua("client", "suspend", client_id, "--reason", "it sends too much")
    assert (done.code, done.out) == (0, "Nightly is suspended.\n")
    assert ask("SELECT suspended_at IS NULL AS works FROM client") == [{"works": False}]
    assert "suspended 20" in mutua("client", "list").out
    assert mutua("client", "resume", client_id).out == "Nightly may work again.\n"
    assert ask("SELECT suspended_at IS NULL AS works FROM client") == [{"works": True}]
    record = ask("SELECT act, version FROM change ORDER BY version")
    assert [row["act"] for row in record] == ["clientRegister", "clientSuspend", "clientResume"]


NOBODY = "0198c0de-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((*SCRIPT, "--member", "nobody"), "no member has the code nobody"),
        ((*SCRIPT, "--scope", "everything"), "scopes.1: There is no scope “everything”; docs/scopes.md lists all."),
        ((*SCRIPT, "--redirect-uri", "https://a.example/#x"), "redirectUris.0: “https://a.example/#x” has a “#”"),
        ((*SCRIPT, "--authentication", "none"), "redirectUris: An app without a secret needs an address"),
        (("client", "suspend", NOBODY, "--reason", "x"), f"no client has the client_id {NOBODY}"),
        (("client", "rotate-secret", NOBODY), f"no client has the client_id {NOBODY}"),
    ],
)
def test_what_cant_be_done_is_one_line_and_nothing_is_kept(
    mutua: Mutua, ask: Ask, arguments: tuple[str, ...], line: str
) -> None:
    done = mutua(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"mutua: {line}")
    assert done.err.count("\n") == 1
    assert ask("SELECT id FROM client") + ask("SELECT id FROM change") == []
