"""What every answer of the server has in common."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api import edge, patience
from api.commands import serving
from api.database import Urls
from tests.support.databases import Databases, name_of


async def test_an_unknown_path_is_a_problem_for_programs(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/nothing/here")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_unknown_path_is_a_page_for_browsers(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/nothing", headers={"accept": "text/html,*/*", "accept-language": "zh"})
    assert answer.status_code == 404
    assert "没有此页面" in answer.text


@pytest.mark.parametrize("path", ["/health/live", "/nothing", "/login", "/static/style.css", "/help"])
async def test_every_answer_has_safe_headers(client: httpx2.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert set(edge.SAFE_HEADERS) <= set(headers)
    assert headers["x-content-type-options"] == "nosniff"


async def test_an_unknown_method_is_refused(client: httpx2.AsyncClient) -> None:
    assert (await client.request("TRACE", "/health/live")).status_code == 405


async def test_health_tells_a_server_that_can_serve(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live"}
    assert (await client.get("/health/ready")).json() == {"status": "ready"}


async def test_a_fault_shows_a_number_and_nothing_else(
    app: FastAPI, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/broken/{secret}")
    async def broken(secret: str) -> None:
        raise RuntimeError("secret in /etc/path")

    answer = await client.get("/broken/one-time-code?token=of-a-person")
    assert (answer.status_code, answer.json()["code"]) == (500, "FAULT")
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in answer.json()["detail"]
    assert "secret in /etc/path" in caplog.text
    shown = await client.get("/broken/x", headers={"accept": "text/html", "accept-language": "en"})
    assert shown.status_code == 500
    assert f"the number {shown.headers['x-request-id']}" in shown.text


async def test_a_database_that_is_gone_is_said_and_found_again(
    app: FastAPI, client: httpx2.AsyncClient, databases: Databases, database: Urls
) -> None:
    name = name_of(database)
    databases.close(name)
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/health/ready")).status_code == 503
    refused = await client.get("/login")
    assert (refused.status_code, refused.json()["code"]) == (503, "UNAVAILABLE")
    shown = await client.get("/login", headers={"accept": "text/html", "accept-language": "zh"})
    assert shown.status_code == 503
    assert "请稍后再试" in shown.text
    asked = await client.post("/graphql", json={"query": "{ viewer { signedIn } }"})
    assert (asked.status_code, asked.json()["errors"][0]["extensions"]["code"]) == (503, "INTERNAL")
    databases.open(name)
    assert (await client.get("/health/ready")).status_code == 200
    assert (await client.get("/login")).status_code == 200


async def test_no_query_and_no_one_time_code_reaches_the_log(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await client.get("/invitation/one-time-code?signature=of-a-link")
    await client.get("/no-such-route/one-time-code?signature=of-a-link")
    lines = [record.getMessage() for record in caplog.records if record.name == "mutua.access"]
    assert len(lines) == 2
    assert "one-time-code" not in "".join(lines)
    assert "of-a-link" not in "".join(lines)


@pytest.mark.parametrize("path", ["/x%0A2026-01-01%20INFO%20forged", "/x%0D%1B[31mred", "/x%E2%80%AEtxt", "/x%00y"])
async def test_no_path_writes_a_line_of_the_log(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.set_level(logging.INFO)
    assert (await client.get(path)).status_code == 404
    [line] = [record.getMessage() for record in caplog.records if record.name == "mutua.access"]
    assert line.isprintable()
    assert len(line.split(" ")) == 6


async def test_no_redirect_leads_to_the_host_that_a_request_names(client: httpx2.AsyncClient) -> None:
    for path in ("/graphql/", "/login/", "/help/", "/static", "//graphql"):
        answer = await client.get(path, headers={"host": "evil.example"})
        assert (answer.status_code, answer.headers.get("location")) == (404, None)


@pytest.fixture
async def address(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, int]]:
    """The application behind uvicorn as `mutua serve` runs it, on a port of its own, impatient with slow bodies."""
    monkeypatch.setattr(edge, "BODY_SECONDS", 0.5)
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.5)

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    @app.get("/address")
    async def own_address(request: Request) -> Response:
        return PlainTextResponse(request.client.host if request.client else "")

    with serving.listening("127.0.0.1", 0) as listener:
        server = serving.server(app)
        server.config.lifespan = "off"
        task = asyncio.create_task(server.serve(sockets=[listener]))
        yield listener.getsockname()
        server.should_exit = True
        await task


async def test_a_body_of_one_byte_at_a_time_is_cut_off_while_others_are_served(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    began = asyncio.get_running_loop().time()

    async def drip() -> None:
        for _ in range(100):
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    async with httpx2.AsyncClient() as client:
        other = await client.post(f"http://{address[0]}:{address[1]}/echo", content=b"abc")
    assert other.text == "3"
    head = await reader.readuntil(b"\r\n")
    assert b" 408 " in head
    assert asyncio.get_running_loop().time() - began < 2
    dripping.cancel()
    writer.close()


@pytest.mark.parametrize("line", [b"OPTIONS *", b"GET *", b"GET health/live", b"CONNECT evil.example:443", b"GET ?a=b"])
async def test_a_target_that_is_no_path_is_refused_without_a_fault(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture, line: bytes
) -> None:
    answer = await _said(address, line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 405 "))
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("head", [b"", b"GET /health", b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_head_that_does_not_end_is_cut_off(address: tuple[str, int], head: bytes) -> None:
    """A16, before the body: neither silence nor a byte at a time keeps a connection."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(head)

    async def drip() -> None:
        while head:
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.05)

    began = asyncio.get_running_loop().time()
    dripping = asyncio.create_task(drip())
    assert await asyncio.wait_for(_rest(reader), 5) == b""
    assert 0.3 < asyncio.get_running_loop().time() - began < 3
    dripping.cancel()
    writer.transport.abort()


async def test_a_connection_serves_many_requests(address: tuple[str, int]) -> None:
    """Whose heads come whole, in pieces, or several at once."""
    reader, writer = await asyncio.open_connection(*address)
    request = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    for _ in range(3):
        for piece in (request, request[:20], request[20:], request + request):
            writer.write(piece)
            await asyncio.sleep(0.1)
    answered = b""
    while answered.count(b'{"status":"live"}') < 12:
        answered += await asyncio.wait_for(reader.read(65536), 2)
    writer.close()


async def test_a_body_that_nobody_reads_ends_its_connection(address: tuple[str, int]) -> None:
    """Else its sender, answered long ago, could go on sending for ever."""
    head = b"POST /health/live HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    answer = await _said(address, head + b"some of it")
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nconnection: close\r\n" in answer


async def _said(address: tuple[str, int], request: bytes) -> bytes:
    """Everything that the server says until it closes the connection."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(request)
    try:
        return await asyncio.wait_for(_rest(reader), 5)
    finally:
        writer.transport.abort()


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


def test_answers_leave_at_once() -> None:
    """Without TCP_NODELAY each answer but a connection's first waits for an acknowledgement: 40 ms on Linux."""
    with serving.listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_nobody_can_claim_another_address(address: tuple[str, int]) -> None:
    claims = {"x-forwarded-for": "203.0.113.7", "forwarded": "for=203.0.113.7", "x-real-ip": "203.0.113.7"}
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"http://{address[0]}:{address[1]}/address", headers=claims)
    assert answer.text == "127.0.0.1"


def test_a_busy_port_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(serving.AddressInUse, match=rf"port {port} is in use"):
            serving.listening("127.0.0.1", port)
