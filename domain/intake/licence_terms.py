"""Terms, limits and amendments of a licence brought to what a file says.

Rows that decisions rest on are never deleted: a term that is gone becomes `not_applicable`, an amendment stays.
"""

from collections.abc import Iterable, Mapping
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
    changed = await _terms(session, licence_id, None, file["terms"], clauses, lines)
    for said in file.get("amendments", ()):
        changed |= await _amendment(session, unknown, licence_id, said, clauses, lines)
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
) -> bool:
    """Terms have no name: those that say the same stay; one of the same clause and action is the one that changed."""
    term = rows.Term
    of_it = select(term).where(
        col(term.licence_id) == licence_id, col(term.amendment_id).is_not_distinct_from(amendment_id)
    )
    left = list(await session.scalars(of_it.order_by(col(term.id)).execution_options(populate_existing=True)))
    wanted = [_columns(one, clauses) for one in said]
    told = {id(values): one for values, one in zip(wanted, said, strict=True)}
    same, missing = comparing.paired(left, wanted, lambda row, values: not comparing.differing(row, values))
    altered, missing = comparing.paired(
        left, missing, lambda row, values: (row.clause_id, row.action) == (values["clause_id"], values["action"])
    )
    for row, values in altered:
        await session.execute(update(term).where(col(term.id) == row.id).values(**values))
    ids = {row.id: told[id(values)] for row, values in [*same, *altered]}
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
    limit = rows.UsageLimit
    of_it = select(limit).where(col(limit.licence_id) == licence_id, col(limit.term_id).is_not_distinct_from(term_id))
    left = list(await session.scalars(of_it.order_by(col(limit.id))))
    wanted = [
        {
            **{name: one[name] for name in ("kind", "unit", "formats", "note")},
            "amount": Decimal(one["amount"]) if one["amount"] is not None else None,
            "clause_id": clauses.get(one.get("clause") or ""),
        }
        for one in said
    ]
    _, missing = comparing.paired(left, wanted, lambda row, values: not comparing.differing(row, values))
    for row in left:
        await session.execute(delete(limit).where(col(limit.id) == row.id))
    for values in missing:
        await session.execute(insert(limit).values(licence_id=licence_id, term_id=term_id, **values))
    return bool(left or missing)


async def _amendment(
    session: AsyncSession,
    unknown: Unknown,
    licence_id: UUID,
    said: Mapping[str, Any],
    clauses: Clauses,
    lines: Lines,
) -> bool:
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
    changed |= await _terms(session, licence_id, amendment.id, said["terms"], clauses, lines)
    changed |= await _replace(session, unknown, amendment, said["replaces"], clauses)
    if await acts.out_of_order(session, amendment):
        unknown.add(said["line"], "amendments.effective", said["effective"], Reason.AMENDMENT_CYCLE)
    return changed


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
        term = one["term"] and _columns(one["term"], clauses)
        of = {"action": one["action"], "clause_id": clauses.get(one["clause"] or "")}
        named = term or {name: value for name, value in of.items() if value}
        standing = await _standing(session, amendment)
        found = {row.id for row in standing if not comparing.differing(row, named)}
        if not found:
            shown = (one["term"] or one)["action"] or one["clause"]
            unknown.add(one["line"], "amendments.replaces", shown, Reason.VALUE_UNKNOWN)
        wanted |= found
    known = set(await session.scalars(select(col(ends.term_id)).where(col(ends.amendment_id) == amendment.id)))
    gone = known - wanted
    if gone:
        await session.execute(delete(ends).where(col(ends.amendment_id) == amendment.id, col(ends.term_id).in_(gone)))
    session.add_all(ends(amendment_id=amendment.id, term_id=term_id) for term_id in sorted(wanted - known))
    await session.flush()
    return wanted != known


async def _standing(session: AsyncSession, amendment: rows.Amendment) -> Iterable[rows.Term]:
    """What an older amendment has ended already isn't replaced again."""
    term, other, ends = rows.Term, rows.Amendment, rows.AmendedTerm
    ended = (
        select(ends)
        .join(other, col(other.id) == col(ends.amendment_id))
        .where(col(ends.term_id) == col(term.id), col(other.effective_on) < amendment.effective_on)
    )
    found = (
        select(term)
        .outerjoin(other, col(other.id) == col(term.amendment_id))
        .where(
            col(term.licence_id) == amendment.licence_id,
            col(term.amendment_id).is_(None) | (col(other.effective_on) < amendment.effective_on),
            ~ended.exists(),
        )
    )
    return await session.scalars(found.execution_options(populate_existing=True))
