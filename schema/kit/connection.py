"""Connections: pages by keyset, so that the last page of a long list costs what the first one does.

A `Listing` says which rows and in which order; `page` reads one list, `children` the lists of many parents in one
statement. `page` finds keys and takes the rows from the request's loaders; `children` finds the rows themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import ARRAY, Uuid, bindparam, func, inspect, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from domain.catalogue import paging
from domain.reading import Reading
from schema.kit.context import Context, Info
from schema.kit.cursors import bad_cursor
from schema.kit.errors import Refusal
from schema.kit.rows import SHOWN, Statement
from schema.kit.source import computed, fact

DEFAULT_SIZE = 20
LARGEST_SIZE = 100
COUNTED = 10_000
"""Beyond it a count is not exact: nobody pages that far, and counting on costs a scan."""

Node = TypeVar("Node")
Size = int | None
Cursor = str | None
OfParents = tuple[Statement, Any]
"""Rows of many parents, and the column that says whose each is. Its parameters: `parents`, those of the request
(`Context.given`) and the field's own."""
Given = Mapping[str, Hashable]
NOTHING: Given = {}
KEPT = 500
"""Statements."""


def asked(context: Context, listing: str, first: Size, after: Cursor, last: Size, before: Cursor) -> paging.Page:
    """The page arguments of a field, refused with BAD_USER_INPUT or BAD_CURSOR unless they make sense."""
    for name, size in (("first", first), ("last", last)):
        if _given(size) is not None and not 1 <= (size or 0) <= LARGEST_SIZE:
            raise Refusal(f"{name} is between 1 and {LARGEST_SIZE}")
    if _given(first) and _given(last):
        raise Refusal("first and last exclude each other")
    return paging.Page(
        first=None if _given(last) else (_given(first) or DEFAULT_SIZE),
        last=_given(last),
        after=_position(context, listing, _given(after)),
        before=_position(context, listing, _given(before)),
    )


def _given(value: Any) -> Any:
    return None if value is strawberry.UNSET else value


def _position(context: Context, listing: str, cursor: Cursor) -> paging.Position | None:
    return None if cursor is None else context.cursors.read(listing, cursor)


class PageEdge:
    """A row of a page with its place; the cursor is made when asked for."""

    __slots__ = ("_page", "_position", "node")

    def __init__(self, page: "Page", node: Any, position: paging.Position) -> None:
        self._page = page
        self._position = position
        self.node = node

    @property
    def cursor(self) -> str:
        return self._page.cursor(self._position)


class Page:
    """What a connection shows. `nodes` are the rows of `part`, in its order.

    It keeps none of its edges, which know it: a request without circles is forgotten as soon as it is answered.
    """

    def __init__(
        self,
        context: Context,
        listing: str,
        part: paging.Slice[Any],
        nodes: Sequence[Any],
        count: Callable[[], Awaitable[int]],
    ) -> None:
        self.context = context
        self.listing = listing
        self.nodes = nodes
        self.has_next_page = part.has_next
        self.has_previous_page = part.has_previous
        self._places = [entry.position for entry in part.entries]
        self._count = count
        self._counted: asyncio.Future[int] | None = None

    @property
    def page_info(self) -> "Page":
        return self

    @property
    def edges(self) -> list[PageEdge]:
        return [PageEdge(self, node, place) for node, place in zip(self.nodes, self._places, strict=True)]

    @property
    def start_cursor(self) -> str | None:
        return self.cursor(self._places[0]) if self._places else None

    @property
    def end_cursor(self) -> str | None:
        return self.cursor(self._places[-1]) if self._places else None

    def cursor(self, place: paging.Position) -> str:
        return self.context.cursors.write(self.listing, place)

    def counted(self) -> Awaitable[int]:
        """How many rows there are, to COUNTED + 1; counted once, when first asked."""
        if self._counted is None:
            self._counted = asyncio.ensure_future(self._count())
        return self._counted


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = fact("has_next_page", "Whether there is more after this page.")
    has_previous_page: bool = fact("has_previous_page", "Whether there is more before this page.")
    start_cursor: str | None = fact("start_cursor", "The cursor of the first edge; null on an empty page.")
    end_cursor: str | None = fact("end_cursor", "The cursor of the last edge; null on an empty page.")


async def _total(root: strawberry.Parent[Page]) -> int:
    return min(await root.counted(), COUNTED)


async def _is_exact(root: strawberry.Parent[Page]) -> bool:
    return await root.counted() <= COUNTED


