"""Clauses of a licence: its numbered parts in its own words and in plain ones."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.acts import licences
from domain.acts.act import Act, ActRefused, Problem, State, state
from domain.acts.contract import UNSIGNED
from domain.intake import comparing
from models import licence as rows


async def set_(
    session: AsyncSession, act: Act, key: UUID | None, version: int, number: str, values: Mapping[str, Any]
) -> tuple[rows.Clause, rows.Licence]:
    """Write the clause of this number; a new one stands last unless its position is given. `values` by column.

    Raises:
        ActRefused: the licence is not the viewer's to change, or nothing would be different.
    """
    licence = await licences.own(session, act, key, version, "licence")
    clause = await numbered(session, licence.id, number)
    under = f"clause {number}"
    before: State = state(clause, under) if clause else {}
    if clause is None:
        clause = rows.Clause(licence_id=licence.id, number=number, position=await _after_the_last(session, licence.id))
        session.add(clause)
    for name, value in values.items():
        setattr(clause, name, value)
    await session.flush()
    await session.refresh(clause)
    await licences.settle(session, act, licence, before, state(clause, under))
    return clause, licence


async def remove(session: AsyncSession, act: Act, key: UUID | None, version: int, number: str) -> rows.Licence:
    """Take a clause off a licence that is still being prepared. Raises ActRefused."""
    licence = await licences.own(session, act, key, version, "licence")
    clause = await numbered(session, licence.id, number)
    if clause is None:
        raise ActRefused(Problem.NOT_FOUND, "number")
    if licence.status not in UNSIGNED:
        raise ActRefused(Problem.STATE, "licence", value=licence.status.value)
    before = state(clause, f"clause {number}")
    if not await comparing.remove(session, rows.Clause, clause.id):
        raise ActRefused(Problem.IN_USE, "number", value=number)
    await licences.settle(session, act, licence, before, {})
    return licence


async def numbered(session: AsyncSession, licence_id: UUID, number: str) -> rows.Clause | None:
    clause = rows.Clause
    of_it = select(clause).where(col(clause.licence_id) == licence_id, col(clause.number) == number)
    found: rows.Clause | None = await session.scalar(of_it)
    return found


async def _after_the_last(session: AsyncSession, licence_id: UUID) -> int:
    clause = rows.Clause
    last = await session.scalar(select(func.max(col(clause.position))).where(col(clause.licence_id) == licence_id))
    return 0 if last is None else last + 1
