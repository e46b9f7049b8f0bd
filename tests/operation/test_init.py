"""`mutua init`: an empty folder becomes what a production server needs, and running it again spoils nothing."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from domain.keys import KeyStore, Purpose
from tests.operation.commands import MUTUA, Mutua, environment, settings_of

DATABASE = "postgresql://db.example:5433/pool?connect_timeout=5&sslmode=require"
OPTIONS = ["init", "--public-url", "https://mutua.example", "--trusted-proxies", "10.0.0.0/8", "--database", DATABASE]


def test_everything_secret_is_in_files_that_nobody_else_can_open(mutua: Mutua, tmp_path: Path) -> None:
    done = mutua(*OPTIONS)
    assert (done.code, done.err) == (0, "")
    server, owner = (settings_of(tmp_path / name) for name in ("mutua.env", "mutua-owner.env"))
    assert server.keys() == {
        "MUTUA_DATABASE_URL",
        "MUTUA_PUBLIC_URL",
        "MUTUA_STATE_DIR",
        "MUTUA_TRUSTED_PROXIES",
    }
    assert owner.keys() == {"MUTUA_DATABASE_OWNER_URL"}
    passwords = []
    for url, role in ((server["MUTUA_DATABASE_URL"], "mutua_app"), (owner["MUTUA_DATABASE_OWNER_URL"], "mutua_owner")):
        before, _, after = url.partition("@")
        scheme, password = before.rsplit(":", 1)
        assert scheme == f"postgresql://{role}"
        assert after == DATABASE.removeprefix("postgresql://")
        passwords.append(password)
    assert min(map(len, passwords)) >= 32
    assert passwords[0] != passwords[1]
    secrets = [*passwords, *(file.read_text().split('"key": "')[1][:40] for file in (tmp_path / "var/keys").iterdir())]
    assert len(secrets) == 2 + len(Purpose)
    assert [secret for secret in secrets if secret in done.out] == []
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert {mode for name, mode in modes.items() if name.endswith((".env", ".json"))} == {0o600}
    assert {modes["var"], modes["keys"]} == {0o700}
    assert not KeyStore(tmp_path / "var" / "keys", create=False, demo=False).key_ids(Purpose.LINKS)[1:]


def test_the_next_steps_are_commands(mutua: Mutua, tmp_path: Path) -> None:
    steps = [line.strip() for line in mutua(*OPTIONS).out.splitlines() if line.startswith("  ")]
    assert steps[0] == f"set -a; . {tmp_path}/mutua.env; . {tmp_path}/mutua-owner.env; set +a"
    assert [step.split(" -")[0] for step in steps[1:]] == [
        "mutua database prepare",
        "mutua database migrate",
        "mutua import members members.csv",
        "mutua identity-provider add",
        "mutua invite",
        "mutua doctor",
        "mutua serve",
    ]


def test_where_another_page_says_the_steps_they_are_left_out(mutua: Mutua) -> None:
    """As in a container, whose paths mean nothing outside."""
    assert [line for line in mutua(*OPTIONS, "--no-steps").out.splitlines() if line.startswith("  ")] == []


def test_running_it_again_changes_nothing(mutua: Mutua, tmp_path: Path) -> None:
    mutua(*OPTIONS)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = mutua(*OPTIONS)
    assert again.code == 0
    assert "it was left as it is" in again.out
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_would_be_overwritten_is_named_and_replaced_only_when_told(mutua: Mutua, tmp_path: Path) -> None:
    mutua(*OPTIONS)
    before = settings_of(tmp_path / "mutua.env")
    other = [*OPTIONS[:3], "--trusted-proxies", "10.9.0.0/16", *OPTIONS[5:]]
    refused = mutua(*other)
    assert (refused.code, refused.err) == (
        2,
        "mutua: mutua.env says something else about MUTUA_TRUSTED_PROXIES: --replace writes it anew\n",
    )
    assert settings_of(tmp_path / "mutua.env") == before
    assert mutua(*other, "--replace").code == 0
    after = settings_of(tmp_path / "mutua.env")
    assert after == before | {"MUTUA_TRUSTED_PROXIES": "10.9.0.0/16"}, "the passwords of the same database stay"


def test_another_database_gets_other_passwords(mutua: Mutua, tmp_path: Path) -> None:
    mutua(*OPTIONS)
    before = settings_of(tmp_path / "mutua.env")["MUTUA_DATABASE_URL"]
    mutua(*OPTIONS[:-1], "postgresql://other.example/pool", "--replace")
    after = settings_of(tmp_path / "mutua.env")["MUTUA_DATABASE_URL"]
    assert before.split("@")[0] != after.split("@")[0]


def test_settings_of_the_environment_go_into_the_file(
    mutua: Mutua, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "MUTUA_DATABASE_URL": "postgresql://mutua_app:it's%20own@db.example/pool",
        "MUTUA_SESSION_IDLE": "PT1H",
        "MUTUA_PUBLIC_URL": "https://mutua.example",
        "MUTUA_STATE_DIR": str(tmp_path / "a folder"),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    done = mutua("init")
    assert (done.code, done.err) == (0, "")
    assert settings_of(tmp_path / "mutua.env") == given
    assert not (tmp_path / "mutua-owner.env").exists()


def test_without_a_database_it_is_the_embedded_one_and_without_a_proxy_that_is_said(
    mutua: Mutua, tmp_path: Path
) -> None:
    done = mutua("init", "--public-url", "https://mutua.example", "--language", "zh")
    assert done.code == 0
    assert settings_of(tmp_path / "mutua.env").keys() == {"MUTUA_PUBLIC_URL", "MUTUA_STATE_DIR"}
    assert "未登记任何代理" in done.out
    assert "--admin-url" not in done.out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "--public-url is needed"),
        (["--public-url", "http://mutua.example"], "MUTUA_PUBLIC_URL: anything but loopback needs https"),
        (
            ["--public-url", "https://mutua.example/x"],
            "MUTUA_PUBLIC_URL: expected http(s)://host[:port] without a path",
        ),
        (
            ["--public-url", "https://m.example", "--trusted-proxies", "::/0"],
            "MUTUA_TRUSTED_PROXIES: a network of every",
        ),
        (["--public-url", "https://m.example", "--database", "mysql://db/pool"], "--database: expected postgresql://"),
        (["--public-url", "https://m.example", "--database", "postgresql://db"], "--database: expected postgresql://"),
        (
            ["--public-url", "https://m.example", "--database", "postgresql://a:b@db/pool"],
            "--database: leave out user and password",
        ),
        (["--public-url", "https://m.example", "--state-dir", "a\nb"], "MUTUA_STATE_DIR: no line of a file"),
        (["--public-url", "https://m.example", "--file", "no/where.env"], "no/where.env can't be written"),
    ],
)
def test_what_no_server_would_start_with_is_refused_in_one_line(
    arguments: list[str], line: str, mutua: Mutua, tmp_path: Path
) -> None:
    done = mutua("init", *arguments)
    assert done.code == 2
    assert done.err.startswith(f"mutua: {line}")
    assert len(done.err.splitlines()) == 1
    assert not list(tmp_path.glob("*.env"))


def test_a_demos_keys_and_a_demos_settings_are_refused(
    mutua: Mutua, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    KeyStore(tmp_path / "var" / "keys", demo=True)
    refused = mutua(*OPTIONS)
    assert (refused.code, "was made for a demo" in refused.err) == (2, True)
    loopback = ["init", "--public-url", "http://127.0.0.1:8000"]
    monkeypatch.setenv("MUTUA_DEMO", "true")
    refused = mutua(*loopback)
    assert "MUTUA_DEMO is for `make run`" in refused.err
    assert not list(tmp_path.glob("*.env"))


def test_at_a_terminal_it_asks_for_what_is_not_given(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    asking = subprocess.Popen(
        [*MUTUA, "init"],
        cwd=tmp_path,
        env=environment(LANG="zh_CN.UTF-8"),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.write(ours, b"https://mutua.example\n10.0.0.0/8\npostgresql://db.example/pool\n")
    printed, _ = asking.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert asking.returncode == 0, printed
    assert "读者使用的网址" in printed
    made = settings_of(tmp_path / "mutua.env")
    assert (made["MUTUA_PUBLIC_URL"], made["MUTUA_TRUSTED_PROXIES"]) == ("https://mutua.example", "10.0.0.0/8")
    assert made["MUTUA_DATABASE_URL"].endswith("@db.example/pool")
