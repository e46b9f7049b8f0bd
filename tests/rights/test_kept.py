"""What is worked out once stays at hand, and never more than so much of it."""

from collections.abc import Hashable
from functools import partial

import pytest

from domain.rights import kept as keeping
from domain.rights.kept import kept


def test_the_same_is_worked_out_once() -> None:
    store: dict[Hashable, bool] = {}
    made: list[bool] = []

    def make() -> bool:
        made.append(False)
        return False

    assert [kept(store, "asked", make) for _ in range(3)] == [False] * 3
    assert made == [False], "a no is an answer too"


def test_strangers_questions_never_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST", 3)
    store: dict[Hashable, int] = {}
    for asked in range(10):
        assert kept(store, asked, partial(int, asked)) == asked
    assert list(store) == [7, 8, 9], "the oldest goes first"
