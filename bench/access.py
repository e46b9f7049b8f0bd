"""Rights: compiling them, their memory, and the three forms of a decision on one consortium.

    python -m bench.access [TITLES LICENCES MEMBERS]        default 200000 3000 300

The three forms are asked the same questions, and their answers compared: `decide` for one resource, `readable` for all
of them, and the plain SQL of tests/rights/oracle.sql, which shares nothing with the program.
"""

import asyncio
import gc
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import database
from api.database import Transactions
from bench.cluster import Place, figure, place, say, seconds
from bench.world import World, key
from domain import decisions, epoch
from domain.catalogue import search
from domain.decisions import Asked
from domain.keys import KeyStore
from domain.principal import Membership, Principal
from domain.rights import compilation
from domain.rights.answer import Context, Granted, Refused
from domain.rights.change import Situation, cheapest
from domain.rights.current import Current
from domain.rights.decide import decide
from domain.rights.explain import trace
from domain.rights.grants import Grants
from domain.rights.readable import readable
from models.vocabulary import Action, Affiliation
from tests.rights import oracle

PAGE = 20
COMPARED = 2000
"""Resources for which `decide` is compared with the other forms; those two are compared for all."""


async def measured(where: Place, world: World) -> None:
    pool = database.engine(where.app, statement_seconds=0)
    begin = database.as_everybody(database.sessions(pool))
    student = Principal((Membership(key("member", 1), frozenset({Affiliation.STUDENT})),))
    try:
        async with begin() as session:
            grants = await _compiled(session)
            _decisions(grants, student, KeyStore(where.folder / "keys"))
            await _forms(session, grants, student)
        await _lists(begin, student)
    finally:
        await pool.dispose()


async def _compiled(session: AsyncSession) -> Grants:
    rows = (await session.execute(text("SELECT count(*) FROM implied_grants WHERE member_id IS NOT NULL"))).scalar_one()
    figure("grants of members", rows, "")
    for name, query in compilation.QUERIES.items():
        taken = await _awaited(lambda query=query: session.execute(text(query)))  # type: ignore[misc] # a default binds
        if taken > 0.05:
            figure(f"  reading {name}", taken * 1e3, "ms")
    figure("compile, from the tables", await _awaited(lambda: compilation.compile(session)) * 1e3, "ms")
    gc.collect()
    tracemalloc.start()
    grants = await compilation.compile(session)
    gc.collect()
    figure("memory of the compiled rights", tracemalloc.get_traced_memory()[0] / 1e6, "MB")
    tracemalloc.stop()
    return grants


async def _awaited(run: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await run()
    return time.perf_counter() - began


def _decisions(grants: Grants, student: Principal, keys: KeyStore) -> None:
    context, now = Context(), datetime.now(UTC)
    open_to_her = readable(grants, student, Action.VIEW, context, now)
    granted = [one.id for one in grants.resources.values() if one.ordinal in open_to_her][:PAGE]
    refused = [one.id for one in grants.resources.values() if one.ordinal not in open_to_her][:PAGE]
    for what, principal, page in (
        ("granted", student, granted),
        ("refused with remedies", student, refused),
        ("not signed in", Principal(), granted),
    ):

        def ask(principal: Principal = principal, page: list[Any] = page) -> None:
            for resource_id in page:
                decide(grants, principal, resource_id, Action.VIEW, context, now)

        figure(f"decide, {what}", seconds(ask, times=200) / PAGE * 1e6, "µs")
    asked = Asked(student, context, now, grants.epoch)
    answer = decide(grants, student, granted[0], Action.VIEW, context, now)
    sealed = decisions.seal(keys, answer, asked)
    figure("sealing a decision", seconds(lambda: decisions.seal(keys, answer, asked), times=1000) * 1e6, "µs")
    figure("opening a sealed decision", seconds(lambda: decisions.explain(keys, sealed), times=1000) * 1e6, "µs")
    refusals = [decide(grants, student, one, Action.VIEW, context, now) for one in refused]
    situation = Situation(grants, student, Action.VIEW, context, now)

    def explain() -> None:
        for resource_id in granted:
            trace(grants, student, resource_id, Action.VIEW, context, now)

    def change() -> None:
        for one in refusals:
            if isinstance(one, Refused):
                cheapest(situation, one)

    figure("the checks behind a decision", seconds(explain, times=100) / len(granted) * 1e6, "µs")
    figure("what would change a refusal", seconds(change, times=100) / len(refusals) * 1e6, "µs")


async def _forms(session: AsyncSession, grants: Grants, student: Principal) -> None:
    """All that a student may view, in each form; the answers must be the same."""
    context, now = Context(), datetime.now(UTC)

    def bitmap() -> Any:
        return readable(grants, student, Action.VIEW, context, now)

    def cold() -> None:
        grants.bitmaps.clear()
        bitmap()

    def other_profile() -> None:
        of_member = [
            made_of for made_of in grants.bitmaps if isinstance(made_of, tuple) and made_of[0] == key("member", 1)
        ]
        for made_of in of_member:
            del grants.bitmaps[made_of]
        bitmap()

    began = time.perf_counter()
    by_sql = await oracle.readable(session, student, Action.VIEW, context, now)
    in_sql = time.perf_counter() - began
    step = max(1, len(grants.resources) // COMPARED)
    sample = list(grants.resources.values())[::step]
    began = time.perf_counter()
    one_by_one = {
        one.ordinal for one in sample if isinstance(decide(grants, student, one.id, Action.VIEW, context, now), Granted)
    }
    deciding = (time.perf_counter() - began) / len(sample) * len(grants.resources)
    opened = bitmap()
    if by_sql != opened or one_by_one != {one.ordinal for one in sample if one.ordinal in opened}:
        raise AssertionError("the three forms differ")
    figure("titles that a student may view", len(opened), "")
    say(f"{'all that she may view':<62} {'ms':>12} {'times kept':>12}")
    kept = seconds(bitmap, times=1000)
    for what, taken in (
        ("readable, kept", kept),
        ("readable, a new profile of a member", seconds(other_profile, times=20)),
        ("readable, the first after a change", seconds(cold, times=3)),
        ("decide, one after the other", deciding),
        ("plain SQL (tests/rights/oracle.sql)", in_sql),
    ):
        say(f"  {what:<60} {taken * 1e3:>12,.3f} {taken / kept:>12,.0f}")


async def _lists(begin: Transactions, student: Principal) -> None:
    """A page of what she may view, as a request makes it: the epoch, the bitmap, the page."""
    rights = Current()

    async def page() -> None:
        async with begin() as session:
            grants = await rights.fresh(session)
            within = readable(grants, student, Action.VIEW, Context(), datetime.now(UTC))
            await search.page(session, search.Search(within=within), search.Order(), search.Page(first=PAGE))

    async def raised() -> None:
        async with begin() as session:
            await epoch.raise_(session)

    figure("first list of a process", await _awaited(page) * 1e3, "ms")
    usual = min([await _awaited(page) for _ in range(10)])
    await raised()
    changed = await _awaited(page)
    figure("a list, rights unchanged", usual * 1e3, "ms")
    figure("first list after an epoch change", changed * 1e3, "ms")
    figure("  times a list with rights unchanged", changed / usual, "")


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:]] or [200_000, 3000, 300]
    titles, licences, members = numbers
    world = World(members=members, licences=licences, titles=titles)
    with place() as where:
        figure(f"loading {titles} titles by COPY", seconds(lambda: world.load(where.admin)), "s")
        asyncio.run(measured(where, world))


if __name__ == "__main__":
    main()
