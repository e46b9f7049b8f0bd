"""Rights at memory's speed, beside what else could decide them. Whatever is compared must answer the same.

python -m bench.rights [TITLES LICENCES MEMBERS]        default 200000 3000 300
"""

import asyncio
import gc
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from datetime import time as clock

from api import database
from bench.cluster import Place, figure, place, say
from bench.rights import cedar, changes, lists, opa, questions
from bench.rights.questions import Asker, Told
from bench.world import World
from domain.rights import compilation
from domain.rights.grants import Grants

PASSES = 7
HUNDREDTH = 100


def decisions(where: Place, world: World, grants: Grants) -> float:
    """Processor time of one decision of each engine, on one core, in the best of some passes; ours is given back."""
    askers = questions.askers(grants, world.members)
    now = datetime.combine(world.day, clock(12), UTC)
    answers: list[Told] = []
    first = _spent(lambda: answers.extend(questions.ours(grants, askers, now))) / len(answers)
    ours = min(_spent(lambda: questions.ours(grants, askers, now)) for _ in range(PASSES)) / len(answers)
    figure(f"questions, of {len(askers)} readers with a page each", len(answers), "")
    figure("  granted", sum(granted for granted, _ in answers), "")
    figure("a decision with its term, asked for the first time", first * 1e6, "µs")
    figure("a decision with its term", ours * 1e6, "µs")
    if world.licences > HUNDREDTH:
        _beside(where, world, grants, askers, answers, ours)
    return ours


def _beside(where: Place, world: World, grants: Grants, askers: list[Asker], answers: list[Told], ours: float) -> None:
    program = opa.built(where.folder)
    for way, what in (("values", "OPA, all that it reads and is asked converted before"), ("plain", "OPA")):
        if program is None:
            break
        theirs, taken = opa.asked(program, grants, askers, world.day, where.folder, way)
        _same(theirs, answers, "OPA")
        _times(what, taken, ours)
    for parsed, what in ((True, "cedarpy, its slices parsed before"), (False, "cedarpy with sliced policies")):
        theirs, taken = cedar.asked(grants, askers, world.day, parsed=parsed)
        _same(theirs, answers, "Cedar")
        _times(what, taken, ours)


def _times(what: str, taken: float, ours: float) -> None:
    figure(what, taken * 1e6, "µs")
    figure("  times ours", taken / ours, "")


def _same(theirs: list[Told], ours: list[Told], who: str) -> None:
    wrong = [pair for pair in zip(theirs, ours, strict=True) if pair[0] != pair[1]]
    if wrong:
        raise AssertionError(f"{who} answers {len(wrong)} questions otherwise, the first {wrong[0]}")


def _spent(run: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    run()
    return time.process_time() - began


async def compiled(where: Place) -> Grants:
    pool = database.engine(where.app, statement_seconds=0)
    async with database.as_everybody(database.sessions(pool))() as session:
        grants = await compilation.compile(session)
    await pool.dispose()
    return grants


async def in_database(where: Place, world: World, grants: Grants) -> None:
    pool = database.engine(where.app, statement_seconds=0)
    begin = database.as_everybody(database.sessions(pool))
    async with begin() as session:
        await lists.compared(session, grants, world)
        await changes.memory(session, grants)
    await changes.measured(begin)
    await pool.dispose()


def main() -> None:
    titles, licences, members = [int(word) for word in sys.argv[1:]] or [200_000, 3000, 300]
    spent: list[float] = []
    for count in (licences, max(1, licences // HUNDREDTH)):
        say(f"{count} licences")
        world = World(members=members, licences=count, titles=titles)
        with place() as where:
            world.load(where.admin)
            grants = asyncio.run(compiled(where))
            spent.append(decisions(where, world, grants))
            if count == licences:
                asyncio.run(in_database(where, world, grants))
            del grants
    figure(f"a decision under {HUNDREDTH} times the licences: times as long", spent[0] / spent[1], "")


if __name__ == "__main__":
    main()
