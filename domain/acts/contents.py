"""What is said of the files that we hold. The bytes never change: another file is another item."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import dates, epoch
from domain.acts.act import Act, changed, taken_up
from models.content import ContentItem
from models.package import Package, PackageTitle
from models.party import Party
from models.vocabulary import PartyKind


async def update(
    session: AsyncSession, act: Act, key: UUID | None, version: int, values: Mapping[str, Any]
) -> ContentItem:
    """Say something else of a file: whoever holds the collection that it is in. Raises ActRefused."""
    item = await taken_up(session, ContentItem, key, version)
    title = await session.get_one(PackageTitle, item.package_title_id)
    package = await session.get_one(Package, title.package_id)
    provider = await session.get_one(Party, package.provider_id)
    act.require(provider.id if provider.kind is PartyKind.MEMBER else None)
    columns = dict(values)
    if "published" in columns:
        columns |= dates.published(columns["published"])
    await changed(session, act, item, columns)
    if "published" in columns:
        # coverage and embargo are asked of its date
        await epoch.raise_(session, epoch.Changed(package_titles={item.package_title_id}))
    return item
