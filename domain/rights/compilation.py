"""Compile what decisions read: a few plain SELECTs, then one pass over their rows."""

import asyncio
import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psycopg.rows import namedtuple_row
from sqlalchemy.ext.asyncio import AsyncSession

from domain.limits import COUNTED
from domain.rights import embargo, wording
from domain.rights.coverage import Dates, Extent, Statement
from domain.rights.grants import (
    EVERYBODY,
    Copy,
    Declared,
    Grant,
    Grants,
    Keeping,
    Member,
    PackageTitle,
    Resource,
    Shelf,
    Statute,
    Target,
    holdings,
)
from domain.rights.terms import Licence
from models.vocabulary import AccessBasis, Action, PackageTitleStatus, ResourceKind, Standing

Rows = Mapping[str, Sequence[Any]]

MANY = 10_000
"""Resources: so many and more are kept from the garbage collector."""
LOT = 2000
"""Rows made at a time: others are answered between lots, and not after a whole table of them."""

_CONTINUING = frozenset({ResourceKind.SERIAL, ResourceKind.DATABASE})
"""What comes out over time has no date of its own."""

GRANT = """
    basis, member_id, entitlement_id, agreement_id, licence_id, package_id, package_title_id, resource_id,
    lower(valid) AS first, upper(valid) - 1 AS last, grace_from, consortial, other_members_collection,
    CASE WHEN upper(subscribed) > date '9999-12-31' THEN subscribed * datemultirange(daterange(NULL, '9999-12-31'))
    ELSE subscribed END AS subscribed"""
"""What is read of a grant, of `implied_grants` as of its history. A day after the last that Python knows is no end."""
QUERIES = {
    "consortium": "SELECT time_zone, (SELECT value FROM epoch) AS epoch FROM consortium",
    "members": """
        SELECT member.id, time_zone, country, walk_ins, standing.standing
        FROM member LEFT JOIN current_standings() AS standing ON standing.member_id = member.id""",
    "resources": """
        SELECT id, ordinal, kind, published_first, published_last, open_access, rights
        FROM resource ORDER BY ordinal""",
    "package_titles": """
        SELECT package_title.id, package_title.package_id, resource_id, resource.ordinal, package.provider_id,
               package_title.status, coalesce(package_title.url, platform.url) IS NOT NULL
               OR EXISTS (SELECT FROM content_item WHERE content_item.package_title_id = package_title.id) AS there
        FROM package_title
        JOIN resource ON resource.id = package_title.resource_id
        JOIN package ON package.id = package_title.package_id
        LEFT JOIN platform ON platform.id = package_title.platform_id
        WHERE package_title.status IN ('current', 'retired')
        ORDER BY package_title.id""",
    "coverage": """
        SELECT id, package_title_id, start_on, end_on, embargo, access_type = 'free' AS free
        FROM coverage ORDER BY package_title_id, position""",
    "entitlement_coverage": """
        SELECT id, entitlement_id, perpetual, start_on, end_on, embargo, package_title_id, subscribed_only,
               conditions IS NOT NULL AS tied
        FROM entitlement_coverage ORDER BY entitlement_id, position""",
    "licences": "SELECT id, parent_id, licensor_id FROM licence",
    "terms": """
        SELECT term.id, term.licence_id, clause_id, action, term.status, affiliations, user_classes, purposes,
               recipients, methods, parts, territories, on_site_only, except_as_permitted, concurrent_users,
               public_note, brought.effective_on AS first, replaced.effective_on - 1 AS last
        FROM term
        LEFT JOIN amendment AS brought ON brought.id = term.amendment_id
        LEFT JOIN (
          SELECT term_id, min(effective_on) AS effective_on
          FROM amended_term JOIN amendment ON amendment.id = amendment_id WHERE status = 'active' GROUP BY term_id
        ) AS replaced ON replaced.term_id = term.id
        WHERE term.amendment_id IS NULL OR brought.status = 'active'
        ORDER BY term.licence_id, term.id""",
    "limits": "SELECT id, licence_id, term_id, clause_id, kind, amount FROM usage_limit ORDER BY id",
    "user_classes": "SELECT code, entitlement_uris FROM user_class",
    "silent_defaults": "SELECT action FROM silent_default WHERE permitted",
    "statutes": "SELECT id, territory, action, purposes FROM statutory_rule ORDER BY id",
    "grants": f"""
        SELECT {GRANT} FROM implied_grants WHERE member_id IS NOT NULL ORDER BY grant_key""",  # noqa: S608 our own names
}


