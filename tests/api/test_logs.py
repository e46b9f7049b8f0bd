"""The lines that a server writes about itself."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What JSON lines hold of everything that our loggers are told."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLines())
    ours = logging.getLogger("mutua")
    level = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield stream
    ours.removeHandler(handler)
    ours.setLevel(level)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    @app.get("/broken/{secret}")
    async def broken(secret: str) -> None:
        raise RuntimeError("two\nlines")

    transport = httpx2.ASGITransport(app=app, client=("127.0.0.1", 50000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
        yield opened


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_a_request_is_one_line_of_json(client: httpx2.AsyncClient, written: io.StringIO) -> None:
    answer = await client.post("/graphql?token=secret", json={"query": "query Mine { viewer { signedIn } }"})
    [line] = lines(written)
    assert line.pop("time")[19:] != ""
    assert line.pop("duration_ms") > 0
    assert line.pop("message").endswith(answer.headers["x-request-id"])
    assert line == {
        "level": "info",
        "logger": "mutua.access",
        "request_id": answer.headers["x-request-id"],
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "operation": "Mine",
        "viewer": "anonymous",
    }


async def test_a_nameless_operation_is_told_by_its_type(client: httpx2.AsyncClient, written: io.StringIO) -> None:
    await client.post("/graphql", json={"query": "{ viewer { signedIn } }"})
    await client.post("/graphql", json={"query": f"query {'x' * 500} {{ viewer {{ signedIn }} }}"})
    assert [line["operation"] for line in lines(written)] == ["query", "x" * 80]


async def test_a_fault_is_one_line_with_its_trace_and_the_number_that_the_client_got(
    client: httpx2.AsyncClient, written: io.StringIO
) -> None:
    answer = await client.get("/broken/one-time-code")
    fault, access = lines(written)
    assert fault["request_id"] == access["request_id"] == answer.headers["x-request-id"]
    assert (fault["level"], access["status"]) == ("error", 500)
    assert "RuntimeError: two\nlines" in fault["exception"]
    assert "one-time-code" not in json.dumps(fault | {"exception": ""})


async def test_what_is_said_outside_a_request_has_no_number(client: httpx2.AsyncClient, written: io.StringIO) -> None:
    await client.get("/health/live")
    logging.getLogger("mutua").info("a line\nof its own")
    assert "request_id" not in lines(written)[-1]
    assert lines(written)[-1]["message"] == "a line\nof its own"
