"""Groups of members and sub-consortia, in our own format and in that of KB+ (consortium links)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.intake import copying, patterns, sheet
from domain.intake.cells import Cells, Row
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.runs import Run
from domain.intake.source import Source
from models import intake as staged_rows
from models import party as rows
from models.vocabulary import ImportKind, PartyKind

OURS = sheet.Layout(needed=("group",), known=frozenset(("group", "parent", "name_zh", "name_en", "member")))
KBPLUS = sheet.Layout(
    needed=("consortia_id", "member_jc_id"), known=frozenset(("consortia_id", "member_jc_id", "link_type"))
)

DEEPEST = 500
"""Levels of groups, one in another: whoever walks up from a member comes to an end soon."""


@dataclass(frozen=True)
class Groups:
    """A list of groups and of who belongs to them. It adds memberships; the members' own list can end them."""

    format: str = "ours"
    kind: ImportKind = ImportKind.GROUPS

    @property
    def target(self) -> dict[str, str]:
        return {"format": self.format}

    def rows(self, source: Source) -> Iterable[Row]:
        if self.format == "kbplus":
            return sheet.collect(source, KBPLUS, _kbplus)
        return sheet.collect(source, OURS, _ours)

    async def apply(self, session: AsyncSession, run: Run) -> None:
        staged = staged_rows.ImportRow
        found = await session.execute(
            select(col(staged.line), col(staged.result)).where(col(staged.run_id) == run.id).order_by(col(staged.line))
        )
        entries = [_Entry(line, **result) for line, result in found]
        groups = await _define(session, run, [entry for entry in entries if entry.member is None])
        await _join(session, run, [entry for entry in entries if entry.member is not None], groups)


@dataclass(slots=True)
class _Entry:
    """A row. `member`: None where it defines the group; `made`: the group is made if there is none."""

    line: int
    group: str
    parent: str | None = None
    name: dict[str, str] | None = None
    member: str | None = None
    namespace: str | None = None


def _ours(cells: Cells) -> dict[str, Any] | None:
    code = cells.get("group")
    if not patterns.CODE.fullmatch(code):
        cells.reject("group", Reason.VALUE_UNKNOWN if code else Reason.VALUE_MISSING)
        return None
    if member := cells.get("member"):
        return {"group": code, "member": member}
    return {"group": code, "parent": cells.get("parent") or None, "name": sheet.localised(cells, "name")}


def _kbplus(cells: Cells) -> dict[str, Any] | None:
    code, member = cells.get("consortia_id"), cells.get("member_jc_id")
    if not patterns.CODE.fullmatch(code):
        cells.reject("consortia_id", Reason.VALUE_UNKNOWN if code else Reason.VALUE_MISSING)
    if not member:
        cells.reject("member_jc_id", Reason.VALUE_MISSING)
    return None if cells.rejected else {"group": code, "member": member, "namespace": "jc_id"}


async def _define(session: AsyncSession, run: Run, entries: list[_Entry]) -> dict[str, UUID]:
    """Make and change groups; a row that would make a group part of itself, or too deep a part, is refused."""
    group = rows.MemberGroup
    known = {row.code: row for row in (await session.execute(select(group))).scalars()}
    codes = {row.id: row.code for row in known.values()}
    entries = _once(run, entries)
    parents = {code: codes.get(row.parent_id) if row.parent_id else None for code, row in known.items()}
    parents |= {entry.group: entry.parent for entry in entries}
    good = [entry for entry in entries if not _misplaced(run, entry, parents)]
    ids = {code: row.id for code, row in known.items()}
    new = [entry for entry in good if entry.group not in ids]
    ids |= zip([entry.group for entry in new], copying.ids(len(new)), strict=True)
    made = [{"id": ids[entry.group], "code": entry.group, "name": entry.name or {"und": entry.group}} for entry in new]
    if made:
        await session.execute(insert(group), made)
    for entry in good:
        if entry.parent and entry.parent not in ids:
            run.found.append(Problem(entry.line, "parent", entry.parent, Reason.UNKNOWN_GROUP))
        row = known.get(entry.group)
        said: dict[str, Any] = {"parent_id": ids.get(entry.parent or "")} | ({"name": entry.name} if entry.name else {})
        values = {name: value for name, value in said.items() if (getattr(row, name) if row else None) != value}
        if values:
            await session.execute(update(group).where(col(group.id) == ids[entry.group]).values(**values))
        run.count("new" if row is None else "changed" if values else "unchanged")
    return ids


