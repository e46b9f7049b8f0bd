"""Facets: how the titles that a search finds divide by kind, package, year …"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import Select, func, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.catalogue import search as catalogue
from domain.catalogue.conditions import Search
from domain.catalogue.division import Division, FacetField, Value
from models import package as packages
from models import party as parties
from models import resource as rows
from models.columns import Localised
from models.vocabulary import Action, ResourceKind


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


_NO_CODE: Any = null()
_NAMED: dict[FacetField, Select[*tuple[Any, ...]]] = {
    FacetField.PACKAGE: select(col(packages.Package.id), _NO_CODE, col(packages.Package.name)),
    FacetField.PROVIDER: select(col(parties.Party.id), _NO_CODE, col(parties.Party.name)),
    FacetField.SUBJECT: select(col(rows.Subject.id), col(rows.Subject.code), col(rows.Subject.name)),
}
"""The fields whose values have rows of their own. A filter takes the code, where there is one."""
_Counted = dict[FacetField, list[tuple[Value, int]]]
_Names = Mapping[Value, tuple[UUID | str, Localised]]
"""Of values that have names: what a filter takes, and the name."""


async def facets(
    session: AsyncSession,
    division: Division,
    search: Search,
    fields: Sequence[FacetField],
    limit: int,
    access: Mapping[Action, BitMap] | None = None,
) -> list[Facet]:
    """The commonest values of each field among all that the search finds, in the order asked.

    `access`: the ordinals that the viewer may use in each way, for ACCESS.
    """
    found = await _found(session, division, search)
    wanted = dict.fromkeys(fields)
    counted: _Counted = {
        field: division.commonest(field, found, limit) for field in wanted if field is not FacetField.ACCESS
    }
    names = await _names(session, counted)
    values = {field: list(_values(field, pairs, names)) for field, pairs in counted.items()}
    values[FacetField.ACCESS] = [
        FacetValue(action, ordinals.intersection_cardinality(found)) for action, ordinals in (access or {}).items()
    ]
    return [Facet(field, sorted(values[field], key=_commonest)) for field in wanted]


async def _found(session: AsyncSession, division: Division, search: Search) -> BitMap:
    """The ordinals of all that a search finds; known at once where it asks for nothing but rights."""
    if search == Search(within=search.within):
        return division.everything if search.within is None else division.everything & search.within
    ordinals = func.array_agg(col(rows.Resource.ordinal))
    return BitMap(await session.scalar(catalogue.found(search).add_columns(ordinals)) or ())


async def _names(session: AsyncSession, counted: _Counted) -> _Names:
    parts = [
        named.where(named.selected_columns.id.in_([value for value, _ in counted[field]]))
        for field, named in _NAMED.items()
        if counted.get(field)
    ]
    found = await session.execute(union_all(*parts)) if parts else ()
    return {key: (code or key, name) for key, code, name in found}


def _values(field: FacetField, pairs: list[tuple[Value, int]], names: _Names) -> Iterator[FacetValue]:
    for value, count in pairs:
        if field is FacetField.KIND:
            yield FacetValue(ResourceKind(str(value)), count)
        elif field not in _NAMED:
            yield FacetValue(value, count)
        elif value in names:
            taken, name = names[value]
            yield FacetValue(taken, count, name)


def _commonest(value: FacetValue) -> tuple[int, str]:
    return -value.count, str(value.value)
