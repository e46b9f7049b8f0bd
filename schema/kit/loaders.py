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
        self.known: dict[Any, Any] = {}
        self._waiting: dict[Any, list[asyncio.Future[Any]]] = {}
        self._next: list[Any] = []

    def load(self, key: Any) -> asyncio.Future[Any]:
        """A future of its own for each call: who stops waiting takes the answer from nobody else."""
        found: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if key in self.known:
            found.set_result(self.known[key])
            return found
        if key not in self._waiting:
            if not self._next:
                self._turns.start(self._answer)
            self._next.append(key)
            self._waiting[key] = []
        self._waiting[key].append(found)
        return found

    async def _answer(self, session: AsyncSession) -> None:
        keys, self._next = self._next, []
        try:
            found = await self._batch(session, keys)
        except Exception as error:
            for waiting in self._answered(keys):
                waiting.set_exception(error)
                waiting.exception()  # whoever waits is told; nobody may be left to
            return
        self.known |= {key: found.get(key, self._missing) for key in keys}
        for key in keys:
            for waiting in self._answered([key]):
                waiting.set_result(self.known[key])

    def _answered(self, keys: Sequence[Any]) -> list[asyncio.Future[Any]]:
        """Who still waits for these keys, from now on for nothing."""
        return [one for key in keys for one in self._waiting.pop(key) if not one.done()]


class Loaders:
    """The loaders of one request, made when first used."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._made: dict[Hashable, Loader] = {}

    def load(self, name: str, key: Any) -> Awaitable[Any]:
        """The answer of a registered batch for one key."""
        batch, missing = _BATCHES[name]
        return self.by(name, batch, missing).load(key)

    def get(self, name: str, key: Any) -> Any:
        """For resolvers: the answer itself where it is at hand, else what to wait for."""
        batch, missing = _BATCHES[name]
        loader = self.by(name, batch, missing)
        return loader.known[key] if key in loader.known else loader.load(key)

    def keep(self, name: str, key: Any, answer: Any) -> None:
        """What came otherwise needn't be asked for."""
        self.by(name, *_BATCHES[name]).known[key] = answer

    def by(self, identity: Hashable, batch: Batch, missing: Any = None) -> Loader:
        """A loader of this request for any batch, for example one that depends on a field's arguments."""
        found = self._made.get(identity)
        if found is None:
            found = self._made[identity] = Loader(self._turns, batch, missing)
        return found
