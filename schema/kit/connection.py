"""Connections: pages by keyset, so that the last page of a long list costs what the first one does.

A `Listing` says which rows and in which order; `page` reads one list, `children` the lists of many parents in one
statement. Both first find keys and then take the rows from the request's loaders.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import ARRAY, Uuid, bindparam, func, literal, select, true, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from domain.catalogue import paging
from schema.kit.context import Context, Info
from schema.kit.cursors import bad_cursor
from schema.kit.errors import Refusal
from schema.kit.rows import Statement
from schema.kit.source import computed, fact

DEFAULT_SIZE = 20
LARGEST_SIZE = 100
COUNTED = 10_000
"""Beyond it a count is not exact: nobody pages that far, and counting on costs a scan."""

Node = TypeVar("Node")
Size = int | None
Cursor = str | None
OfParents = Callable[[Sequence[UUID]], tuple[Statement, Any]]


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
        return self._page.context.cursors.write(self._page.listing, self._position)


class Page:
    """What a connection shows. `nodes` are the rows of `part`, in its order."""

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
        self.edges = [PageEdge(self, node, entry.position) for node, entry in zip(nodes, part.entries, strict=True)]
        self.has_next_page = part.has_next
        self.has_previous_page = part.has_previous
        self._count = count
        self._counted: asyncio.Future[int] | None = None

    @property
    def page_info(self) -> "Page":
        return self

    @property
    def start_cursor(self) -> str | None:
        return self.edges[0].cursor if self.edges else None

    @property
    def end_cursor(self) -> str | None:
        return self.edges[-1].cursor if self.edges else None

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


@dataclass(frozen=True, slots=True)
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
    return Page(context, listing.name, found, await nodes_of(context, listing, found), count)


async def nodes_of(context: Context, listing: Listing, found: paging.Slice[UUID]) -> Sequence[Any]:
    """The rows of the keys found."""
    return await asyncio.gather(*(context.loaders.load(listing.loader, key) for key in found.rows))


async def children(
    info: Info, listing: Listing, rows: Statement, parent: tuple[Any, UUID], part: paging.Page, *filters: Hashable
) -> Page:
    """A page of one parent's rows; those of all parents asked for at the same time come in one statement.

    `parent`: the column that names it and its key. `filters`: whatever else distinguishes `rows` from another call's.
    """
    column, key = parent
    return await shown(
        info.context, listing, *await among(info, listing, lambda _: (rows, column), key, part, *filters)
    )


async def among(
    info: Info,
    listing: Listing,
    of: OfParents,
    key: UUID,
    part: paging.Page,
    *filters: Hashable,
    counted: OfParents | None = None,
) -> tuple[paging.Slice[UUID], Callable[[], Awaitable[int]]]:
    """What `children` shows, and its count. `of`: from all parents asked for, their rows and the column that names each
    row's parent. `counted`: the same where rows can be counted with less than showing them takes."""
    context = info.context

    async def pages_of(session: AsyncSession, parents: Sequence[UUID]) -> dict[UUID, paging.Slice[UUID]]:
        every = _unnested(parents)
        rows, column = of(parents)
        each = paging.bounded(rows.where(column == every.c.parent).add_columns(listing.key), listing.order, part)
        lateral = each.lateral()
        found: dict[UUID, list[Any]] = {one: [] for one in parents}
        for parent_key, *row in await session.execute(select(every.c.parent, *lateral.c)):
            found[parent_key].append(row)
        return {one: paging.cut(of_one, listing.order, part) for one, of_one in found.items()}

    async def counts_of(session: AsyncSession, parents: Sequence[UUID]) -> dict[UUID, int]:
        every = _unnested(parents)
        rows, column = (counted or of)(parents)
        each = rows.where(column == every.c.parent).add_columns(literal(1).label("one")).limit(COUNTED + 1).lateral()
        totals = (
            select(every.c.parent, func.count(each.c.one))
            .select_from(every.outerjoin(each, true()))
            .group_by(every.c.parent)
        )
        return {row[0]: row[1] for row in await session.execute(totals)}

    async def count() -> int:
        total: int = await context.loaders.by((listing.name, "count", *filters), counts_of).load(key)
        return total

    try:
        found = await context.loaders.by((listing.name, part, *filters), pages_of).load(key)
    except paging.BadPosition:
        raise bad_cursor() from None
    return found, count


def _unnested(parents: Sequence[UUID]) -> Any:
    keys = type_coerce(bindparam(None, list(parents), type_=ARRAY(Uuid), unique=True), ARRAY(Uuid))
    return select(func.unnest(keys).label("parent")).subquery("asked")
