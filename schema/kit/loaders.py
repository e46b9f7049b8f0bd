"""Batched look-ups of one request.

An AsyncSession serves one statement at a time, and resolvers of one operation run side by side: every look-up goes
through the request's lock. Loaders live as long as the request, so what one field loaded another finds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader

Batch = Callable[[AsyncSession, Sequence[Any]], Awaitable[dict[Any, Any]]]
"""One statement for many keys; a key that isn't in the answer is unknown."""

_BATCHES: dict[str, tuple[Batch, Any]] = {}


def loader(name: str, missing: Any = None) -> Callable[[Batch], Batch]:
    """Register a batch under the name by which fields call it. `missing`: the answer for a key without one."""

    def register(batch: Batch) -> Batch:
        if name in _BATCHES:
            raise ValueError(f"two loaders are called {name}")
        _BATCHES[name] = batch, missing
        return batch

    return register


class Loaders:
    """The loaders of one request, made when first used."""

    def __init__(self, session: AsyncSession, lock: asyncio.Lock) -> None:
        self._session = session
        self._lock = lock
        self._made: dict[Hashable, DataLoader[Any, Any]] = {}

    def load(self, name: str, key: Any) -> Awaitable[Any]:
        """The answer of a registered batch for one key."""
        batch, missing = _BATCHES[name]
        return self.by(name, batch, missing).load(key)

    def by(self, identity: Hashable, batch: Batch, missing: Any = None) -> DataLoader[Any, Any]:
        """A loader of this request for any batch, for example one that depends on a field's arguments."""
        found = self._made.get(identity)
        if found is None:
            found = self._made[identity] = DataLoader(self._serialised(batch, missing))
        return found

    def _serialised(self, batch: Batch, missing: Any) -> Callable[[list[Any]], Awaitable[list[Any]]]:
        async def load(keys: list[Any]) -> list[Any]:
            async with self._lock:
                found = await batch(self._session, keys)
            return [found.get(key, missing) for key in keys]

        return load
