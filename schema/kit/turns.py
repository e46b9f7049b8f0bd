"""Taking turns at the database: an AsyncSession serves one statement at a time, and resolvers run side by side.

GraphQL cancels resolvers whose answer nobody needs any more. A statement that has begun is never cut off by that: it
would cost the connection, and with it the whole transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

Answer = TypeVar("Answer")

JOINING_ROUNDS = 4
"""Of the event loop, before a statement: whom the last answer woke gets so far as to ask for what is wanted next."""


class Turns:
    """The session of one request and the queue for it."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._lock = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._over = False

    def start(self, work: Callable[[AsyncSession], Coroutine[Any, Any, Answer]]) -> asyncio.Task[Answer]:
        """Do this when it is its turn; resolvers of the same depth get the time to join in."""
        if self._over:
            raise RuntimeError("the request is over")
        task = asyncio.create_task(self._in_turn(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def take(self, work: Callable[[AsyncSession], Coroutine[Any, Any, Answer]]) -> Awaitable[Answer]:
        """The answer of this, when it is its turn."""
        return asyncio.shield(self.start(work))

    async def _in_turn(self, work: Callable[[AsyncSession], Coroutine[Any, Any, Answer]]) -> Answer:
        async with self._lock:
            for _ in range(JOINING_ROUNDS):
                await asyncio.sleep(0)
            return await work(self._session)

    async def settle(self) -> None:
        """Let nothing begin any more, and wait for what has begun. Before the transaction ends."""
        self._over = True
        await asyncio.gather(*self._running, return_exceptions=True)

    async def stop(self) -> None:
        """The same in a hurry: the transaction is lost anyway."""
        self._over = True
        for task in self._running:
            task.cancel()
        await self.settle()
