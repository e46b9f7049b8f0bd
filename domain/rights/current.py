"""The compiled rights of this process, and the proof that they are fresh."""

import asyncio
import gc
import time
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from domain.reading import fetched
from domain.rights import compilation, deltas, replacing
from domain.rights.grants import Grants

ATTEMPTS = 5

_SEEN = "SELECT value, pg_current_xact_id_if_assigned() IS NOT NULL FROM epoch"


class NotFresh(Exception):
    """Rights changed faster than they could be read. Whoever meets it refuses."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """When this process last compiled rights, for its operator. `at`: of the monotonic clock; `seconds`: taken;
    `by_delta`: only what had changed."""

    epoch: int
    at: float
    seconds: float
    by_delta: bool


class Current:
    """Every request reads the epoch in its own transaction; when it is another than that of the grants at hand, what
    changed is put in place, or everything compiled anew, once for all who wait."""

    def __init__(self) -> None:
        self._grants: Grants | None = None
        self.compiled: Compiled | None = None
        self._compiling = asyncio.Lock()

    async def grants(self, session: AsyncSession) -> Grants:
        """The grants of the epoch that this transaction sees.

        Raises:
            NotFresh: they can't be had.
        """
        for _ in range(ATTEMPTS):
            epoch, _wrote = await _seen(session)
            if self._grants is not None and self._grants.epoch == epoch:
                return self._grants
            async with self._compiling:
                if (found := await self._brought(session)) is not None:
                    return found
        raise NotFresh

    async def _brought(self, session: AsyncSession) -> Grants | None:
        """None: rights changed while they were read, or somebody else was faster with another epoch."""
        epoch, wrote = await _seen(session)
        if self._grants is not None and self._grants.epoch == epoch:
            return self._grants
        began = time.monotonic()
        made = await self._followed(session, epoch)
        by_delta = made is not None
        if made is None:
            if not wrote:
                self._forget()
            made = await compilation.compile(session)
        still, wrote = await _seen(session)
        if not made.epoch == still == epoch:
            return None
        if not wrote:  # what this transaction wrote may never be committed: then it is for this request alone
            self._grants = made
            now = time.monotonic()
            self.compiled = Compiled(epoch, now, now - began, by_delta)
        return made

    async def _followed(self, session: AsyncSession, epoch: int) -> Grants | None:
        """What is at hand with what changed since; None: there is nothing at hand, or too much changed."""
        if self._grants is None or (delta := await deltas.read(session, self._grants, epoch)) is None:
            return None
        return await asyncio.to_thread(replacing.follow, self._grants, delta)

    def _forget(self) -> None:
        """Let go of grants whose epoch is over: nobody asks for them, and two at a time take twice the memory.

        While they were compiled, what else was there was frozen with them (`compilation`). What of that is garbage by
        now is found here, while there is little to look through.
        """
        self._grants = None
        if gc.get_freeze_count():
            gc.unfreeze()
            gc.collect()


async def _seen(session: AsyncSession) -> tuple[int, bool]:
    """The epoch, and whether this transaction has written anything."""
    ((epoch, wrote),) = await fetched(session, _SEEN, {})
    return epoch, wrote
