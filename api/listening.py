"""Hearing at once that rights or the catalogue changed, whichever process changed them, and compiling them before
anybody asks.

Nothing is decided here: every request reads the epoch in its own transaction. Whatever goes wrong costs the next
request the time of compiling, and one line in the log.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from psycopg import AsyncConnection, OperationalError, sql

from api import database
from domain import epoch
from domain.following import Following

log = logging.getLogger("mutua.listening")

POLL_SECONDS = 1.0
"""Without a notice the epoch is read this often."""
LONGEST_PAUSE = 60.0
NAME = "mutua listening"
"""Of its connection, in pg_stat_activity."""


@asynccontextmanager
async def following(url: str, *held: Following[Any]) -> AsyncIterator[None]:
    """Keep what the process holds fresh within the block, by connections of its own: requests lose none to it."""
    changed = asyncio.Event()
    pool = database.engine(url)
    refresh = _refresh(database.sessions(pool), held, changed)
    tasks = [asyncio.create_task(_listen(url, changed)), asyncio.create_task(refresh)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await pool.dispose()


async def _listen(url: str, changed: asyncio.Event) -> None:
    """One connection for notices; where it is lost, another one, waiting longer each time that fails."""
    pause = POLL_SECONDS
    while True:
        try:
            async with await _connected(url) as connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(epoch.CHANNEL)))
                pause = POLL_SECONDS
                changed.set()
                async for _notice in connection.notifies():
                    changed.set()
        except (OperationalError, OSError):
            log.warning("no notices of changed rights: the connection is lost; trying again in %.0f s", pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def _connected(url: str) -> AsyncConnection:
    """It says nothing for days; so the system asks whether the other end is still there."""
    return await AsyncConnection.connect(
        database.libpq(url),
        autocommit=True,
        application_name=NAME,
        connect_timeout=10,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
    )


async def _refresh(sessions: database.Sessions, held: Sequence[Following[Any]], changed: asyncio.Event) -> None:
    """Compile what is stale. What fails is tried again with the next notice or poll, and told once."""
    told: str | None = None
    while True:
        changed.clear()
        try:
            async with sessions() as session:
                for one in held:
                    await one.fresh(session)
            told = None
        except Exception as error:
            if told != (told := type(error).__name__):
                log.warning("what changed can't be compiled ahead of requests: %s", told)
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):  # wait_for loses a cancellation that comes with the notice
                await changed.wait()