async def compile(session: AsyncSession) -> Grants:
    """Read the tables as this transaction sees them. The caller makes sure that they stand still meanwhile.

    The rows come from psycopg itself, of the session's own connection: through the ORM they take four times as long.
    """
    await session.flush()
    connection: Any = (await (await session.connection()).get_raw_connection()).driver_connection
    rows: dict[str, list[Any]] = {}
    with _nothing_collected():
        for name, query in QUERIES.items():
            async with connection.cursor(row_factory=namedtuple_row) as cursor:
                await cursor.execute(query)
                rows[name] = []
                while lot := await cursor.fetchmany(LOT):
                    rows[name] += lot
                    await asyncio.sleep(0)
        grants = await asyncio.to_thread(build, rows)
        del rows
        if len(grants.resources) >= MANY:
            gc.freeze()
        return grants


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Half a million objects are made and none is garbage: looking for some again and again doubles the time.

    Nor will they ever be garbage in a circle. The collector, which stops every request, would look through all of them
    three times soon after and again from time to time: a second each. So they are frozen, which hides them from it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def build(rows: Rows) -> Grants:
    (consortium,) = rows["consortium"]
    pool = declared(rows)
    resources = catalogue(rows)
    shelves = _shelves(resources.values())
    given = list(targets(rows, contracts(rows, pool)))
    by_member: dict[UUID, list[Target]] = defaultdict(list)
    for target in given:
        for member_id in target.grant.members:
            by_member[member_id].append(target)
    return Grants(
        epoch=consortium.epoch,
        declared=pool,
        members={row.id: member(row) for row in rows["members"]},
        countries=frozenset(row.country for row in rows["members"]),
        resources=resources,
        holdings={member_id: holdings(targets) for member_id, targets in by_member.items()},
        pool=holdings(given),
        shelves=shelves,
        titles={title.id: resource for resource in resources.values() for title in resource.package_titles},
        open=shelf(copy for resource in resources.values() for copy in opened(resource)),
        free=shelf(copy for resource in resources.values() for copy in freed(resource)),
        units=units(shelves.values(), given),
    )


def units(shelves: Iterable[Shelf], given: Iterable[Target]) -> frozenset[str]:
    """The calendar units at whose turn anything moves."""
    of_titles = (unit for one in shelves for unit in one.units)
    return frozenset(of_titles) | frozenset(unit for target in given for unit in target.grant.units)


def declared(rows: Rows) -> Declared:
    (consortium,) = rows["consortium"]
    return Declared(
        zone=ZoneInfo(consortium.time_zone),
        defaults=frozenset(Action(row.action) for row in rows["silent_defaults"]),
        statutes=tuple(_statute(row) for row in rows["statutes"]),
        classes={row.code: tuple(row.entitlement_uris) for row in rows["user_classes"]},
    )


def contracts(rows: Rows, pool: Declared) -> dict[UUID, Licence]:
    of_terms: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows["limits"]:
        if row.term_id:
            of_terms[row.term_id].append(row)
    counted = (wording.seats(row) for row in rows["limits"] if row.kind in COUNTED)
    terms = (wording.term(row, pool.classes, of_terms) for row in rows["terms"])
    return wording.licences(rows["licences"], terms, counted)


def member(row: Any) -> Member:
    return Member(row.id, _zone(row.time_zone), row.country, row.walk_ins, Standing(row.standing or Standing.GOOD))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _statute(row: Any) -> Statute:
    purposes = frozenset(purpose.strip().lower() for purpose in row.purposes) if row.purposes else None
    return Statute(row.id, row.territory.upper(), Action(row.action), purposes)


def _statement(row: Any, *, free: bool = False) -> Statement:
    return Statement(row.id, row.start_on, row.end_on, embargo.read(row.embargo), free)


