"""A browser, and the application behind a real port for it."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from api.commands import serving
from tests.support.chromium import chromium

REPOSITORY = Path(__file__).parents[2]
expect.set_options(timeout=20_000)
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
ANSWERED = "Failed to load resource"
"""What Chromium says of any answer with a status of 400 or more."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: kept by pytest beside the failure, never in the repository."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """The application on a port of its own."""
    with serving.listening("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, ws="none"))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield "http://{}:{}".format(*listener.getsockname()[:2])
        finally:
            server.should_exit = True
            await running


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A tab in English at a desk. Whatever its pages complain about, the content security policy included, fails."""
    context = await browser.new_context(locale="en-GB", viewport=DESK)  # type: ignore[arg-type]
    opened = await context.new_page()
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(ANSWERED):
            complaints.append(message.text)

    opened.on("console", complain)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    await context.close()
    assert complaints == []


@dataclass(frozen=True)
class Demo:
    """The demo consortium under way, as `make run` starts it. `passwords` by person."""

    address: str
    passwords: dict[str, str]
    said: str
    settings: dict[str, str]
    """The environment in which a command finds the same database."""

    def mutua(self, *arguments: str) -> str:
        """What a command says that is run beside the server."""
        command = [str(Path(sys.executable).with_name("mutua")), *arguments]
        environment = {**os.environ, **self.settings, "COLUMNS": "300"}
        done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


READY = "Ctrl-C"


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """Started once for this folder's tests, in a folder of its own, and stopped as Ctrl-C does."""
    state = Path(tempfile.mkdtemp(prefix="mutua-demo-"))
    state.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "demo.run", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    settings = {"MUTUA_STATE_DIR": str(state), "MUTUA_PUBLIC_URL": address, "MUTUA_DEMO": "true"}
    environment = {**os.environ, **settings, "PYTHONUNBUFFERED": "1", "COLUMNS": "300"}
    with (state / "errors.log").open("w") as errors:
        running = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            said = _introduction(running)
            if running.poll() is not None:
                raise AssertionError(f"the demo didn't start:\n{said}\n{(state / 'errors.log').read_text()}")
            passwords = dict(re.findall(r"/demo/([\w-]+) .*\n.*password (\S+)", said))
            yield Demo(address, passwords, said, settings)
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(30)
            if running.stdout:
                running.stdout.close()
    shutil.rmtree(state)


def _introduction(running: subprocess.Popen[str]) -> str:
    """What it prints until it is ready, or until it ends."""
    said: list[str] = []
    for line in running.stdout or ():
        said.append(line)
        if READY in line:
            break
    return "".join(said)
