"""A run: one file, read in batches that are staged and committed one by one, then applied whole in one transaction.

Whoever calls commits: `reserve` in a transaction that stays open for the whole run, `begin`, `stage` (once a batch) and
`finish` each in one of their own. After `begin` has returned a run's last staged line, reading goes on behind it: a run
that was cut at any point, even by kill -9, is taken up by the same call again.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any, Protocol
from uuid import UUID

import orjson
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import epoch
from domain.epoch import Changed
from domain.intake import copying
from domain.intake.cells import Row, visible
from domain.intake.reasons import Problem, Severity
from domain.intake.source import FileRefused, Source
from models import intake as rows
from models.vocabulary import ImportKind, ImportStatus

BATCH = 1000
"""Rows between two commits."""

CHANGES = ("new", "changed", "removed", "resources_new", "resources_changed", "resources_linked")
"""Counts of what differs from before; an import that has none of them changed nothing."""

REPLACED = "another file was loaded instead"


class Intake(Protocol):
    """One kind of file. `target` is what it is loaded into, with every option that changes the outcome."""

    @property
    def kind(self) -> ImportKind: ...
    @property
    def target(self) -> dict[str, str]: ...
    def rows(self, source: Source) -> Iterable[Row]:
        """Every row of the file, in order of lines. Raises FileRefused."""

    async def apply(self, session: AsyncSession, run: "Run") -> None:
        """Bring the tables to what the staged rows say, counting in `run` and reporting into it."""


@dataclass(slots=True)
class Run:
    """A run under way. `counts` are what the report says at the end, `found` problems that only the tables showed."""

    id: UUID
    last_line: int
    resumed: bool
    counts: dict[str, int]
    found: list[Problem] = field(default_factory=list)
    reached: Changed = epoch.EVERYTHING
    """What of rights it may have changed; an intake that says nothing may have changed everything."""

    def count(self, what: str, number: int = 1) -> None:
        if number:
            self.counts[what] = self.counts.get(what, 0) + number

    def note(self, row: Row) -> None:
        """A row was read."""
        self.last_line = row.line
        if row.counted:
            self.count("read")
            self.count("rejected" if any(p.severity is Severity.ROW for p in row.problems) else "loaded")

    def reach(self, what: Changed) -> None:
        self.reached |= what

    @property
    def changed(self) -> bool:
        return any(self.counts.get(what) for what in CHANGES)


@contextmanager
def _nothing_old_collected() -> Iterator[None]:
    """A batch is tens of thousands of objects that all go again soon. With each batch the garbage collector would look
    through all that the process has had since its start: a third of an import's processor time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def batches(intake: Intake, source: Source, after: int) -> Iterator[Iterator[Row]]:
    """The rows behind the line `after`, some at a time: each is read when it is asked for, while the database stores
    those before it. Raises FileRefused, at any row."""
    ahead = (row for row in intake.rows(source) if row.line > after)
    with _nothing_old_collected():
        for first in ahead:
            yield chain((first,), islice(ahead, BATCH - 1))


def named(target: dict[str, str]) -> str:
    return orjson.dumps(target, option=orjson.OPT_SORT_KEYS).decode()


async def reserve(session: AsyncSession, intake: Intake) -> None:
    """Wait until nobody else imports into the same target. Held until this transaction ends, or its process dies."""
    await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    await _lock(session, f"{intake.kind}:{named(intake.target)}")


async def check_reserved(session: AsyncSession) -> None:
    """Raises OperationalError if the connection that holds the reservation is gone, and the reservation with it."""
    await session.execute(select(1))


async def _lock(session: AsyncSession, name: str) -> None:
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"mutua.intake.{name}", 0))))


async def begin(session: AsyncSession, intake: Intake, source: Source, actor: str, *, resume: bool = True) -> Run:
    """Take up the run of this very file that was cut off, or start one. Cut runs of other files are given up."""
    same = (col(rows.ImportRun.kind) == intake.kind, col(rows.ImportRun.target) == named(intake.target))
    cut = await session.execute(select(rows.ImportRun).where(*same, col(rows.ImportRun.status) == ImportStatus.RUNNING))
    for run in cut.scalars() if resume else ():
        if run.file_sha256 == source.sha256:
            return Run(run.id, run.last_line, run.last_line > 0, dict(run.counts))
        await _close(session, run.id, ImportStatus.REFUSED, run.counts, REPLACED)
    made = await session.execute(
        insert(rows.ImportRun)
        .values(
            kind=intake.kind,
            target=named(intake.target),
            file_name=source.name,
            file_sha256=source.sha256,
            status=ImportStatus.RUNNING,
            actor=actor,
        )
        .returning(col(rows.ImportRun.id))
    )
    return Run(made.scalar_one(), 0, False, {})


async def stage(session: AsyncSession, run: Run, batch: Iterable[Row]) -> None:
    """Keep a batch of rows as they are read, with their problems. Raises FileRefused."""
    problems: list[Problem] = []
    refusals: list[FileRefused] = []

    def staged() -> Iterator[tuple[str, int, str]]:
        try:
            for row in batch:
                problems.extend(row.problems)
                run.note(row)
                if row.result is not None:
                    yield str(run.id), row.line, orjson.dumps(row.result).decode()
        except FileRefused as refused:  # a COPY that ends in an error would take the whole transaction with it
            refusals.append(refused)

    await copying.copy(session, "import_row", ("run_id", "line", "result"), staged())
    if refusals:
        raise refusals[0]
    await _report(session, run.id, problems)
    await session.execute(
        update(rows.ImportRun)
        .where(col(rows.ImportRun.id) == run.id)
        .values(last_line=run.last_line, counts=run.counts)
    )


async def finish(session: AsyncSession, intake: Intake, run: Run) -> None:
    """Apply what was staged. Imports into whatever target do this one after the other; the epoch is raised last."""
    await _lock(session, "apply")
    with _nothing_old_collected():
        await intake.apply(session, run)
    await report(session, run)
    await _close(session, run.id, ImportStatus.DONE, run.counts, None)
    if run.changed:
        await epoch.raise_(session, run.reached)


async def refuse(session: AsyncSession, run: Run, refused: FileRefused) -> None:
    """Record that the file was refused; nothing of it stays."""
    run.found.clear()
    run.counts = {"read": run.counts.get("read", 0)}
    await _report(session, run.id, refused.problems)
    await _close(session, run.id, ImportStatus.REFUSED, run.counts, refused.problem.reason)


async def _close(
    session: AsyncSession, run_id: UUID, status: ImportStatus, counts: dict[str, Any], refusal: str | None
) -> None:
    await session.execute(delete(rows.ImportRow).where(col(rows.ImportRow.run_id) == run_id))
    closed = {"status": status, "counts": counts, "refusal": refusal, "finished_at": datetime.now(UTC)}
    await session.execute(update(rows.ImportRun).where(col(rows.ImportRun.id) == run_id).values(**closed))


async def report(session: AsyncSession, run: Run) -> None:
    """Put what was found so far into the report, so that it doesn't pile up in memory."""
    await _report(session, run.id, run.found)
    run.found.clear()


async def _report(session: AsyncSession, run_id: UUID, problems: list[Problem]) -> None:
    """`reason` holds the code and, behind a colon, what is particular to this case."""
    lines = [
        (
            str(run_id),
            p.line,
            visible(p.column),
            visible(p.value),
            p.severity.value,
            f"{p.reason.value}: {visible(p.detail)}" if p.detail else p.reason.value,
        )
        for p in problems
    ]
    await copying.copy(session, "import_problem", ("run_id", "line", "column", "value", "severity", "reason"), lines)
