"""Limits of a licence: how many users at the same time, how much notice, and how much of something a term allows."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import clauses, licences
from domain.acts.act import Act, ActRefused, Problem, State, state
from domain.acts.contract import ContractProblem
from domain.limits import OF_THE_WHOLE, flaw
from models import licence as rows


async def set_(
    session: AsyncSession, act: Act, key: UUID | None, version: int, limit_id: UUID | None, values: Mapping[str, Any]
) -> tuple[rows.UsageLimit, rows.Licence]:
    """Set a limit, or change the one that is given. `values` by column, and `clause` by its number.

    Raises:
        ActRefused: the licence is not the viewer's to change; the limit can't be meant; nothing would be different.
    """
    licence = await licences.own(session, act, key, version, "licence")
    limit = await _of(session, licence.id, limit_id) if limit_id else None
    columns = dict(values)
    if "clause" in columns:
        columns["clause_id"] = await _clause(session, licence.id, columns.pop("clause"))
    before: State = state(limit, _called(limit)) if limit else {}
    if limit is None:
        limit = rows.UsageLimit(licence_id=licence.id, **columns)
    for name, value in columns.items():
        setattr(limit, name, value)
    await _check(session, limit)
    session.add(limit)
    await session.flush()
    await session.refresh(limit)
    await licences.settle(session, act, licence, before, state(limit, _called(limit)))
    return limit, licence


async def remove(session: AsyncSession, act: Act, limit_id: UUID | None, version: int) -> rows.Licence:
    """Take a limit away. Raises ActRefused."""
    found = await session.get(rows.UsageLimit, limit_id) if limit_id else None
    licence = await licences.own(session, act, found.licence_id if found else None, version)
    limit = await _of(session, licence.id, limit_id)
    before = state(limit, _called(limit))
    await session.delete(limit)
    await session.flush()
    await licences.settle(session, act, licence, before, {})
    return licence


def _called(limit: rows.UsageLimit) -> str:
    return f"limit {limit.kind.value}"


async def _check(session: AsyncSession, limit: rows.UsageLimit) -> None:
    wrong = flaw(limit.kind, limit.amount, limit.unit, limit.formats)
    if wrong:
        raise ActRefused(ContractProblem.LIMIT, wrong, field=wrong, value=limit.kind.value)
    if (limit.term_id is None) != (limit.kind in OF_THE_WHOLE):
        raise ActRefused(ContractProblem.LIMIT, "term", field="term", value=limit.kind.value)
    term = await session.get(rows.Term, limit.term_id) if limit.term_id else None
    if limit.term_id and (term is None or term.licence_id != limit.licence_id):
        raise ActRefused(Problem.NOT_FOUND, "term")


async def _of(session: AsyncSession, licence_id: UUID, limit_id: UUID | None) -> rows.UsageLimit:
    limit = await session.get(rows.UsageLimit, limit_id, populate_existing=True) if limit_id else None
    if limit is None or limit.licence_id != licence_id:
        raise ActRefused(Problem.NOT_FOUND, "id")
    return limit


async def _clause(session: AsyncSession, licence_id: UUID, number: str | None) -> UUID | None:
    if number is None:
        return None
    clause = await clauses.numbered(session, licence_id, number)
    if clause is None:
        raise ActRefused(ContractProblem.UNKNOWN, "clause", value=number)
    return clause.id
