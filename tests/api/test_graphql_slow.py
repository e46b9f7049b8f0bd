"""What needs a real server: bodies that are huge, and senders that are slow."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from api import limits

HEAD = (
    b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Accept: application/graphql-response+json\r\n"
)


@pytest.fixture
async def port(app: FastAPI) -> AsyncIterator[int]:
    """The application behind a real HTTP server, in this process."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


async def good(port: int) -> float:
    """How long a good request of somebody else takes."""
    began = time.perf_counter()
    async with httpx2.AsyncClient(trust_env=False) as client:
        response = await client.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{__typename}"})
    assert response.json() == {"data": {"__typename": "Query"}}
    return time.perf_counter() - began


def _peak_memory() -> int:
    """Bytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("told", [True, False], ids=["length told", "chunked"])
async def test_a_huge_body_is_refused_before_it_is_read_whole(port: int, told: bool) -> None:
    """A15."""
    await good(port)
    before = _peak_memory()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    size = 60 * 1024 * 1024
    framing = f"Content-Length: {size}\r\n\r\n" if told else "Transfer-Encoding: chunked\r\n\r\n"
    writer.write(HEAD + framing.encode())
    answered = asyncio.create_task(reader.read(4096))
    sent = 0
    block = b"a" * 65536
    while sent < size and not answered.done():
        writer.write(block if told else f"{len(block):x}\r\n".encode() + block + b"\r\n")
        sent += len(block)
        try:
            await asyncio.wait_for(writer.drain(), 1)
        except (TimeoutError, ConnectionError):
            break
    answer = await asyncio.wait_for(answered, 5)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"BODY_TOO_LARGE" in answer
    assert _peak_memory() - before < 64 * 1024 * 1024
    writer.transport.abort()
    assert await good(port) < 1


async def test_a_slow_sender_is_cut_off_while_others_are_served(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A16, with a shorter patience than the server's own, which is at most 15 seconds."""
    assert limits.BODY_SECONDS <= 15
    monkeypatch.setattr(limits, "BODY_SECONDS", 2.0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    began = time.perf_counter()
    answered = asyncio.create_task(reader.read(4096))
    while not answered.done() and time.perf_counter() - began < 10:
        writer.write(b"1\r\na\r\n")
        await writer.drain()
        await asyncio.sleep(0.25)
        assert await good(port) < 1
    answer = await answered
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"TIMEOUT" in answer
    assert 1.5 < time.perf_counter() - began < 5
    writer.transport.abort()


@pytest.mark.parametrize("size", [limits.BODY_BYTES + 1, 5 * 1024 * 1024])
async def test_a_client_that_sends_too_much_reads_why_it_was_refused(port: int, size: int) -> None:
    """A28. One that reads nothing before all is sent gets an answer, not a connection reset."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        response = await client.post(
            f"http://127.0.0.1:{port}/graphql",
            content=b'{"query":"{node(id:\\"' + b"a" * size + b'\\"){id}}"}',
            headers={"Content-Type": "application/json"},
        )
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (413, "BODY_TOO_LARGE")
