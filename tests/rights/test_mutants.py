"""Whether the tests of rights notice when a rule is said otherwise (mutation testing; docs/rights.md).

A mutant is killed by what the tests assert and by nothing else: it is never compared with the program as it is.
"""

import asyncio
import importlib
import logging
import os
import resource
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from _pytest.assertion import util

from api import database as edge
from api.database import Urls
from domain import rights
from tests.rights import surroundings
from tests.rights.mutants import Mutant, mutants
from tests.rights.surroundings import Trial

NOT_TRIED = {"__init__", "contracts", "current", "deltas", "history", "value"}
"""Of `domain.rights` the modules that read the database, which have their own tests; and one without a rule."""
READING = {"compilation": frozenset({"compile", "_nothing_collected"})}
"""What of them reads the database too."""
LEAST = 0.9
WORKERS = 2
SECONDS = 30
"""Of a processor, for a mutant: it may go on for ever."""
BYTES = 4 * 2**30
"""Of address space, besides what the tests before have taken."""


def modules() -> list[str]:
    assert rights.__file__
    found = {file.stem for file in Path(rights.__file__).parent.glob("*.py")}
    return sorted(found - NOT_TRIED)


def all_mutants(*names: str) -> Iterator[Mutant]:
    for name in names or modules():
        yield from mutants(importlib.import_module(f"domain.rights.{name}"), READING.get(name, frozenset()))


def survivors(among: Sequence[Mutant], trials: Sequence[Trial], workers: int = WORKERS) -> list[Mutant]:
    """Those that no trial tells from the program as it is. Each lives in a process of its own."""
    alive: set[int] = set()
    running: dict[int, int] = {}

    def ended() -> None:
        process, status = os.wait()
        number = running.pop(process, None)
        if number is not None and status == 0:
            alive.add(number)

    for number, mutant in enumerate(among):
        while len(running) == workers:
            ended()
        name = mutant.module.__name__.rpartition(".")[2]
        telling = [trial for trial in trials if trial.tells_of(name)]
        running[_apart(partial(_tried, mutant, telling))] = number
    while running:
        ended()
    return [among[number] for number in sorted(alive)]


def _tried(mutant: Mutant, trials: list[Trial]) -> None:
    mutant.live()
    for trial in trials:
        trial.taped.play()


def _apart(do: Callable[[], None]) -> int:
    """Do it in a child process, which ends with 0 where nothing was raised."""
    if process := os.fork():
        return process
    try:
        logging.disable()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        most = _address_space() + BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        util._reprcompare = None  # what is wrong needn't be said
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        do()
    except BaseException:
        os._exit(1)
    os._exit(0)


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()


def recorded(urls: Urls, trials: Iterable[Trial]) -> list[Trial]:
    """With what they read, once they have passed."""
    found = list(trials)

    async def record() -> None:
        pool = edge.engine(urls.app)
        for trial in found:
            await trial.taped.record(edge.sessions(pool))
        await pool.dispose()

    asyncio.run(record())
    for trial in found:
        trial.taped.play()
    return found


def test_a_rule_that_is_said_otherwise_is_noticed(database: Urls) -> None:
    """Of what says when a right begins and ends, by the cases of it."""
    trials = recorded(database, surroundings.cases("4 Dates"))
    days = [mutant for mutant in all_mutants("checks") if mutant.name == "agreement"]
    assert {mutant.what for mutant in days} == {"never", "always", "LtE for Lt", "GtE for Gt"}
    assert survivors(days, trials) == []
    assert survivors(days, []) == days, "what nothing tests survives"


@pytest.mark.long
def test_of_ten_mutants_nine_are_killed(database: Urls, capsys: pytest.CaptureFixture[str]) -> None:
    trials = recorded(database, surroundings.trials())
    made = list(all_mutants())
    assert survivors(made[:2], []) == made[:2], "what nothing tests survives"
    survived = survivors(made, trials)
    of_each, alive = (Counter(mutant.module.__name__ for mutant in among) for among in (made, survived))
    told = [f"{name}: {number - alive[name]} of {number}" for name, number in of_each.items()]
    told.append(f"all: {len(made) - len(survived)} of {len(made)}")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(told) + "\n")
    assert len(survived) <= (1 - LEAST) * len(made), "\n".join(map(str, survived))
