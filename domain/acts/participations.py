"""Members' dated taking part in agreements of the consortium."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.acts import agreements, contract, days
from domain.acts.act import Act, ActRefused, Problem, State, state
from domain.acts.contract import PREPARED, ContractProblem
from models import agreement as rows


async def start(
    session: AsyncSession,
    act: Act,
    key: UUID | None,
    version: int,
    member_id: UUID | None,
    first: date,
    last: date | None,
) -> tuple[rows.Participation, rows.Agreement]:
    """Let a member take part from its first day to its last; None = as long as the agreement runs.

    Raises:
        ActRefused: the agreement is one member's own, or the member takes part on one of these days already.
    """
    agreement = await agreements.own(session, act, key, version, "agreement")
    member = await contract.member(session, member_id, "member")
    if agreement.holder_id is not None:
        raise ActRefused(ContractProblem.NOT_CONSORTIAL, "agreement")
    days.in_order(first, last, "endDate")
    known = await _of(session, agreement.id, member.id)
    if any(days.meet(days.ends(one.during), (first, last)) for one in known):
        raise ActRefused(Problem.OVERLAPS, "startDate")
    made = rows.Participation(agreement_id=agreement.id, member_id=member.id, during=days.span(first, last))
    session.add(made)
    await session.flush()
    await agreements.settle(session, act, agreement, {}, state(made, _called(member.code, made)))
    return made, agreement


async def end(
    session: AsyncSession, act: Act, key: UUID | None, version: int, member_id: UUID | None, on: date | None
) -> tuple[rows.Participation | None, rows.Agreement]:
    """End a member's taking part with this day, which is its last. None, while the agreement is being prepared: take
    the member off it.

    Raises:
        ActRefused: it doesn't take part then.
    """
    agreement = await agreements.own(session, act, key, version, "agreement", giving=False)
    member = await contract.member(session, member_id, "member")
    known = await _of(session, agreement.id, member.id)
    if not known:
        raise ActRefused(Problem.NOT_FOUND, "member")
    if on is None:
        if agreement.status not in PREPARED:
            raise ActRefused(Problem.BLANK, "on", field="on")
        return None, await _off(session, act, agreement, member.code, known)
    first = days.ends(known[0].during)[0]
    days.in_order(first, on, "on")
    ended = [one for one in known if (days.ends(one.during)[0] or date.min) <= on][-1]
    first, last = days.ends(ended.during)
    if last and last < on:
        raise ActRefused(ContractProblem.ENDS_BEFORE, "on", value=last)
    before = state(ended, _called(member.code, ended))
    ended.during = days.span(first, on)
    await agreements.settle(session, act, agreement, before, state(ended, _called(member.code, ended)))
    return ended, agreement


async def _off(
    session: AsyncSession, act: Act, agreement: rows.Agreement, code: str, known: Sequence[rows.Participation]
) -> rows.Agreement:
    before: State = {name: fact for one in known for name, fact in state(one, _called(code, one)).items()}
    for one in known:
        await session.delete(one)
    await agreements.settle(session, act, agreement, before, {})
    return agreement


async def _of(session: AsyncSession, agreement_id: UUID, member_id: UUID | None) -> Sequence[rows.Participation]:
    """In order of time."""
    one = rows.Participation
    of_it = select(one).where(col(one.agreement_id) == agreement_id, col(one.member_id) == member_id)
    return list(await session.scalars(of_it.order_by(col(one.during))))


def _called(code: str, one: rows.Participation) -> str:
    """How the record of its agreement names it."""
    return f"participation of {code} {days.told(days.ends(one.during)[0])}"
