"""Batched look-ups of one request: what one field loaded, another finds."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from schema.kit.turns import Turns

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


class Loader:
    """Asks for all the keys that are wanted when its turn comes, and for each key once."""

    def __init__(self, turns: Turns, batch: Batch, missing: Any) -> None:
        self._turns = turns
        self._batch = batch
        self._missing = missing
        self._known: dict[Any, asyncio.Future[Any]] = {}
        self._waiting: list[Any] = []

    def load(self, key: Any) -> Awaitable[Any]:
        """Shielded: who stops waiting takes the answer from nobody else."""
        found = self._known.get(key)
        if found is None:
            if not self._waiting:
                self._turns.start(self._answer)
            self._waiting.append(key)
            found = self._known[key] = asyncio.get_running_loop().create_future()
        return asyncio.shield(found)

    async def _answer(self, session: AsyncSession) -> None:
        keys, self._waiting = self._waiting, []
        try:
            found = await self._batch(session, keys)
        except Exception as error:
            for key in keys:
                self._known[key].set_exception(error)
                self._known[key].exception()  # whoever waits is told; nobody may be left to
            return
        for key in keys:
            self._known[key].set_result(found.get(key, self._missing))


class Loaders:
    """The loaders of one request, made when first used."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._made: dict[Hashable, Loader] = {}

    def load(self, name: str, key: Any) -> Awaitable[Any]:
        """The answer of a registered batch for one key."""
        batch, missing = _BATCHES[name]
        return self.by(name, batch, missing).load(key)

    def by(self, identity: Hashable, batch: Batch, missing: Any = None) -> Loader:
        """A loader of this request for any batch, for example one that depends on a field's arguments."""
        found = self._made.get(identity)
        if found is None:
            found = self._made[identity] = Loader(self._turns, batch, missing)
        return found
