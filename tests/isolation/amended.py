"""Documents, amendments and limits of the members' licences, and what their agreements keep for ever."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models import agreement, licence
from models.vocabulary import AmendmentStatus, LimitKind
from tests.rights import world as worlds

AMENDED: dict[str, Any] = {
    "effective": date(2085, 1, 1),
    "replaces": ["3"],
    "terms": [{"action": "share", "status": "permitted_explicit"}],
}
DEAL: dict[str, Any] = {"limits": {"notice": 3}, "amendments": {"1": AMENDED}}
DRAFTED: dict[str, Any] = {
    "limits": {"notice": 3},
    "amendments": {number: AMENDED | {"status": "draft"} for number in ("0", "1")},
}


async def sign(session: AsyncSession, world: worlds.World, members: Sequence[str]) -> None:
    """Each member's deal has its text as a file, whose bytes `lives.keep_a_file` keeps."""
    file: dict[str, Any] = {"file_name": "deal.pdf", "media_type": "application/pdf", "size": 1, "sha256": f"{1:064x}"}
    for name in members:
        signed = licence.LicenceDocument(
            id=world.make("licence_document", f"of {name}"),
            name={"en": "The deal"},
            holder_id=world.id("member", name),
            signed_on=date(2019, 1, 1),
            **file,
        )
        session.add(signed)
        await session.flush()
        of_it = update(licence.Licence).where(col(licence.Licence.id) == world.id("licence", f"{name} deal"))
        await session.execute(of_it.values(document_id=signed.id))


async def write(session: AsyncSession, world: worlds.World, members: Sequence[str]) -> None:
    """What may be printed came by an amendment, and goes by another; limits say where they stand."""
    await session.execute(update(licence.Amendment).values(name={"en": "A letter"}))
    for name in members:
        of_licence = world.id("licence", f"{name} deal")
        letter = update(licence.Amendment).where(col(licence.Amendment.licence_id) == of_licence)
        await session.execute(letter.values(document_id=world.id("licence_document", f"of {name}")))
        brought = licence.Amendment(
            licence_id=of_licence, number="0", effective_on=date(2019, 1, 1), status=AmendmentStatus.ACTIVE
        )
        session.add(brought)
        await session.flush()
        printing = world.id("term", f"{name} deal/4")
        await session.execute(
            update(licence.Term).where(col(licence.Term.id) == printing).values(amendment_id=brought.id)
        )
        ends = world.id("amendment", f"{name} deal/1")
        session.add(licence.AmendedTerm(amendment_id=ends, term_id=printing))
        session.add(
            licence.UsageLimit(
                licence_id=of_licence,
                term_id=printing,
                kind=LimitKind.FORMATS,
                formats=["application/pdf"],
                clause_id=world.id("clause", f"{name} deal 4"),
                note={"en": "No e-book readers"},
            )
        )
        session.add(
            licence.LicenceFragment(
                licence_id=of_licence, position=0, path="SupplyTerms", content="<SupplyTerm>Support</SupplyTerm>"
            )
        )
    kept = agreement.EntitlementCoverage
    letters = {"package_title_id": world.id("package_title", "archive/Old Letters"), "conditions": {"en": "A fee"}}
    await session.execute(update(kept).where(col(kept.perpetual)).values(letters))
    await session.flush()
