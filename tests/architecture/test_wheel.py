"""The wheel: builds without the network, holds every package and its data, and serves from an empty folder."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.embedded import Cluster
from tests.architecture.test_modules import PACKAGES, ROOT, relative, tracked
from tests.support.databases import Databases

DATA = ("*.sql", "*.yaml", "*.html", "*.graphql", "*.mako", "*.css", "*.js", "*.json", "*.svg", "*.txt")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(build, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_module_and_data_file_of_our_packages_and_nothing_else(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = {relative(path) for path in tracked("*.py", *DATA) if path.relative_to(ROOT).parts[0] in PACKAGES}
    assert wanted - inside == set()
    assert {name.partition("/")[0] for name in inside} == set(PACKAGES)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel, away from the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


@pytest.fixture
def mutua(installed: Path, tmp_path: Path) -> tuple[list[str], dict[str, str]]:
    """The command as an operator has it: our packages from the wheel only, in an empty folder."""
    # -P keeps the current folder off the path; the editable install is pushed behind by PYTHONPATH.
    command = [sys.executable, "-P", "-c", "from api.cli import main; main()"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MUTUA_", "PYTHON"))}
    return command, environment | {"PYTHONPATH": str(installed), "MUTUA_STATE_DIR": str(tmp_path / "state")}


def test_the_command_explains_itself_from_an_empty_folder(
    mutua: tuple[list[str], dict[str, str]], installed: Path, tmp_path: Path
) -> None:
    command, environment = mutua
    told = subprocess.run([*command, "--help"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert "serve" in told.stdout
    where = subprocess.run(
        [sys.executable, "-P", "-c", "import api; print(api.__file__)"],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(installed))


@pytest.fixture
def empty_database(databases: Databases, cluster: Cluster) -> Iterator[dict[str, str]]:
    """A prepared, not yet migrated database."""
    from api import preparation

    name = "mutua_wheel"
    preparation.prepare(cluster.admin_url, name)
    urls = databases.urls(name)
    assert urls.owner
    yield {"MUTUA_DATABASE_URL": urls.app, "MUTUA_DATABASE_OWNER_URL": urls.owner}
    databases.drop(name)


def test_the_wheel_migrates_and_serves_from_an_empty_folder(
    mutua: tuple[list[str], dict[str, str]], empty_database: dict[str, str], tmp_path: Path
) -> None:
    command, environment = mutua
    environment = environment | empty_database
    migrated = subprocess.run(
        [*command, "database", "migrate"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert migrated.returncode == 0, migrated.stderr
    with (tmp_path / "log").open("w+") as log:
        server = subprocess.Popen([*command, "serve", "--port", "0"], cwd=tmp_path, env=environment, stderr=log)
        try:
            address = _address(server, tmp_path / "log")
            for path in ("/health/ready", "/schema.graphql"):
                with urllib.request.urlopen(address + path, timeout=10) as answer:
                    assert answer.status == 200
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(10)
    assert "Traceback" not in (tmp_path / "log").read_text()


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            return found.group()
        time.sleep(0.1)
    raise AssertionError(f"the server didn't start: {log.read_text()}")
