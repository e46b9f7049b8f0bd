"""`make run` as a process: what stops, what stays, what recovers after a kill."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api import embedded

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds for the first start on a busy machine; alone it takes about ten."""


@dataclass
class Runner:
    """Starts the demo in a state folder of its own, again and again."""

    state: Path
    port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it said and what it complained of. Only the latter is a log: a demo says its secrets."""
        return "".join((self.state / name).read_text("utf-8") for name in ("said", "run.log"))

    def start(self) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MUTUA_")}
        with (self.state / "said").open("wb") as said, (self.state / "run.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "demo.run", "--port", str(self.port)],
                cwd=REPOSITORY,
                env=environment | {"MUTUA_STATE_DIR": str(self.state / "var")},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def started(self) -> subprocess.Popen[bytes]:
        """Started, and ready to serve."""
        process = self.start()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(self.address + "/health/ready", timeout=5) as answer:
                    assert json.load(answer) == {"status": "ready"}
                    return process
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise AssertionError(self.log)

    def titles(self) -> int:
        query = json.dumps({"query": "{ resources(first: 1) { totalCount } }"}).encode()
        request = urllib.request.Request(self.address + "/graphql", query, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(json.load(answer)["data"]["resources"]["totalCount"])

    def postgres(self) -> list[int]:
        """The PostgreSQL processes that run on this state folder's data."""
        data = os.fsencode(self.state)
        found = []
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = command.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"/postgres") and any(data in word for word in words):
                found.append(int(command.parent.name))
        return found


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    state = Path(tempfile.mkdtemp(prefix="mutua-run-"))
    state.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    runner = Runner(state, port)
    yield runner
    with embedded.running(state / "var"):
        """Stop what a failed test left."""
    shutil.rmtree(state)


@pytest.fixture(autouse=True)
def nothing_left_running(runner: Runner) -> Iterator[None]:
    """A test that fails leaves no server to the next one."""
    yield
    while runner.processes:
        process = runner.processes.pop()
        process.kill()
        process.wait()


def stopped(process: subprocess.Popen[bytes], by: signal.Signals) -> int:
    process.send_signal(by)
    return process.wait(30)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_the_data_stay(runner: Runner, by: signal.Signals) -> None:
    process = runner.started()
    assert runner.titles() >= 400
    assert runner.postgres()
    assert stopped(process, by) == 0, runner.log
    assert runner.postgres() == []
    assert "Traceback" not in runner.log
    with socket.create_server(("127.0.0.1", runner.port)):
        pass


def test_what_is_loaded_is_not_loaded_again(runner: Runner) -> None:
    stopped(runner.started(), signal.SIGINT)
    process = runner.started()
    assert "Loading" not in runner.log
    stopped(process, signal.SIGINT)


def test_it_introduces_every_person_with_a_link(runner: Runner) -> None:
    process = runner.started()
    links = re.findall(rf"{runner.address}/demo/([a-z-]+) ", runner.log)
    assert {"student", "professor", "alumna", "walkin", "librarian", "admin", "two-members"} <= set(links)
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(runner.address + "/demo/student", timeout=30) as page:
        assert page.url.startswith(f"{runner.address}/graphql?query=")
    stopped(process, signal.SIGINT)


@pytest.mark.parametrize("victims", ["server", "postgres", "both"])
def test_after_a_kill_the_next_start_recovers(runner: Runner, victims: str) -> None:
    process = runner.started()
    titles = runner.titles()
    if victims in {"postgres", "both"}:
        for pid in runner.postgres():
            os.kill(pid, signal.SIGKILL)
    if victims in {"server", "both"}:
        process.kill()
        process.wait()
    else:
        stopped(process, signal.SIGINT)
    process = runner.started()
    assert runner.titles() == titles
    assert stopped(process, signal.SIGINT) == 0
    assert runner.postgres() == []


def test_a_second_demo_in_the_same_folder_is_one_line(runner: Runner) -> None:
    runner.started()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    second = Runner(runner.state, port)
    (runner.state / "run.log").unlink()
    assert second.start().wait(60) == 2
    assert second.log.splitlines() == [f"mutua: the demo of this folder runs already, at {runner.address}"]


@pytest.mark.parametrize("port", ["0", "65536", "abc", "-1"])
def test_a_port_that_is_none_is_one_line(tmp_path: Path, port: str) -> None:
    command = [sys.executable, "-m", "demo.run", f"--port={port}"]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stderr) == (2, "mutua: PORT is a number from 1 to 65535\n")


def test_a_busy_port_is_one_line_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        runner = Runner(tmp_path, taken.getsockname()[1])
        assert runner.start().wait(60) == 2
    assert runner.log.splitlines() == [
        f"mutua: port {runner.port} is in use by another program; PORT=… takes another one"
    ]
    assert not (tmp_path / "var").exists()
