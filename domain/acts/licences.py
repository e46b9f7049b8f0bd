"""Licences: entered as drafts, in force from the day somebody activates them, and ended on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import epoch
from domain.acts.act import Act, ActRefused, Problem, changed, created, taken_up
from models import licence as rows
from models.columns import Localised
from models.party import Party
from models.vocabulary import LicenceStatus, PartyKind


@dataclass(frozen=True, slots=True)
class NewLicence:
    """`holder_id` null: the consortium's."""

    code: str
    name: Localised
    licensor_id: UUID | None
    holder_id: UUID | None
    start_date: date | None = None
    end_date: date | None = None


async def create(session: AsyncSession, act: Act, new: NewLicence) -> rows.Licence:
    """Enter a licence as a draft: it permits nothing before it is activated. Raises ActRefused."""
    act.require(new.holder_id)
    licensor = await session.get(Party, new.licensor_id) if new.licensor_id else None
    if licensor is None:
        raise ActRefused(Problem.NOT_FOUND, "licensor")
    if licensor.kind is PartyKind.MEMBER:
        act.require(licensor.id)  # nobody gives in another member's name
    _in_order(new.start_date, new.end_date)
    if await session.scalar(select(1).where(col(rows.Licence.code) == new.code)):
        raise ActRefused(Problem.TAKEN, "code", field="code")
    return await created(
        session,
        act,
        rows.Licence(
            code=new.code,
            name=new.name,
            licensor_id=licensor.id,
            holder_id=new.holder_id,
            status=LicenceStatus.DRAFT,
            start_date=new.start_date,
            end_date=new.end_date,
        ),
    )


async def activate(session: AsyncSession, act: Act, key: UUID | None, version: int) -> rows.Licence:
    """Put a licence in force: from now on decisions read it. Raises ActRefused."""
    licence = await own(session, act, key, version)
    if licence.status not in (LicenceStatus.DRAFT, LicenceStatus.IN_NEGOTIATION):
        raise ActRefused(Problem.STATE, "id", value=licence.status.value)
    return await _decisive(session, act, licence, {"status": LicenceStatus.ACTIVE})


async def own(session: AsyncSession, act: Act, key: UUID | None, version: int) -> rows.Licence:
    """The licence to change, locked. Raises ActRefused."""
    licence = await taken_up(session, rows.Licence, key, version)
    act.require(licence.holder_id)
    return licence


async def _decisive(session: AsyncSession, act: Act, licence: rows.Licence, values: Mapping[str, Any]) -> rows.Licence:
    """A change that rights rest on."""
    await changed(session, act, licence, values)
    await epoch.raise_(session)
    return licence


def _in_order(start: date | None, end: date | None) -> None:
    if start and end and end < start:
        raise ActRefused(Problem.DATES_REVERSED, "endDate")
