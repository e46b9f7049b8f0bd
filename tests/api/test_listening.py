"""Following changed rights stops when it is told to, whatever comes at the same moment."""

import asyncio
from typing import Literal

import pytest

from api import database as edge
from api import listening
from api.database import Urls
from domain.rights.current import Current


class Notices(asyncio.Event):
    """`awaited` once somebody waits for the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.awaited = asyncio.Event()

    async def wait(self) -> Literal[True]:
        self.awaited.set()
        return await super().wait()


async def test_a_notice_at_the_moment_of_stopping_does_not_keep_it_going(
    database: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "POLL_SECONDS", 600)
    pool, notices = edge.engine(database.app), Notices()
    refreshing = asyncio.create_task(listening._refresh(edge.sessions(pool), [Current()], notices))
    await notices.awaited.wait()
    notices.set()
    await asyncio.sleep(0)  # the notice is heard, and whoever waits hasn't gone on yet
    refreshing.cancel()
    _, going_on = await asyncio.wait([refreshing], timeout=10)
    refreshing.cancel()
    await asyncio.gather(refreshing, return_exceptions=True)
    await pool.dispose()
    assert not going_on
