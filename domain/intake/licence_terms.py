"""Terms, limits and amendments of a licence brought to what a file says.

Rows that decisions rest on are never deleted: a term that is gone becomes `not_applicable`, an amendment stays.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.acts import amendments as acts
from domain.intake import comparing
from domain.intake.comparing import Unknown
from domain.intake.reasons import Reason
from domain.rights import contracts, soundness
from models import licence as rows
from models.vocabulary import AmendmentStatus, TermStatus

TERM = (
    "action", "status", "affiliations", *rows.QUALIFIERS, "on_site_only", "except_as_permitted", "concurrent_users",
    "public_note", "note",
)  # fmt: skip

Clauses = Mapping[str, UUID]
"""Ids of clauses by number."""
Lines = dict[UUID, int]
"""Where the file says each term."""


async def bring(
    session: AsyncSession, unknown: Unknown, licence_id: UUID, file: Mapping[str, Any], clauses: Clauses
) -> bool:
    """Bring the licence to what the file says of it; whether anything changed. What can't be meant is added to
    `unknown`."""
    lines: Lines = {}
    changed = await _terms(session, licence_id, None, file["terms"], clauses, lines, file.get("languages"))
    amended = [(await _dated(session, licence_id, said), said) for said in file.get("amendments", ())]
    for (amendment, _), said in amended:  # all days are known by now: two may be put off at once
        changed |= await _terms(session, licence_id, amendment.id, said["terms"], clauses, lines)
        changed |= await _replace(session, unknown, amendment, said["replaces"], clauses)
    for (amendment, dated), said in amended:
        changed |= dated
        if await acts.out_of_order(session, amendment):
            unknown.add(said["line"], "amendments.effective", said["effective"], Reason.AMENDMENT_CYCLE)
    changed |= await _limits(session, licence_id, None, file.get("limits", ()), clauses)
    for flaw in soundness.flaws(await contracts.contract(session, licence_id)):
        against = str(lines.get(flaw.against.id, "")) if flaw.against else ""
        unknown.add(lines.get(flaw.term.id, 0), "terms", flaw.term.action, Reason(flaw.kind.value), against)
    return changed


async def _terms(
    session: AsyncSession,
    licence_id: UUID,
    amendment_id: UUID | None,
    said: list[dict[str, Any]],
    clauses: Clauses,
    lines: Lines,
    languages: Sequence[str] | None = None,
) -> bool:
    """Terms have no name: those that say the same stay; one of the same clause and action is the one that changed."""
    term = rows.Term
    of_it = select(term).where(
        col(term.licence_id) == licence_id, col(term.amendment_id).is_not_distinct_from(amendment_id)
    )
    left = list(await session.scalars(of_it.order_by(col(term.id)).execution_options(populate_existing=True)))
    wanted = [_columns(one, clauses) for one in said]
    told = {id(values): one for values, one in zip(wanted, said, strict=True)}

    def retold(row: rows.Term, values: dict[str, Any]) -> dict[str, Any]:
        return values | {"public_note": comparing.retold(row.public_note, values["public_note"], languages)}

    known = await _limits_of(session, licence_id)
    limited = {
        id(values): [_limit(limit, clauses) for limit in one.get("limits", ())]
        for values, one in zip(wanted, said, strict=True)
    }
    alike, missing = comparing.paired(
        left,
        wanted,
        lambda row, values: _says(row, retold(row, values)) and _same(known.get(row.id, []), limited[id(values)]),
    )
    same, missing = comparing.paired(left, missing, lambda row, values: _says(row, retold(row, values)))
    altered, missing = comparing.paired(
        left, missing, lambda row, values: (row.clause_id, row.action) == (values["clause_id"], values["action"])
    )
    for row, values in altered:
        await session.execute(update(term).where(col(term.id) == row.id).values(**retold(row, values)))
    ids = {row.id: told[id(values)] for row, values in [*alike, *same, *altered]}
    for values in missing:
        new = insert(term).values(licence_id=licence_id, amendment_id=amendment_id, **values).returning(col(term.id))
        ids[(await session.execute(new)).scalar_one()] = told[id(values)]
    changed = bool(altered or missing)
    for term_id, one in ids.items():
        lines[term_id] = one["line"]
        changed |= await _limits(session, licence_id, term_id, one.get("limits", ()), clauses)
    for row in left:
        changed |= await _silence(session, row)
    return changed


def _columns(said: Mapping[str, Any], clauses: Clauses) -> dict[str, Any]:
    return {name: said[name] for name in TERM} | {"clause_id": clauses.get(said["clause"] or "")}


async def _silence(session: AsyncSession, row: rows.Term) -> bool:
    """Delete a term, or make it say nothing; false if it has been silent before."""
    if await comparing.remove(session, rows.Term, row.id):
        return True
    if row.status is TermStatus.NOT_APPLICABLE:
        return False
    silent = update(rows.Term).where(col(rows.Term.id) == row.id).values(status=TermStatus.NOT_APPLICABLE)
    await session.execute(silent)
    return True


async def _limits(session: AsyncSession, licence_id: UUID, term_id: UUID | None, said: Any, clauses: Clauses) -> bool:
    """A file that can't tell a limit's note (it has no such key) can't tell its clause either: both stay."""
    limit = rows.UsageLimit
    of_it = select(limit).where(col(limit.licence_id) == licence_id, col(limit.term_id).is_not_distinct_from(term_id))
    left = list(await session.scalars(of_it.order_by(col(limit.id))))
    wanted = [_limit(one, clauses) for one in said]
    _, missing = comparing.paired(left, wanted, lambda row, values: not comparing.differing(row, values))
    for row in left:
        await session.execute(delete(limit).where(col(limit.id) == row.id))
    for values in missing:
        await session.execute(insert(limit).values(licence_id=licence_id, term_id=term_id, **values))
    return bool(left or missing)


