"""Facets: how the titles that a search finds divide by kind, package, year … All the fields asked for come in one
statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    Text,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.catalogue import search as catalogue
from domain.catalogue.conditions import Search, is_within
from models import package as packages
from models import party as parties
from models import resource as rows
from models.columns import Localised
from models.vocabulary import Action, PackageTitleStatus, ResourceKind


class FacetField(StrEnum):
    KIND = "kind"
    PACKAGE = "package"
    PROVIDER = "provider"
    LANGUAGE = "language"
    SUBJECT = "subject"
    PUBLISHED_YEAR = "published_year"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class FacetValue:
    """`value` is what the filter of the field takes; `name` is there where a row of its own has one."""

    value: ResourceKind | UUID | str | int | Action
    count: int
    name: Localised | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    field: FacetField
    values: list[FacetValue]


async def facets(
    session: AsyncSession,
    search: Search,
    fields: Sequence[FacetField],
    limit: int,
    access: Mapping[Action, BitMap] | None = None,
) -> list[Facet]:
    """The commonest values of each field among all that the search finds, in the order asked.

    `access`: the ordinals that the viewer may use in each way, for ACCESS.
    """
    wanted = list(dict.fromkeys(fields))
    matched = _matched(search)
    parts = [part for field in wanted for part in _parts(field, matched, limit, access or {})]
    found: dict[FacetField, list[FacetValue]] = {field: [] for field in wanted}
    if parts:
        for field, value, name, count in await session.execute(union_all(*parts)):
            found[FacetField(field)].append(FacetValue(_READ[FacetField(field)](value), count, name))
    return [Facet(field, sorted(values, key=_commonest)) for field, values in found.items()]


_READ: dict[FacetField, Any] = {
    FacetField.KIND: ResourceKind,
    FacetField.PACKAGE: UUID,
    FacetField.PROVIDER: UUID,
    FacetField.LANGUAGE: str,
    FacetField.SUBJECT: str,
    FacetField.PUBLISHED_YEAR: int,
    FacetField.ACCESS: Action,
}


def _commonest(value: FacetValue) -> tuple[int, str]:
    return -value.count, str(value.value)


def _matched(search: Search) -> CTE:
    resource = rows.Resource
    columns = (resource.id, resource.ordinal, resource.kind, resource.languages, resource.published_first)
    return catalogue.found(search).add_columns(*map(col, columns)).cte("matched")


def _parts(field: FacetField, matched: CTE, limit: int, access: Mapping[Action, BitMap]) -> list[Select[Any]]:
    match field:
        case FacetField.KIND:
            return [_plain(field, matched.c.kind, select().select_from(matched), limit)]
        case FacetField.LANGUAGE:
            tag = func.unnest(matched.c.languages).table_valued("tag", name="spoken").render_derived()
            return [_plain(field, tag.c.tag, select().select_from(matched).join(tag, literal(True)), limit)]
        case FacetField.PUBLISHED_YEAR:
            dated = select().select_from(matched).where(matched.c.published_first.is_not(None))
            return [_plain(field, cast(func.date_part("year", matched.c.published_first), Integer), dated, limit)]
        case FacetField.SUBJECT:
            return [_subjects(matched, limit)]
        case FacetField.PACKAGE:
            return [_packages(matched, limit)]
        case FacetField.PROVIDER:
            return [_providers(matched, limit)]
        case FacetField.ACCESS:
            return [_usable(action, ordinals, matched) for action, ordinals in access.items()]


def _part(field: FacetField, value: Any, name: Any, count: Any) -> Select[Any]:
    return select(literal(field.value, Text), cast(value, Text), cast(name, JSONB), count)


def _top(value: SQLColumnExpression[Any], count: ColumnElement[int], of: Select[Any], limit: int) -> Any:
    counted = of.add_columns(value.label("value"), count.label("count")).group_by(value)
    return counted.order_by(count.desc(), value).limit(limit).subquery()


def _plain(field: FacetField, value: ColumnElement[Any], of: Select[Any], limit: int) -> Select[Any]:
    top = _top(value, func.count(), of, limit)
    return _part(field, top.c.value, null(), top.c.count)


def _subjects(matched: CTE, limit: int) -> Select[Any]:
    about = rows.ResourceSubject
    of = select().select_from(matched).join(about, col(about.resource_id) == matched.c.id)
    top = _top(col(about.subject_id), func.count(), of, limit)
    named = _part(FacetField.SUBJECT, col(rows.Subject.code), col(rows.Subject.name), top.c.count)
    return named.select_from(top).join(rows.Subject, col(rows.Subject.id) == top.c.value)


def _copies(matched: CTE) -> Select[Any]:
    """A resource counts once, on however many platforms a package has it."""
    title = packages.PackageTitle
    return (
        select()
        .select_from(matched)
        .join(title, col(title.resource_id) == matched.c.id)
        .where(col(title.status) != PackageTitleStatus.REMOVED)
    )


def _packages(matched: CTE, limit: int) -> Select[Any]:
    title = packages.PackageTitle
    top = _top(col(title.package_id), func.count(col(title.resource_id).distinct()), _copies(matched), limit)
    named = _part(FacetField.PACKAGE, top.c.value, col(packages.Package.name), top.c.count)
    return named.select_from(top).join(packages.Package, col(packages.Package.id) == top.c.value)


def _providers(matched: CTE, limit: int) -> Select[Any]:
    title, package = packages.PackageTitle, packages.Package
    of = _copies(matched).join(package, col(package.id) == col(title.package_id))
    top = _top(col(package.provider_id), func.count(col(title.resource_id).distinct()), of, limit)
    named = _part(FacetField.PROVIDER, top.c.value, col(parties.Party.name), top.c.count)
    return named.select_from(top).join(parties.Party, col(parties.Party.id) == top.c.value)


def _usable(action: Action, ordinals: BitMap, matched: CTE) -> Select[Any]:
    count = func.count().filter(is_within(matched.c.ordinal, ordinals))
    return _part(FacetField.ACCESS, literal(action.value, Text), null(), count).select_from(matched)
