"""The catalogue divided by the fields of facets: which resources have each value, as bitmaps of ordinals in memory.

How the titles of any search divide is then counted by intersection, without a look at the tables. Acts and imports
raise the epoch with what changes here, as they do for rights.
"""

import asyncio
from bisect import insort
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy.ext.asyncio import AsyncSession

from domain import epoch as epochs
from domain.following import Following
from domain.reading import fetched
from domain.rights import history

MOST = 30_000
"""Resources that are read anew; where there are more, everything is."""

Value = UUID | str | int


class FacetField(StrEnum):
    KIND = "kind"
    PACKAGE = "package"
    PROVIDER = "provider"
    LANGUAGE = "language"
    SUBJECT = "subject"
    PUBLISHED_YEAR = "published_year"
    ACCESS = "access"


Class = tuple[FacetField, Value, BitMap]
"""The resources that have one value."""

_QUERIES = {
    FacetField.KIND: "SELECT kind, array_agg(ordinal) FROM resource WHERE {which} GROUP BY 1",
    FacetField.LANGUAGE: """
        SELECT tag, array_agg(ordinal) FROM resource, unnest(languages) AS tag WHERE {which} GROUP BY 1""",
    FacetField.PUBLISHED_YEAR: """
        SELECT date_part('year', published_first)::int, array_agg(ordinal) FROM resource
        WHERE published_first IS NOT NULL AND {which} GROUP BY 1""",
    FacetField.SUBJECT: """
        SELECT subject_id, array_agg(ordinal) FROM resource JOIN resource_subject ON resource_id = resource.id
        WHERE {which} GROUP BY 1""",
    FacetField.PACKAGE: """
        SELECT package_id, array_agg(ordinal) FROM resource JOIN package_title AS title ON resource_id = resource.id
        WHERE title.status <> 'removed' AND {which} GROUP BY 1""",
    FacetField.PROVIDER: """
        SELECT package.provider_id, array_agg(ordinal)
        FROM resource
        JOIN package_title AS title ON resource_id = resource.id
        JOIN package ON package.id = package_id
        WHERE title.status <> 'removed' AND {which} GROUP BY 1""",
}
"""Of every field but ACCESS, which is the viewer's own."""
_ALL = "true"
_SOME = "ordinal = ANY (%(ordinals)s)"
_REACHED = """
    SELECT ordinal FROM resource
    WHERE id = ANY (%(resources)s) OR id IN (
      SELECT resource_id FROM package_title WHERE package_id = ANY (%(packages)s) OR id = ANY (%(package_titles)s)
    )"""


@dataclass(frozen=True)
class Division:
    epoch: int
    fields: Mapping[FacetField, Mapping[Value, BitMap]]

    @cached_property
    def everything(self) -> BitMap:
        """All resources: each is of some kind."""
        return BitMap().union(*self.fields[FacetField.KIND].values())

    def commonest(self, field: FacetField, among: BitMap, most: int) -> list[tuple[Value, int]]:
        """The values that most of these resources have, and how many have each."""
        best: list[tuple[int, str, Value]] = []
        for size, value, ordinals in self._by_size[field]:
            if len(best) == most and size < -best[-1][0]:
                break
            if count := ordinals.intersection_cardinality(among):
                insort(best, (-count, str(value), value), key=lambda one: one[:2])
                del best[most:]
        return [(value, -count) for count, _, value in best]

    @cached_property
    def _by_size(self) -> dict[FacetField, list[tuple[int, Value, BitMap]]]:
        """The largest first: what is smaller than the last of the commonest can't be one of them."""
        sized = {
            field: [(len(ordinals), value, ordinals) for value, ordinals in values.items()]
            for field, values in self.fields.items()
        }
        return {field: sorted(found, key=lambda one: -one[0]) for field, found in sized.items()}

    def replaced(self, epoch: int, ordinals: BitMap, anew: Iterable[Class]) -> "Division":
        """Another one, which says of these resources what `anew` does, and of all others the same."""
        fields: dict[FacetField, dict[Value, BitMap]] = {}
        for field, values in self.fields.items():
            others = {value: had - ordinals if had.intersect(ordinals) else had for value, had in values.items()}
            fields[field] = {value: left for value, left in others.items() if left}
        for field, value, have in anew:
            fields[field][value] = fields[field].get(value, BitMap()) | have
        return Division(epoch, fields)


class Divisions(Following[Division]):
    """The division of the epoch that a transaction sees."""

    async def _compile(self, session: AsyncSession) -> Division:
        of = await epochs.current(session)
        none = Division(of, {field: {} for field in _QUERIES})
        return none.replaced(of, BitMap(), await _read(session, _ALL))

    async def _follow(self, session: AsyncSession, held: Division, epoch: int) -> Division | None:
        changed = await history.changed(session, held.epoch, epoch)
        if changed is None:
            return None
        before = (held.fields[FacetField.PACKAGE].get(one, BitMap()) for one in changed.packages)
        ordinals = BitMap().union(*before, await _reached(session, changed))
        if len(ordinals) > MOST:
            return None
        if not ordinals:
            return Division(epoch, held.fields)
        anew = await _read(session, _SOME, list(ordinals))
        return await asyncio.to_thread(held.replaced, epoch, ordinals, anew)


async def _reached(session: AsyncSession, changed: history.Changed) -> BitMap:
    keys: dict[str, AbstractSet[UUID]] = {
        "resources": changed.resources,
        "packages": changed.packages,
        "package_titles": changed.package_titles,
    }
    if not any(keys.values()):
        return BitMap()
    found = await fetched(session, _REACHED, {name: list(among) for name, among in keys.items()})
    return BitMap(ordinal for (ordinal,) in found)


async def _read(session: AsyncSession, which: str, ordinals: list[int] | None = None) -> list[Class]:
    """The classes of the resources that are asked for."""
    return [
        (field, value, BitMap(of))
        for field, query in _QUERIES.items()
        for value, of in await fetched(session, query.format(which=which), {"ordinals": ordinals})
    ]
