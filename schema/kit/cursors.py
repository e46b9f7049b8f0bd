"""Cursors: a row's place in its list, bound to the list and authenticated, so that nobody can make one up.

They are bound to what their reader sees as well: a librarian's place among her member's rows is nobody else's.
"""

import base64
import binascii
import hmac
from collections.abc import Set
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from domain.catalogue.paging import Position, Value
from domain.keys import KeyStore, Purpose, Unreadable
from schema.kit.errors import Code, Refusal

LONGEST = 4000
TAG_BYTES = 16


class Cursors:
    """Writes and reads cursors with the keys of purpose `cursors`. `members`: those whose private rows the reader sees;
    None = all of them."""

    def __init__(self, keys: KeyStore, members: Set[UUID] | None = frozenset()) -> None:
        self._keys = keys
        self._sight = "*" if members is None else ",".join(sorted(map(str, members)))

    def write(self, listing: str, position: Position) -> str:
        """`listing` names the list and its order: a cursor of another one is refused."""
        key_id = self._keys.current_id(Purpose.CURSORS)
        body = orjson.dumps([key_id, *map(_plain, position)])
        return base64.urlsafe_b64encode(self._tag(listing, body, key_id) + body).rstrip(b"=").decode()

    def read(self, listing: str, cursor: str) -> Position:
        """The position; refused with BAD_CURSOR unless we wrote it for this list."""
        try:
            raw = base64.b64decode(_padded(cursor), altchars=b"-_", validate=True)
            tag, body = raw[:TAG_BYTES], raw[TAG_BYTES:]
            key_id, *position = orjson.loads(body)
            expected = self._tag(listing, body, key_id)
        except (ValueError, TypeError, binascii.Error, Unreadable):
            raise bad_cursor() from None
        if not hmac.compare_digest(tag, expected):
            raise bad_cursor()
        return tuple(map(_typed, position))

    def _tag(self, listing: str, body: bytes, key_id: str) -> bytes:
        bound_to = f"{listing}\0{self._sight}\0".encode()
        return self._keys.mac(Purpose.CURSORS, bound_to + body, key_id)[:TAG_BYTES]


def bad_cursor() -> Refusal:
    return Refusal("The cursor isn't one of this list; begin again with the first page.", Code.BAD_CURSOR)


def _padded(cursor: str) -> str:
    if len(cursor) > LONGEST:
        raise ValueError("longer than any cursor")
    return cursor + "=" * (-len(cursor) % 4)


def _plain(value: Value) -> object:
    """JSON knows neither keys nor days: they carry a mark."""
    if isinstance(value, UUID):
        return {"u": value.hex}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    return {"d": value.isoformat()} if isinstance(value, date) else value


def _typed(value: Any) -> Value:
    match value:
        case {"u": text}:
            return UUID(text)
        case {"t": text}:
            return datetime.fromisoformat(text)
        case {"d": text}:
            return date.fromisoformat(text)
    plain: Value = value
    return plain
