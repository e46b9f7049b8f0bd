"""Keyset paging: a page is named by the sort keys of the row before it, so that no page costs more than the first.

All keys of an order run in the same direction and none is null, so that "after" is one row comparison, which an index
serves. The last key is the row's id: no two rows tie.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, SQLColumnExpression, bindparam, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

Value = str | int | float | date | datetime | UUID
Position = tuple[Value, ...]
"""Where a row stands in its order: its sort keys. What a cursor carries."""

T = TypeVar("T")


class BadPosition(ValueError):
    """A position that no row of this order can have: it was made for another list."""


@dataclass(frozen=True, slots=True)
class Page:
    """Either `first` rows (after a position), or the `last` ones (before a position)."""

    first: int | None = 20
    after: Position | None = None
    last: int | None = None
    before: Position | None = None


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    row: T
    position: Position


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    entries: list[Entry[T]] = field(default_factory=list)
    has_next: bool = False
    has_previous: bool = False

    @property
    def rows(self) -> list[T]:
        return [entry.row for entry in self.entries]


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key, and the type by which PostgreSQL compares it."""

    expression: SQLColumnExpression[Any]
    kind: TypeEngine[Any]
    python: type[Value]


@dataclass(frozen=True, slots=True)
class Keyset:
    """An order of rows. The keys of a selected row are its last columns."""

    keys: tuple[Key, ...]
    descending: bool = False

    def after(self, position: Position) -> ColumnElement[bool]:
        return self._beyond(position, self.descending)

    def before(self, position: Position) -> ColumnElement[bool]:
        return self._beyond(position, not self.descending)

    def order(self, *, backwards: bool) -> list[ColumnElement[Any]]:
        descending = self.descending != backwards
        return [key.expression.desc() if descending else key.expression.asc() for key in self.keys]

    def position(self, row: Row[Any]) -> Position:
        return tuple(row)[-len(self.keys) :]

    def _beyond(self, position: Position, descending: bool) -> ColumnElement[bool]:
        here = tuple_(*(key.expression for key in self.keys))
        there = tuple_(*self._values(position))
        return here < there if descending else here > there

    def _values(self, position: Position) -> list[ColumnElement[Any]]:
        if len(position) != len(self.keys):
            raise BadPosition
        if not all(type(value) is key.python for key, value in zip(self.keys, position, strict=True)):
            raise BadPosition
        return [bindparam(None, value, key.kind) for key, value in zip(self.keys, position, strict=True)]


async def fetch(session: AsyncSession, statement: Select[Any], keyset: Keyset, page: Page) -> Slice[Any]:
    """One statement: the page of `statement`, whose first column is the row that the caller wants."""
    return cut((await session.execute(bounded(statement, keyset, page))).all(), keyset, page)


def bounded(statement: Select[Any], keyset: Keyset, page: Page) -> Select[Any]:
    """The page's rows and one more, which tells whether the list goes on; in reading direction from the page's fixed
    end."""
    if page.after is not None:
        statement = statement.where(keyset.after(page.after))
    if page.before is not None:
        statement = statement.where(keyset.before(page.before))
    columns: list[Any] = [key.expression.label(f"key_{n}") for n, key in enumerate(keyset.keys)]
    return statement.add_columns(*columns).order_by(*keyset.order(backwards=_backwards(page))).limit(_size(page) + 1)


def cut(found: Sequence[Row[Any]], keyset: Keyset, page: Page) -> Slice[Any]:
    """The page from what `bounded` found."""
    more = len(found) > _size(page)
    entries = [Entry(row[0], keyset.position(row)) for row in found[: _size(page)]]
    if _backwards(page):
        return Slice(entries[::-1], has_next=page.before is not None, has_previous=more)
    return Slice(entries, has_next=more, has_previous=page.after is not None)


def part(entries: Sequence[Entry[T]], page: Page, rank: Callable[[Any], Any]) -> Slice[T]:
    """The page of a list that is at hand as a whole. `rank`: the order that its entries are in, by position."""

    def of(entry: Entry[T]) -> Any:
        return rank(entry.position)

    begin = 0 if page.after is None else bisect_right(entries, rank(page.after), key=of)
    end = len(entries) if page.before is None else bisect_left(entries, rank(page.before), key=of)
    found, size = list(entries[begin:end]), _size(page)
    if _backwards(page):
        return Slice(found[-size:], has_next=page.before is not None, has_previous=len(found) > size)
    return Slice(found[:size], has_next=len(found) > size, has_previous=page.after is not None)


def _backwards(page: Page) -> bool:
    return page.first is None and page.last is not None


def _size(page: Page) -> int:
    size = page.last if _backwards(page) else page.first
    return 20 if size is None else size
