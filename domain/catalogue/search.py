"""Search over the catalogue: pages of titles, and how many there are. Each is one statement, however large the page."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, DateTime, Double, Select, Text, Uuid, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, REAL
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.catalogue import sorting
from domain.catalogue.conditions import Filter, Search, conditions, tsquery
from domain.catalogue.paging import Key, Keyset, Page, Slice, fetch
from models import resource as rows

__all__ = ["COUNTED_EXACTLY", "Count", "Filter", "Order", "OrderField", "Page", "Search", "count", "page"]

COUNTED_EXACTLY = 10_000

_WEIGHTS = (0.05, 0.1, 0.4, 1.0)
"""What a word counts for in an identifier, a subject or publisher, a contributor, a title (the weights D, C, B, A)."""
_LONG_DOCUMENTS_COUNT_LESS = 1
"""`ts_rank`'s normalisation: divide by 1 + log(length)."""


class OrderField(StrEnum):
    RELEVANCE = "relevance"
    TITLE = "title"
    PUBLISHED = "published"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Order:
    """RELEVANCE descending is the best first; where there is no text to be relevant to, it is the order of titles."""

    field: OrderField = OrderField.RELEVANCE
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Count:
    total: int
    exact: bool


def found(search: Search) -> Select[Any]:
    """The resources that a search finds, in no order and without columns."""
    return select().select_from(rows.Resource).where(*conditions(search))


async def page(session: AsyncSession, search: Search, order: Order, page: Page) -> Slice[UUID]:
    """A page of resources, by their ids. Raises paging.BadPosition for a position of another order."""
    return await fetch(session, found(search).add_columns(col(rows.Resource.id)), keyset(search, order), page)


async def count(session: AsyncSession, search: Search) -> Count:
    """How many a search finds: exactly up to COUNTED_EXACTLY, no further."""
    found = (
        select(literal(1)).select_from(rows.Resource).where(*conditions(search)).limit(COUNTED_EXACTLY + 1).subquery()
    )
    total = await session.scalar(select(func.count()).select_from(found)) or 0
    return Count(min(total, COUNTED_EXACTLY), total <= COUNTED_EXACTLY)


def keyset(search: Search, order: Order) -> Keyset:
    """The sort keys of an order. Resources without a date come last whichever way dates run."""
    last = Key(col(rows.Resource.id), Uuid(), UUID)
    title = Key(col(rows.Resource.sort_title), Text(), str)
    match order.field:
        case OrderField.RELEVANCE:
            distance = _distance(search)
            if distance is None:
                return Keyset((title, last), not order.descending)
            return Keyset((Key(distance, Double(), float), title, last), not order.descending)
        case OrderField.TITLE:
            return Keyset((title, last), order.descending)
        case OrderField.PUBLISHED:
            undated = date.min if order.descending else date.max
            published = func.coalesce(col(rows.Resource.published_first), literal(undated, Date))
            return Keyset((Key(published, Date(), date), last), order.descending)
        case OrderField.ADDED:
            return Keyset(
                (Key(col(rows.Resource.created_at), DateTime(timezone=True), datetime), last), order.descending
            )


def _distance(search: Search) -> ColumnElement[float] | None:
    """How far a resource is from the text: the better its rank, the smaller. A title that is just the text comes before
    all, then those that begin with it: most readers look for a title that they know."""
    asked = tsquery(search.text)
    if asked is None or search.text is None:
        return None
    weights = cast(literal(list(_WEIGHTS), ARRAY(REAL)), ARRAY(REAL))
    rank = func.ts_rank(weights, col(rows.Resource.search), asked, _LONG_DOCUMENTS_COUNT_LESS)
    title, text = col(rows.Resource.sort_title), sorting.title_key(search.text)
    known = case((title == text, 2.0), (title.startswith(text, autoescape=True), 1.0), else_=0.0)
    return cast(-(rank + known), Double)
