"""The agreement of a licence file: its licence by date, its periods, who takes part, and what it gives."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain.catalogue.identifiers import family
from domain.epoch import Changed
from domain.intake import comparing
from domain.intake.comparing import Unknown
from domain.intake.identifiers import IdentifierRefused, normal
from domain.intake.reasons import Reason
from domain.intake.runs import Run
from models import agreement as rows
from models import licence as licence_rows
from models import package as package_rows
from models import party as party_rows
from models import resource as resource_rows
from models.vocabulary import PartyKind

DAY = timedelta(days=1)
WESTERNMOST = timedelta(hours=12)
"""Behind UTC: where a day begins last. What ends with yesterday there is over in every member's time zone."""
NEVER: Range[date] = Range(date.min, date.min + DAY)
"""For an entitlement that ends before it began: a span can't be empty, and nobody asks for this day."""
_EVERY_TITLE: dict[str, Any] = {"package_title_id": None, "subscribed_only": False, "conditions": None}
_SUBGROUPS = text(
    """
    WITH RECURSIVE below (id) AS (
      SELECT id FROM member_group WHERE id = :group
      UNION SELECT member_group.id FROM member_group JOIN below ON member_group.parent_id = below.id
    )
    SELECT DISTINCT member_id FROM group_membership JOIN below ON below.id = group_membership.group_id
    """
)


async def apply(session: AsyncSession, run: Run, unknown: Unknown, licence_id: UUID, said: dict[str, Any]) -> None:
    agreement = rows.Agreement
    values = {
        "name": said["name"],
        "status": said["status"],
        "holder_id": await _holder(session, unknown, said["holder"]),
        "closed_on": said["closed_on"] and date.fromisoformat(said["closed_on"]),
    }
    row = (await session.execute(select(agreement).where(col(agreement.code) == said["code"]))).scalar_one_or_none()
    if row is None:
        made = await session.execute(insert(agreement).values(code=said["code"], **values).returning(col(agreement.id)))
        agreement_id, changed = made.scalar_one(), True
    else:
        agreement_id, changes = row.id, comparing.differing(row, values)
        changed = bool(changes)
        if changes:
            await session.execute(update(agreement).where(col(agreement.id) == agreement_id).values(**changes))
    run.reach(Changed(agreements={agreement_id}))
    licences = await _licences(session, unknown, licence_id, said["licences"])
    members = await _participants(session, unknown, said)
    lines = await _targets(session, unknown, said["entitlements"])
    unknown.settle()
    periods = [
        {
            "during": span(period["start"], period["end"]),
            "grace_until": period["grace_until"] and date.fromisoformat(period["grace_until"]),
            "cancel_by": period["cancel_by"] and date.fromisoformat(period["cancel_by"]),
        }
        for period in said["periods"]
    ]
    changed |= await _bring(session, rows.ControllingLicence, agreement_id, licences)
    changed |= await _bring(session, rows.AgreementPeriod, agreement_id, periods)
    changed |= await _bring(session, rows.Participation, agreement_id, members)
    changed |= await _entitle(session, agreement_id, lines)
    if changed and row is not None:
        again = update(agreement).where(col(agreement.id) == agreement_id)
        await session.execute(again.values(version=col(agreement.version) + 1))
    run.count("new" if row is None else "changed" if changed else "unchanged")


def span(start: str | None, end: str | None) -> Range[date]:
    """Days from start to end, both included, as PostgreSQL gives them back. The last day of the calendar is no end."""
    last = date.fromisoformat(end) if end else date.max
    return _days(date.fromisoformat(start) if start else None, last + DAY if last < date.max else None)


def _days(first: date | None, after: date | None) -> Range[date]:
    return Range(first, after, bounds="[)" if first else "()")


async def _bring(
    session: AsyncSession, table: type[SQLModel], agreement_id: UUID, wanted: list[dict[str, Any]]
) -> bool:
    """Bring the agreement's rows of one table to what the file says; those that say the same stay."""
    of_agreement = table.agreement_id == agreement_id  # type: ignore[attr-defined] # its tables have both
    left = list((await session.execute(select(table).where(of_agreement))).scalars())
    _, missing = comparing.paired(left, wanted, lambda row, values: not comparing.differing(row, values))
    for row in left:
        await session.execute(delete(table).where(table.id == row.id))  # type: ignore[attr-defined] # columns
    if missing:
        await session.execute(insert(table), [{"agreement_id": agreement_id, **values} for values in missing])
    return bool(left or missing)


async def _holder(session: AsyncSession, unknown: Unknown, said: tuple[str, int] | None) -> UUID | None:
    if said is None:
        return None
    code, line = said
    found = await _members(session, [code])
    if code not in found:
        unknown.add(line, "agreement.holder", code, Reason.UNKNOWN_MEMBER)
    return found.get(code)


async def _members(session: AsyncSession, codes: list[str] | None) -> dict[str, UUID]:
    """Members by code; None = all."""
    party = party_rows.Party
    query = select(col(party.code), col(party.id)).where(col(party.kind) == PartyKind.MEMBER)
    if codes is not None:
        query = query.where(col(party.code).in_(codes))
    return dict((await session.execute(query.order_by(col(party.code)))).all())


