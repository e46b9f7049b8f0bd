"""A document brought in: a copy of our own of a file or of what an address answers, never larger than is sensible."""

import asyncio
import gzip
import zlib
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

import httpcore2

from auth import fetch
from auth.federation import addresses
from auth.federation.refusals import Refused, Wrong

LARGEST = 160 * 1024**2
"""Bytes, unpacked. All federations of the world together (eduGAIN) have about 100 MB."""
DEADLINE = 300.0
"""Seconds for one document."""
TIMEOUT = {"connect": 10.0, "read": 20.0, "write": 10.0, "pool": 10.0}
_CHUNK = 1024**2
_ASKED = [
    ("Accept", "application/samlmetadata+xml, application/xml;q=0.9, */*;q=0.5"),
    ("Accept-Encoding", "identity"),
    ("User-Agent", "mutua"),
]

Watch = Callable[[int], None]
"""Told how many bytes are there."""


class NotThere(Refused):
    """404: the server knows no such document."""

    def __init__(self) -> None:
        super().__init__(Wrong.STATUS, "404")


def copy(file: Path, to: Path) -> None:
    """A file's bytes; what is compressed by gzip (.gz) is unpacked. Raises Refused."""
    compressed = file.suffix == ".gz"
    try:
        if not compressed and file.stat().st_size > LARGEST:
            raise _too_large()
        with gzip.open(file) if compressed else file.open("rb") as source, to.open("wb") as copied:
            left = LARGEST
            while chunk := source.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise _too_large()
                copied.write(chunk)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise Refused(Wrong.UNREADABLE, "its .gz is damaged") from None
    except OSError as error:
        raise Refused(Wrong.UNREADABLE, error.strerror or "") from None


async def download(
    url: str, to: Path, *, at_home: bool, since: datetime | None = None, watch: Watch = lambda length: None
) -> bool:
    """What an address answers; False: nothing newer than `since`. Raises Refused."""
    addresses.check(url, at_home=at_home)
    asked = [*_ASKED, ("If-Modified-Since", format_datetime(since, usegmt=True))] if since else _ASKED
    backend = addresses.Outward(at_home=at_home)
    try:
        async with (
            asyncio.timeout(DEADLINE),
            httpcore2.AsyncConnectionPool(ssl_context=fetch.TRUST, network_backend=backend) as pool,
            pool.stream("GET", url, headers=asked, extensions={"timeout": TIMEOUT}) as answer,
        ):
            if since and answer.status == 304:
                return False
            _check(answer)
            await _save(answer, to, watch)
    except TimeoutError:
        raise Refused(Wrong.UNREACHABLE, f"it took longer than {DEADLINE:.0f} s") from None
    except (
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        httpcore2.TimeoutException,
        httpcore2.UnsupportedProtocol,
    ) as error:
        raise Refused(Wrong.UNREACHABLE, f"{type(error).__name__} {error}") from None
    return True


def _check(answer: httpcore2.Response) -> None:
    """Before a byte of it is read. A redirect isn't followed: whoever answers could lead us anywhere."""
    headers = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
    if 300 <= answer.status < 400:
        raise Refused(Wrong.REDIRECT, headers.get(b"location", ""))
    if answer.status == 404:
        raise NotThere
    if answer.status != 200:
        raise Refused(Wrong.STATUS, str(answer.status))
    if headers.get(b"content-encoding", "identity").lower() != "identity":
        raise Refused(Wrong.ENCODING, headers[b"content-encoding"])
    length = headers.get(b"content-length", "")
    if length.isdecimal() and int(length[:20]) > LARGEST:
        raise _too_large()


async def _save(answer: httpcore2.Response, to: Path, watch: Watch) -> None:
    length = 0
    with to.open("wb") as file:
        async for part in answer.aiter_stream():
            length += len(part)
            if length > LARGEST:
                raise _too_large()
            file.write(part)
            watch(length)


def _too_large() -> Refused:
    return Refused(Wrong.TOO_LARGE, f"{LARGEST // 1024**2} MiB")
