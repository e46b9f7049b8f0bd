"""Search over the catalogue: what can be asked, and the page that answers."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain import messages
from domain.catalogue import facets as catalogue_facets
from domain.catalogue import paging
from domain.catalogue import search as catalogue
from domain.catalogue.division import FacetField
from domain.catalogue.identifiers import Identifier
from domain.catalogue.search import Filter, Order, OrderField, Search
from domain.following import NotFresh
from models.vocabulary import Action, ResourceKind
from schema.decide import readable
from schema.kit import ids
from schema.kit.arguments import Lang
from schema.kit.connection import Connection, asked
from schema.kit.context import Info
from schema.kit.cursors import bad_cursor
from schema.kit.errors import Code, Refusal
from schema.kit.source import TYPE_OF, computed, fact
from schema.lookups import IdentifierInput
from schema.node import keys
from schema.resource import Resource
from schema.resource_page import ResourcePage
from schema.vocabulary import Direction

LONGEST_QUERY = 1000
MOST_VALUES = 100
"""Values of one filter."""
MOST_FACET_VALUES = 100
FACET_VALUES = 10
_YEARS = range(1, 10000)

Value = TypeVar("Value")


@strawberry.input(description="What a list of resources is narrowed to; fields all apply, values of one field add up.")
class ResourceFilter:
    kinds: list[ResourceKind] | None = strawberry.field(default=strawberry.UNSET, description="Of one of these kinds.")
    packages: list[strawberry.ID] | None = strawberry.field(default=strawberry.UNSET, description="In one of these.")
    providers: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="In a package of one of these providers or members."
    )
    languages: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="In one of these languages; zh finds zh-Hant too."
    )
    subjects: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="About one of these: a facet's value, or a subject's name."
    )
    identifiers: list[IdentifierInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Called by one of these."
    )
    published_from_year: int | None = strawberry.field(default=strawberry.UNSET, description="In this year or later.")
    published_to_year: int | None = strawberry.field(default=strawberry.UNSET, description="In this year or earlier.")
    open_access: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether the work is open.")
    viewer_may: Action | None = strawberry.field(
        default=strawberry.UNSET, description="Only what the viewer may use in this way."
    )


@strawberry.input(description="The order of a list of resources.")
class ResourceOrder:
    field: OrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(description="RELEVANCE DESC is the best first.")


@dataclass(frozen=True, slots=True)
class _Value:
    """A facet's value together with its field, which says what the value means."""

    field: FacetField
    of: catalogue_facets.FacetValue

    @property
    def count(self) -> int:
        return self.of.count


async def _value(root: strawberry.Parent[_Value], info: Info) -> str:
    value = root.of.value
    if isinstance(value, ResourceKind | Action):
        return value.name
    if isinstance(value, UUID):
        loader = "package" if root.field is FacetField.PACKAGE else "party"
        return ids.encode(TYPE_OF[type(await info.context.loaders.load(loader, value))], value)
    return str(value)


def _label(root: strawberry.Parent[_Value], info: Info, lang: Lang = strawberry.UNSET) -> str:
    value = root.of.value
    if root.of.name:
        return info.context.said(root.of.name, lang)
    if isinstance(value, ResourceKind | Action):
        return messages.word(value, info.context.languages(lang))
    if root.field is FacetField.LANGUAGE:
        return messages.language(str(value), info.context.languages(lang))
    return str(value)


@strawberry.type(description="A value of a facet. value is what the filter takes.")
class FacetValue:
    value: str = computed(_value, "For the filter of the facet's field.")
    label: str = computed(_label, "For people.")
    count: int = fact("count", "How many of the resources found have it.")


@strawberry.type(description="How the resources found divide by one field.")
class Facet:
    field: FacetField = fact("field", "By what.")
    values: list[FacetValue] = fact("values", "The commonest values, the most first.")


@dataclass(frozen=True, slots=True)
class _Divided:
    field: FacetField
    values: list[_Value]


FacetFields = Annotated[
    list[FacetField] | None, strawberry.argument(description="By which fields. Left out: by all of them.")
]
Limit = Annotated[int | None, strawberry.argument(description="How many values of each: 1 to 100. Default: 10.")]


