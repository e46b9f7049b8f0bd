"""A server that lacks something, or whose settings are unsafe, says so in one line and doesn't start (F07)."""

from collections.abc import Callable
from pathlib import Path

import pytest
import uvicorn

from domain.keys import KeyStore
from tests.operation.commands import Done, Mutua

PUBLIC = "https://mutua.example"

Spoil = Callable[[Path], object]


@pytest.fixture(autouse=True)
def _only_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does start fails the test instead of serving for ever."""

    def started(*_: object, **__: object) -> None:
        raise AssertionError("it started")

    monkeypatch.setattr(uvicorn.Server, "run", started)


def said(done: Done) -> str:
    """What a refused command prints: one line, and nothing on standard output."""
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("mutua: ")
    assert len(done.err.splitlines()) == 1
    return done.err


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda folder: None, "session.json is missing"),
        (lambda folder: KeyStore(folder) and (folder / "links.json").unlink(), "links.json is missing"),
        (lambda folder: KeyStore(folder, demo=True), "was made for a demo"),
        (lambda folder: KeyStore(folder) and (folder / "links.json").chmod(0o644), "chmod 600 it"),
        (lambda folder: KeyStore(folder) and (folder / "links.json").write_text("{}"), "links.json is damaged"),
        (lambda folder: KeyStore(folder) and _a_folder(folder / "links.json"), "can't be read: Is a directory"),
    ],
)
def test_a_public_server_needs_its_own_whole_keys(
    spoil: Spoil, line: str, tmp_path: Path, mutua: Mutua, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(tmp_path / "keys")
    monkeypatch.setenv("MUTUA_PUBLIC_URL", PUBLIC)
    monkeypatch.setenv("MUTUA_KEY_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("MUTUA_DATABASE_URL", "postgresql://mutua_app@127.0.0.1:1/mutua")
    assert line in said(mutua("serve", "--port", "0"))


def _a_folder(path: Path) -> Path:
    path.unlink()
    path.mkdir(mode=0o700)
    return path


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"MUTUA_DATABASE_URL": "mysql://the-secret@db/x"}, "MUTUA_DATABASE_URL: expected postgresql://"),
        ({"MUTUA_DATABASE_URL": "postgresql://"}, "MUTUA_DATABASE_URL: expected postgresql://"),
        ({"MUTUA_DATABASE_URL": "postgresql://a:the-secret@[::1/x"}, "MUTUA_DATABASE_URL: expected postgresql://"),
        ({"MUTUA_DATABASE_URL": "postgresql://a:the-secret@db:no/x"}, "MUTUA_DATABASE_URL: expected postgresql://"),
        ({"MUTUA_DATABASE_URL": "postgresql://a:the-secret@db/x?no=1"}, "MUTUA_DATABASE_URL: expected postgresql://"),
        ({"MUTUA_SESSION_IDLE": "the-secret"}, "MUTUA_SESSION_IDLE: expected seconds, or ISO 8601"),
        ({"MUTUA_SESSION_IDLE": "0"}, "MUTUA_SESSION_IDLE: must be longer than nothing"),
        ({"MUTUA_RETENTION_READINGS": "-1"}, "MUTUA_RETENTION_READINGS: expected seconds, or ISO 8601"),
        ({"MUTUA_RETENTION_READINGS": "60"}, "MUTUA_RETENTION_READINGS: "),
        ({"MUTUA_DEMO": "the-secret"}, "MUTUA_DEMO: expected true or false"),
        ({"MUTUA_METRICS_NETWORKS": "the-secret"}, "MUTUA_METRICS_NETWORKS: "),
        ({"MUTUA_METRICS_NETWORKS": "::/0"}, "MUTUA_METRICS_NETWORKS: "),
        ({"MUTUA_TRUSTED_PROXIES": "0.0.0.0/0"}, "MUTUA_TRUSTED_PROXIES: "),
        ({"MUTUA_PUBLIC_URL": "http://mutua.example"}, "MUTUA_PUBLIC_URL: anything but loopback needs https"),
        *(
            ({"MUTUA_PUBLIC_URL": f"https://{wrong}"}, "MUTUA_PUBLIC_URL: expected http(s)://host[:port]")
            for wrong in ("u:the-secret@m.example", "m.example:99999", "m.example#x", "m .example", "[::1", "m.例")
        ),
        ({"MUTUA_PUBLIC_URL": PUBLIC, "MUTUA_DEMO": "true"}, "MUTUA_DEMO is for a loopback MUTUA_PUBLIC_URL only"),
        ({"MUTUA_DATABASE_OWNER_URL": "postgresql://the-secret@db/x"}, "without MUTUA_DATABASE_URL"),
        ({"MUTUA_KEYDIR": "the-secret"}, "unknown setting MUTUA_KEYDIR"),
    ],
)
def test_settings_that_are_wrong_unknown_or_unsafe(
    variables: dict[str, str], named: str, mutua: Mutua, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    line = said(mutua("serve", "--port", "0"))
    assert named in line
    assert "the-secret" not in line


def test_a_state_folder_that_is_none(tmp_path: Path, mutua: Mutua, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MUTUA_STATE_DIR", str(tmp_path / "file"))
    assert "the key folder" in said(mutua("serve", "--port", "0"))
    monkeypatch.setenv("MUTUA_KEY_DIR", str(tmp_path / "keys"))
    assert "the embedded PostgreSQL can't use" in said(mutua("serve", "--port", "0"))


def test_migrating_without_the_owners_secret(mutua: Mutua, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUA_DATABASE_URL", "postgresql://mutua_app@127.0.0.1:1/mutua")
    assert "MUTUA_DATABASE_OWNER_URL is needed" in said(mutua("database", "migrate"))
    assert "--admin-url is needed" in said(mutua("database", "prepare"))
