"""The tests of rights that judge mutants, each on tape (tape.py): cases, random worlds and what stands beside them."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy
from sqlalchemy import text

from tests.rights import (
    test_card,
    test_cases,
    test_coverage,
    test_deltas,
    test_explain,
    test_extents,
    test_held,
    test_kept,
    test_kept_bitmaps,
    test_listed,
    test_printed,
    test_soundness,
    test_three_forms,
)
from tests.rights.random_worlds import worlds
from tests.rights.tape import Taped
from tests.rights.test_three_forms import FIXED

Sessions = Callable[[], Any]

LEAVES = frozenset({"card", "change", "explain", "facts", "held", "readable", "replacing", "soundness", "subject"})
"""Modules that no decision reads: only tests that name them tell anything of them."""


@dataclass(frozen=True)
class Trial:
    """A test on tape, with the leaves that it reaches."""

    taped: Taped
    leaves: frozenset[str]

    def tells_of(self, module: str) -> bool:
        return module in self.leaves or module not in LEAVES


def cases(rule: str = "") -> Iterator[Trial]:
    """Those of one file, or all."""
    for trial in _of(test_cases, "change explain facts readable subject"):
        if rule in trial.taped.name:
            yield trial


def trials() -> Iterator[Trial]:
    """All, the quick ones first."""
    yield from cases()
    for module, leaves in (
        (test_explain, "change explain facts"),
        (test_card, "card facts"),
        (test_extents, ""),
        (test_coverage, ""),
        (test_listed, "held"),
        (test_soundness, "soundness"),
        (test_kept_bitmaps, "readable"),
        (test_kept, ""),
        (test_printed, ""),
        (test_deltas, "replacing"),
    ):
        yield from _of(module, leaves)
    yield from _worlds(240, test_three_forms.Worlds, "readable", asked=test_three_forms.ASKED)
    yield from _worlds(40, test_explain.Explained, "change explain facts", asked=test_three_forms.ASKED)
    held = {name: strategy for name, strategy in test_held.ASKED.items() if name != "told"}
    yield from _worlds(90, test_held.Worlds, "held", **held)
    yield from _worlds(20, lambda *made: _Cards(*made), "card")
    yield from _worlds(60, test_deltas.Worlds, "replacing readable", asked=test_deltas.ASKED, seed=test_deltas.SEEDS)


class _Cards(test_card.Carded):
    async def _check(self, told: dict[str, Any], asked: Any = None) -> None:
        await super()._check(told, [])


def _of(module: ModuleType, leaves: str) -> Iterator[Trial]:
    """What a module tests of itself, but for random worlds: these ask for a database."""
    for name, test in vars(module).items():
        if name.startswith("test_") and inspect.isfunction(test) and not _of_worlds(test):
            for values in _parametrized(test):
                told = " ".join(getattr(one, "rule", str(one)) for one in values.values())
                yield Trial(Taped(f"{name} {told}", _prepared(test, values)), frozenset(leaves.split()))


def _of_worlds(test: Any) -> bool:
    return hasattr(test, "hypothesis") and bool(inspect.signature(test).parameters)


def _parametrized(test: Any) -> Iterator[dict[str, Any]]:
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    for chosen in product(*(mark.args[1] for mark in marks)):
        found: dict[str, Any] = {}
        for mark, one in zip(marks, chosen, strict=True):
            names = [mark.args[0]] if isinstance(mark.args[0], str) else mark.args[0]
            values = getattr(one, "values", one if len(names) > 1 else (one,))
            found |= dict(zip(names, values, strict=True))
        yield found


def _prepared(test: Any, values: dict[str, Any]) -> Callable[[Sessions], object]:
    """With what it asks for, as conftest.py gives it."""
    wanted = inspect.signature(test).parameters

    async def on_tables(sessions: Sessions) -> None:
        async with sessions() as session:
            await session.execute(text("SELECT set_config('mutua.members', '*', true)"))
            await test(tables=session, **values)
            await session.rollback()

    def plain(_: Sessions) -> None:
        with pytest.MonkeyPatch.context() as patch:
            test(**({"monkeypatch": patch} if "monkeypatch" in wanted else {}), **values)

    return on_tables if "tables" in wanted else plain


def _worlds(number: int, of: Any, leaves: str, **asked: SearchStrategy[Any]) -> Iterator[Trial]:
    drawn: list[dict[str, Any]] = []

    @settings(FIXED, max_examples=number)
    @given(told=worlds(), **asked)
    def draw(**values: Any) -> None:
        drawn.append(values)

    draw()
    for values in drawn:

        def run(sessions: Sessions, values: dict[str, Any] = values) -> object:
            return of(None, sessions)._check(**values)

        yield Trial(Taped(f"random world of {of.__module__}", run), frozenset(leaves.split()))
