"""What rights were from which epoch to which. Whoever changes what they rest on writes the difference here, in the same
transaction: processes follow by it, and a decision can be asked again of the rights of its day.

What is open to everybody (open access, free coverage) has no rows: it is a fact of a title, one row each, and is read
with the title.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.reading import fetched
from models.history import RightsChange
from models.vocabulary import RightsSubject

COLUMNS = (
    *("grant_key", "basis", "member_id", "entitlement_id", "agreement_id", "licence_id", "package_id"),
    *("package_title_id", "resource_id", "valid", "grace_from", "consortial", "other_members_collection"),
    "subscribed",
)
"""Of `implied_grants`, all that the history keeps."""
_NAMED = ", ".join(COLUMNS)
_EVERYTHING = "member_id IS NOT NULL"
_OF_AGREEMENTS = "agreement_id = ANY (CAST(:keys AS uuid[]))"
_OWN_COLLECTIONS = "agreement_id IS NULL AND member_id IS NOT NULL AND package_id = ANY (CAST(:keys AS uuid[]))"

BEGIN = f"""
INSERT INTO grant_history ({_NAMED}, from_epoch)
SELECT {_NAMED}, (SELECT value FROM epoch) FROM implied_grants WHERE {_EVERYTHING}"""  # noqa: S608 our own names
"""SQL for a database that was filled by other means than acts and imports."""

_REACHED = text("""
    SELECT agreement_id FROM controlling_licence WHERE licence_id = ANY (CAST(:licences AS uuid[]))
    UNION
    SELECT agreement_id FROM entitlement WHERE package_id = ANY (CAST(:packages AS uuid[]))
    UNION
    SELECT entitlement.agreement_id
    FROM entitlement JOIN package_title ON package_title.id = entitlement.package_title_id
    WHERE package_title.package_id = ANY (CAST(:packages AS uuid[]))""")
"""The agreements that give under these licences or from these packages."""

LONGEST = 1000
"""Epochs that are made up for at once; who is further behind compiles anew."""
_CHANGES = "SELECT epoch, subject, subject_id FROM rights_change WHERE epoch > %(since)s AND epoch <= %(until)s"


@dataclass(frozen=True, slots=True)
class Changed:
    """What a transaction changed. Of an agreement: its periods, licences, participants, lines. Of a licence: its terms,
    dates, state. Of a package: what is in it and whose it is; where that is one title, the title. Of a resource: its
    kind, dates, openness, rights statement, languages, subjects. Of a member: country, time zone, standing. `pool`:
    what the consortium declared (defaults, statutes, user classes, time zone). Nothing said = everything."""

    agreements: AbstractSet[UUID] = frozenset()
    licences: AbstractSet[UUID] = frozenset()
    packages: AbstractSet[UUID] = frozenset()
    package_titles: AbstractSet[UUID] = frozenset()
    resources: AbstractSet[UUID] = frozenset()
    members: AbstractSet[UUID] = frozenset()
    pool: bool = False

    @property
    def everything(self) -> bool:
        return self == EVERYTHING

    def __or__(self, other: "Changed") -> "Changed":
        """What either says; nothing said adds nothing."""
        both = {name: getattr(self, name) | getattr(other, name) for name in _FIELDS.values()}
        return Changed(**both, pool=self.pool or other.pool)

    @property
    def rows(self) -> Iterator[tuple[RightsSubject, UUID | None]]:
        """As they are stored, in an order that is always the same."""
        if self.everything:
            yield RightsSubject.EVERYTHING, None
        for subject, name in _FIELDS.items():
            yield from ((subject, one) for one in sorted(getattr(self, name)))
        if self.pool:
            yield RightsSubject.POOL, None


EVERYTHING = Changed()
_FIELDS = {
    RightsSubject.AGREEMENT: "agreements",
    RightsSubject.LICENCE: "licences",
    RightsSubject.PACKAGE: "packages",
    RightsSubject.PACKAGE_TITLE: "package_titles",
    RightsSubject.RESOURCE: "resources",
    RightsSubject.MEMBER: "members",
}


def gathered(rows: Iterable[tuple[str, UUID | None]]) -> Changed:
    """What stored changes say together."""
    found: dict[str, set[UUID]] = {name: set() for name in _FIELDS.values()}
    pool = False
    for subject, key in rows:
        if subject == RightsSubject.POOL:
            pool = True
        elif subject == RightsSubject.EVERYTHING or key is None:
            return EVERYTHING
        else:
            found[_FIELDS[RightsSubject(subject)]].add(key)
    return Changed(**{name: frozenset(keys) for name, keys in found.items()}, pool=pool)


async def changed(session: AsyncSession, since: int, until: int) -> Changed | None:
    """What changed after one epoch, up to another. None: everything may have, or it can't be told."""
    if not since < until <= since + LONGEST:
        return None
    rows = await fetched(session, _CHANGES, {"since": since, "until": until})
    told = gathered((subject, key) for _, subject, key in rows)
    return None if told.everything or len({epoch for epoch, *_ in rows}) < until - since else told