def _once(run: Run, entries: list[_Entry]) -> list[_Entry]:
    first: dict[str, _Entry] = {}
    for entry in entries:
        if first.setdefault(entry.group, entry) is not entry:
            _refuse(run, entry.line, "group", entry.group, Reason.ROW_TWICE)
    return list(first.values())


def _misplaced(run: Run, entry: _Entry, parents: dict[str, str | None]) -> bool:
    chain = [entry.group]
    seen = {entry.group}
    while (above := parents.get(chain[-1])) is not None:
        chain.append(above)
        if above == entry.group:
            _refuse(run, entry.line, "parent", entry.parent or "", Reason.GROUP_CYCLE, " → ".join(chain[:20]))
            return True
        if above in seen:
            return False
        if len(chain) > DEEPEST:
            _refuse(run, entry.line, "parent", entry.parent or "", Reason.GROUP_TOO_DEEP, str(DEEPEST))
            return True
        seen.add(above)
    return False


async def _join(session: AsyncSession, run: Run, entries: list[_Entry], groups: dict[str, UUID]) -> None:
    missing = list(dict.fromkeys(e.group for e in entries if e.namespace and e.group not in groups))
    if missing:
        groups |= zip(missing, copying.ids(len(missing)), strict=True)
        made = [{"id": groups[code], "code": code, "name": {"und": code}} for code in missing]
        await session.execute(insert(rows.MemberGroup), made)
        run.count("new", len(missing))
    members = await _members(session, entries)
    wanted: list[tuple[UUID, UUID]] = []
    for entry in entries:
        member_id = members.get((entry.namespace, entry.member or ""))
        if entry.group not in groups:
            _refuse(run, entry.line, "group", entry.group, Reason.UNKNOWN_GROUP)
        elif member_id is None:
            column = f"member_{entry.namespace}" if entry.namespace else "member"
            _refuse(run, entry.line, column, entry.member or "", Reason.UNKNOWN_MEMBER)
        else:
            wanted.append((groups[entry.group], member_id))
    added = await session.execute(
        text(
            """
            INSERT INTO group_membership (group_id, member_id)
            SELECT DISTINCT * FROM unnest(CAST(:groups AS uuid[]), CAST(:members AS uuid[]))
            ON CONFLICT DO NOTHING RETURNING 1
            """
        ),
        {"groups": [group for group, _ in wanted], "members": [member for _, member in wanted]},
    )
    new = len(added.all())
    run.count("new", new)
    run.count("unchanged", len(wanted) - new)


async def _members(session: AsyncSession, entries: list[_Entry]) -> dict[tuple[str | None, str], UUID]:
    """Members by code, and by the numbers that KB+ gives them."""
    named = {entry.member for entry in entries}
    party, number = rows.Party, rows.MemberIdentifier
    by_code = await session.execute(
        select(col(party.code), col(party.id)).where(col(party.kind) == PartyKind.MEMBER, col(party.code).in_(named))
    )
    by_number = await session.execute(
        select(col(number.value), col(number.member_id)).where(
            col(number.namespace) == "jc_id", col(number.value).in_(named)
        )
    )
    found: dict[tuple[str | None, str], UUID] = {(None, code): member_id for code, member_id in by_code}
    return found | {("jc_id", value): member_id for value, member_id in by_number}


def _refuse(run: Run, line: int, column: str, value: str, reason: Reason, detail: str = "") -> None:
    run.found.append(Problem(line, column, value, reason, Severity.ROW, detail))
    run.count("loaded", -1)
    run.count("rejected")
