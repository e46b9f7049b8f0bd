"""The epoch of rights: a number that rises with every change that rights rest on.

What was compiled from them can be known to be stale.
"""

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models import consortium as rows


async def current(session: AsyncSession) -> int:
    """The epoch as this transaction sees it."""
    return (await session.execute(select(col(rows.Epoch.value)))).scalar_one()


async def raise_(session: AsyncSession) -> int:
    """Say that rights changed. The last statement before the commit: it holds others who raise it until then."""
    raised = (
        update(rows.Epoch)
        .values(value=col(rows.Epoch.value) + 1, raised_at=func.clock_timestamp())
        .returning(col(rows.Epoch.value))
    )
    return (await session.execute(raised)).scalar_one()
