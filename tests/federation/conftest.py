"""Sources on a fresh database, a federation that signs, and a web server that a test may bend."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response

from api import database as edge
from api.database import Transactions, Urls


@pytest.fixture
async def begin(database: Urls) -> AsyncIterator[Transactions]:
    pool = edge.engine(database.app)
    yield edge.as_everybody(edge.sessions(pool))
    await pool.dispose()


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
