"""What makes search fast at 200,000 titles is how PostgreSQL finds them: that is asserted here on 20,000."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pyroaring import BitMap
from sqlalchemy import Select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.catalogue import paging
from domain.catalogue import search as catalogue
from domain.catalogue.conditions import Filter, Search
from domain.catalogue.identifiers import Identifier
from domain.catalogue.paging import Page
from domain.catalogue.search import Order, OrderField
from models import resource as rows

TITLES = 20_000
FILL = [
    """
    INSERT INTO resource (kind, title, sort_title, languages, published_first, search)
    SELECT 'serial', jsonb_build_object('en', 'Title ' || n), 'title ' || lpad(n::text, 6, '0'), '{en}',
           DATE '1900-01-01' + n, ('titl word' || n % 1000)::tsvector
    FROM generate_series(1, :titles) AS n
    """,
    """
    INSERT INTO resource_identifier (resource_id, namespace, value)
    SELECT id, 'issn', ordinal::text FROM resource
    """,
    "ANALYZE resource, resource_identifier",
]
BY_TITLE = Order(OrderField.TITLE, descending=False)


@pytest.fixture
async def shelves(owner: AsyncSession) -> AsyncSession:
    for statement in FILL:
        await owner.execute(text(statement), {"titles": TITLES} if ":titles" in statement else {})
    return owner


async def plan(session: AsyncSession, search: Search, order: Order, page: Page) -> list[dict[str, Any]]:
    """The nodes of the plan of a page."""
    statement = catalogue.found(search).add_columns(col(rows.Resource.id))
    keyset = catalogue.keyset(search, order)
    bounded: Select[Any] = paging.bounded(statement, keyset, page.shape)
    compiled = bounded.compile(dialect=postgresql.psycopg.dialect())  # type: ignore[no-untyped-call]
    parameters = compiled.construct_params(paging.given(keyset, page))
    connection = await session.connection()
    told = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {compiled}", _sent(compiled, parameters))
    found = told.scalar_one()
    return list(_nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]))


def _sent(compiled: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    processors = compiled._bind_processors
    return {name: processors[name](value) if name in processors else value for name, value in parameters.items()}


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", []):
        yield from _nodes(below)


def kinds(nodes: list[dict[str, Any]]) -> set[str]:
    return {node["Node Type"] for node in nodes}


def indexes(nodes: list[dict[str, Any]]) -> set[str]:
    return {node["Index Name"] for node in nodes if "Index Name" in node}


@pytest.mark.parametrize(
    ("order", "index"),
    [
        (Order(OrderField.RELEVANCE), "ix_resource_by_title"),
        (BY_TITLE, "ix_resource_by_title"),
        (Order(OrderField.TITLE, descending=True), "ix_resource_by_title"),
        (Order(OrderField.ADDED, descending=True), "ix_resource_by_added"),
    ],
)
async def test_pages_of_everything_come_from_an_index_in_order(shelves: AsyncSession, order: Order, index: str) -> None:
    first = await plan(shelves, Search(), order, Page(first=20))
    [last] = (await catalogue.page(shelves, Search(), order, Page(first=1))).entries
    later = await plan(shelves, Search(), order, Page(first=20, after=last.position))
    for nodes in (first, later):
        assert index in indexes(nodes)
        assert not kinds(nodes) & {"Sort", "Seq Scan"}


async def test_words_are_found_by_their_index(shelves: AsyncSession) -> None:
    nodes = await plan(shelves, Search("word77"), Order(), Page(first=20))
    assert "ix_resource_search" in indexes(nodes)
    assert "Seq Scan" not in kinds(nodes)


async def test_identifiers_are_found_by_their_index(shelves: AsyncSession) -> None:
    wanted = Search(filter=Filter(identifiers=(Identifier("oclc", "77"), Identifier("issn", "77"))))
    nodes = await plan(shelves, wanted, BY_TITLE, Page(first=20))
    assert "Seq Scan" not in kinds(nodes)


async def test_what_may_be_read_is_tested_while_titles_are_read_in_order(shelves: AsyncSession) -> None:
    most = Search(within=BitMap(range(1, TITLES, 2)))
    nodes = await plan(shelves, most, BY_TITLE, Page(first=20))
    assert indexes(nodes) == {"ix_resource_by_title"}
    few = Search(within=BitMap([1, 2, 3]))
    assert "Seq Scan" not in kinds(await plan(shelves, few, BY_TITLE, Page(first=20)))
