"""The epoch of rights: a number that rises with every change that rights rest on.

What was compiled from them can be known to be stale.
"""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models import consortium as rows

CHANNEL = "mutua_epoch"
"""Of the notices that PostgreSQL delivers with each commit that raised it; their text is the new epoch."""

_RAISE = text(
    """
    WITH raised AS (UPDATE epoch SET value = value + 1, raised_at = clock_timestamp() RETURNING value)
    SELECT value, pg_notify(:channel, value::text) FROM raised
    """
)


async def current(session: AsyncSession) -> int:
    """The epoch as this transaction sees it."""
    return (await session.execute(select(col(rows.Epoch.value)))).scalar_one()


async def raise_(session: AsyncSession) -> int:
    """Say that rights changed; who listens hears of it with the commit. The last statement before the commit: it holds
    others who raise it until then."""
    await session.flush()
    value: int = (await session.execute(_RAISE, {"channel": CHANNEL})).scalar_one()
    return value
