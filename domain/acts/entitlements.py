"""Entitlements: what an agreement gives, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain.acts import agreements, days, names
from domain.acts.act import Act, ActRefused, Problem, State, state
from domain.acts.contract import PREPARED, ContractProblem, require_giver
from domain.acts.names import Reference
from domain.intake.agreements import NEVER
from models import agreement as rows
from models.package import Package, PackageTitle
from models.resource import Resource


@dataclass(frozen=True, slots=True)
class NewEntitlement:
    """One target. `coverage`: what it is narrowed to, empty = nothing; `perpetual`: what is kept for ever."""

    package_id: UUID | None = None
    package_title_id: UUID | None = None
    resource_id: UUID | None = None
    start: date | None = None
    end: date | None = None
    coverage: Sequence[dict[str, Any]] = ()
    perpetual: Sequence[dict[str, Any]] = ()


async def grant(
    session: AsyncSession, act: Act, key: UUID | None, version: int, new: NewEntitlement
) -> tuple[rows.Entitlement, rows.Agreement]:
    """Give something by an agreement.

    Raises:
        ActRefused: there is no such thing; or it is another member's collection, and she doesn't act for that one.
    """
    agreement = await agreements.own(session, act, key, version, "agreement")
    await _check_target(session, act, agreement, new)
    await _check_kept(session, new)
    days.in_order(new.start, new.end, "endDate")
    start, end = new.start, days.ending(new.end)
    line = rows.Entitlement(
        agreement_id=agreement.id,
        package_id=new.package_id,
        package_title_id=new.package_title_id,
        resource_id=new.resource_id,
        during=days.span(start, end) if start or end else None,
    )
    session.add(line)
    await session.flush()
    statements = [(one, False) for one in new.coverage] + [(one, True) for one in new.perpetual]
    session.add_all(
        rows.EntitlementCoverage(entitlement_id=line.id, position=position, perpetual=perpetual, **columns)
        for position, (columns, perpetual) in enumerate(statements)
    )
    await session.flush()
    await agreements.settle(session, act, agreement, {}, await _state(session, line))
    return line, agreement


async def withdraw(
    session: AsyncSession, act: Act, entitlement_id: UUID | None, version: int, on: date | None
) -> tuple[rows.Entitlement | None, rows.Agreement]:
    """End a line with this day, which is its last; what it gave for ever is kept. With a day before its first, it never
    gave anything. None, while the agreement is being prepared: take the line off it.

    Raises:
        ActRefused
    """
    line = await session.get(rows.Entitlement, entitlement_id) if entitlement_id else None
    agreement = await agreements.own(session, act, line.agreement_id if line else None, version, giving=False)
    line = await session.get(rows.Entitlement, entitlement_id, populate_existing=True)
    if line is None:
        raise ActRefused(Problem.NOT_FOUND, "id")
    before = await _state(session, line)
    if agreement.status in PREPARED:
        await session.delete(line)
        await agreements.settle(session, act, agreement, before, {})
        return None, agreement
    if on is None:
        raise ActRefused(Problem.BLANK, "on", field="on")
    await _end(session, agreement, line, on)
    await session.flush()
    await agreements.settle(session, act, agreement, before, await _state(session, line))
    return line, agreement


async def _end(session: AsyncSession, agreement: rows.Agreement, line: rows.Entitlement, on: date) -> None:
    first, last = days.ends(line.during)
    if last and last < on:
        raise ActRefused(ContractProblem.ENDS_BEFORE, "on", value=last)
    if on < (first or await agreements.first_day(session, agreement.id) or date.min):
        cover = rows.EntitlementCoverage
        await session.execute(delete(cover).where(col(cover.entitlement_id) == line.id, col(cover.perpetual)))
        line.during = NEVER
    else:
        line.during = days.span(first, on)


async def _check_target(session: AsyncSession, act: Act, agreement: rows.Agreement, new: NewEntitlement) -> None:
    """Raises ActRefused. A resource without its package is reached in its licensor's copies alone, so who may use the
    licence may give it."""
    if new.resource_id:
        await _there(session, Resource, new.resource_id, "resource")
        return
    package_id = new.package_id
    if new.package_title_id:
        package_id = (await _there(session, PackageTitle, new.package_title_id, "packageTitle")).package_id
    package = await _there(session, Package, package_id, "package")
    await require_giver(session, act, package.provider_id, agreement.holder_id)


async def _check_kept(session: AsyncSession, new: NewEntitlement) -> None:
    """A title that is kept for ever is one of the package. Raises ActRefused."""
    for index, one in enumerate(new.perpetual):
        title_id = one.get("package_title_id")
        title = await session.get(PackageTitle, title_id) if title_id else None
        if title_id and (title is None or title.package_id != new.package_id):
            raise ActRefused(Problem.NOT_FOUND, "perpetualCoverage", str(index), "packageTitle")


async def _there(session: AsyncSession, of: type[SQLModel], key: UUID | None, path: str) -> Any:
    found = await session.get(of, key) if key else None
    if found is None:
        raise ActRefused(Problem.NOT_FOUND, "target", path)
    return found


async def _state(session: AsyncSession, line: rows.Entitlement) -> State:
    """The facts of a line, its coverage in one field a statement."""
    targets = (("package", line.package_id), ("package_title", line.package_title_id), ("resource", line.resource_id))
    (target,) = (Reference(table, key) for table, key in targets if key)
    under = f"entitlement to {await names.name(session, target)}"
    cover = rows.EntitlementCoverage
    of_it = select(cover).where(col(cover.entitlement_id) == line.id).order_by(col(cover.position))
    facts: State = state(line, under)
    for number, one in enumerate(await session.scalars(of_it), start=1):
        facts = {**facts, f"{under}.{'perpetual' if one.perpetual else 'coverage'} {number}": _told(one)}
    return facts


def _told(one: rows.EntitlementCoverage) -> str:
    parts = (one.start_date, one.start_volume, one.start_issue), (one.end_date, one.end_volume, one.end_issue)
    first, last = ("/".join(part or "" for part in side).rstrip("/") for side in parts)
    tied = " / ".join(one.conditions.values()) if one.conditions else None
    subscribed = "subscribed years" if one.subscribed_only else None
    return " ".join(filter(None, (f"{first}–{last}", one.embargo, subscribed, tied)))
