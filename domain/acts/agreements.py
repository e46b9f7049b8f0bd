"""Agreements: prepared, in force from the day somebody activates them, and closed with a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain import epoch, visibility
from domain.acts import days
from domain.acts.act import Act, ActRefused, Problem, State, as_seen, locked, record, state
from domain.acts.contract import PREPARED, ContractProblem, free, governing, require_force, require_holder
from models import agreement as rows
from models.licence import Licence
from models.package import Package, PackageTitle
from models.party import Party
from models.vocabulary import AgreementStatus, PartyKind


@dataclass(frozen=True, slots=True)
class Period:
    """Days for which an agreement is made, both included. `grace_until` is after them, `cancel_by` no later."""

    start: date
    end: date
    grace_until: date | None = None
    cancel_by: date | None = None


@dataclass(frozen=True, slots=True)
class Governing:
    """Which licence governs it from when to when; None = open."""

    licence_id: UUID | None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What of an agreement is said anew, as a whole; None = it stays."""

    periods: Sequence[Period] | None = None
    licences: Sequence[Governing] | None = None


async def create(
    session: AsyncSession, act: Act, code: str, name: str, holder_id: UUID | None, content: Content
) -> rows.Agreement:
    """Enter an agreement as a draft: it gives nothing before it is activated. `holder_id` null: the consortium's.

    Raises:
        ActRefused
    """
    await require_holder(session, act, holder_id)
    await free(session, code, rows.Agreement)
    agreement = rows.Agreement(code=code, name=name, status=AgreementStatus.DRAFT, holder_id=holder_id)
    session.add(agreement)
    await session.flush()
    await session.refresh(agreement)
    _, parts = await _say(session, act, agreement, content)
    await record(session, act, agreement, {}, {**state(agreement), **parts}, new=True)
    return agreement


async def update(
    session: AsyncSession, act: Act, key: UUID | None, version: int, name: str | None, content: Content
) -> rows.Agreement:
    """Change what is said of an agreement; periods and licences that are given replace those there are.

    Raises:
        ActRefused
    """
    agreement = await own(session, act, key, version, giving=content != Content())
    before = state(agreement)
    if name is not None:
        agreement.name = name
    was, will = await _say(session, act, agreement, content)
    await settle(session, act, agreement, {**before, **was}, {**state(agreement), **will})
    return agreement


async def activate(session: AsyncSession, act: Act, key: UUID | None, version: int) -> rows.Agreement:
    """Put an agreement in force, once it is whole: it has a period, a licence in force, and gives something.

    Raises:
        ActRefused
    """
    agreement = await own(session, act, key, version)
    if agreement.status not in PREPARED:
        raise ActRefused(Problem.STATE, "id", value=agreement.status.value)
    parts: dict[type[Any], ContractProblem] = {
        rows.AgreementPeriod: ContractProblem.NO_PERIOD,
        rows.ControllingLicence: ContractProblem.NO_LICENCE,
        rows.Entitlement: ContractProblem.NO_ENTITLEMENT,
    }
    for table, problem in parts.items():
        if not await _has(session, table, agreement):
            raise ActRefused(problem, "id")
    controlling = rows.ControllingLicence
    of_it = select(col(controlling.licence_id)).where(col(controlling.agreement_id) == agreement.id)
    for licence in await session.scalars(select(Licence).where(col(Licence.id).in_(of_it))):
        require_force(licence, "id")
    before = state(agreement)
    agreement.status = AgreementStatus.ACTIVE
    await settle(session, act, agreement, before, state(agreement))
    return agreement


async def close(session: AsyncSession, act: Act, key: UUID | None, version: int, on: date) -> rows.Agreement:
    """Close an agreement with this day, which is its last, and the last of its grace. What is perpetual is kept.

    Raises:
        ActRefused: it isn't in force, or the day is before its first.
    """
    agreement = await own(session, act, key, version, giving=False)
    if agreement.status is not AgreementStatus.ACTIVE:
        raise ActRefused(Problem.STATE, "id", value=agreement.status.value)
    days.in_order(await first_day(session, agreement.id), on, "on")
    before = state(agreement)
    agreement.status, agreement.closed_on = AgreementStatus.CLOSED, on
    await settle(session, act, agreement, before, state(agreement))
    return agreement


async def own(
    session: AsyncSession, act: Act, key: UUID | None, version: int, *path: str, giving: bool = True
) -> rows.Agreement:
    """The agreement to change, locked. `giving`: the act may widen what it gives, so who acts must act for every member
    whose collection or licence it gives from.

    Raises:
        ActRefused: the viewer doesn't see it, may not change it, saw another version; or it is closed. `path`: where
            the input names it; left out: `id`.
    """
    path = path or ("id",)
    one = select(rows.Agreement).where(col(rows.Agreement.id) == key)
    seen = visibility.only_agreements(one, visibility.sight(act.viewer))
    agreement = await locked(session, seen, rows.Agreement, *path)
    act.require(agreement.holder_id)
    if giving:
        for giver in await _givers(session, agreement):
            act.require(giver)
    as_seen(agreement, version)
    if agreement.status is AgreementStatus.CLOSED:
        raise ActRefused(Problem.STATE, *path, value=agreement.status.value)
    return agreement


