"""Staged members brought into the tables: what a file says of a member replaces what was known of it."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.epoch import Changed
from domain.intake import copying
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.runs import Run
from models import consortium as consortium_rows
from models import identity as identity_rows
from models import party as rows
from models.vocabulary import PartyKind

BATCH = 500
_COLUMNS = ("kind", "country", "time_zone", "contact", "proxy_prefix", "walk_ins")

_STAGED = text(
    """
    SELECT line, result, row_number() OVER (PARTITION BY result->>'code' ORDER BY line) > 1 AS again
    FROM import_row WHERE run_id = :run ORDER BY line
    """
)


@dataclass(slots=True)
class Described:
    """A member as a row of the file describes it. Facts that the file has no column for are absent."""

    line: int
    facts: dict[str, Any]
    member_id: UUID
    new: bool
    changed: bool = False


async def apply(session: AsyncSession, run: Run) -> None:
    lines: dict[UUID, int] = {}
    async for batch in _staged(session, run):
        described = await _parties(session, run, batch)
        await _describe(session, run, described)
        for bring in (_identifiers, _scopes, _groups, _networks):
            await bring(session, run, described)
        for member in described:
            lines[member.member_id] = member.line
            run.count("new" if member.new else "changed" if member.changed else "unchanged")
    run.reach(Changed(members=frozenset(lines)))
    await _report_shared(session, run, lines)
    scoped = select(col(rows.MemberScope.member_id))
    without = select(func.count()).where(col(rows.Member.id).in_(lines), col(rows.Member.id).not_in(scoped))
    run.count("without_scope", (await session.execute(without)).scalar_one())


async def _staged(session: AsyncSession, run: Run) -> AsyncIterator[list[tuple[int, dict[str, Any]]]]:
    """The rows in order; of several with one code the first counts."""
    stream = await session.stream(_STAGED, {"run": run.id}, execution_options={"yield_per": BATCH})
    async for chunk in stream.partitions(BATCH):
        for line, facts, again in chunk:
            if again:
                _reject(run, line, "code", facts["code"], Reason.ROW_TWICE)
        yield [(line, facts) for line, facts, again in chunk if not again]


def _reject(run: Run, line: int, column: str, value: str, reason: Reason) -> None:
    run.found.append(Problem(line, column, value, reason, Severity.ROW))
    run.count("loaded", -1)
    run.count("rejected")


async def _parties(session: AsyncSession, run: Run, batch: list[tuple[int, dict[str, Any]]]) -> list[Described]:
    """The party of each row; new ones are made, with what a member can't be without."""
    party = rows.Party
    found = await session.execute(
        select(col(party.code), col(party.id), col(party.name)).where(
            col(party.kind) == PartyKind.MEMBER, col(party.code).in_([facts["code"] for _, facts in batch])
        )
    )
    known = {code: (member_id, name) for code, member_id, name in found}
    described: list[Described] = []
    fresh = iter(copying.ids(len(batch)))
    for line, facts in batch:
        if facts["code"] in known:
            member_id, name = known[facts["code"]]
            member = Described(line, facts, member_id, new=False)
            if facts.get("name", name) != name:
                await session.execute(update(party).where(col(party.id) == member_id).values(name=facts["name"]))
                member.changed = True
        elif not facts.get("name"):
            _reject(run, line, "name", "", Reason.VALUE_MISSING)
            continue
        else:
            member = Described(line, facts, next(fresh), new=True)
        described.append(member)
    new = [member for member in described if member.new]
    if new:
        named = [
            {"id": m.member_id, "kind": PartyKind.MEMBER, "code": m.facts["code"], "name": m.facts["name"]} for m in new
        ]
        await session.execute(insert(party), named)
    return described


async def _describe(session: AsyncSession, run: Run, described: list[Described]) -> None:
    """The member's own columns. Days need a time zone: one that isn't given is the consortium's, and that is told."""
    found = await session.execute(select(col(consortium_rows.Consortium.time_zone)))
    default = found.scalar_one_or_none() or "UTC"
    known = {
        row.id: {name: getattr(row, name) for name in _COLUMNS}
        for row in (
            await session.execute(select(rows.Member).where(col(rows.Member.id).in_([m.member_id for m in described])))
        ).scalars()
    }
    made: list[dict[str, Any]] = []
    for member in described:
        facts = {name: member.facts[name] for name in _COLUMNS if name in member.facts}
        if not facts.get("time_zone") and ("time_zone" in facts or member.new):
            facts["time_zone"] = default
            run.found.append(Problem(member.line, "time_zone", "", Reason.VALUE_NORMALISED, Severity.NOTE, default))
        if member.new:
            blank = {"kind": "other", "country": None, "contact": None, "proxy_prefix": None, "walk_ins": False}
            made.append({"id": member.member_id, **blank, **facts})
        elif differing := {name: value for name, value in facts.items() if known[member.member_id][name] != value}:
            await session.execute(
                update(rows.Member).where(col(rows.Member.id) == member.member_id).values(**differing)
            )
            member.changed = True
    if made:
        await session.execute(insert(rows.Member), made)


