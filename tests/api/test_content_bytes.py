"""The bytes themselves: headers, ranges, conditions, and what is never shown in place."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from email import message_from_bytes

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text as sql
from sqlalchemy import update
from sqlmodel import col

from models import content as rows
from tests.content.library import PDF, Library, address, library, reader

MEGABYTE = 1024 * 1024


@pytest.fixture
async def mutua(app: FastAPI) -> AsyncIterator[Library]:
    async with library(app) as opened:
        yield opened


@pytest.fixture
async def program(mutua: Library) -> AsyncIterator[httpx2.AsyncClient]:
    async with reader(mutua.url) as opened:
        yield opened


@pytest.fixture
async def at(mutua: Library, program: httpx2.AsyncClient) -> str:
    """The signed address of an open PDF."""
    item = await mutua.item("free/open")
    redirect = await program.get(address(item), follow_redirects=False)
    location: str = redirect.headers["location"]
    return location


async def test_the_whole_file_comes_with_safe_headers(program: httpx2.AsyncClient, at: str) -> None:
    answer = await program.get(at)
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(PDF))
    assert answer.headers["etag"] == f'"{hashlib.sha256(PDF).hexdigest()}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert (
        answer.headers["content-disposition"]
        == "inline; filename=\"__ _.pdf\"; filename*=UTF-8''%E7%A2%91%E5%B8%96%20%E4%B8%80.pdf"
    )


async def test_head_says_what_get_would(program: httpx2.AsyncClient, at: str) -> None:
    head, get = await program.head(at, headers={"Range": "bytes=0-1"}), await program.get(at)
    own = {"date", "x-request-id"}
    assert head.status_code == 200
    assert head.content == b""
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in get.headers.items() if k not in own
    }


async def test_one_range(program: httpx2.AsyncClient, at: str) -> None:
    answer = await program.get(at, headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, PDF[10:20])
    assert answer.headers["content-range"] == f"bytes 10-19/{len(PDF)}"
    assert answer.headers["content-length"] == "10"
    tail = await program.get(at, headers={"Range": "bytes=-5"})
    assert tail.content == PDF[-5:]


async def test_several_ranges_come_in_parts(program: httpx2.AsyncClient, at: str) -> None:
    answer = await program.get(at, headers={"Range": "bytes=100-109,0-4,-3"})
    assert answer.status_code == 206
    assert answer.headers["content-length"] == str(len(answer.content))
    kind = answer.headers["content-type"]
    assert kind.startswith("multipart/byteranges; boundary=")
    parsed = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + answer.content)
    parts = [
        (str(part["content-range"]), part.get_payload(decode=True), part.get_content_type())
        for part in parsed.walk()
        if not part.is_multipart()
    ]
    size = len(PDF)
    assert parts == [
        (f"bytes 100-109/{size}", PDF[100:110], "application/pdf"),
        (f"bytes 0-4/{size}", PDF[:5], "application/pdf"),
        (f"bytes {size - 3}-{size - 1}/{size}", PDF[-3:], "application/pdf"),
    ]


async def test_ranges_that_make_no_sense_are_refused(program: httpx2.AsyncClient, at: str) -> None:
    for header in ("bytes=99999999-", "bytes=9-5", "bytes=" + "0-0," * 1000, "bytes=0-9,5-14", "bytes=x"):
        answer = await program.get(at, headers={"Range": header})
        assert answer.status_code == 416, header[:50]
        assert answer.headers["content-range"] == f"bytes */{len(PDF)}"
        assert answer.headers["content-type"] == "application/problem+json"


async def test_what_the_client_has_is_not_sent_again(program: httpx2.AsyncClient, at: str) -> None:
    first = await program.get(at)
    for condition in (
        {"If-None-Match": first.headers["etag"]},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        again = await program.get(at, headers=condition)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["cache-control"] == "private, no-cache"
    changed = await program.get(at, headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200
    assert (await program.get(at, headers={"If-Match": '"other"'})).status_code == 412


async def test_a_range_of_another_version_is_answered_with_the_whole(program: httpx2.AsyncClient, at: str) -> None:
    etag = (await program.head(at)).headers["etag"]
    same = await program.get(at, headers={"Range": "bytes=0-4", "If-Range": etag})
    other = await program.get(at, headers={"Range": "bytes=0-4", "If-Range": '"older"'})
    assert (same.status_code, same.content) == (206, PDF[:5])
    assert (other.status_code, other.content) == (200, PDF)


DISGUISED = [
    (b"<!DOCTYPE html><script>alert(1)</script>", "report.pdf"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture.svg"),
    (b"<html>" + PDF, "polyglot.pdf"),
    (b"%PDF-1.7<script>", "cut.pdf"),
    (b"alert(1)", "a.js"),
    (b"a,b\n=cmd|x,1\n", "data.csv"),
]


async def test_what_the_bytes_do_not_prove_is_only_saved(mutua: Library, program: httpx2.AsyncClient) -> None:
    for content, name in DISGUISED:
        item = await mutua.item("free/open", content, name)
        answer = await program.get(address(item))
        assert answer.content == content
        assert answer.headers["content-disposition"].startswith("attachment;"), name
        assert answer.headers["content-type"].partition(";")[0] in {"application/octet-stream", "text/csv"}, name
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "sandbox"


async def test_a_type_that_the_row_claims_and_the_bytes_do_not_prove_is_only_saved(
    mutua: Library, program: httpx2.AsyncClient
) -> None:
    item = await mutua.item("free/open", b"<script>alert(1)</script>", "x.bin")
    async with mutua.everybody() as session:
        await session.execute(
            update(rows.ContentItem).where(col(rows.ContentItem.id) == item.id).values(media_type="application/pdf")
        )
    answer = await program.get(address(item))
    assert answer.headers["content-disposition"].startswith("attachment;")


async def test_a_picture_is_shown(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100), "rubbing.png")
    answer = await program.get(address(item))
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"].startswith("inline;")


async def test_an_empty_file_is_served(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open", b"", "nothing")
    answer = await program.get(address(item))
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")
    again = await program.get(answer.url, headers={"Range": "bytes=0-"})
    assert again.status_code == 416


async def test_no_transaction_is_open_while_bytes_flow(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open", bytes(64 * MEGABYTE), "large.bin")
    async with program.stream("GET", address(item)) as answer:
        flowing = answer.aiter_bytes(MEGABYTE)
        assert len(await anext(flowing)) == MEGABYTE
        async with mutua.everybody() as session:
            open_now = await session.scalar(
                sql(
                    "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    " AND datname = current_database() AND state <> 'idle' AND backend_type = 'client backend'"
                )
            )
            assert open_now == 0
        assert await mutua.counts() == (1, 1, 1), "counted before the first byte"


async def test_a_reader_who_leaves_stops_the_sending(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open", bytes(64 * MEGABYTE), "large.bin")
    async with program.stream("GET", address(item)) as answer:
        await anext(answer.aiter_bytes(1024))
    for _ in range(50):
        streaming = [task for task in asyncio.all_tasks() if "RequestResponseCycle.run_asgi" in repr(task.get_coro())]
        if not streaming:
            break
        await asyncio.sleep(0.05)
    assert not streaming


async def test_a_large_file_arrives_whole(mutua: Library, program: httpx2.AsyncClient) -> None:
    content = bytes(range(256)) * 20_000
    item = await mutua.item("free/open", content, "large.bin")
    answer = await program.get(address(item))
    assert hashlib.sha256(answer.content).hexdigest() == item.sha256
