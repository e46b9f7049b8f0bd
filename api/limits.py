"""What a request may send, checked while it is read: nothing unbounded gets into memory, nobody keeps us waiting."""

import asyncio
from typing import Any

import orjson
from starlette.requests import Request

from schema.kit.errors import Code

BODY_BYTES = 1024 * 1024
BODY_SECONDS = 10.0
"""For the whole body: a slow sender is cut off, whatever it sends meanwhile."""
PASSED_OVER_BYTES = 8 * 1024 * 1024
"""Of a body too large, so that its sender, who reads no answer before all is sent, gets one; more is cut off."""
JSON_DEPTH = 32


class Refused(Exception):
    """A request that isn't looked at further. The text is for the caller."""

    def __init__(self, status: int, message: str, code: Code = Code.BAD_USER_INPUT, *, close: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.close = close
        """The body was not read to its end, so the connection can't be used again."""


def check_headers(request: Request) -> None:
    """Only plain JSON in UTF-8 (RFC 8259 §8.1): compressed bodies can be bombs, other types need no preflight."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise Refused(415, "A compressed body is not accepted.", close=True)
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != "application/json":
        raise Refused(415, "The body must be application/json.", close=True)
    charset = parameters.strip().lower()
    if charset.startswith("charset=") and charset.removeprefix("charset=").strip('"') not in {"utf-8", "utf8"}:
        raise Refused(415, "The body must be in UTF-8.", close=True)


async def read_body(request: Request) -> bytes:
    """The body, refused when it is too large or takes too long. What is too much is passed over, not kept."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal():
        raise Refused(400, "Content-Length is not a number.", close=True)
    if int(length) > PASSED_OVER_BYTES:
        raise _too_large()
    body, read = bytearray(), 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                read += len(chunk)
                if read <= BODY_BYTES:
                    body += chunk
                elif read > PASSED_OVER_BYTES:
                    raise _too_large()
    except TimeoutError:
        raise Refused(408, "The body took too long to arrive.", Code.TIMEOUT, close=True) from None
    if read > BODY_BYTES:
        raise _too_large()
    return bytes(body)


def _too_large() -> Refused:
    return Refused(413, f"The body is larger than {BODY_BYTES} bytes.", Code.BODY_TOO_LARGE, close=True)


def read_json(text: bytes | str) -> Any:
    """A JSON value that is safe to pass on: valid UTF-8, not nested deeper than JSON_DEPTH, free of NUL."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refused(400, "The body is not valid JSON in UTF-8.") from None
    check_value(value)
    return value


def check_value(value: Any) -> None:
    """PostgreSQL can't store NUL; deep nesting costs stack further on."""
    level = [value]
    for _ in range(JSON_DEPTH):
        if any(isinstance(item, str) and "\0" in item for item in level):
            raise Refused(400, "A text contains the character NUL.")
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return
    raise Refused(400, f"The JSON is nested deeper than {JSON_DEPTH} levels.")


def _inside(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return [*item.keys(), *item.values()]
    return item if isinstance(item, list) else []