async def _licences(
    session: AsyncSession, unknown: Unknown, licence_id: UUID, said: list[dict[str, Any]] | None
) -> list[dict[str, Any]]:
    """Which licence governs when; nothing said: the file's own, for the whole time."""
    if said is None:
        return [{"licence_id": licence_id, "during": span(None, None)}]
    licence = licence_rows.Licence
    codes = [item["licence"][0] for item in said]
    found = await session.execute(select(col(licence.code), col(licence.id)).where(col(licence.code).in_(codes)))
    known = dict(found.all())
    for item in said:
        code, line = item["licence"]
        if code not in known:
            unknown.add(line, "agreement.licences.licence", code, Reason.UNKNOWN_LICENCE)
    return [{"licence_id": known.get(item["licence"][0]), "during": span(item["start"], item["end"])} for item in said]


async def _participants(session: AsyncSession, unknown: Unknown, said: dict[str, Any]) -> list[dict[str, Any]]:
    """Who takes part, and when: from the first period's first day on, unless the file says otherwise.

    A member named itself takes part as said there, whatever its groups would give it.
    """
    first = min((period["start"] for period in said["periods"]), default=None)
    named = said["participants"] or []
    if named == "all":
        return [
            {"member_id": member_id, "during": span(first, None)}
            for member_id in (await _members(session, None)).values()
        ]
    by_group: dict[UUID, tuple[str | None, str | None]] = {}
    by_name: dict[UUID, list[tuple[str | None, str | None]]] = {}
    members = await _members(session, [item["member"][0] for item in named if item["member"]])
    for item in named:
        days = (item["start"] or first, item["end"])
        if item["member"]:
            code, line = item["member"]
            if code not in members:
                unknown.add(line, "agreement.participants.member", code, Reason.UNKNOWN_MEMBER)
            elif any(_meet(days, other) for other in by_name.setdefault(members[code], [])):
                unknown.add(line, "agreement.participants.member", code, Reason.PERIODS_OVERLAP)
            else:
                by_name[members[code]].append(days)
        else:
            for member_id in await _group(session, unknown, *item["group"]):
                by_group.setdefault(member_id, days)
    every = by_name | {member_id: [days] for member_id, days in by_group.items() if member_id not in by_name}
    return [{"member_id": member_id, "during": span(*days)} for member_id, spans in every.items() for days in spans]


def _meet(one: tuple[str | None, str | None], other: tuple[str | None, str | None]) -> bool:
    return (one[0] or "") <= (other[1] or "9999-12-31") and (other[0] or "") <= (one[1] or "9999-12-31")


async def _group(session: AsyncSession, unknown: Unknown, code: str, line: int) -> list[UUID]:
    """The members of a group and of the groups in it."""
    group = party_rows.MemberGroup
    group_id = (await session.execute(select(col(group.id)).where(col(group.code) == code))).scalar_one_or_none()
    if group_id is None:
        unknown.add(line, "agreement.participants.group", code, Reason.UNKNOWN_GROUP)
        return []
    return list((await session.execute(_SUBGROUPS, {"group": group_id})).scalars())


