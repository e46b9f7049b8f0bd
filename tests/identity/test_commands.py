"""`mutua invite` and `mutua identity-provider` as an operator runs them."""

import asyncio
import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.commands.account import actor
from api.database import Urls
from domain.keys import KeyStore, Purpose
from tests.identity.conftest import Town
from tests.identity.house import browser, form_of


def run(urls: Urls, tmp_path: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own, with the settings of a demo server on the test's database."""
    settings = {"MUTUA_DATABASE_URL": urls.app, "MUTUA_STATE_DIR": str(tmp_path), "MUTUA_DEMO": "true"}
    return subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *arguments],
        env={**os.environ, **settings, **environment},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_the_link_of_invite_makes_a_librarian(town: Town, database: Urls, tmp_path: Path) -> None:
    printed = run(
        database, tmp_path, "invite", "--member", "alpha", "--role", "librarian", MUTUA_PUBLIC_URL=town.mutua.url
    )
    assert printed.returncode == 0, printed.stderr
    [link] = printed.stdout.split()
    async with browser(town.mutua.url) as reader:
        where, fields = form_of(await reader.get(link))
        login = await reader.post(where, data=fields | {"display_name": "Ada"}, headers={"Origin": town.mutua.url})
        await reader.post(str(login.url), data={"username": "ada", "password": "pw-ada"})
        [membership] = (await reader.get("/viewer")).json()["memberships"].values()
    assert membership["roles"] == ["member_librarian"]


def add(issuer: str, *more: str) -> list[str]:
    return ["identity-provider", "add", "--issuer", issuer, "--client-id", "mutua", *more]


NAMED = ("--name-en", "Joint", "--name-zh", "联合")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["invite", "--member", "nobody", "--role", "librarian"], "no member has the code nobody"),
        (add("http://idp.example", "--scope", "alpha.edu", *NAMED), "must be an https address"),
        (add("http://127.0.0.1:1", "--scope", "alpha.edu", *NAMED), "no OpenID provider that can be reached"),
        (add("https://idp.example", "--scope", "alpha.edu"), "a name is needed"),
    ],
)
def test_what_cant_be_done_is_one_line(database: Urls, tmp_path: Path, arguments: list[str], line: str) -> None:
    printed = run(database, tmp_path, *arguments, IDENTITY_PROVIDER_CLIENT_SECRET="a secret")
    assert printed.returncode == 2
    assert line in printed.stderr
    assert printed.stderr.count("\n") == 1


def test_a_rotated_key_is_the_newest_and_the_older_one_stays(database: Urls, tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys", demo=True)
    sealed, (older,) = store.seal(Purpose.LINKS, b"a link"), store.key_ids(Purpose.LINKS)
    printed = run(database, tmp_path, "key", "rotate", "links")
    assert printed.returncode == 0, printed.stderr
    again = KeyStore(tmp_path / "keys", demo=True)
    newest, *rest = again.key_ids(Purpose.LINKS)
    assert printed.stdout.startswith(newest)
    assert rest == [older]
    assert again.unseal(Purpose.LINKS, sealed) == b"a link"
    assert run(database, tmp_path, "key", "rotate", "everything").returncode == 2


def test_an_account_without_a_name_is_known_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise OSError("no name for this account")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert actor() == f"cli:{os.getuid()}"


async def test_a_provider_is_registered_from_its_own_description(town: Town, database: Urls, tmp_path: Path) -> None:
    issuer = town.campus.issuer("beta")

    async def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return await asyncio.to_thread(
            run, database, tmp_path, *arguments, IDENTITY_PROVIDER_CLIENT_SECRET="a secret", COLUMNS="200"
        )

    unknown = await command(*add(issuer, "--scope", "nobody.edu", *NAMED))
    assert (unknown.returncode, "no member has the scope nobody.edu" in unknown.stderr) == (2, True)
    done = await command(*add(issuer, "--scope", "beta.edu", "--scope", "alpha.edu", *NAMED))
    assert done.returncode == 0, done.stderr
    assert "a secret" not in done.stdout + done.stderr
    listed = (await command("identity-provider", "list")).stdout
    for shown in (issuer, "联合", "alpha.edu", "beta.edu", "University of alpha"):
        assert shown in listed