def _limit(one: Mapping[str, Any], clauses: Clauses) -> dict[str, Any]:
    return {
        **{name: one[name] for name in ("kind", "unit", "formats")},
        "amount": Decimal(one["amount"]) if one["amount"] is not None else None,
        **({"note": one["note"], "clause_id": clauses.get(one.get("clause") or "")} if "note" in one else {}),
    }


async def _dated(session: AsyncSession, licence_id: UUID, said: Mapping[str, Any]) -> tuple[rows.Amendment, bool]:
    """An amendment with its own facts, and whether they changed."""
    values = {
        "name": said["name"],
        "effective_on": date.fromisoformat(said["effective"]),
        "status": AmendmentStatus(said["status"]),
    }
    found = await acts.numbered(session, licence_id, said["number"])
    changed = found is None or bool(comparing.differing(found, values))
    amendment = found or rows.Amendment(licence_id=licence_id, number=said["number"], **values)
    for name, value in values.items():
        setattr(amendment, name, value)
    changed |= await _document(session, amendment, said["document"])
    session.add(amendment)
    await session.flush()
    return amendment, changed


async def _document(session: AsyncSession, amendment: rows.Amendment, said: Mapping[str, Any] | None) -> bool:
    if said is None:
        return False
    values = {"name": said["name"], "signed_on": said["signed"] and date.fromisoformat(said["signed"])}
    known = await session.get(rows.LicenceDocument, amendment.document_id) if amendment.document_id else None
    if known and not comparing.differing(known, values):
        return False
    document = rows.LicenceDocument(**values)
    session.add(document)
    await session.flush()
    amendment.document_id = document.id
    return True


