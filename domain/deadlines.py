"""What has to be done, or happens, on a day to come: the last days to cancel, and the ends and changes of contracts.

Warned of before they pass: in lists of staff, by `mutua deadlines`, and in the log of the server each day.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Date,
    Exists,
    Interval,
    Select,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import messages, visibility
from domain.involvement import CONCLUDED, IN_FORCE, Keys, with_parents
from domain.limits import LONGEST_NOTICE
from models import agreement as agreements
from models import licence as licences
from models.columns import Localised
from models.consortium import Consortium
from models.vocabulary import AmendmentStatus, LimitKind

log = logging.getLogger(__name__)

WARNED_DAYS = 30
MOST = 500
"""Shown at a time, the soonest first; the command and the log tell all."""


class DeadlineKind(StrEnum):
    CANCEL = "cancel"
    """The last day to cancel: entered for the period, or its last day less the licence's notice."""
    PERIOD_ENDS = "period_ends"
    GRACE_ENDS = "grace_ends"
    LICENCE_ENDS = "licence_ends"
    AMENDMENT_TAKES_EFFECT = "amendment_takes_effect"


@dataclass(frozen=True, slots=True)
class Deadline:
    """`goes_on`: of the last day to cancel: another period follows at once."""

    kind: DeadlineKind
    on: date
    agreement_id: UUID
    licence_id: UUID | None = None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A deadline with what its contracts are called."""

    deadline: Deadline
    agreement: str
    agreement_code: str
    licence: Localised | None = None
    licence_code: str | None = None


async def coming(
    session: AsyncSession, members: Keys | None, today: date, days: int, *, skip: int = 0, most: int | None = None
) -> Sequence[Deadline]:
    """What comes within so many days, of the agreements that concern these members; None = of all. `most`: of them,
    after the first `skip`."""
    kinds = (_to_cancel(), _periods(), _graces(), _licences(), _amendments())
    every = union_all(*(_among(kind, members, today, days) for kind in kinds)).subquery()
    ordered = select(every).order_by(every.c.day, every.c.agreement_id, every.c.kind, every.c.licence_id)
    return [
        Deadline(DeadlineKind(row.kind), row.day, row.agreement_id, row.licence_id, row.goes_on)
        for row in await session.execute(ordered.offset(skip).limit(most))
    ]


async def told(session: AsyncSession, today: date, days: int) -> Sequence[Told]:
    """The same of all agreements, with their names."""
    found = await coming(session, None, today, days)
    agreement, licence = agreements.Agreement, licences.Licence
    keys = {one.agreement_id for one in found}, {one.licence_id for one in found if one.licence_id}
    held = {row.id: row for row in await session.scalars(select(agreement).where(col(agreement.id).in_(keys[0])))}
    named = {row.id: row for row in await session.scalars(select(licence).where(col(licence.id).in_(keys[1])))}
    return [_told(one, held[one.agreement_id], named.get(one.licence_id) if one.licence_id else None) for one in found]


def _told(one: Deadline, agreement: agreements.Agreement, licence: licences.Licence | None) -> Told:
    names = (licence.name, licence.code) if licence else (None, None)
    return Told(one, agreement.name, agreement.code, *names)


def sentence(one: Told, today: date, languages: Sequence[str]) -> str:
    return message(one.deadline, one.agreement, one.licence, today, languages)


def message(
    deadline: Deadline, agreement: str, licence: Localised | None, today: date, languages: Sequence[str]
) -> str:
    """A deadline in one sentence."""
    last = deadline.kind is DeadlineKind.CANCEL and not deadline.goes_on
    return messages.sentence(
        "deadline.cancel_last" if last else f"deadline.{deadline.kind.value}",
        languages,
        agreement=agreement,
        licence=messages.localised(licence, languages) if licence else None,
        on=deadline.on,
        days=(deadline.on - today).days,
    )


async def today(session: AsyncSession) -> date:
    """In the consortium's time zone."""
    zone = (await session.execute(select(col(Consortium.time_zone)))).scalar_one()
    return datetime.now(ZoneInfo(zone)).date()


async def warn(session: AsyncSession) -> None:
    """Write into the log what can be cancelled, ends or changes within the days in which there is still time to act."""
    day = await today(session)
    for one in await told(session, day, WARNED_DAYS):
        log.warning("%s", sentence(one, day, ["en"]))


_Dated = tuple[DeadlineKind, Select[UUID, UUID], Any]
"""What it is; the agreements with their licences; on which day."""
_CLOSED_ON = col(agreements.Agreement.closed_on)
_LAST_DAY = cast(func.least(func.upper(col(agreements.AgreementPeriod.during)) - 1, _CLOSED_ON), Date)
"""Of a period: with it goes what is closed before."""


