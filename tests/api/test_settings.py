"""Settings that are unknown, unreadable or unsafe stop a process with one line that never shows a value."""

import os
import subprocess
import sys
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from api import settings as configuration
from api.settings import SettingsError


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MUTUA_")]:
        monkeypatch.delenv(name)


def test_without_any_setting_everything_lies_in_var_and_nobody_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = configuration.load()
    assert settings.embedded
    assert (settings.state_dir, settings.key_dir) == (tmp_path / "var", tmp_path / "var" / "keys")
    assert settings.trusted_proxies == ()
    assert not settings.demo


def test_values_are_read_in_the_forms_that_are_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUA_TRUSTED_PROXIES", "10.1.0.0/16, 2001:db8::/32")
    monkeypatch.setenv("MUTUA_SESSION_IDLE", "PT30M")
    monkeypatch.setenv("MUTUA_SESSION_ABSOLUTE", "3600")
    monkeypatch.setenv("MUTUA_DATABASE_URL", "postgresql://mutua_app@db/mutua")
    monkeypatch.setenv("MUTUA_PUBLIC_URL", "https://mutua.example/")
    settings = configuration.load()
    assert settings.trusted_proxies == (ip_network("10.1.0.0/16"), ip_network("2001:db8::/32"))
    assert (settings.session_idle, settings.session_absolute) == (timedelta(minutes=30), timedelta(hours=1))
    assert settings.database_url == "postgresql+psycopg://mutua_app@db/mutua"
    assert settings.public_url == "https://mutua.example"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://Mutua.Example:443/", "https://mutua.example"),
        ("https://mutua.example:08443", "https://mutua.example:8443"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
    ],
)
def test_the_public_address_is_read_as_browsers_write_an_origin(
    written: str, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else every act with a cookie would be refused as one of a foreign page."""
    monkeypatch.setenv("MUTUA_PUBLIC_URL", written)
    assert configuration.load().public_url == read


def test_folders_left_empty_are_the_default_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("MUTUA_STATE_DIR", "MUTUA_KEY_DIR", "MUTUA_CONTENT_DIR"):
        monkeypatch.setenv(name, "")
    found = configuration.load()
    assert (found.state_dir, found.key_dir) == (tmp_path / "var", tmp_path / "var" / "keys")


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"MUTUA_DATABSE_URL": "secret"}, "MUTUA_DATABSE_URL"),
        ({"MUTUA_DATABASE_URL": "mysql://secret@db/x"}, "MUTUA_DATABASE_URL"),
        ({"MUTUA_DATABASE_OWNER_URL": "postgresql://secret@db/x"}, "MUTUA_DATABASE_OWNER_URL"),
        ({"MUTUA_PUBLIC_URL": "http://secret.example"}, "MUTUA_PUBLIC_URL"),
        ({"MUTUA_PUBLIC_URL": "https://secret.example/path"}, "MUTUA_PUBLIC_URL"),
        ({"MUTUA_TRUSTED_PROXIES": "0.0.0.0/0"}, "MUTUA_TRUSTED_PROXIES"),
        ({"MUTUA_TRUSTED_PROXIES": "10.0.0.0/33"}, "MUTUA_TRUSTED_PROXIES"),
        ({"MUTUA_DISCOVERY_URL": "http://secret.example/ds"}, "MUTUA_DISCOVERY_URL"),
        ({"MUTUA_DISCOVERY_URL": "javascript:secret"}, "MUTUA_DISCOVERY_URL"),
        ({"MUTUA_DISCOVERY_URL": "https://secret@ds.example/"}, "MUTUA_DISCOVERY_URL"),
        ({"MUTUA_DEMO": "secret"}, "MUTUA_DEMO"),
        ({"MUTUA_DEMO": "true", "MUTUA_PUBLIC_URL": "https://mutua.example"}, "MUTUA_DEMO"),
        ({"MUTUA_SESSION_IDLE": "-5"}, "MUTUA_SESSION_IDLE"),
    ],
)
def test_what_is_unknown_unreadable_or_unsafe_is_refused_in_one_line(
    variables: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        configuration.load()
    assert named in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


INVITE = ["invite", "--member", "x", "--role", "auditor"]


def mutua(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("mutua")), *arguments]
    return subprocess.run(command, cwd=folder, env=dict(os.environ, **variables), capture_output=True, text=True)


@pytest.mark.parametrize("command", [["serve"], ["database", "migrate"], INVITE])
def test_a_command_with_bad_settings_prints_one_line(command: list[str], tmp_path: Path) -> None:
    done = mutua(tmp_path, *command, MUTUA_UNKNOWN="1")
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["mutua: unknown setting MUTUA_UNKNOWN; docs/settings.md lists them all"]


def test_a_database_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = mutua(tmp_path, *INVITE, MUTUA_DATABASE_URL=f"postgresql://mutua_app@/mutua?host={tmp_path}")
    assert done.returncode == 2
    assert done.stderr.startswith("mutua: the database can't be reached: ")
    assert len(done.stderr.splitlines()) == 1