Wanted = dict[UUID, set[tuple[str, ...]]]


def _differences(described: Iterable[Described], wanted: Wanted, known: Wanted) -> tuple[list[Any], list[Any]]:
    """(member id, *key) to add and to drop; whoever differs is marked as changed."""
    add: list[tuple[Any, ...]] = []
    drop: list[tuple[Any, ...]] = []
    for member in described:
        if member.member_id in wanted:
            has, needs = known.get(member.member_id, set()), wanted[member.member_id]
            add += [(member.member_id, *key) for key in sorted(needs - has)]
            drop += [(member.member_id, *key) for key in sorted(has - needs)]
            member.changed |= has != needs
    return add, drop


async def _identifiers(session: AsyncSession, run: Run, described: list[Described]) -> None:
    """Identity providers' identifiers stand beside the others and are replaced by their own column only."""
    table = rows.MemberIdentifier
    found = await session.execute(
        select(col(table.member_id), col(table.namespace), col(table.value)).where(
            col(table.member_id).in_([m.member_id for m in described])
        )
    )
    known: Wanted = {}
    for member_id, namespace, value in found:
        known.setdefault(member_id, set()).add((namespace, value))
    wanted: Wanted = {}
    for member in described:
        pairs = set(known.get(member.member_id, set()))
        if "identifiers" in member.facts:
            said = {(namespace, value) for namespace, value in member.facts["identifiers"]}
            pairs = {pair for pair in pairs if pair[0] == "entity_id"} | said
        if "entities" in member.facts:
            said = {("entity_id", entity) for entity in member.facts["entities"]}
            pairs = {pair for pair in pairs if pair[0] != "entity_id"} | said
        wanted[member.member_id] = pairs
    add, drop = _differences(described, wanted, known)
    for member_id, namespace, value in drop:
        await session.execute(
            delete(table).where(
                col(table.member_id) == member_id, col(table.namespace) == namespace, col(table.value) == value
            )
        )
    await copying.copy(session, "member_identifier", ("member_id", "namespace", "value"), add)


async def _scopes(session: AsyncSession, run: Run, described: list[Described]) -> None:
    """A scope belongs to one member; one that another has already stays there. With a scope goes what was registered
    for it."""
    table = rows.MemberScope
    said = {scope for member in described for scope in member.facts.get("scopes", ())}
    ids = [member.member_id for member in described]
    found = await session.execute(
        select(col(table.scope), col(table.member_id), col(rows.Party.code))
        .join(rows.Party, col(rows.Party.id) == col(table.member_id))
        .where(col(table.scope).in_(said) | col(table.member_id).in_(ids))
    )
    owner = {scope: (member_id, code) for scope, member_id, code in found}
    known: Wanted = {}
    for scope, (member_id, _) in owner.items():
        known.setdefault(member_id, set()).add((scope,))
    wanted: Wanted = {}
    for member in described:
        for scope in member.facts.get("scopes", ()):
            holder, code = owner.setdefault(scope, (member.member_id, member.facts["code"]))
            if holder != member.member_id:
                run.found.append(Problem(member.line, "scopes", scope, Reason.SCOPE_SHARED, Severity.CELL, code))
        if "scopes" in member.facts:
            mine = [scope for scope in member.facts["scopes"] if owner[scope][0] == member.member_id]
            wanted[member.member_id] = {(scope,) for scope in mine}
    add, drop = _differences(described, wanted, known)
    gone = [scope for _, scope in drop]
    trusted = identity_rows.IdentityProviderScope
    await session.execute(delete(trusted).where(col(trusted.scope).in_(gone)))
    await session.execute(delete(table).where(col(table.scope).in_(gone)))
    await copying.copy(session, "member_scope", ("member_id", "scope"), add)


async def _groups(session: AsyncSession, run: Run, described: list[Described]) -> None:
    group, table = rows.MemberGroup, rows.GroupMembership
    codes = {code for member in described for code in member.facts.get("groups", ())}
    found = await session.execute(select(col(group.code), col(group.id)).where(col(group.code).in_(codes)))
    ids = dict(found.all())
    known: Wanted = {}
    memberships = await session.execute(
        select(col(table.member_id), col(table.group_id)).where(
            col(table.member_id).in_([m.member_id for m in described if "groups" in m.facts])
        )
    )
    for member_id, group_id in memberships:
        known.setdefault(member_id, set()).add((str(group_id),))
    wanted: Wanted = {}
    for member in described:
        for code in member.facts.get("groups", ()):
            if code not in ids:
                run.found.append(Problem(member.line, "groups", code, Reason.UNKNOWN_GROUP))
        if "groups" in member.facts:
            wanted[member.member_id] = {(str(ids[code]),) for code in member.facts["groups"] if code in ids}
    add, drop = _differences(described, wanted, known)
    for member_id, group_id in drop:
        await session.execute(
            delete(table).where(col(table.member_id) == member_id, col(table.group_id) == UUID(group_id))
        )
    await copying.copy(session, "group_membership", ("member_id", "group_id"), add)