def _among(dated: _Dated, members: Keys | None, today: date, days: int) -> Select[*tuple[Any, ...]]:
    kind, found, day = dated
    agreement = agreements.Agreement
    seen = visibility.only_agreements(select(col(agreement.id)), members)
    return (
        found.with_only_columns(
            literal(kind.value, Text).label("kind"),
            day.label("day"),
            col(agreement.id).label("agreement_id"),
            col(licences.Licence.id).label("licence_id"),
            (_followed() if kind is DeadlineKind.CANCEL else false()).label("goes_on"),
        )
        .distinct()
        .where(
            col(agreement.status).in_(CONCLUDED),
            or_(_CLOSED_ON.is_(None), day <= _CLOSED_ON),
            col(agreement.id).in_(seen),
            day.between(today, today + timedelta(days)),
        )
    )


def _concluded() -> Select[UUID, UUID]:
    """Each period with the licence that controls its last day."""
    agreement, period, controls = agreements.Agreement, agreements.AgreementPeriod, agreements.ControllingLicence
    return (
        select(col(agreement.id), col(licences.Licence.id))
        .select_from(agreement)
        .join(period, col(period.agreement_id) == col(agreement.id))
        .outerjoin(
            controls,
            and_(col(controls.agreement_id) == col(agreement.id), col(controls.during).op("@>")(_LAST_DAY)),
        )
        .outerjoin(licences.Licence, col(licences.Licence.id) == col(controls.licence_id))
    )


def _to_cancel() -> _Dated:
    """By the longest notice of the licence and of those that it narrows: in time for that, it is so for every one."""
    limit, period, licence = licences.UsageLimit, agreements.AgreementPeriod, licences.Licence
    lineage = with_parents(select(col(licence.id).label("whose"), col(licence.id).label("licence_id")))
    longest = case(*((col(limit.unit) == unit, most) for unit, most in LONGEST_NOTICE.items()))
    before = cast(func.concat(func.least(col(limit.amount), longest), " ", col(limit.unit)), Interval)
    notice = (
        select(func.min(cast(_LAST_DAY - before, Date)))
        .select_from(limit)
        .join(lineage, lineage.c.licence_id == col(limit.licence_id))
        .where(lineage.c.whose == col(licence.id), col(limit.kind) == LimitKind.NOTICE)
        .correlate(licence, period, agreements.Agreement)
        .scalar_subquery()
    )
    going_on = _concluded().where(_CLOSED_ON.is_(None))
    return DeadlineKind.CANCEL, going_on, func.coalesce(col(period.cancel_by), notice)


def _periods() -> _Dated:
    """The end of a period that no other follows at once, or the day on which the agreement is closed in it."""
    found = _concluded().where(col(agreements.AgreementPeriod.during).op("@>")(_LAST_DAY))
    return DeadlineKind.PERIOD_ENDS, found.where(~_followed()), _LAST_DAY


def _followed() -> Exists:
    """Whether another period follows one at once."""
    agreement, period = agreements.Agreement, agreements.AgreementPeriod
    following = agreements.AgreementPeriod.__table__.alias()  # type: ignore[attr-defined] # every table has one
    return (
        select(following)
        .where(
            following.c.agreement_id == col(agreement.id),
            following.c.during.op("@>")(cast(_LAST_DAY + 1, Date)),
            or_(_CLOSED_ON.is_(None), _CLOSED_ON > _LAST_DAY),
        )
        .correlate(agreement, period)
        .exists()
    )


def _graces() -> _Dated:
    period = agreements.AgreementPeriod
    begun = or_(_CLOSED_ON.is_(None), func.upper(col(period.during)) <= _CLOSED_ON)
    last = cast(func.least(col(period.grace_until), _CLOSED_ON), Date)
    return DeadlineKind.GRACE_ENDS, _concluded().where(col(period.grace_until).is_not(None), begun), last


def _licences() -> _Dated:
    licence = licences.Licence
    return (
        DeadlineKind.LICENCE_ENDS,
        _governed().where(col(licence.status).in_(IN_FORCE)),
        col(licence.end_date),
    )


def _amendments() -> _Dated:
    amendment = licences.Amendment
    found = _governed().join(amendment, col(amendment.licence_id) == col(licences.Licence.id))
    active = found.where(col(amendment.status) == AmendmentStatus.ACTIVE)
    return DeadlineKind.AMENDMENT_TAKES_EFFECT, active, col(amendment.effective_on)


def _governed() -> Select[UUID, UUID]:
    """Each agreement with every licence that controls it at any time."""
    agreement, controls = agreements.Agreement, agreements.ControllingLicence
    return (
        select(col(agreement.id), col(licences.Licence.id))
        .select_from(agreement)
        .join(controls, col(controls.agreement_id) == col(agreement.id))
        .join(licences.Licence, col(licences.Licence.id) == col(controls.licence_id))
    )
