"""What a process holds in memory of the database, and the proof that it is fresh."""

import asyncio
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from domain.reading import fetched

ATTEMPTS = 5

_SEEN = "SELECT value, pg_current_xact_id_if_assigned() IS NOT NULL FROM epoch"


class OfEpoch(Protocol):
    @property
    def epoch(self) -> int: ...


Held = TypeVar("Held", bound=OfEpoch)


class NotFresh(Exception):
    """What is held changed faster than it could be read. Whoever asks what is permitted refuses."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """When this process last compiled it, for its operator. `at`: of the monotonic clock; `seconds`: taken;
    `by_delta`: only what had changed."""

    epoch: int
    at: float
    seconds: float
    by_delta: bool


class Following(ABC, Generic[Held]):
    """Every request reads the epoch in its own transaction; when it is another than that of what is at hand, what
    changed is put in place, or everything compiled anew, once for all who wait."""

    def __init__(self) -> None:
        self._held: Held | None = None
        self.compiled: Compiled | None = None
        self._compiling = asyncio.Lock()

    @abstractmethod
    async def _compile(self, session: AsyncSession) -> Held:
        """All of it, as this transaction sees the tables."""

    @abstractmethod
    async def _follow(self, session: AsyncSession, held: Held, epoch: int) -> Held | None:
        """What is at hand with what changed since; None: too much did, or it can't be told what."""

    def _forget(self) -> None:
        """Let go of what is over: nobody asks for it, and two at a time take twice the memory."""
        self._held = None

    async def fresh(self, session: AsyncSession) -> Held:
        """That of the epoch that this transaction sees.

        Raises:
            NotFresh: it can't be had.
        """
        for _ in range(ATTEMPTS):
            epoch, _wrote = await _seen(session)
            if self._held is not None and self._held.epoch == epoch:
                return self._held
            async with self._compiling:
                if (found := await self._brought(session)) is not None:
                    return found
        raise NotFresh

    async def _brought(self, session: AsyncSession) -> Held | None:
        """None: it changed while it was read, or somebody else was faster with another epoch."""
        epoch, wrote = await _seen(session)
        if self._held is not None and self._held.epoch == epoch:
            return self._held
        began = time.monotonic()
        made = None if self._held is None else await self._follow(session, self._held, epoch)
        by_delta = made is not None
        if made is None:
            if not wrote:
                self._forget()
            made = await self._compile(session)
        still, wrote = await _seen(session)
        if not made.epoch == still == epoch:
            return None
        if not wrote:  # what this transaction wrote may never be committed: then it is for this request alone
            self._held = made
            now = time.monotonic()
            self.compiled = Compiled(epoch, now, now - began, by_delta)
        return made


async def _seen(session: AsyncSession) -> tuple[int, bool]:
    """The epoch, and whether this transaction has written anything."""
    ((epoch, wrote),) = await fetched(session, _SEEN, {})
    return epoch, wrote
