"""The next epoch's grants, made of those at hand: what changed is read anew, all else is shared with them.

`read` asks the history what changed, and the tables for that alone; `follow` puts it in place and is pure. What comes
of it equals what `compilation` makes of all tables.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg.rows import namedtuple_row
from sqlalchemy.ext.asyncio import AsyncSession

from domain.reading import driver
from domain.rights import compilation, history
from domain.rights.grants import EMPTY, Grants
from domain.rights.history import Changed

MOST = 30_000
"""Package titles that are read anew; where there are more, everything is."""

_REACHED = """
    SELECT DISTINCT agreement_id, CASE WHEN agreement_id IS NULL THEN package_id END AS package_id
    FROM grant_history WHERE from_epoch > %(since)s OR to_epoch > %(since)s"""
_NAMING = "SELECT DISTINCT licence_id AS id FROM term WHERE user_classes && %(codes)s::text[]"
_BELOW = """
    WITH RECURSIVE below (id) AS (
      SELECT id FROM licence WHERE id = ANY (%(licences)s)
      UNION SELECT licence.id FROM licence JOIN below ON licence.parent_id = below.id
    )
    SELECT id FROM below"""
_ABOVE = """
    WITH RECURSIVE above (id, parent_id) AS (
      SELECT id, parent_id FROM licence WHERE id = ANY (%(licences)s)
      UNION SELECT licence.id, licence.parent_id FROM licence JOIN above ON licence.id = above.parent_id
    )
    SELECT id FROM above"""
_OPEN = f"""
    SELECT {compilation.GRANT} FROM grant_history
    WHERE to_epoch IS NULL
      AND (agreement_id = ANY (%(agreements)s) OR (agreement_id IS NULL AND package_id = ANY (%(packages)s)))
    ORDER BY grant_key"""  # noqa: S608 our own names

_DECLARED = ("consortium", "user_classes", "silent_defaults", "statutes")
"""A few rows each, read with every delta."""
_PARTS = {
    "members": "id = ANY (%(members)s)",
    "package_titles": "package_id = ANY (%(packages)s) OR id = ANY (%(package_titles)s)",
    "resources": "id = ANY (%(resources)s)",
    "coverage": "package_title_id = ANY (%(package_titles)s)",
    "entitlement_coverage": "entitlement_id = ANY (%(entitlements)s)",
    "licences": "id = ANY (%(licences)s)",
    "terms": "licence_id = ANY (%(licences)s)",
    "limits": "licence_id = ANY (%(licences)s)",
}
"""Which rows of the queries of `compilation` a delta reads."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed, and the rows that stand in its place, by the names of `compilation.QUERIES`.

    `agreements`: some of their grants may be others. `resources`: themselves or one of their copies may be.
    """

    epoch: int
    changed: Changed
    agreements: AbstractSet[UUID]
    resources: AbstractSet[UUID]
    rows: Mapping[str, Sequence[Any]]


async def read(session: AsyncSession, known: Grants, epoch: int) -> Delta | None:
    """What changed from the epoch of these grants to this one. The caller makes sure that the tables stand still.

    None: it can't be told, or is so much that everything may as well be read.
    """
    changed = await history.changed(session, known.epoch, epoch)
    if changed is None:
        return None
    if sum(len(known.shelves.get(package_id, EMPTY).copies) for package_id in changed.packages) > MOST:
        return None
    reader = _Reader(await driver(session))
    reached = await reader.ask(_REACHED, {"since": known.epoch})
    changed |= Changed(packages={row.package_id for row in reached if row.package_id})
    agreements = {*changed.agreements, *(row.agreement_id for row in reached if row.agreement_id)}
    for name in _DECLARED:
        await reader.all(name)
    agreements |= _under(known, await _licences(reader, known, changed))
    await reader.some("members", members=changed.members)
    resources = await _titles(reader, known, changed)
    if len(reader.found["package_titles"]) > MOST:
        return None
    await _grants(reader, agreements, changed.packages)
    return Delta(epoch, changed, agreements, resources, reader.found)


@dataclass(slots=True)
class _Reader:
    """Rows as psycopg gives them, kept by the names of their queries."""

    connection: Any
    found: dict[str, Sequence[Any]] = field(default_factory=dict)

    async def ask(self, query: str, values: Mapping[str, Any]) -> list[Any]:
        async with self.connection.cursor(row_factory=namedtuple_row) as cursor:
            await cursor.execute(query, values)
            rows: list[Any] = await cursor.fetchall()
        return rows

    async def all(self, name: str) -> None:
        self.found[name] = await self.ask(compilation.QUERIES[name], {})

    async def some(self, name: str, **keys: AbstractSet[UUID]) -> None:
        """Those of a query's rows that are asked for; the planner looks for no others."""
        query = f"SELECT * FROM ({compilation.QUERIES[name]}) AS found WHERE {_PARTS[name]}"  # noqa: S608 our own
        values = {of: list(among) for of, among in keys.items()}
        self.found[name] = await self.ask(query, values) if any(values.values()) else []


async def _licences(reader: _Reader, known: Grants, changed: Changed) -> set[UUID]:
    """The licences that may say something else now: those that changed, those that name a user class that did, and all
    below them."""
    was = known.declared.classes
    now = {row.code: tuple(row.entitlement_uris) for row in reader.found["user_classes"]}
    codes = [code for code in {*was, *now} if was.get(code) != now.get(code)]
    licences = [*changed.licences, *(row.id for row in await reader.ask(_NAMING, {"codes": codes}) if codes)]
    return {row.id for row in await reader.ask(_BELOW, {"licences": licences})} if licences else set()


def _under(known: Grants, licences: set[UUID]) -> set[UUID]:
    """The agreements that give under one of these licences."""
    grants = (target.grant for target in known.pool.targets) if licences else ()
    return {g.agreement_id for g in grants if g.agreement_id and g.licence and g.licence.id in licences}


async def _titles(reader: _Reader, known: Grants, changed: Changed) -> set[UUID]:
    """Reads the titles of changed packages, changed titles, and the resources of both; which resources those are."""
    await reader.some("package_titles", packages=changed.packages, package_titles=changed.package_titles)
    titles = reader.found["package_titles"]
    before = (resource for one in changed.packages for resource, _ in known.shelves.get(one, EMPTY).copies)
    singly = (known.titles[one] for one in changed.package_titles if one in known.titles)
    resources = {*changed.resources, *(row.resource_id for row in titles)}
    resources.update(resource.id for among in (before, singly) for resource in among)
    await reader.some("coverage", package_titles={row.id for row in titles})
    await reader.some("resources", resources=resources)
    return resources


async def _grants(reader: _Reader, agreements: AbstractSet[UUID], packages: AbstractSet[UUID]) -> None:
    """Reads the grants of agreements and of own collections, with the licences that they rest on and those above."""
    keys = {"agreements": list(agreements), "packages": list(packages)}
    grants = reader.found["grants"] = await reader.ask(_OPEN, keys) if any(keys.values()) else []
    used = [*{row.licence_id for row in grants if row.licence_id}]
    licences = {row.id for row in await reader.ask(_ABOVE, {"licences": used})} if used else set()
    for name in ("licences", "terms", "limits"):
        await reader.some(name, licences=licences)
    await reader.some("entitlement_coverage", entitlements={row.entitlement_id for row in grants if row.entitlement_id})
