"""Keyset paging: a page is named by the sort keys of the row before it, so that no page costs more than the first.

All keys of an order run in the same direction and none is null, so that "after" is one row comparison, which an index
serves. The last key is the row's id: no two rows tie.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, SQLColumnExpression, bindparam, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

Value = str | int | float | date | datetime | UUID
Position = tuple[Value, ...]
"""Where a row stands in its order: its sort keys. What a cursor carries."""

T = TypeVar("T")


class BadPosition(ValueError):
    """A position that no row of this order can have: it was made for another list."""


class Shape(NamedTuple):
    """What pages have in common that are read by one statement: which ends are fixed, and from which one it reads."""

    after: bool = False
    before: bool = False
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Either `first` rows (after a position), or the `last` ones (before a position)."""

    first: int | None = 20
    after: Position | None = None
    last: int | None = None
    before: Position | None = None

    @property
    def backwards(self) -> bool:
        return self.first is None and self.last is not None

    @property
    def size(self) -> int:
        size = self.last if self.backwards else self.first
        return 20 if size is None else size

    @property
    def shape(self) -> Shape:
        return Shape(self.after is not None, self.before is not None, self.backwards)


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

    def after(self) -> ColumnElement[bool]:
        return self._beyond(_AFTER, self.descending)

    def before(self) -> ColumnElement[bool]:
        return self._beyond(_BEFORE, not self.descending)

    def order(self, *, backwards: bool) -> list[ColumnElement[Any]]:
        descending = self.descending != backwards
        return [key.expression.desc() if descending else key.expression.asc() for key in self.keys]

    def position(self, row: Sequence[Any]) -> Position:
        return tuple(row[-len(self.keys) :])

    def given(self, name: str, position: Position) -> Mapping[str, Value]:
        """A position as the parameters of `after` and `before`. Raises BadPosition."""
        if len(position) != len(self.keys):
            raise BadPosition
        if not all(type(value) is key.python for key, value in zip(self.keys, position, strict=True)):
            raise BadPosition
        return {f"{name}{n}": value for n, value in enumerate(position)}

    def _beyond(self, name: str, descending: bool) -> ColumnElement[bool]:
        here = tuple_(*(key.expression for key in self.keys))
        there = tuple_(*(bindparam(f"{name}{n}", type_=key.kind) for n, key in enumerate(self.keys)))
        return here < there if descending else here > there


_AFTER, _BEFORE, _SIZE = "page_after_", "page_before_", "page_size"


async def fetch(session: AsyncSession, statement: Select[Any], keyset: Keyset, page: Page) -> Slice[Any]:
    """One statement: the page of `statement`, whose first column is the row that the caller wants."""
    found = await session.execute(bounded(statement, keyset, page.shape), given(keyset, page))
    return cut(found.all(), keyset, page)


def bounded(statement: Select[Any], keyset: Keyset, shape: Shape) -> Select[Any]:
    """A page's rows and one more, which tells whether the list goes on; in reading direction from the page's fixed end.
    Which page: `given` says it."""
    if shape.after:
        statement = statement.where(keyset.after())
    if shape.before:
        statement = statement.where(keyset.before())
    columns: list[Any] = [key.expression.label(f"key_{n}") for n, key in enumerate(keyset.keys)]
    ordered = statement.add_columns(*columns).order_by(*keyset.order(backwards=shape.backwards))
    return ordered.limit(bindparam(_SIZE, type_=Integer))


def given(keyset: Keyset, page: Page) -> dict[str, Value]:
    """The parameters of what is `bounded`.

    Raises:
        BadPosition: the page's ends are of another order.
    """
    values: dict[str, Value] = {_SIZE: page.size + 1}
    for name, position in ((_AFTER, page.after), (_BEFORE, page.before)):
        if position is not None:
            values |= keyset.given(name, position)
    return values


def cut(found: Sequence[Sequence[Any]], keyset: Keyset, page: Page) -> Slice[Any]:
    """The page from what `bounded` found."""
    more = len(found) > page.size
    entries = [Entry(row[0], keyset.position(row)) for row in found[: page.size]]
    if page.backwards:
        return Slice(entries[::-1], has_next=page.before is not None, has_previous=more)
    return Slice(entries, has_next=more, has_previous=page.after is not None)


def part(entries: Sequence[Entry[T]], page: Page, rank: Callable[[Any], Any]) -> Slice[T]:
    """The page of a list that is at hand as a whole. `rank`: the order that its entries are in, by position."""

    def of(entry: Entry[T]) -> Any:
        return rank(entry.position)

    begin = 0 if page.after is None else bisect_right(entries, rank(page.after), key=of)
    end = len(entries) if page.before is None else bisect_left(entries, rank(page.before), key=of)
    found, size = list(entries[begin:end]), page.size
    if page.backwards:
        return Slice(found[-size:], has_next=page.before is not None, has_previous=len(found) > size)
    return Slice(found[:size], has_next=len(found) > size, has_previous=page.after is not None)
