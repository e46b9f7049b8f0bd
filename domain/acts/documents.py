"""Documents of licences: kept as files, and drafts made from what they say."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import visibility
from domain.acts import licences
from domain.acts.act import Act, ActRefused, Problem, created, record
from domain.acts.contract import ContractProblem, require_holder
from domain.acts.licences import NewLicence
from domain.content.store import Stored
from domain.documents.texts import Passage
from models import licence as rows

LONGEST_NAME = 200
ADDED = "documentAdd"
"""What the record calls it: documents come by POST /documents, so no mutation has this name."""


async def add(
    session: AsyncSession, act: Act, holder_id: UUID | None, stored: Stored, media_type: str, name: str
) -> tuple[rows.LicenceDocument, bool]:
    """Keep a document of this holder (None = the consortium's), and whether it is new: the same bytes are the same
    document. The bytes are in the store already. Raises ActRefused.
    """
    await require_holder(session, act, holder_id)
    document = rows.LicenceDocument
    once = func.pg_advisory_xact_lock(func.hashtextextended(f"document {holder_id} {stored.sha256}", 0))
    await session.execute(select(once))
    of_holder = col(document.holder_id).is_not_distinct_from(holder_id)
    known: rows.LicenceDocument | None = await session.scalar(
        select(document).where(of_holder, col(document.sha256) == stored.sha256).limit(1)
    )
    if known is not None:
        return known, False
    made = document(
        name={"und": name},
        holder_id=holder_id,
        file_name=name,
        media_type=media_type,
        size=stored.size,
        sha256=stored.sha256,
    )
    return await created(session, act, made), True


async def seen(session: AsyncSession, act: Act, key: UUID | None) -> rows.LicenceDocument:
    """A document that whoever acts sees, as a file. Raises ActRefused."""
    one = select(rows.LicenceDocument).where(col(rows.LicenceDocument.id) == key)
    found: rows.LicenceDocument | None = await session.scalar(
        visibility.only_documents(one, visibility.sight(act.viewer))
    )
    if found is None:
        raise ActRefused(Problem.NOT_FOUND, "document")
    if found.sha256 is None:
        raise ActRefused(ContractProblem.DOCUMENT_UNREADABLE, "document")
    return found


async def draft(
    session: AsyncSession, act: Act, document: rows.LicenceDocument, clauses: Sequence[Passage], new: NewLicence
) -> rows.Licence:
    """Enter a licence as a draft with the clauses of its document; what they permit isn't said. Raises ActRefused."""
    if document.holder_id is not None and document.holder_id != new.holder_id:
        raise ActRefused(ContractProblem.DOCUMENT_OF_ANOTHER, "document")
    licence = await licences.create(session, act, replace(new, document_id=document.id))
    session.add_all(
        rows.Clause(licence_id=licence.id, number=clause.number, position=at, text=clause.text or None)
        for at, clause in enumerate(clauses)
    )
    await session.flush()
    if clauses:
        await record(session, act, licence, {}, {"clauses": str(len(clauses))})
    return licence