async def _targets(session: AsyncSession, unknown: Unknown, said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each entitlement with the id of its target."""
    lines: list[dict[str, Any]] = []
    for item in said:
        target: dict[str, Any] = {"package_id": None, "package_title_id": None, "resource_id": None}
        if item["package"]:
            target["package_id"] = await package(session, unknown, item["line"], item["package"], item["provider"])
        elif item["title"]:
            target["package_title_id"] = await _package_title(session, unknown, item["line"], item["title"])
        else:
            target["resource_id"] = await _resource(session, unknown, item["line"], item["resource"])
        during = span(item["start"], item["end"]) if item["start"] or item["end"] else None
        coverage = await _coverage(session, unknown, item, target["package_id"])
        lines.append({"target": target | {"during": during}, "coverage": coverage})
    return lines


async def _coverage(
    session: AsyncSession, unknown: Unknown, item: dict[str, Any], package_id: UUID | None
) -> list[dict[str, Any]]:
    kept = [await _kept(session, unknown, values, package_id) for values in item["perpetual"]]
    statements = [(_EVERY_TITLE | values, False) for values in item["coverage"]] + [(values, True) for values in kept]
    return [
        values
        | {"start_on": values["start_on"] and date.fromisoformat(values["start_on"])}
        | {"end_on": values["end_on"] and date.fromisoformat(values["end_on"])}
        | {"position": position, "perpetual": perpetual}
        for position, (values, perpetual) in enumerate(statements)
    ]


async def _kept(
    session: AsyncSession, unknown: Unknown, said: dict[str, Any], package_id: UUID | None
) -> dict[str, Any]:
    """What is kept for ever, with the title of the package that it names."""
    values = {name: value for name, value in said.items() if name not in {"line", "title"}}
    if said.get("title") is None:
        return _EVERY_TITLE | values
    found = await package_titles(session, package_id, said["title"]) if package_id else []
    if len(found) != 1:
        unknown.add(said["line"], "perpetual.title", said["title"], Reason.UNKNOWN_RESOURCE, f"{len(found) or ''}")
    return values | {"package_title_id": found[0] if found else None}


async def package(session: AsyncSession, unknown: Unknown, line: int, code: str, provider: str | None) -> UUID | None:
    """The package of that name; where several providers have one, the file must say whose."""
    table, party = package_rows.Package, party_rows.Party
    query = select(col(table.id)).join(party, col(party.id) == col(table.provider_id)).where(col(table.code) == code)
    if provider:
        query = query.where(col(party.code) == provider.removeprefix("member:"))
    found = list((await session.execute(query)).scalars())
    if len(found) != 1:
        unknown.add(line, "package", code, Reason.UNKNOWN_PACKAGE, f"{len(found)}" if found else "")
        return None
    return found[0]


async def _package_title(session: AsyncSession, unknown: Unknown, line: int, said: dict[str, Any]) -> UUID | None:
    package_id = await package(session, unknown, line, said["package"], said["provider"])
    if package_id is None:
        return None
    found = await package_titles(session, package_id, said["identifier"])
    if len(found) != 1:
        unknown.add(line, "title", said["identifier"], Reason.UNKNOWN_RESOURCE, f"{len(found)}" if found else "")
        return None
    return found[0]


async def package_titles(session: AsyncSession, package_id: UUID, identifier: str) -> list[UUID]:
    """Titles of a package by `title_id:…`, the provider's own key, or by an identifier of the resource."""
    title = package_rows.PackageTitle
    query = select(col(title.id)).where(col(title.package_id) == package_id)
    namespace, _, value = identifier.partition(":")
    if namespace == "title_id":
        query = query.where(col(title.title_id) == value.strip())
    else:
        query = query.where(col(title.resource_id).in_(await _holders(session, identifier)))
    return list((await session.execute(query.limit(2))).scalars())


async def _holders(session: AsyncSession, identifier: str) -> list[UUID]:
    """The resources that have the identifier `namespace:value`."""
    namespace, _, written = identifier.partition(":")
    try:
        plain, value = normal(namespace, written)
    except IdentifierRefused:
        return []
    table = resource_rows.ResourceIdentifier
    pairs = or_(*(col(table.namespace) == name for name in family(plain)))
    found = await session.execute(select(col(table.resource_id)).where(pairs, col(table.value) == value).distinct())
    return list(found.scalars())


async def _resource(session: AsyncSession, unknown: Unknown, line: int, identifier: str) -> UUID | None:
    found = await _holders(session, identifier or "")
    if len(found) != 1:
        unknown.add(line, "resource", identifier or "", Reason.UNKNOWN_RESOURCE, f"{len(found)}" if found else "")
        return None
    return found[0]


async def _entitle(session: AsyncSession, agreement_id: UUID, wanted: list[dict[str, Any]]) -> bool:
    """Bring the entitlements to what the file says; one that is gone, and on which decisions rest, ends yesterday."""
    table = rows.Entitlement
    found = await session.execute(select(table).where(col(table.agreement_id) == agreement_id).order_by(col(table.id)))
    left = list(found.scalars())
    targets = [line["target"] for line in wanted]
    coverage = {id(line["target"]): line["coverage"] for line in wanted}
    kept, missing = comparing.paired(left, targets, lambda row, values: not comparing.differing(row, values))
    changed = bool(missing)
    for row, values in kept:
        changed |= await _cover(session, row.id, coverage[id(values)])
    for values in missing:
        made = await session.execute(insert(table).values(agreement_id=agreement_id, **values).returning(col(table.id)))
        await _cover(session, made.scalar_one(), coverage[id(values)])
    for row in left:
        changed |= await _end(session, row)
    return changed


async def _cover(session: AsyncSession, entitlement_id: UUID, wanted: list[dict[str, Any]]) -> bool:
    table = rows.EntitlementCoverage
    found = await session.execute(
        select(table).where(col(table.entitlement_id) == entitlement_id).order_by(col(table.position))
    )
    known = list(found.scalars())
    same = len(known) == len(wanted) and not any(map(comparing.differing, known, wanted))
    if same:
        return False
    await session.execute(delete(table).where(col(table.entitlement_id) == entitlement_id))
    if wanted:
        await session.execute(insert(table), [{"entitlement_id": entitlement_id, **values} for values in wanted])
    return True


async def _end(session: AsyncSession, row: rows.Entitlement) -> bool:
    """Delete, or end, an entitlement; false if it has ended before. What it gave on days gone by it gave: only what it
    would keep for ever goes."""
    if await comparing.remove(session, rows.Entitlement, row.id):
        return True
    today = (datetime.now(UTC) - WESTERNMOST).date()
    began, after = (row.during.lower, row.during.upper) if row.during else (None, None)
    if after is not None and after <= today:
        return False
    ended = _days(began, today) if began is None or began < today else NEVER
    table, cover = rows.Entitlement, rows.EntitlementCoverage
    await session.execute(delete(cover).where(col(cover.entitlement_id) == row.id, col(cover.perpetual)))
    await session.execute(update(table).where(col(table.id) == row.id).values(during=ended))
    return True
