"""Sources on a fresh database, a federation that signs, and a web server that a test may bend."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response

from api.database import Urls
from tests.federation.maker import Federation, written
from tests.operation.commands import Done, Mutua, without_settings


@dataclass
class Publisher:
    """A federation's web server: `documents` by path, and what it was asked for."""

    url: str
    documents: dict[str, bytes] = field(default_factory=dict)
    answer: Response | None = None
    """Given instead, whatever is asked for."""
    asked: list[str] = field(default_factory=list)
    since: list[str | None] = field(default_factory=list)

    async def __call__(self, scope: dict[str, object], receive: object, send: object) -> None:
        request = Request(scope)
        path = bytes(scope["raw_path"]).decode()  # type: ignore[call-overload] # bytes, as ASGI has it
        self.asked.append(path)
        self.since.append(request.headers.get("If-Modified-Since"))
        known = self.documents.get(path)
        given = Response(known) if known is not None else Response(status_code=404)
        await (self.answer or given)(scope, receive, send)  # type: ignore[arg-type] # ASGI's own


@asynccontextmanager
async def publishing() -> AsyncIterator[Publisher]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        publisher = Publisher(f"http://127.0.0.1:{listening.getsockname()[1]}")
        config = uvicorn.Config(publisher, log_level="warning", lifespan="off", loop="none")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([listening]))
        yield publisher
        server.should_exit = True
        await task


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with publishing() as opened:
        yield opened


class Operator:
    """Runs commands in a thread, so that servers of the test go on answering."""

    def __init__(self, mutua: Mutua) -> None:
        self._mutua = mutua

    async def __call__(self, *arguments: str) -> Done:
        return await asyncio.to_thread(self._mutua, *arguments)

    async def said(self, *arguments: str) -> str:
        done = await self(*arguments)
        assert done.code == 0, done
        return done.out

    async def refused(self, *arguments: str) -> str:
        """The one line that a command gives up with."""
        done = await self(*arguments)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done
        return done.err


@pytest.fixture
def operator(
    database: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    monkeypatch.chdir(tmp_path)
    without_settings(monkeypatch)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MUTUA_DATABASE_URL", database.app)
    monkeypatch.setenv("COLUMNS", "400")
    written(tmp_path, Federation().pem.encode(), "fed.pem")
    return Operator(Mutua(monkeypatch, capsys))
