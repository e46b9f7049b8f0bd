"""The report of a run: what was not taken as it stood, for people (a sentence) and for spreadsheets (CSV)."""

import csv
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TextIO
from uuid import UUID

from ruamel.yaml import YAML
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models import intake as rows

LANGUAGES = ("zh", "en")
COLUMNS = ("file", "line", "column", "value", "severity", "reason", "sentence_zh", "sentence_en")
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "|", "%")


@cache
def _sentences() -> dict[str, dict[str, str]]:
    with files("domain.intake").joinpath("sentences.yaml").open(encoding="utf-8") as file:
        sentences: dict[str, dict[str, str]] = YAML(typ="safe").load(file)
    return sentences


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the report, as stored. `line` 0 or None: the file as a whole."""

    line: int | None
    column: str
    value: str
    severity: str
    reason: str

    @property
    def code(self) -> str:
        return self.reason.partition(":")[0]

    def sentence(self, language: str) -> str:
        code, _, detail = self.reason.partition(": ")
        return _sentences()[code][language].replace("{detail}", detail).strip()


async def entries(session: AsyncSession, run_id: UUID, limit: int | None = None) -> AsyncIterator[Entry]:
    """The problems of a run in the order of its file, the worst first for one line."""
    problem = rows.ImportProblem
    query = (
        select(col(problem.line), col(problem.column), col(problem.value), col(problem.severity), col(problem.reason))
        .where(col(problem.run_id) == run_id)
        .order_by(col(problem.line).nulls_first(), col(problem.id))
        .limit(limit)
    )
    stream = await session.stream(query, execution_options={"yield_per": 1000})
    async for line, column, value, severity, reason in stream:
        yield Entry(line, column or "", value or "", severity, reason)


async def tally(session: AsyncSession, run_id: UUID) -> list[tuple[str, str, int]]:
    """(severity, reason code, how often), the most frequent first."""
    problem = rows.ImportProblem
    code = func.split_part(col(problem.reason), ":", 1)
    found = await session.execute(
        select(col(problem.severity), code, func.count())
        .where(col(problem.run_id) == run_id)
        .group_by(col(problem.severity), code)
        .order_by(func.count().desc(), code)
    )
    return list(found)


async def write(session: AsyncSession, run_id: UUID, file_name: str, to: TextIO) -> None:
    """The whole report as CSV. No cell is a formula to a spreadsheet (OWASP: CSV injection)."""
    writer = csv.writer(to)
    writer.writerow(COLUMNS)
    async for entry in entries(session, run_id):
        cells = (file_name, str(entry.line or ""), entry.column, entry.value, entry.severity, entry.code)
        writer.writerow([harmless(cell) for cell in (*cells, *(entry.sentence(language) for language in LANGUAGES))])


def harmless(cell: str) -> str:
    """Text that a spreadsheet shows and never computes. What looks like that is guarded too, so that `unguarded` gives
    every text back."""
    return f"'{cell}" if _guards(cell) else cell


def unguarded(cell: str) -> str:
    """The text of which `harmless` made this cell."""
    return cell[1:] if cell.startswith("'") and _guards(cell[1:]) else cell


def _guards(cell: str) -> bool:
    return cell.lstrip("' ").startswith(FORMULA)
