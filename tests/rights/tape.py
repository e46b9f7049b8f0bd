"""What tests of rights read of the database, kept on tape: they run again from it, without one, as often as one likes.

A test runs once against the real tables. What it loads, compiles and reads goes on its tape; played again, it gets the
same worlds and the same rows, and everything that is made of them is made anew by the program as it is then.
"""

import inspect
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from domain import epoch
from domain.rights import compilation, contracts, deltas, history
from tests.rights import oracle, random_acts, test_held, world

Async = Callable[..., Coroutine[Any, Any, Any]]

_READING: list[tuple[ModuleType, str]] = [
    (world, "load"),
    (compilation, "compile"),
    (contracts, "contract"),
    (oracle, "readable"),
    (test_held, "licences_agree"),
    (random_acts, "some"),
    (epoch, "raise_"),
    (epoch, "current"),
    (deltas, "read"),
    (history, "differences"),
]
"""What tests call to read or write tables. Of `compile` its rows are kept, of the others what they give back."""


class NoSession:
    """Stands where a session does when a tape is played: there is nothing to ask."""

    async def __aenter__(self) -> "NoSession":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def execute(self, *_: object) -> None: ...

    async def rollback(self) -> None: ...


@dataclass
class Taped:
    """A test with what it read. `run` is given something that makes sessions."""

    name: str
    run: Callable[[Callable[[], Any]], object]
    tape: list[Any] = field(default_factory=list)

    async def record(self, sessions: Callable[[], Any]) -> None:
        with _instead(lambda module, name: _recorder(self.tape, module, name)):
            found = self.run(sessions)
            if inspect.isawaitable(found):
                await found

    def play(self) -> None:
        """As the program is now: raises what the test raises."""
        tape = iter(self.tape)
        with _instead(lambda _, name: _player(tape, name)):
            found = self.run(NoSession)
            if inspect.iscoroutine(found):
                _without_waiting(found)


def _without_waiting(coroutine: Coroutine[Any, Any, Any]) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits for something that is not on its tape")


@contextmanager
def _instead(of: Callable[[ModuleType, str], Async]) -> Iterator[None]:
    known = [(module, name, getattr(module, name)) for module, name in _READING]
    try:
        for module, name, _ in known:
            setattr(module, name, of(module, name))
        yield
    finally:
        for module, name, real in known:
            setattr(module, name, real)


def _recorder(tape: list[Any], module: ModuleType, name: str) -> Async:
    real: Async = getattr(module, name)

    async def record(*asked: Any, **how: Any) -> Any:
        length = len(tape)
        if name == "compile":
            rows, found = await _with_rows(real, *asked)
            tape[length:] = [rows]
        else:
            found = await real(*asked, **how)
            tape[length:] = [(found, asked[1].random.getstate()) if name == "some" else found]
        return found

    return record


async def _with_rows(compile_: Async, session: Any) -> tuple[Any, Any]:
    kept: list[Any] = []
    real = compilation.build

    def build(rows: compilation.Rows) -> Any:
        kept.append(rows)
        return real(rows)

    compilation.build = build
    try:
        found = await compile_(session)
    finally:
        compilation.build = real
    return kept[0], found


def _player(tape: Iterator[Any], name: str) -> Async:
    async def play(*asked: Any, **_: Any) -> Any:
        found = next(tape)
        if name == "compile":
            return compilation.build(found)
        if name == "some":
            found, drawn = found
            asked[1].random.setstate(drawn)
        return found

    return play
