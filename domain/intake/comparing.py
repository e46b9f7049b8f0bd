"""From rows as they are to rows as a file wants them: what stays, what changes, what is missing, what must go."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Uuid, any_, delete, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.source import FileRefused
from models.columns import Localised

Table = TypeVar("Table", bound=SQLModel)


class Unknown(list[Problem]):
    """References that lead nowhere, gathered so that all of them are told at once."""

    def add(self, line: int, column: str, value: str, reason: Reason, detail: str = "") -> None:
        self.append(Problem(line, column, value[:300], reason, Severity.FILE, detail))

    def settle(self) -> None:
        """Raises FileRefused if there is any."""
        if self:
            raise FileRefused(*sorted(self, key=lambda problem: problem.line))


async def remove(session: AsyncSession, table: type[SQLModel], row_id: UUID) -> bool:
    """Delete a row unless a record refers to it."""
    try:
        async with session.begin_nested():
            await session.execute(delete(table).where(table.id == row_id))  # type: ignore[attr-defined] # every table of ours has an id
    except IntegrityError:
        return False
    return True


def paired(
    left: list[Table], wanted: Sequence[dict[str, Any]], fits: Callable[[Table, dict[str, Any]], bool]
) -> tuple[list[tuple[Table, dict[str, Any]]], list[dict[str, Any]]]:
    """Take out of `left` a row for each of `wanted` that one fits; the pairs, and what found none."""
    pairs: list[tuple[Table, dict[str, Any]]] = []
    missing: list[dict[str, Any]] = []
    for values in wanted:
        row = next((row for row in left if fits(row, values)), None)
        if row is None:
            missing.append(values)
        else:
            left.remove(row)
            pairs.append((row, values))
    return pairs, missing


def among(column: UUID, ids: Iterable[UUID]) -> ColumnElement[bool]:
    """Whether the column is one of these ids, which are one array: `IN` would write out a parameter for each."""
    return col(column) == any_(literal(list(ids), ARRAY(Uuid)))


def differing(row: SQLModel | Row[Any], values: dict[str, Any]) -> dict[str, Any]:
    """The values that the row doesn't have yet."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def retold(known: Localised | None, said: Localised | None, languages: Sequence[str] | None) -> Localised | None:
    """A text as a file that can tell it in some languages only (None = in all) wants it: the others stay. One that has
    none of these languages stands in the last of them, and is known there."""
    if languages is None or not known:
        return said
    wanted = dict(said or {})
    others = {language: text for language, text in known.items() if language not in languages}
    if len(others) == len(known):
        stand_in = next(iter(known))
        if wanted.get(languages[-1]) == known[stand_in]:
            del wanted[languages[-1]]
        else:
            others.pop("und", None)
    return others | wanted or None