def catalogue(rows: Rows) -> dict[UUID, Resource]:
    """The resources that were read, with the copies that were read."""
    statements: dict[UUID, list[Statement]] = defaultdict(list)
    for row in rows["coverage"]:
        statements[row.package_title_id].append(_statement(row, free=row.free))
    titles: dict[int, list[PackageTitle]] = defaultdict(list)
    known: dict[UUID, UUID] = {}
    for row in rows["package_titles"]:
        package_id = known.setdefault(row.package_id, row.package_id)
        extent: Extent = tuple((statement,) for statement in statements.get(row.id, ()))
        titles[row.ordinal].append(
            PackageTitle(
                id=row.id,
                package_id=package_id,
                provider_id=known.setdefault(row.provider_id, row.provider_id),
                extent=extent,
                free=tuple(span for span in extent if span[0].free),
                current=row.status == PackageTitleStatus.CURRENT,
                there=row.there,
            )
        )
    return {
        row.id: Resource(row.id, row.ordinal, _dates(row), row.open_access, row.rights, tuple(titles[row.ordinal]))
        for row in rows["resources"]
    }


def _shelves(resources: Iterable[Resource]) -> dict[UUID, Shelf]:
    copies: dict[UUID, list[Copy]] = defaultdict(list)
    for resource in resources:
        for title in resource.package_titles:
            copies[title.package_id].append((resource, title))
    return {package_id: shelf(among) for package_id, among in copies.items()}


def opened(resource: Resource) -> Iterator[Copy]:
    """The copies of a resource that is open to everybody."""
    if resource.open_access:
        yield from ((resource, copy) for copy in EVERYBODY.copies(resource))


def freed(resource: Resource) -> Iterator[Copy]:
    """The copies of which some coverage is free."""
    yield from ((resource, title) for title in resource.package_titles if title.free)


def _dates(row: Any) -> Dates | None:
    if row.published_first is None or row.published_last is None or row.kind in _CONTINUING:
        return None
    return row.published_first, row.published_last


def shelf(copies: Iterable[Copy]) -> Shelf:
    found = tuple(copies)
    return Shelf(
        found,
        frozenset(
            unit
            for _, title in found
            for (statement,) in (title.extent if title else ())
            if statement.embargo
            for unit in statement.embargo.units
        ),
    )


def targets(rows: Rows, contracts: Mapping[UUID, Licence]) -> Iterator[Target]:
    """One grant for all the members to whom the same is given."""
    narrowing: dict[UUID, list[Statement]] = defaultdict(list)
    perpetual: dict[UUID, list[Keeping]] = defaultdict(list)
    for row in rows["entitlement_coverage"]:
        if row.perpetual:
            keeping = Keeping(_statement(row), row.package_title_id, row.subscribed_only, row.tied)
            perpetual[row.entitlement_id].append(keeping)
        else:
            narrowing[row.entitlement_id].append(_statement(row))
    licensors = {row.id: row.licensor_id for row in rows["licences"]}
    members: dict[tuple[Any, ...], list[UUID]] = defaultdict(list)
    for row in rows["grants"]:
        basis, member_id, *same, subscribed = row
        members[basis, *same, _spans(subscribed)].append(member_id)
    for (basis, *same), given_to in members.items():
        entitlement_id, agreement_id, licence_id, *target, first, last, grace_from, consortial, of_others, days = same
        kept_for_ever = basis == AccessBasis.PERPETUAL
        yield Target(
            Grant(
                key=".".join(str(part) for part in (basis, *same[:-1]) if part is not None),
                basis=AccessBasis(basis),
                first=first or date.min,
                last=last or date.max,
                grace_from=grace_from,
                entitlement_id=entitlement_id,
                licence=contracts[licence_id] if licence_id else None,
                licensor_id=licensors.get(licence_id),
                consortial=consortial,
                other_members_collection=of_others,
                lines=() if kept_for_ever else tuple(narrowing.get(entitlement_id, ())),
                kept=tuple(perpetual.get(entitlement_id, ())) if kept_for_ever else (),
                subscribed=days,
                members=tuple(given_to),
                agreement_id=agreement_id,
            ),
            *target,
        )


def _spans(days: Iterable[Any] | None) -> tuple[Dates, ...]:
    """The spans of a datemultirange, both ends inclusive."""
    return tuple(
        (one.lower or date.min, one.upper - timedelta(days=1) if one.upper else date.max) for one in days or ()
    )
