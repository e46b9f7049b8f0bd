"""Amendments of a licence: drafted with their terms, and in force from a day that they name, either way."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.acts import licences
from domain.acts.act import Act, ActRefused, Problem, State, state
from domain.acts.contract import ContractProblem
from models import licence as rows
from models.vocabulary import AmendmentStatus


async def set_(
    session: AsyncSession,
    act: Act,
    key: UUID | None,
    version: int,
    number: str,
    values: Mapping[str, Any],
    replaces: Sequence[UUID] | None = None,
) -> tuple[rows.Amendment, rows.Licence]:
    """Draft the amendment of this number, or change what is drafted. `values` by column; `replaces`: all the terms that
    end when it takes effect, left out = as they are.

    Raises:
        ActRefused: the licence is not the viewer's to change, the amendment in force, a term not one of the licence's,
            or no older than the amendment; or nothing would be different.
    """
    licence = await licences.own(session, act, key, version, "licence")
    amendment = await numbered(session, licence.id, number)
    under = f"amendment {number}"
    before = await _state(session, amendment, under) if amendment else {}
    if amendment is None:
        if values.get("effective_on") is None:
            raise ActRefused(Problem.BLANK, "effectiveOn", field="effectiveOn")
        amendment = rows.Amendment(licence_id=licence.id, number=number, **values)
        session.add(amendment)
    require_draft(amendment, "number")
    if "document_id" in values:
        await _document(session, licence, values["document_id"])
    for name, value in values.items():
        setattr(amendment, name, value)
    await session.flush()
    if replaces is not None:
        await _replace(session, amendment, replaces)
    await _in_order(session, amendment)
    await session.refresh(amendment)
    await licences.settle(session, act, licence, before, await _state(session, amendment, under))
    return amendment, licence


async def activate(
    session: AsyncSession, act: Act, amendment_id: UUID | None, version: int
) -> tuple[rows.Amendment, rows.Licence]:
    """Put an amendment in force: from its day on decisions read its terms instead of those that it replaces.

    A day that has passed counts from then on as if it had been known; what was decided stays on record.

    Raises:
        ActRefused: it is in force already, has neither terms nor replaces any, or can't be meant.
    """
    amendment, licence = await _of(session, act, amendment_id, version)
    require_draft(amendment, "id")
    brings = exists().where(col(rows.Term.amendment_id) == amendment.id)
    ends = exists().where(col(rows.AmendedTerm.amendment_id) == amendment.id)
    if not await session.scalar(select(brings | ends)):
        raise ActRefused(ContractProblem.NO_TERM, "id")
    await _in_order(session, amendment)
    under = f"amendment {amendment.number}"
    before = await _state(session, amendment, under)
    amendment.status = AmendmentStatus.ACTIVE
    await licences.require_sound(session, licence)
    await licences.settle(session, act, licence, before, await _state(session, amendment, under))
    return amendment, licence


async def remove(session: AsyncSession, act: Act, amendment_id: UUID | None, version: int) -> rows.Licence:
    """Take back what was drafted, with its terms. Raises ActRefused."""
    amendment, licence = await _of(session, act, amendment_id, version)
    require_draft(amendment, "id")
    before = await _state(session, amendment, f"amendment {amendment.number}")
    await session.execute(delete(rows.Term).where(col(rows.Term.amendment_id) == amendment.id))
    await session.delete(amendment)
    await session.flush()
    await licences.settle(session, act, licence, before, {})
    return licence


async def numbered(session: AsyncSession, licence_id: UUID, number: str) -> rows.Amendment | None:
    table = rows.Amendment
    of_it = select(table).where(col(table.licence_id) == licence_id, col(table.number) == number)
    found: rows.Amendment | None = await session.scalar(of_it)
    return found


def require_draft(amendment: rows.Amendment, *path: str) -> None:
    """Raises ActRefused for one in force: it stands as it was signed, and another can amend it."""
    if amendment.status is not AmendmentStatus.DRAFT and amendment.status is not None:
        raise ActRefused(Problem.STATE, *path, value=amendment.status.value)


async def _of(
    session: AsyncSession, act: Act, amendment_id: UUID | None, version: int
) -> tuple[rows.Amendment, rows.Licence]:
    found = await session.get(rows.Amendment, amendment_id) if amendment_id else None
    licence = await licences.own(session, act, found.licence_id if found else None, version)
    amendment = await session.get(rows.Amendment, amendment_id, populate_existing=True)
    if amendment is None:
        raise ActRefused(Problem.NOT_FOUND, "id")
    return amendment, licence


async def _document(session: AsyncSession, licence: rows.Licence, document_id: UUID | None) -> None:
    """Only a document of whoever holds the licence. Raises ActRefused."""
    document = await session.get(rows.LicenceDocument, document_id) if document_id else None
    if document_id and (document is None or document.holder_id != licence.holder_id):
        raise ActRefused(Problem.NOT_FOUND, "document")


async def _replace(session: AsyncSession, amendment: rows.Amendment, replaces: Sequence[UUID]) -> None:
    term, ends = rows.Term, rows.AmendedTerm
    known = set(await session.scalars(select(col(term.id)).where(col(term.licence_id) == amendment.licence_id)))
    for index, term_id in enumerate(replaces):
        if term_id not in known:
            raise ActRefused(Problem.NOT_FOUND, "replaces", str(index))
    await session.execute(delete(ends).where(col(ends.amendment_id) == amendment.id))
    session.add_all(ends(amendment_id=amendment.id, term_id=term_id) for term_id in dict.fromkeys(replaces))
    await session.flush()


async def _in_order(session: AsyncSession, amendment: rows.Amendment) -> None:
    """Each term that is replaced began earlier, and each that the amendment brings is replaced later: so amendments
    never go in a circle. Raises ActRefused."""
    if await out_of_order(session, amendment):
        raise ActRefused(ContractProblem.AMENDMENT_CYCLE, "effectiveOn", value=amendment.number)


async def out_of_order(session: AsyncSession, amendment: rows.Amendment) -> bool:
    term, ends, other = rows.Term, rows.AmendedTerm, rows.Amendment
    younger = (
        select(ends)
        .join(term, col(term.id) == col(ends.term_id))
        .outerjoin(other, col(other.id) == col(term.amendment_id))
        .where(
            col(ends.amendment_id) == amendment.id,
            (col(term.amendment_id) == amendment.id) | (col(other.effective_on) >= amendment.effective_on),
        )
    )
    older = (
        select(ends)
        .join(term, col(term.id) == col(ends.term_id))
        .join(other, col(other.id) == col(ends.amendment_id))
        .where(col(term.amendment_id) == amendment.id, col(other.effective_on) <= amendment.effective_on)
    )
    return bool(await session.scalar(select(younger.exists() | older.exists())))


async def _state(session: AsyncSession, amendment: rows.Amendment, under: str) -> State:
    """Its facts, and how many terms of which action it replaces."""
    term, ends = rows.Term, rows.AmendedTerm
    ended = await session.scalars(
        select(col(term.action))
        .join(ends, col(ends.term_id) == col(term.id))
        .where(col(ends.amendment_id) == amendment.id)
        .order_by(col(term.action))
    )
    replaced = ", ".join(action.value for action in ended)
    return {**state(amendment, under), f"{under}.replaces": replaced or None}
