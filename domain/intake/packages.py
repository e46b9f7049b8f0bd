"""A title list brought into its package: `mutua import kbart`."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, TextClause, select, text, update
from sqlalchemy import Row as Found
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.epoch import Changed
from domain.intake import comparing, copying, kbart, parties, resources, runs, titles
from domain.intake.cells import Row
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.runs import Run
from domain.intake.source import Source
from domain.intake.titles import Shelf
from models import package as rows
from models.vocabulary import ImportKind, PackageTitleStatus

BATCH = 1000
STATEMENT = [
    "start_date",
    "start_on",
    "start_volume",
    "start_issue",
    "end_date",
    "end_on",
    "end_volume",
    "end_issue",
    "embargo",
    "access_type",
    "depth",
    "note",
]
"""The columns of a coverage statement."""


@dataclass(frozen=True)
class TitleList:
    """A KBART file for one package, on one platform. `provider`: a name, or `member:CODE` for a member's collection.

    `partial`: the file names only some of the package's titles, so that none is removed for its absence.
    """

    package: str
    provider: str
    platform: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    partial: bool = False
    kind: ImportKind = ImportKind.KBART

    @property
    def target(self) -> dict[str, str]:
        said = {"package": self.package, "provider": self.provider, "platform": self.platform or ""}
        return (
            said
            | {f"name_{language}": name for language, name in self.names.items()}
            | ({"partial": "yes"} if self.partial else {})
        )

    def rows(self, source: Source) -> Iterable[Row]:
        return kbart.rows(source)

    async def apply(self, session: AsyncSession, run: Run) -> None:
        await session.execute(_BY_INDEX)
        shelf = await self._shelf(session, run)
        known = await resources.described(session)
        continues = False
        async for batch in titles.staged(session, run):
            await titles.match(session, run, shelf, batch)
            await resources.complete(session, run, shelf.package_id, [t for t in batch if t.resource_id], known)
            await resources.make(session, run, titles.gather(run, [t for t in batch if not t.resource_id]))
            await session.execute(_ASSIGN, {"run": run.id, "found": titles.rows_of(batch)})
            await runs.report(session, run)
            continues = continues or any(title.continues for title in batch)
        async for copies in _copies(session, run):
            await _bring(session, run, shelf, copies)
            await runs.report(session, run)
        if not (self.partial or shelf.is_empty):
            await _remove(session, run, shelf)
        if continues:
            await _succeed(session, run)

    async def _shelf(self, session: AsyncSession, run: Run) -> Shelf:
        provider_id = await parties.provider(session, self.provider)
        added = await session.execute(
            insert(rows.Package)
            .values(code=self.package, provider_id=provider_id, name=self.names or {"und": self.package})
            .on_conflict_do_nothing()
            .returning(col(rows.Package.id))
        )
        run.count("new", len(added.all()))
        found = await session.execute(
            select(rows.Package).where(
                col(rows.Package.code) == self.package, col(rows.Package.provider_id) == provider_id
            )
        )
        package = found.scalar_one()
        run.reach(Changed(packages={package.id}))
        if self.names and package.name != self.names:
            await session.execute(
                update(rows.Package).where(col(rows.Package.id) == package.id).values(name=self.names)
            )
            run.count("changed")
        platform_id = await _platform(session, self.platform) if self.platform else None
        held = await session.execute(_HOLDS, {"package": package.id})
        return Shelf(package.id, platform_id, is_empty=not held.scalar_one())


async def _platform(session: AsyncSession, code: str) -> UUID:
    await session.execute(insert(rows.Platform).values(code=code, name={"und": code}).on_conflict_do_nothing())
    found = await session.execute(select(col(rows.Platform.id)).where(col(rows.Platform.code) == code))
    return found.scalar_one()


# The planner knows nothing of rows added just now: it would read a whole table where a batch asks for its own rows.
_BY_INDEX = text("SET LOCAL enable_seqscan = off")
_HOLDS = text("SELECT EXISTS (SELECT FROM package_title WHERE package_id = :package)")
# Of the row, only what is still asked for stays: the less is written and sorted.
_ASSIGN = text(
    """
    UPDATE import_row SET result = jsonb_build_object(
      'resource', found.resource, 'title_id', result->'title_id', 'url', result->'url',
      'coverage', result->'coverage', 'preceding', result->'preceding'
    )
    FROM json_to_recordset(CAST(:found AS json)) AS found (line bigint, resource uuid)
    WHERE import_row.run_id = :run AND import_row.line = found.line
    """
)
_ASSIGNED = text(
    """
    SELECT line, CAST(result->>'resource' AS uuid) AS resource_id, result->>'title_id', result->>'url',
           result->'coverage', min(line) OVER (PARTITION BY result->>'resource') AS first
    FROM import_row WHERE run_id = :run AND result ? 'resource' ORDER BY first, line
    """
)
# A journal that says what it continues is the one that readers of the former's ISSN look for.
_SUCCEED = text(
    """
    UPDATE resource SET succeeded_by = follower.resource_id
    FROM (
      SELECT DISTINCT ON (former.result->>'resource') CAST(former.result->>'resource' AS uuid) AS former_id,
             CAST(later.result->>'resource' AS uuid) AS resource_id
      FROM import_row AS later
      JOIN import_row AS former
        ON former.run_id = later.run_id AND former.result->>'title_id' = later.result->>'preceding'
      WHERE later.run_id = :run AND later.result ? 'resource' AND former.result ? 'resource'
        AND former.result->>'resource' <> later.result->>'resource'
      ORDER BY former.result->>'resource', later.line
    ) AS follower
    WHERE resource.id = follower.former_id AND resource.succeeded_by IS NULL
    """
)
_REMOVE = text(
    """
    WITH listed AS MATERIALIZED (
      SELECT CAST(result->>'resource' AS uuid) AS resource_id,
             CASE WHEN result ? 'rejected' THEN result->>'title_id' END AS rejected
      FROM import_row WHERE run_id = :run
    ),
    gone AS (
      UPDATE package_title SET status = 'removed'
      FROM resource
      WHERE resource.id = package_title.resource_id AND package_title.package_id = :package
        AND package_title.platform_id IS NOT DISTINCT FROM CAST(:platform AS uuid)
        AND package_title.status IN ('current', 'expected')
        AND NOT EXISTS (SELECT FROM listed WHERE listed.resource_id = package_title.resource_id)
        AND NOT EXISTS (SELECT FROM listed WHERE listed.rejected = package_title.title_id)
      RETURNING package_title.title_id,
                (SELECT name FROM jsonb_each_text(resource.title) AS every (language, name) LIMIT 1) AS name
    )
    INSERT INTO import_problem (run_id, line, "column", value, severity, reason)
    SELECT CAST(:run AS uuid), 0, 'title_id', title_id, 'note', :reason || ': ' || left(name, 200) FROM gone
    """
)


@dataclass(slots=True)
class Copy:
    """A resource as the list has it in this package. `statements`: its rows, each once, in order."""

    line: int
    resource_id: UUID
    title_ids: list[str] = field(default_factory=list)
    url: str | None = None
    statements: list[dict[str, Any]] = field(default_factory=list)

    def take(self, title_id: str | None, url: str | None, statement: dict[str, Any]) -> bool:
        """Add a row; False if it says nothing new."""
        if title_id and title_id not in self.title_ids:
            self.title_ids.append(title_id)
        self.url = self.url or url
        if statement in self.statements:
            return False
        self.statements.append(statement)
        return True


async def _copies(session: AsyncSession, run: Run) -> AsyncIterator[list[Copy]]:
    stream = await session.stream(_ASSIGNED, {"run": run.id}, execution_options={"yield_per": BATCH})
    batch: list[Copy] = []
    async for some in stream.partitions(BATCH):  # row by row, each would be waited for
        for line, resource_id, title_id, url, statement, first in some:
            if not batch or batch[-1].line != first:
                if len(batch) == BATCH:
                    yield batch
                    batch = []
                batch.append(Copy(first, resource_id))
            if not batch[-1].take(title_id, url, statement):
                run.found.append(Problem(line, "", title_id or "", Reason.ROW_TWICE, Severity.NOTE))
    if batch:
        yield batch


async def _bring(session: AsyncSession, run: Run, shelf: Shelf, copies: list[Copy]) -> None:
    """Make or change the package titles of these copies, and their coverage."""
    for copy in copies:
        if len(copy.title_ids) > 1:
            told = ", ".join(copy.title_ids)
            run.found.append(Problem(copy.line, "title_id", told[:300], Reason.ROW_TWICE, Severity.NOTE))
    known = {} if shelf.is_empty else await _known(session, shelf, copies)
    new = [copy for copy in copies if copy.resource_id not in known]
    ids = dict(zip((copy.resource_id for copy in new), copying.ids(len(new)), strict=True))
    columns = ("id", "package_id", "platform_id", "resource_id", "title_id", "url", "status")
    place = (shelf.package_id, shelf.platform_id)
    made = ((ids[c.resource_id], *place, c.resource_id, *_facts(c).values()) for c in new)
    await copying.copy(session, "package_title", columns, made)
    run.count("new", len(new))
    changed = {t.id for c in copies if (t := known.get(c.resource_id)) and await _changed(session, t, c)}
    statements = {ids.get(c.resource_id) or known[c.resource_id].id: c.statements for c in copies}
    changed |= await _cover(session, statements, {title.id for title in known.values()})
    run.count("changed", len(changed))
    run.count("unchanged", len(known) - len(changed))


# Title by title: the planner, which knows nothing of those added just now, would read the whole package each time.
_KNOWN = text(
    """
    SELECT there.* FROM unnest(CAST(:resources AS uuid[])) AS wanted (resource_id) CROSS JOIN LATERAL (
      SELECT id, resource_id, title_id, url, status, package_id, platform_id FROM package_title
      WHERE resource_id = wanted.resource_id OFFSET 0
    ) AS there
    WHERE there.package_id = :package AND there.platform_id IS NOT DISTINCT FROM CAST(:platform AS uuid)
    """
)


async def _known(session: AsyncSession, shelf: Shelf, copies: list[Copy]) -> dict[UUID, Found[*tuple[Any, ...]]]:
    resources = [copy.resource_id for copy in copies]
    wanted = {"package": shelf.package_id, "platform": shelf.platform_id, "resources": resources}
    return {found.resource_id: found for found in await session.execute(_KNOWN, wanted)}


def _facts(copy: Copy) -> dict[str, Any]:
    title_id = copy.title_ids[0] if copy.title_ids else None
    return {"title_id": title_id, "url": copy.url, "status": PackageTitleStatus.CURRENT.value}


async def _changed(session: AsyncSession, known: Found[*tuple[Any, ...]], copy: Copy) -> bool:
    """Bring the package title to what the list says."""
    facts = _facts(copy)
    if all(getattr(known, name) == value for name, value in facts.items()):
        return False
    await session.execute(_SET_TITLE, {"id": known.id, **facts})
    return True


_SET_TITLE = text("UPDATE package_title SET title_id = :title_id, url = :url, status = :status WHERE id = :id")


async def _cover(session: AsyncSession, wanted: dict[UUID, list[dict[str, Any]]], known: set[UUID]) -> set[UUID]:
    """Bring coverage to these statements; the known titles for which that changed anything."""
    differing = await _covered_otherwise(session, {title_id: wanted[title_id] for title_id in known})
    if differing:
        await session.execute(
            text("DELETE FROM coverage WHERE package_title_id = ANY(:titles)"), {"titles": list(differing)}
        )
    missing = [
        (title_id, position, *(statement[name] for name in STATEMENT))
        for title_id, statements in wanted.items()
        if title_id in differing or title_id not in known
        for position, statement in enumerate(statements)
    ]
    lines = ((new_id, *line) for new_id, line in zip(copying.ids(len(missing)), missing, strict=True))
    await copying.copy(session, "coverage", ("id", "package_title_id", "position", *STATEMENT), lines)
    return differing


async def _covered_otherwise(session: AsyncSession, wanted: dict[UUID, list[dict[str, Any]]]) -> set[UUID]:
    """The titles whose coverage isn't these statements."""
    if not wanted:
        return set()
    kept: dict[UUID, list[dict[str, Any]]] = {title_id: [] for title_id in wanted}
    coverage = rows.Coverage
    found = await session.execute(
        select(col(coverage.package_title_id), *(getattr(coverage, name) for name in STATEMENT))
        .where(comparing.among(coverage.package_title_id, wanted))
        .order_by(col(coverage.position))
    )
    for title_id, *values in found:
        kept[title_id].append(dict(zip(STATEMENT, map(_plain, values), strict=True)))
    return {title_id for title_id, statements in kept.items() if statements != wanted[title_id]}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


async def _remove(session: AsyncSession, run: Run, shelf: Shelf) -> None:
    """Titles that the list has no longer are removed, and reported; a row that was refused removes nothing."""
    place = {"package": shelf.package_id, "platform": shelf.platform_id}
    run.count("removed", await _over_all(session, _REMOVE, {"run": run.id, "reason": Reason.TITLE_GONE.value, **place}))


async def _succeed(session: AsyncSession, run: Run) -> None:
    run.count("resources_linked", await _over_all(session, _SUCCEED, {"run": run.id}))


async def _over_all(session: AsyncSession, change: TextClause, values: dict[str, Any]) -> int:
    """The rows changed. The planner knows nothing of staged rows: left alone it would compare each with each."""
    await session.execute(text("SET LOCAL enable_nestloop = off"))
    changed = cast(CursorResult[Any], await session.execute(change, values)).rowcount
    await session.execute(text("SET LOCAL enable_nestloop = on"))
    return changed
