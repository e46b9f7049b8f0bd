"""Licences: entered as drafts, in force from the day somebody activates them, and ended on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import epoch, visibility
from domain.acts import days
from domain.acts.act import Act, ActRefused, Problem, State, as_seen, created, locked, record, state
from domain.acts.contract import (
    UNSIGNED,
    ContractProblem,
    free,
    governing,
    require_force,
    require_giver,
    require_holder,
)
from domain.involvement import IN_FORCE
from domain.rights import contracts, soundness
from domain.rights.soundness import Kind
from models import licence as rows
from models.columns import Localised
from models.party import Party
from models.vocabulary import LicenceStatus

_FLAWS = {Kind.CONTRADICTS: ContractProblem.CONTRADICTS, Kind.WIDENS: ContractProblem.WIDENS}
UNTIL_SIGNED = {"licensor_id": "licensor", "parent_id": "parent"}
"""What stands once the licence is in force, with its name in the input."""


@dataclass(frozen=True, slots=True)
class NewLicence:
    """`holder_id` null: the consortium's."""

    code: str
    name: Localised
    licensor_id: UUID | None
    holder_id: UUID | None
    start_date: date | None = None
    end_date: date | None = None
    parent_id: UUID | None = None
    document_id: UUID | None = None


async def create(session: AsyncSession, act: Act, new: NewLicence) -> rows.Licence:
    """Enter a licence as a draft: it permits nothing before it is activated. Raises ActRefused."""
    await require_holder(session, act, new.holder_id)
    licensor_id = await _licensor(session, act, new.licensor_id, new.holder_id)
    if new.parent_id:
        await governing(session, act, new.parent_id, new.holder_id, "parent")
    days.in_order(new.start_date, new.end_date, "endDate")
    await free(session, new.code, rows.Licence)
    return await created(
        session,
        act,
        rows.Licence(
            code=new.code,
            name=new.name,
            licensor_id=licensor_id,
            holder_id=new.holder_id,
            status=LicenceStatus.DRAFT,
            start_date=new.start_date,
            end_date=days.ending(new.end_date),
            parent_id=new.parent_id,
            document_id=new.document_id,
        ),
    )


async def update(
    session: AsyncSession, act: Act, key: UUID | None, version: int, values: Mapping[str, Any]
) -> rows.Licence:
    """Correct what is said of a licence. `values` by column: name, start_date, end_date, and, as long as it is being
    prepared, licensor_id and parent_id. Raises ActRefused."""
    licence = await own(session, act, key, version)
    fixed = next((path for column, path in UNTIL_SIGNED.items() if column in values), None)
    if fixed and licence.status not in UNSIGNED:
        raise ActRefused(Problem.STATE, fixed, value=licence.status.value)
    if "licensor_id" in values:
        await _licensor(session, act, values["licensor_id"], licence.holder_id)
    before = state(licence)
    if values.get("parent_id"):
        await _narrow(session, licence, await governing(session, act, values["parent_id"], licence.holder_id, "parent"))
    for name, value in values.items():
        setattr(licence, name, value)
    days.in_order(licence.start_date, licence.end_date, "endDate")
    licence.end_date = days.ending(licence.end_date)
    if "parent_id" in values:
        await require_sound(session, licence, "parent")
    await settle(session, act, licence, before, state(licence))
    return licence


async def activate(session: AsyncSession, act: Act, key: UUID | None, version: int) -> rows.Licence:
    """Put a licence in force: from now on decisions read it. Raises ActRefused."""
    licence = await own(session, act, key, version)
    if licence.status not in (LicenceStatus.DRAFT, LicenceStatus.IN_NEGOTIATION):
        raise ActRefused(Problem.STATE, "id", value=licence.status.value)
    if licence.parent_id:
        require_force(await session.get_one(rows.Licence, licence.parent_id), "id")
    elif not await session.scalar(select(exists().where(col(rows.Term.licence_id) == licence.id))):
        raise ActRefused(ContractProblem.NO_TERM, "id")
    await require_sound(session, licence)
    before = state(licence)
    licence.status = LicenceStatus.ACTIVE
    await settle(session, act, licence, before, state(licence))
    return licence


