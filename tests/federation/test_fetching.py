"""D01: metadata is fetched from public addresses only, and the address that was looked at is the one connected to."""

import asyncio
import gzip
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.responses import RedirectResponse, Response, StreamingResponse

from auth.federation import addresses, fetching
from auth.federation.refusals import Refused, Wrong
from tests.federation.conftest import Publisher
from tests.federation.maker import certificate_of, rsa_key, written

Resolve = Callable[..., Awaitable[list[Any]]]

NO_ADDRESSES = (
    "http://fed.example/metadata.xml",
    "file:///etc/passwd",
    "ftp://fed.example/m",
    "gopher://fed.example/m",
    "dict://fed.example/m",
    "jar:https://fed.example!/m",
    "unix:/var/run/x",
    "//fed.example/m",
    "fed.example",
    "https://",
    "https:///m",
    "https://user@fed.example/m",
    "https://user:secret@fed.example/m",
    "https://@fed.example/m",
    "https://fed.example./m",
    "https://.fed.example/m",
    "https://fed..example/m",
    "https://fed。example/m",
    "https://ｆed.example/m",
    "https://fed.example:0/m",
    "https://fed.example:99999/m",
    "https://fed.example:x/m",
    "https://[::1/m",
    "https://[fe80::1%25eth0]/m",
    "https://fed.example/m#part",
    "https://fed.example\\@127.0.0.1/m",
    "https://fed.example/a b",
    "https://fed.example/\tb",
    "https://fed.example/\x07",
    "https://fed.example/\u00e9",
    "https://fed.example/a\\b",
    "https://fed.example/\r\nX: y",
    "https://fed_eration.example/m",
    "https://fed.example/" + "a" * 1024,
)

PRIVATE_4 = (
    "127.0.0.1 127.8.9.1 0.0.0.0 10.0.0.1 100.64.0.1 169.254.169.254 172.16.0.1 192.168.1.1 192.0.0.1 198.18.0.1 "
    "224.0.0.1 240.0.0.1 255.255.255.255"
)
PRIVATE_6 = (
    ":: ::1 fe80::1 fc00::1 fd00::1 ff02::1 ff0e::1 2001:db8::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 "
    "64:ff9b::a00:1 2002:7f00:1:: 2002:a00:1:: 2001:0:7f00:1:: 4000::1"
)
PUBLIC = ("1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101")


def resolving(*answers: list[str]) -> tuple[Resolve, list[str]]:
    """A resolver that gives each answer once, and the names that it was asked for."""
    left, asked = list(answers), list[str]()

    async def getaddrinfo(host: str, port: int, **kind: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in left.pop(0)]

    return getaddrinfo, asked


async def fetched(url: str, folder: Path, *, at_home: bool = True, since: datetime | None = None) -> bytes | str:
    """What came, or why nothing did."""
    try:
        await fetching.download(url, folder / "fetched", at_home=at_home, since=since)
    except Refused as refused:
        return refused.wrong.value
    return (folder / "fetched").read_bytes()


async def test_only_https_addresses_are_asked(tmp_path: Path) -> None:
    for at_home in (True, False):
        assert {url: await fetched(url, tmp_path, at_home=at_home) for url in NO_ADDRESSES} == dict.fromkeys(
            NO_ADDRESSES, Wrong.ADDRESS.value
        )
    with pytest.raises(Refused):
        addresses.check("http://127.0.0.1:9/m", at_home=False)
    assert addresses.check("http://127.0.0.1:9/m", at_home=True)
    assert addresses.check("https://[2606:4700::1111]:8443/m", at_home=False)


