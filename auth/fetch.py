"""How we speak to identity providers: no redirects, short waits, and answers bounded before they are read."""

import ssl
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx2

MAX_BYTES = 512 * 1024
"""Of any one answer: discovery documents and key sets have a few KiB."""
TIMEOUT = httpx2.Timeout(5.0)
"""Seconds for each of connect, write, read."""


class TooLong(httpx2.TransportError):
    """The answer is longer than any honest one, or compressed, so that its true length can't be known."""


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        async for part in self._stream:
            length += len(part)
            if length > MAX_BYTES:
                raise TooLong(f"more than {MAX_BYTES} bytes")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class BoundedTransport(httpx2.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        answer = await super().handle_async_request(request)
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            await answer.aclose()
            raise TooLong("compressed although asked not to be")
        answer.stream = _BoundedStream(cast(httpx2.AsyncByteStream, answer.stream))
        return answer


TRUST = ssl.create_default_context()
"""Made once: reading the system's certificates takes tens of milliseconds."""


def options() -> dict[str, Any]:
    """Keyword arguments of an httpx2 client, Authlib's included. The transport closes with its client."""
    return {"transport": BoundedTransport(verify=TRUST), "timeout": TIMEOUT, "follow_redirects": False}
