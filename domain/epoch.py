"""The epoch of rights: a number that rises with every change that rights rest on.

What was compiled from them can be known to be stale, and by the history what became different.
"""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.rights import history
from domain.rights.history import EVERYTHING, Changed
from models import consortium as rows

__all__ = ["CHANNEL", "EVERYTHING", "Changed", "current", "raise_"]

CHANNEL = "mutua_epoch"
"""Of the notices that PostgreSQL delivers with each commit that raised it; their text is the new epoch."""

_NEXT = text("SELECT value + 1 FROM epoch FOR UPDATE")
_RAISE = text(
    """
    WITH raised AS (UPDATE epoch SET value = value + 1, raised_at = clock_timestamp() RETURNING value)
    SELECT value, pg_notify(:channel, value::text) FROM raised
    """
)


async def current(session: AsyncSession) -> int:
    """The epoch as this transaction sees it."""
    return (await session.execute(select(col(rows.Epoch.value)))).scalar_one()


async def raise_(session: AsyncSession, changed: Changed = EVERYTHING) -> int:
    """Say that rights changed, and what of them; who listens hears of it with the commit.

    The last statements before the commit: they hold others who raise it until then. First its row is taken, so that
    the difference is found in what everybody before has committed; then the difference is written; then it is raised.
    """
    await session.flush()
    await history.write(session, (await session.execute(_NEXT)).scalar_one(), changed)
    value: int = (await session.execute(_RAISE, {"channel": CHANNEL})).scalar_one()
    return value