async def test_no_name_leads_into_a_private_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever way it is written: numbers that only resolvers take for addresses are resolved like names."""
    assert [one for one in f"{PRIVATE_4} {PRIVATE_6}".split() if addresses.public(ip_address(one))] == []
    assert [one for one in PUBLIC if not addresses.public(ip_address(one))] == []
    loop = asyncio.get_running_loop()
    for given in (["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["fd00::1%eth0"]):
        getaddrinfo, _ = resolving(given)
        monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
        assert await fetched("https://fed.example/m", tmp_path, at_home=False) == Wrong.ADDRESS
    monkeypatch.undo()
    written = (
        "localhost",
        "127.0.0.1",
        "[::1]",
        "0",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "127.1",
        "[::ffff:127.0.0.1]",
    )
    for host in (*written, "169.254.169.254", "[fd00::1]"):
        assert await fetched(f"https://{host}:9/m", tmp_path, at_home=False) == Wrong.ADDRESS, host


async def test_a_name_that_is_public_first_and_loopback_then_is_asked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    getaddrinfo, asked = resolving(["93.184.216.34"], ["127.0.0.1"])
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    with pytest.raises(ExceptionGroup) as wanted:
        await fetched("https://rebinding.example/m", tmp_path, at_home=False)
    (told,) = wanted.value.exceptions
    assert str(told) == "a test wanted to reach ('93.184.216.34', 443)", "which the suite doesn't let it"
    assert asked == ["rebinding.example"]


async def test_what_is_answered_is_taken_as_it_is_or_not_at_all(publisher: Publisher, tmp_path: Path) -> None:
    url = f"{publisher.url}/m"

    async def answered(answer: Response) -> bytes | str:
        publisher.answer = answer
        return await fetched(url, tmp_path)

    assert await answered(Response(b"<x/>")) == b"<x/>"
    assert await answered(RedirectResponse(f"{publisher.url}/elsewhere")) == Wrong.REDIRECT
    assert await answered(RedirectResponse("http://169.254.169.254/")) == Wrong.REDIRECT
    assert await answered(Response(gzip.compress(b"<x/>"), headers={"Content-Encoding": "gzip"})) == Wrong.ENCODING
    for status in (204, 206, 304, 404, 410, 500, 503):
        assert await answered(Response(status_code=status)) in {Wrong.STATUS, Wrong.REDIRECT}, status
    assert set(publisher.asked) == {"/m"}, "no redirect was followed"
    publisher.answer = Response(status_code=304)
    assert await fetching.download(url, tmp_path / "x", at_home=True, since=datetime(2026, 1, 2, tzinfo=UTC)) is False
    assert publisher.since[-1] == "Fri, 02 Jan 2026 00:00:00 GMT"
    assert await fetched("http://127.0.0.1:9/m", tmp_path) == Wrong.UNREACHABLE


async def test_a_server_that_nobody_vouches_for_is_not_believed(tmp_path: Path) -> None:
    key = rsa_key()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = written(tmp_path, pem + certificate_of(key, "localhost").public_bytes(Encoding.PEM), "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        assert await fetched(f"https://localhost:{port}/m", tmp_path) == Wrong.UNREACHABLE
    assert asked == []


async def test_too_much_and_too_slow_end(publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(pause: float) -> Any:
        while True:
            yield b"x" * 1000
            await asyncio.sleep(pause)

    monkeypatch.setattr(fetching, "LARGEST", 5000)
    publisher.answer = Response(b"x" * 5001)
    assert await fetched(publisher.url, tmp_path) == Wrong.TOO_LARGE
    publisher.answer = StreamingResponse(endless(0))
    assert await fetched(publisher.url, tmp_path) == Wrong.TOO_LARGE
    assert (tmp_path / "fetched").stat().st_size <= 5000
    monkeypatch.setattr(fetching, "DEADLINE", 0.3)
    publisher.answer = StreamingResponse(endless(0.2))
    began = time.monotonic()
    assert await fetched(publisher.url, tmp_path) == Wrong.UNREACHABLE
    assert time.monotonic() - began < 5


def test_a_file_is_copied_as_far_as_it_may_be_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def copied(name: str, content: bytes) -> bytes | str:
        (tmp_path / name).write_bytes(content)
        try:
            fetching.copy(tmp_path / name, tmp_path / "copy")
        except Refused as refused:
            return refused.wrong.value
        return (tmp_path / "copy").read_bytes()

    with (tmp_path / "huge.xml").open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(Refused) as refused:
        fetching.copy(tmp_path / "huge.xml", tmp_path / "copy")
    assert (refused.value.wrong, refused.value.detail) == (Wrong.TOO_LARGE, "160 MiB")
    assert not (tmp_path / "copy").exists(), "by its size, before a byte of it is read"
    assert copied("m.xml", b"<x/>") == copied("m.xml.gz", gzip.compress(b"<x/>")) == b"<x/>"
    assert copied("m.xml.gz", b"<x/>") == copied("n.xml.gz", gzip.compress(b"<x/>")[:-5]) == Wrong.UNREADABLE
    monkeypatch.setattr(fetching, "LARGEST", 5000)
    assert copied("bomb.xml.gz", gzip.compress(b"x" * 5001)) == Wrong.TOO_LARGE
    with pytest.raises(Refused):
        fetching.copy(tmp_path / "absent.xml", tmp_path / "copy")