async def _networks(session: AsyncSession, run: Run, described: list[Described]) -> None:
    table = rows.NetworkRange
    found = await session.execute(
        select(col(table.member_id), func.host(col(table.first)), func.host(col(table.last))).where(
            col(table.member_id).in_([m.member_id for m in described])
        )
    )
    known: Wanted = {}
    for member_id, first, last in found:
        known.setdefault(member_id, set()).add((first, last))
    wanted: Wanted = {}
    written: dict[tuple[Any, ...], str] = {}
    for member in described:
        if "networks" in member.facts:
            wanted[member.member_id] = {(first, last) for first, last, _ in member.facts["networks"]}
            written |= {(member.member_id, first, last): words for first, last, words in member.facts["networks"]}
    add, drop = _differences(described, wanted, known)
    for member_id, first, last in drop:
        await session.execute(
            _DROP_RANGE,
            {"member": member_id, "first": first, "last": last},
        )
    made = [dict(zip(("member", "first", "last", "written"), (*item, written[item]), strict=True)) for item in add]
    if made:
        await session.execute(_ADD_RANGE, made)


# COPY stops at row-level security.
_ADD_RANGE = text(
    """
    INSERT INTO network_range (member_id, first, last, written)
    VALUES (:member, CAST(:first AS inet), CAST(:last AS inet), :written)
    """
)
_DROP_RANGE = text(
    """
    DELETE FROM network_range
    WHERE member_id = :member AND first = CAST(:first AS inet) AND last = CAST(:last AS inet)
    """
)


async def _report_shared(session: AsyncSession, run: Run, lines: dict[UUID, int]) -> None:
    """Addresses, identity providers and numbers that two members have: kept for both, and told."""
    table, party = rows.MemberIdentifier, rows.Party
    twice = (
        select(col(table.namespace), col(table.value))
        .group_by(col(table.namespace), col(table.value))
        .having(func.count() > 1)
        .subquery()
    )
    found = await session.execute(
        select(col(table.namespace), col(table.value), col(table.member_id), col(party.code))
        .join(twice, (twice.c.namespace == col(table.namespace)) & (twice.c.value == col(table.value)))
        .join(party, col(party.id) == col(table.member_id))
        .order_by(col(table.namespace), col(table.value), col(party.code))
    )
    holders: dict[tuple[str, str], dict[UUID, str]] = {}
    for namespace, value, member_id, code in found:
        holders.setdefault((namespace, value), {})[member_id] = code
    for (namespace, value), codes in holders.items():
        provider = namespace == "entity_id"
        reason = Reason.IDENTITY_PROVIDER_SHARED if provider else Reason.IDENTIFIER_OF_MEMBER_SHARED
        _tell(run, lines, "identity_providers" if provider else namespace, value, reason, codes)
    async for shared, codes in _overlaps(session):
        _tell(run, lines, "networks", shared, Reason.NETWORK_SHARED, codes)


def _tell(run: Run, lines: dict[UUID, int], column: str, value: str, reason: Reason, codes: dict[UUID, str]) -> None:
    for member_id, line in lines.items():
        if member_id in codes:
            others = ", ".join(code for other, code in codes.items() if other != member_id)
            run.found.append(Problem(line, column, value, reason, Severity.NOTE, others[:200]))


async def _overlaps(session: AsyncSession) -> AsyncIterator[tuple[str, dict[UUID, str]]]:
    """Each range with a later one of another member that it overlaps: the common addresses, and who has them."""
    table, party = rows.NetworkRange, rows.Party
    stream = await session.stream(
        select(col(table.member_id), col(party.code), func.host(col(table.first)), func.host(col(table.last)))
        .join(party, col(party.id) == col(table.member_id))
        .order_by(func.family(col(table.first)), col(table.first), col(table.last), col(party.code)),
        execution_options={"yield_per": 1000},
    )
    still_open: list[tuple[int, int, UUID, str]] = []
    async for member_id, code, first, last in stream:
        begin, end = ip_address(first), ip_address(last)
        still_open = [r for r in still_open if r[0] == begin.version and r[1] >= int(begin)]
        for _, other_end, other_id, other_code in still_open:
            if other_id != member_id:
                common = f"{begin}-{min(end, type(begin)(other_end), key=int)}"
                yield common, {other_id: other_code, member_id: code}
        still_open.append((begin.version, int(end), member_id, code))