async def _facets(
    root: strawberry.Parent[ResourcePage],
    info: Info,
    fields: FacetFields = strawberry.UNSET,
    limit: Limit = strawberry.UNSET,
) -> Any:
    most = limit if limit is not None and limit is not strawberry.UNSET else FACET_VALUES
    if not 1 <= most <= MOST_FACET_VALUES:
        raise Refusal(f"limit is between 1 and {MOST_FACET_VALUES}")
    wanted = fields if fields is not None and fields is not strawberry.UNSET else list(FacetField)
    access = await readable(info, list(Action)) if FacetField.ACCESS in wanted else None
    divisions = info.context.divisions

    async def divided(session: AsyncSession) -> list[catalogue_facets.Facet]:
        return await catalogue_facets.facets(
            session, await divisions.fresh(session), root.search(), wanted, most, access
        )

    try:
        found = await info.context.turns.take(divided)
    except NotFresh:
        raise Refusal("The catalogue changes too fast to be counted; ask again.", Code.SEARCH_UNAVAILABLE) from None
    return [_Divided(facet.field, [_Value(facet.field, value) for value in facet.values]) for facet in found]


@strawberry.type(description="A page of a search.")
class ResourceConnection(Connection[Resource]):
    facets: list[Facet] = computed(_facets, "How all the resources found divide, by field.")


async def find(
    info: Info,
    query: str | None,
    wanted: ResourceFilter | None,
    order_by: ResourceOrder | None,
    part: tuple[Any, Any, Any, Any],
) -> ResourcePage:
    """The page of resources asked for. `part`: first, after, last, before."""
    context = info.context
    text = query or None
    if text and len(text) > LONGEST_QUERY:
        raise Refusal(f"query is longer than {LONGEST_QUERY} characters")
    search = await _search(info, text, wanted or ResourceFilter())
    order = Order(order_by.field, order_by.direction is Direction.DESC) if order_by else Order()
    listing = f"resources {order.field} {order.descending} {text if order.field is OrderField.RELEVANCE else None}"
    asked_for = asked(context, listing, *part)

    async def count() -> int:
        counted = await context.turns.take(lambda session: catalogue.count(session, search))
        return counted.total if counted.exact else counted.total + 1

    try:
        found = await context.turns.take(lambda session: catalogue.page(session, search, order, asked_for))
    except paging.BadPosition:
        raise bad_cursor() from None
    nodes = await asyncio.gather(*(context.loaders.load("resource", key) for key in found.rows))
    page = ResourcePage(context, listing, found, nodes, count)
    page.search = lambda: search
    return page


async def _search(info: Info, text: str | None, wanted: ResourceFilter) -> Search:
    action = wanted.viewer_may
    within = (await readable(info, [action]))[action] if action else None
    return Search(text, _filter(wanted), within)


def _filter(wanted: ResourceFilter) -> Filter:
    named = _values("identifiers", wanted.identifiers)
    return Filter(
        kinds=_values("kinds", wanted.kinds),
        packages=keys(_bounded("packages", wanted.packages), "Package"),
        providers=keys(_bounded("providers", wanted.providers), "Provider", "Member"),
        languages=_values("languages", wanted.languages),
        subjects=_values("subjects", wanted.subjects),
        identifiers=None if named is None else tuple(Identifier(one.namespace, one.value) for one in named),
        published_from_year=_year("publishedFromYear", wanted.published_from_year),
        published_to_year=_year("publishedToYear", wanted.published_to_year),
        open_access=None if wanted.open_access is strawberry.UNSET else wanted.open_access,
    )


def _bounded(name: str, values: list[Value] | None) -> list[Value] | None:
    if values is None or values is strawberry.UNSET:
        return None
    if len(values) > MOST_VALUES:
        raise Refusal(f"{name} has more than {MOST_VALUES} values")
    return values


def _values(name: str, values: list[Value] | None) -> tuple[Value, ...] | None:
    bounded = _bounded(name, values)
    return None if bounded is None else tuple(bounded)


def _year(name: str, year: int | None) -> int | None:
    if year is None or year is strawberry.UNSET:
        return None
    if year not in _YEARS:
        raise Refusal(f"{name} is a year from 1 to 9999")
    return year
