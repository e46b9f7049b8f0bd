"""Content items: the files of package titles."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models import content as rows


async def by_id(session: AsyncSession, item_id: UUID) -> rows.ContentItem | None:
    return await session.get(rows.ContentItem, item_id)


def dates(item: rows.ContentItem) -> tuple[date, date] | None:
    """The first and the last day of the item's own date; None where nobody knows it."""
    if item.published_first is None or item.published_last is None:
        return None
    return item.published_first, item.published_last