async def write(session: AsyncSession, epoch: int, changed: Changed) -> None:
    """Write what is different from this epoch on: of the grants that the change can reach, and that it was.

    The caller holds the epoch's row, so whoever changed the same before has committed, and is seen.
    """
    if changed.everything:
        await _settle(session, epoch, _EVERYTHING)
    else:
        if reached := await _agreements(session, changed):
            await _settle(session, epoch, _OF_AGREEMENTS, reached)
        if changed.packages:
            await _settle(session, epoch, _OWN_COLLECTIONS, list(changed.packages))
    rows = [{"epoch": epoch, "subject": subject, "subject_id": key} for subject, key in changed.rows]
    await session.execute(insert(RightsChange), rows)


async def _agreements(session: AsyncSession, changed: Changed) -> list[UUID]:
    found = set(changed.agreements)
    if changed.licences or changed.packages:
        among = {"licences": list(changed.licences), "packages": list(changed.packages)}
        found.update(await session.scalars(_REACHED, among))
    return sorted(found)


async def _settle(session: AsyncSession, epoch: int, scope: str, keys: list[UUID] | None = None) -> None:
    await session.execute(text(_SETTLE.format(scope=scope)), {"epoch": epoch, **({"keys": keys} if keys else {})})


_DIFFERS = "({}) IS DISTINCT FROM ({})".format(
    *(", ".join(f"{row}.{name}" for name in COLUMNS) for row in ("wanted", "held"))
)
_SETTLE = f"""
WITH wanted AS MATERIALIZED (SELECT {_NAMED} FROM implied_grants WHERE {{scope}}),
held AS MATERIALIZED (SELECT id, {_NAMED} FROM grant_history WHERE to_epoch IS NULL AND {{scope}}),
closed AS (
  UPDATE grant_history SET to_epoch = :epoch
  WHERE id IN (SELECT held.id FROM held LEFT JOIN wanted USING (grant_key) WHERE {_DIFFERS})
  RETURNING id
)
INSERT INTO grant_history ({_NAMED}, from_epoch)
SELECT {", ".join(f"wanted.{name}" for name in COLUMNS)}, :epoch FROM wanted LEFT JOIN held USING (grant_key)
WHERE {_DIFFERS} AND (SELECT count(*) FROM closed) >= 0"""  # noqa: S608 our own names
"""What is closed is closed before what is new is written: of a key one row is open."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A grant that the tables imply and the history lacks, or the other way round."""

    grant_key: str
    implied: bool


_DIFFERENCES = text(f"""
    SELECT coalesce(wanted.grant_key, held.grant_key) AS grant_key, wanted.grant_key IS NOT NULL AS implied
    FROM (SELECT {_NAMED} FROM implied_grants WHERE {_EVERYTHING}) AS wanted
    FULL JOIN (SELECT {_NAMED} FROM grant_history WHERE to_epoch IS NULL) AS held USING (grant_key)
    WHERE {_DIFFERS}
    ORDER BY 1""")  # noqa: S608 our own names


async def differences(session: AsyncSession) -> list[Difference]:
    """Where the open rows aren't what the tables imply: nowhere, unless somebody wrote past acts and imports."""
    await session.flush()
    return [Difference(row.grant_key, row.implied) for row in await session.execute(_DIFFERENCES)]