@strawberry.type(description="A row of a page with its place in the list.")
class Edge(Generic[Node]):
    node: Node = fact("node", "The row.")
    cursor: str = fact("cursor", "Its place: the value for after and before.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[Node]):
    edges: list[Edge[Node]] = fact("edges", "The rows with their cursors.")
    nodes: list[Node] = fact("nodes", "The rows alone.")
    page_info: PageInfo = fact("page_info", "Whether and where to go on.")
    total_count: int = computed(_total, "How many rows the whole list has; exact up to 10,000.")
    total_count_is_exact: bool = computed(_is_exact, "False: there are more than totalCount says.")


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A list and its order. `loader`: the name of the one that has its rows by key."""

    name: str
    loader: str
    key: Any
    order: paging.Keyset


async def page(info: Info, listing: Listing, rows: Statement, part: paging.Page) -> Page:
    """A page of the rows that a SELECT without columns finds."""
    context = info.context

    async def counted(session: AsyncSession) -> int:
        some = rows.add_columns(literal(1)).limit(COUNTED + 1).subquery()
        return (await session.execute(select(func.count()).select_from(some))).scalar_one()

    async def count() -> int:
        return await context.turns.take(counted)

    async def found(session: AsyncSession) -> paging.Slice[UUID]:
        return await paging.fetch(session, rows.add_columns(listing.key), listing.order, part)

    try:
        keys = await context.turns.take(found)
    except paging.BadPosition:
        raise bad_cursor() from None
    return await shown(context, listing, keys, count)


async def shown(
    context: Context, listing: Listing, found: paging.Slice[UUID], count: Callable[[], Awaitable[int]]
) -> Page:
    """The page of the keys found, with their rows."""
    rows = await asyncio.gather(*(context.loaders.load(listing.loader, key) for key in found.rows))
    return Page(context, listing.name, found, rows, count)


async def children(
    info: Info,
    listing: Listing,
    rows: Statement,
    parent: tuple[Any, UUID],
    part: paging.Page,
    *filters: Hashable,
    given: Given = NOTHING,
) -> Page:
    """A page of one parent's rows; those of all parents asked for at the same time come in one statement.

    `rows`: best made once, then the statement is compiled once. `parent`: the column that names it and its key.
    `filters`: whatever else distinguishes `rows` from another call's. `given`: its parameters.
    """
    column, key = parent
    found, count = await among(info, listing, (rows, column), key, part, *filters, given=given)
    return Page(info.context, listing.name, found, found.rows, count)


async def among(
    info: Info,
    listing: Listing,
    of: OfParents,
    key: UUID,
    part: paging.Page,
    *filters: Hashable,
    given: Given = NOTHING,
    counted: OfParents | None = None,
) -> tuple[paging.Slice[Any], Callable[[], Awaitable[int]]]:
    """What `children` shows, and its count. `counted`: the same rows where they can be counted with less than showing
    them takes."""
    context = info.context
    try:
        bounds = paging.given(listing.order, part)
    except paging.BadPosition:
        raise bad_cursor() from None
    distinct, asked_for = (listing.name, *filters, *given.items()), {**context.given, **given}

    async def pages_of(session: AsyncSession, parents: Sequence[UUID]) -> dict[UUID, paging.Slice[Any]]:
        found: dict[UUID, list[Any]] = {one: [] for one in parents}
        for parent_key, *row in await _pages(listing, *of, part.shape).rows(
            session, **asked_for, **bounds, parents=list(parents)
        ):
            found[parent_key].append(row)
        return {one: paging.cut(of_one, listing.order, part) for one, of_one in found.items()}

    async def counts_of(session: AsyncSession, parents: Sequence[UUID]) -> dict[UUID, int]:
        return dict(await _counts(*(counted or of)).rows(session, **asked_for, parents=list(parents)))

    async def count() -> int:
        total: int = await context.loaders.by((*distinct, "count"), counts_of).load(key)
        return total

    found = await context.loaders.by((*distinct, part), pages_of).load(key)
    for row in found.rows:
        context.loaders.keep(listing.loader, row.id, row)
    return found, count


def _parents() -> Any:
    return select(func.unnest(bindparam("parents", type_=ARRAY(Uuid))).label("parent")).subquery("asked")


@lru_cache(KEPT)
def _pages(listing: Listing, rows: Statement, column: Any, shape: paging.Shape) -> Reading:
    every = _parents()
    row, unread = SHOWN[listing.loader]
    shown = [getattr(row, one.key) for one in inspect(row).column_attrs if one.key not in {gone.key for gone in unread}]
    of_parent = rows.where(column == every.c.parent).add_columns(*shown)
    each = paging.bounded(of_parent, listing.order, shape).lateral()
    keys = list(each.c)[-len(listing.order.keys) :]
    return Reading(select(every.c.parent, aliased(row, each), *keys), *unread)


@lru_cache(KEPT)
def _counts(rows: Statement, column: Any) -> Reading:
    every = _parents()
    each = rows.where(column == every.c.parent).add_columns(literal(1).label("one")).limit(COUNTED + 1).lateral()
    return Reading(
        select(every.c.parent, func.count(each.c.one))
        .select_from(every.outerjoin(each, true()))
        .group_by(every.c.parent)
    )