async def _replace(
    session: AsyncSession,
    unknown: Unknown,
    amendment: rows.Amendment,
    said: list[dict[str, Any]],
    clauses: Clauses,
) -> bool:
    """The terms that end: of those that stood before it takes effect, whichever are named."""
    ends = rows.AmendedTerm
    wanted: set[UUID] = set()
    for one in said:
        term = one["term"]
        clause = (term or one)["clause"]
        if clause is not None and clause not in clauses:
            unknown.add(one["line"], "amendments.replaces", clause, Reason.UNKNOWN_CLAUSE)
            continue
        if term is None and clause is None and one["action"] is None:
            unknown.add(one["line"], "amendments.replaces", "", Reason.VALUE_MISSING)
            continue
        found = await _meant(session, amendment, one, clauses)
        if not found:
            shown = (term or one)["action"] or clause
            unknown.add(one["line"], "amendments.replaces", shown, Reason.VALUE_UNKNOWN)
        wanted |= found
    known = set(await session.scalars(select(col(ends.term_id)).where(col(ends.amendment_id) == amendment.id)))
    gone = known - wanted
    if gone:
        await session.execute(delete(ends).where(col(ends.amendment_id) == amendment.id, col(ends.term_id).in_(gone)))
    session.add_all(ends(amendment_id=amendment.id, term_id=term_id) for term_id in sorted(wanted - known))
    await session.flush()
    return wanted != known


async def _meant(
    session: AsyncSession, amendment: rows.Amendment, one: Mapping[str, Any], clauses: Clauses
) -> set[UUID]:
    """Of the terms that are older than the amendment those that are named: that stand when it takes effect, else that
    another draft would bring. One that is told word by word is meant even where another has ended it already."""
    older, ended = await _older(session, amendment), await _ended(session, amendment)
    if one["term"] is not None:
        values, limits = (
            _columns(one["term"], clauses),
            [_limit(said, clauses) for said in one["term"].get("limits", ())],
        )
        known = await _limits_of(session, amendment.licence_id)
        named = {row.id for row, _ in older if _says(row, values) and _same(known.get(row.id, []), limits)}
    else:
        said = {"action": one["action"], "clause_id": clauses.get(one["clause"] or "")}
        values = {name: value for name, value in said.items() if value}
        named = {row.id for row, _ in older if _says(row, values)}
    standing = named - ended
    drafted = {row.id for row, status in older if status is AmendmentStatus.DRAFT}
    return (standing - drafted) or standing or (named if one["term"] is not None else set())


async def _older(session: AsyncSession, amendment: rows.Amendment) -> list[tuple[rows.Term, AmendmentStatus | None]]:
    """The terms that begin before the amendment takes effect, and how far what brings them is."""
    term, other = rows.Term, rows.Amendment
    found = (
        select(term, col(other.status))
        .outerjoin(other, col(other.id) == col(term.amendment_id))
        .where(
            col(term.licence_id) == amendment.licence_id,
            col(term.amendment_id).is_(None) | (col(other.effective_on) < amendment.effective_on),
        )
    )
    told = await session.execute(found.execution_options(populate_existing=True))
    return [(row, status) for row, status in told]


async def _ended(session: AsyncSession, amendment: rows.Amendment) -> set[UUID]:
    """The terms that older amendments in force have ended by then."""
    other, ends = rows.Amendment, rows.AmendedTerm
    found = (
        select(col(ends.term_id))
        .join(other, col(other.id) == col(ends.amendment_id))
        .where(
            col(other.licence_id) == amendment.licence_id,
            col(other.effective_on) < amendment.effective_on,
            col(other.status) == AmendmentStatus.ACTIVE,
        )
    )
    return set(await session.scalars(found))


async def _limits_of(session: AsyncSession, licence_id: UUID) -> dict[UUID | None, list[rows.UsageLimit]]:
    limit = rows.UsageLimit
    found: dict[UUID | None, list[rows.UsageLimit]] = {}
    for row in await session.scalars(select(limit).where(col(limit.licence_id) == licence_id)):
        found.setdefault(row.term_id, []).append(row)
    return found


def _says(row: rows.Term | rows.UsageLimit, values: dict[str, Any]) -> bool:
    return not comparing.differing(row, values)


def _same(found: list[rows.UsageLimit], said: list[dict[str, Any]]) -> bool:
    left = list(found)
    _, missing = comparing.paired(left, said, _says)
    return not left and not missing
