"""Answers made of a file's bytes: whole, one span, or several (RFC 9110 §15.3.7). Nothing here decides anything."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from api.ranges import Span

CHUNK = 256 * 1024


def whole(path: Path, size: int, media_type: str, headers: Mapping[str, str]) -> Response:
    told = {**headers, "Content-Type": media_type, "Content-Length": str(size)}
    return StreamingResponse(_bytes(path, [Span(0, size - 1)] if size else []), 200, told)


def partial(path: Path, size: int, media_type: str, headers: Mapping[str, str], spans: Sequence[Span]) -> Response:
    """206 with one span, or with several as multipart/byteranges."""
    if len(spans) == 1:
        [span] = spans
        told = {"Content-Type": media_type, "Content-Length": str(span.length), "Content-Range": span.of(size)}
        return StreamingResponse(_bytes(path, spans), 206, {**headers, **told})
    boundary = secrets.token_hex(16)
    parts = [_part(boundary, media_type, span, size) for span in spans]
    ending = f"\r\n--{boundary}--\r\n".encode()
    length = sum(len(part) + span.length for part, span in zip(parts, spans, strict=True)) + len(ending)
    told = {"Content-Type": f"multipart/byteranges; boundary={boundary}", "Content-Length": str(length)}
    return StreamingResponse(_parts(path, parts, spans, ending), 206, {**headers, **told})


def disposition(kind: str, name: str) -> str:
    """A Content-Disposition (RFC 6266): the name in UTF-8 (RFC 8187), and in plain ASCII for who can't read that."""
    safe = "".join(letter for letter in name if letter.isprintable() and letter not in '/\\"').strip(". ") or "content"
    plain = safe.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def _part(boundary: str, media_type: str, span: Span, size: int) -> bytes:
    return f"\r\n--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {span.of(size)}\r\n\r\n".encode()


async def _parts(path: Path, parts: Sequence[bytes], spans: Sequence[Span], ending: bytes) -> AsyncIterator[bytes]:
    for part, span in zip(parts, spans, strict=True):
        yield part
        async for chunk in _bytes(path, [span]):
            yield chunk
    yield ending


async def _bytes(path: Path, spans: Sequence[Span]) -> AsyncIterator[bytes]:
    """The bytes of the spans, a chunk at a time. A file that ends too early breaks the answer off."""
    with await asyncio.to_thread(path.open, "rb") as file:
        for span in spans:
            file.seek(span.first)
            left = span.length
            while left:
                chunk = await asyncio.to_thread(file.read, min(CHUNK, left))
                if not chunk:
                    raise EOFError(f"{path.name} ends {left} bytes too early")
                left -= len(chunk)
                yield chunk
