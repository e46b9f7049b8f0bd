"""Term sheets as files that are loaded: each makes or changes a draft of a licence.

A sheet never touches a licence that is in force, and nothing that it says is in force before somebody activates it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.acts.contract import UNSIGNED
from domain.documents import kinds, sheet
from domain.documents.refusals import Refused
from domain.intake import licensing, term_cells, term_reading
from domain.intake.cells import Row
from domain.intake.comparing import Unknown
from domain.intake.licence import LicenceFile
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.runs import Run
from domain.intake.source import FileRefused, Source
from models import intake as staged_rows
from models import licence as rows
from models.party import Party
from models.vocabulary import PartyKind

_TABLES = {"terms": "action", "clauses": "number"}
"""What a licence file calls a table, and its first column here."""


@dataclass(frozen=True)
class TermSheet(LicenceFile):
    """A sheet that somebody filled in."""

    def rows(self, source: Source) -> Iterable[Row]:
        found, notes = term_reading.read(source)
        yield Row(1, found, notes)

    async def apply(self, session: AsyncSession, run: Run) -> None:
        staged = staged_rows.ImportRow
        found = await session.execute(select(col(staged.result)).where(col(staged.run_id) == run.id))
        file: dict[str, Any] = found.scalar_one()
        called = file.pop("called")
        try:
            await _tie(session, run, file)
            await licensing.apply(session, run, file)
        except FileRefused as refused:
            raise FileRefused(*(_by_cell(problem, called) for problem in refused.problems)) from refused
        run.found[:] = [_by_cell(problem, called) for problem in run.found]


def is_one(source: Source) -> bool:
    """Whether a file is a term sheet, or anything else that isn't text."""
    try:
        return kinds.of(source.path) is not None or _first(source).startswith((sheet.MARK, "PK\x03\x04"))
    except (Refused, FileRefused):
        return True


def _first(source: Source) -> str:
    """The first line, but for the one by which a spreadsheet is told what separates cells."""
    before, _ = term_cells.layout(source)
    return next((line or "" for _, line in islice(source.lines(), before, None)), "").lstrip('\ufeff"')


async def _tie(session: AsyncSession, run: Run, file: dict[str, Any]) -> None:
    """Put in the keys of what the head names: the licence as it is, its holder, the document that was uploaded.

    Raises:
        FileRefused: the licence is signed, or there is no such member.
    """
    said, unknown = file["licence"], Unknown()
    licence = (
        await session.execute(select(rows.Licence).where(col(rows.Licence.code) == said["code"]))
    ).scalar_one_or_none()
    if licence is not None and licence.status not in UNSIGNED:
        unknown.add(0, "licence.code", said["code"], Reason.LICENCE_SIGNED, licence.status.value)
    elif licence is not None:
        said["status"] = licence.status
    holder = said.pop("holder")
    said["holder_id"] = None
    if holder is not None:
        member = select(col(Party.id)).where(col(Party.kind) == PartyKind.MEMBER, col(Party.code) == holder[0])
        said["holder_id"] = await session.scalar(member)
        if said["holder_id"] is None:
            unknown.add(holder[1], "licence.holder", holder[0], Reason.UNKNOWN_MEMBER)
    unknown.settle()
    if (document := file["document"]) and document["sha256"]:
        document["id"] = await _kept(session, document["sha256"], said["holder_id"])
        if document["id"] is None:
            line, sha256 = document["lines"]["document_sha256"], document["sha256"]
            told = Problem(line, "licence.document_sha256", sha256, Reason.DOCUMENT_NOT_KEPT, Severity.NOTE)
            run.found.append(told)


async def _kept(session: AsyncSession, sha256: str, holder_id: UUID | None) -> UUID | None:
    """The document with these bytes of this holder, else the consortium's."""
    document = rows.LicenceDocument
    found = await session.execute(
        select(col(document.id))
        .where(
            col(document.sha256) == sha256, col(document.holder_id).is_(None) | (col(document.holder_id) == holder_id)
        )
        .order_by(col(document.holder_id).nulls_last())
        .limit(1)
    )
    key: UUID | None = found.scalar_one_or_none()
    return key


def _by_cell(problem: Problem, called: Mapping[str, str]) -> Problem:
    """The same with the cell's name, for what was said of a licence's facts and terms."""
    table, _, name = problem.column.partition(".")
    name = name or _TABLES.get(table, "")  # a row as a whole, by its first cell
    if table == "licence" and (cell := called.get(problem.column)):
        return replace(problem, column=cell)
    if column := called.get(f"{_TABLES.get(table)}.{name}"):
        row = str(problem.line) if "!" in column else ""
        return replace(problem, column=f"{column}{row} {name}")
    return problem