async def terminate(session: AsyncSession, act: Act, key: UUID | None, version: int, on: date) -> rows.Licence:
    """End a licence with this day, which is its last: earlier than it would have ended, never later.

    A day that has passed ends it at once, and from then on as if it had been known; what was decided stays on record.

    Raises:
        ActRefused: it isn't in force, or the day is outside its time.
    """
    licence = await own(session, act, key, version, giving=False)
    if licence.status is not LicenceStatus.ACTIVE:
        raise ActRefused(Problem.STATE, "id", value=licence.status.value)
    days.in_order(licence.start_date, on, "on")
    if licence.end_date and licence.end_date < on:
        raise ActRefused(ContractProblem.ENDS_BEFORE, "on", value=licence.end_date)
    before = state(licence)
    licence.status, licence.end_date = LicenceStatus.TERMINATED, on
    await settle(session, act, licence, before, state(licence))
    return licence


async def own(
    session: AsyncSession, act: Act, key: UUID | None, version: int, path: str = "id", *, giving: bool = True
) -> rows.Licence:
    """The licence to change, locked. `giving`: the act may widen what it permits, so who acts must act for a member
    that licenses it too. `path`: where the input names it.

    Raises:
        ActRefused: the viewer doesn't see it, may not change it, saw another version; or it is over.
    """
    one = select(rows.Licence).where(col(rows.Licence.id) == key)
    seen = visibility.only_licences(one, visibility.sight(act.viewer))
    licence = await locked(session, seen, rows.Licence, path)
    act.require(licence.holder_id)
    if giving:
        await require_giver(session, act, licence.licensor_id, licence.holder_id)
    as_seen(licence, version)
    if licence.status is LicenceStatus.TERMINATED:
        raise ActRefused(Problem.STATE, path, value=licence.status.value)
    return licence


async def require_sound(session: AsyncSession, licence: rows.Licence, path: str = "id") -> None:
    """Raises ActRefused for terms that contradict each other, and for one that widens the licence's parent."""
    for flaw in soundness.flaws(await contracts.contract(session, licence.id)):
        term = flaw.term
        clause = await _number(session, flaw.term.clause_id)
        against = await _number(session, flaw.against.clause_id) if flaw.against else None
        raise ActRefused(_FLAWS[flaw.kind], path, value=term.action, clause=clause, against=against)


async def _number(session: AsyncSession, clause_id: UUID | None) -> str | None:
    clause = await session.get(rows.Clause, clause_id) if clause_id else None
    return clause.number if clause else None


async def settle(session: AsyncSession, act: Act, licence: rows.Licence, before: State, after: State) -> None:
    """Put a change of a licence, or of a part of it, on record; rights rest on one that is in force."""
    await record(session, act, licence, before, after)
    if licence.status in IN_FORCE:
        await epoch.raise_(session, epoch.Changed(licences={licence.id}))


async def _licensor(session: AsyncSession, act: Act, key: UUID | None, holder_id: UUID | None) -> UUID:
    licensor = await session.get(Party, key) if key else None
    if licensor is None:
        raise ActRefused(Problem.NOT_FOUND, "licensor")
    await require_giver(session, act, licensor.id, holder_id)
    return licensor.id


async def _narrow(session: AsyncSession, licence: rows.Licence, parent: rows.Licence) -> None:
    """Put a licence under its parent. That none comes to stand above itself is the table's to see: two acts could
    close a cycle together. Raises ActRefused."""
    code = parent.code
    try:
        async with session.begin_nested():
            licence.parent_id = parent.id
            await session.flush()
    except IntegrityError:
        raise ActRefused(ContractProblem.CYCLE, "parent", value=code) from None
