"""decide, readable and plain SQL give the same rights in random worlds."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from api.database import Urls
from domain.principal import Principal
from domain.rights import compilation, pool
from domain.rights.answer import Answer, Context, Granted
from domain.rights.candidates import Question
from domain.rights.decide import decide
from domain.rights.grants import Grants
from domain.rights.readable import readable
from models.vocabulary import AccessReason, Action
from tests.rights import oracle, world
from tests.rights.random_worlds import Asking, questions, worlds
from tests.rights.world import World

FIXED = settings(
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # shrinking a world takes longer than reading it
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
SETTINGS = text("""
    SELECT set_config('mutua.members', '*', true), set_config('jit', 'off', true),
           set_config('plan_cache_mode', 'force_generic_plan', true)""")
FAR = timedelta(days=4000)
ASKED = st.lists(questions, min_size=6, max_size=6)


class Worlds:
    """Loads each world into one database, in a transaction that is rolled back."""

    def __init__(self, runner: asyncio.Runner, maker: edge.Sessions) -> None:
        self.runner, self.maker = runner, maker

    def check(self, told: dict[str, Any], asked: list[Asking]) -> None:
        self.runner.run(self._check(told, asked))

    async def _check(self, told: dict[str, Any], asked: list[Asking]) -> None:
        async with self.maker() as session:
            await session.execute(SETTINGS)
            made = await world.load(session, told)
            grants = await compilation.compile(session)
            for asking in asked:
                await agree(session, grants, made, asking)
            await session.rollback()


async def agree(session: AsyncSession, grants: Grants, made: World, asking: Asking) -> None:
    principal, context = asking.principal(made), asking.context(made)
    answers = {
        resource_id: decide(grants, principal, resource_id, asking.action, context, asking.now)
        for resource_id in grants.resources
    }
    decided = BitMap(made.ordinals[of] for of, answer in answers.items() if isinstance(answer, Granted))
    assert readable(grants, principal, asking.action, context, asking.now) == decided
    assert readable(grants, principal, asking.action, context, asking.now) == decided, "kept bitmaps"
    assert await oracle.readable(session, principal, asking.action, context, asking.now) == decided
    for answer in answers.values():
        names_its_ground(answer)
        is_among_the_readers(grants, principal, context, asking, answer)
        stands_as_long_as_it_says(grants, principal, context, asking, answer)


def names_its_ground(answer: Answer) -> None:
    """Every answer names a term, the default, or a right that needs none (invariant I7)."""
    if isinstance(answer, Granted):
        assert answer.term_id or answer.by_default or answer.basis.value not in {"licence", "shared_collection"}
        assert (answer.term_id is None) or answer.clause_id
    else:
        assert answer.remedies
        assert answer.reason is not AccessReason.RULE_ERROR


def is_among_the_readers(
    grants: Grants, principal: Principal, context: Context, asking: Asking, answer: Answer
) -> None:
    """Whoever may open a resource finds her member among those that are listed for it before she signs in.

    Without a day each member's own counts, and there the consortium's; the law is the member's country's. What a law
    permits somebody to do with what is open to everybody, it needn't permit everybody.
    """
    if not isinstance(answer, Granted) or asking.on is None or principal.territory:
        return
    question = Question(grants, grants.resources[answer.resource_id], answer.action, context, asking.now)
    readers = pool.readers(question)
    if answer.member_id:
        assert readers is None or answer.member_id in readers
    elif answer.action is Action.VIEW:
        assert readers is None


def stands_as_long_as_it_says(
    grants: Grants, principal: Principal, context: Context, asking: Asking, answer: Answer
) -> None:
    """Until `valid_until`, or for good, the same is granted, or refused for the same reason."""
    if asking.on is None or answer.resource_id is None:
        return
    last = answer.valid_until or min(asking.on, date.max - FAR) + FAR
    assert last >= asking.on
    for days in {1, 40, 250, (last - asking.on).days}:
        day = asking.on + timedelta(min(days, (last - asking.on).days))
        later = decide(grants, principal, answer.resource_id, answer.action, replace(context, on=day), asking.now)
        assert _outcome(later) == _outcome(answer), day


def _outcome(answer: Answer) -> str:
    return "granted" if isinstance(answer, Granted) else answer.reason.value


@pytest.fixture(scope="module")
def loaded(empty: Urls) -> Iterator[Worlds]:
    with asyncio.Runner() as runner:
        pool = edge.engine(empty.app)
        yield Worlds(runner, edge.sessions(pool))
        runner.run(pool.dispose())


@settings(FIXED, max_examples=60)
@given(told=worlds(), asked=ASKED)
def test_decide_readable_and_sql_agree(loaded: Worlds, told: dict[str, Any], asked: list[Asking]) -> None:
    loaded.check(told, asked)


@pytest.mark.long
@settings(FIXED, max_examples=3000)
@given(told=worlds(), asked=ASKED)
def test_decide_readable_and_sql_agree_in_thousands_of_worlds(
    loaded: Worlds, told: dict[str, Any], asked: list[Asking]
) -> None:
    loaded.check(told, asked)