async def settle(session: AsyncSession, act: Act, agreement: rows.Agreement, before: State, after: State) -> None:
    """Put a change of an agreement, or of a part of it, on record; rights rest on one that was activated."""
    await record(session, act, agreement, before, after)
    if agreement.status not in PREPARED:
        await epoch.raise_(session, epoch.Changed(agreements={agreement.id}))


async def first_day(session: AsyncSession, agreement_id: UUID) -> date | None:
    """The first day of its first period; None = it has no beginning, or no period yet."""
    period = rows.AgreementPeriod
    first: date | None = await session.scalar(
        select(func.lower(col(period.during)))
        .where(col(period.agreement_id) == agreement_id)
        .order_by(col(period.during))
        .limit(1)
    )
    return first


async def _has(session: AsyncSession, table: type[Any], agreement: rows.Agreement) -> bool:
    return bool(await session.scalar(select(exists().where(table.agreement_id == agreement.id))))


async def _givers(session: AsyncSession, agreement: rows.Agreement) -> Sequence[UUID]:
    """The members, other than the holder, whose collections or licences the agreement gives from."""
    line, controlling = rows.Entitlement, rows.ControllingLicence
    packages = (
        select(col(Package.provider_id))
        .join(line, col(line.package_id) == col(Package.id))
        .where(col(line.agreement_id) == agreement.id)
    )
    titles = (
        select(col(Package.provider_id))
        .join(PackageTitle, col(PackageTitle.package_id) == col(Package.id))
        .join(line, col(line.package_title_id) == col(PackageTitle.id))
        .where(col(line.agreement_id) == agreement.id)
    )
    licensors = (
        select(col(Licence.licensor_id))
        .join(controlling, col(controlling.licence_id) == col(Licence.id))
        .where(col(controlling.agreement_id) == agreement.id)
    )
    among = union(packages, titles, licensors).subquery()
    members = select(col(Party.id)).where(col(Party.kind) == PartyKind.MEMBER, col(Party.id).in_(select(among)))
    return [member for member in await session.scalars(members) if member != agreement.holder_id]


async def _say(session: AsyncSession, act: Act, agreement: rows.Agreement, content: Content) -> tuple[State, State]:
    """Bring periods and licences to what is wanted: their state before and after."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    if content.periods is not None:
        wanted: Sequence[SQLModel] = _periods(agreement, content.periods)
        was, will = await _replace(session, rows.AgreementPeriod, agreement, "period", wanted)
        before, after = {**before, **was}, {**after, **will}
    if content.licences is not None:
        wanted = await _licences(session, act, agreement, content.licences)
        was, will = await _replace(session, rows.ControllingLicence, agreement, "licence", wanted)
        before, after = {**before, **was}, {**after, **will}
    return before, after


def _periods(agreement: rows.Agreement, wanted: Sequence[Period]) -> Sequence[rows.AgreementPeriod]:
    """Raises ActRefused where their days are out of order."""
    if not wanted:
        raise ActRefused(ContractProblem.EMPTY_LIST, "periods", field="periods")
    for index, one in enumerate(wanted):
        at = ("periods", str(index))
        days.in_order(one.start, one.end, *at, "endDate")
        if one.grace_until and one.grace_until <= one.end:
            raise ActRefused(ContractProblem.GRACE_EARLY, *at, "graceUntil")
        if one.cancel_by and one.cancel_by > one.end:
            raise ActRefused(ContractProblem.CANCEL_LATE, *at, "cancelBy")
    days.apart([(one.start, one.end) for one in wanted], "periods")
    return [
        rows.AgreementPeriod(
            agreement_id=agreement.id,
            during=days.span(one.start, one.end),
            grace_until=one.grace_until,
            cancel_by=one.cancel_by,
        )
        for one in wanted
    ]


async def _licences(
    session: AsyncSession, act: Act, agreement: rows.Agreement, wanted: Sequence[Governing]
) -> Sequence[rows.ControllingLicence]:
    """Raises ActRefused where one may not govern this agreement, or two would on one day."""
    if not wanted:
        raise ActRefused(ContractProblem.EMPTY_LIST, "licences", field="licences")
    in_force = agreement.status not in PREPARED
    made: list[rows.ControllingLicence] = []
    for index, one in enumerate(wanted):
        at = ("licences", str(index))
        licence = await governing(session, act, one.licence_id, agreement.holder_id, *at, "licence", in_force=in_force)
        days.in_order(one.start, one.end, *at, "endDate")
        during = days.span(one.start, one.end)
        made.append(rows.ControllingLicence(agreement_id=agreement.id, licence_id=licence.id, during=during))
    days.apart([(one.start, one.end) for one in wanted], "licences")
    return made


async def _replace(
    session: AsyncSession, table: type[Any], agreement: rows.Agreement, what: str, wanted: Sequence[Any]
) -> tuple[State, State]:
    """Put rows in place of those of the agreement: the state before and after."""
    of_it = table.agreement_id == agreement.id
    before = _named(list(await session.scalars(select(table).where(of_it))), what)
    after = _named(wanted, what)
    if before != after:
        await session.execute(delete(table).where(of_it))
        session.add_all(wanted)
        await session.flush()
    return before, after


def _named(parts: Sequence[Any], what: str) -> Mapping[str, Any]:
    """Their facts, each part named by its first day: no two have the same."""
    return {
        name: fact
        for part in parts
        for name, fact in state(part, f"{what} {days.told(days.ends(part.during)[0])}").items()
    }
