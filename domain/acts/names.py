"""What a record calls the things that another refers to: by the short name that imports use, never by a key."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import messages
from models import agreement as agreements
from models import licence as licences
from models import package as packages
from models import party as parties
from models import resource as resources


class Reference(NamedTuple):
    """What a foreign key leads to. `table`: its name."""

    table: str
    key: UUID


_TITLE = (resources.Resource, col(resources.Resource.title))
_PARTY = (parties.Party, col(parties.Party.code))
_CALLED: dict[str, tuple[Any, Any]] = {
    "agreement": (agreements.Agreement, col(agreements.Agreement.code)),
    "clause": (licences.Clause, col(licences.Clause.number)),
    "licence": (licences.Licence, col(licences.Licence.code)),
    "licence_document": (licences.LicenceDocument, col(licences.LicenceDocument.name)),
    "member": _PARTY,
    "package": (packages.Package, col(packages.Package.code)),
    "party": _PARTY,
    "platform": (packages.Platform, col(packages.Platform.code)),
    "resource": _TITLE,
}


async def name(session: AsyncSession, reference: Reference) -> str:
    """What the thing is called; its key where it has no name."""
    table, key = reference
    if table == "package_title":
        title = packages.PackageTitle
        resource_id = await session.scalar(select(col(title.resource_id)).where(col(title.id) == key))
        return await name(session, Reference("resource", resource_id)) if resource_id else str(key)
    if table not in _CALLED:
        return str(key)
    of, column = _CALLED[table]
    called = await session.scalar(select(column).where(of.id == key))
    return messages.localised(called, messages.LANGUAGES) if isinstance(called, dict) else str(called or key)


async def named(
    session: AsyncSession,
    changes: Mapping[str, tuple[str | Reference | None, str | Reference | None]],
    thing: UUID,
) -> dict[str, list[str | None]]:
    """Changes with names in place of references. Where a part refers to the thing itself, that tells nothing."""
    return {
        field: [await name(session, value) if isinstance(value, Reference) else value for value in pair]
        for field, pair in changes.items()
        if not any(isinstance(value, Reference) and value.key == thing for value in pair)
    }
