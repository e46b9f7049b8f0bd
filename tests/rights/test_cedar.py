"""`decide` and Cedar come to the same decisions in random worlds."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from api.database import Urls
from domain.rights import compilation
from domain.rights.answer import Granted
from domain.rights.decide import decide
from tests.rights import cedar, world
from tests.rights.random_worlds import Asking, worlds
from tests.rights.test_three_forms import ASKED, FIXED, SETTINGS


class Compared:
    """Counts the decisions that were compared; each world is rolled back."""

    def __init__(self, runner: asyncio.Runner, maker: edge.Sessions) -> None:
        self.runner, self.maker = runner, maker
        self.decisions = self.granted = 0

    def check(self, told: dict[str, Any], asked: list[Asking]) -> None:
        self.runner.run(self._check(told, asked))

    async def _check(self, told: dict[str, Any], asked: list[Asking]) -> None:
        async with self.maker() as session:
            await session.execute(SETTINGS)
            await self._compare(session, told, asked)
            await session.rollback()

    async def _compare(self, session: AsyncSession, told: dict[str, Any], asked: list[Asking]) -> None:
        made = await world.load(session, told)
        grants = await compilation.compile(session)
        for asking in asked:
            principal, context = asking.principal(made), asking.context(made)
            by_cedar = await cedar.readable(session, made, told, principal, asking.action, context, asking.now)
            for resource_id in grants.resources:
                answer = decide(grants, principal, resource_id, asking.action, context, asking.now)
                permitted = made.ordinals[resource_id] in by_cedar
                assert isinstance(answer, Granted) is permitted, (asking, answer)
                self.decisions += 1
                self.granted += permitted


@pytest.fixture
def compared(database: Urls) -> Iterator[Compared]:
    with asyncio.Runner() as runner:
        pool = edge.engine(database.app, statement_seconds=0)
        yield Compared(runner, edge.sessions(pool))
        runner.run(pool.dispose())


def test_cedar_agrees(compared: Compared) -> None:
    @given(worlds(), ASKED)
    @settings(FIXED, max_examples=15)
    def agrees(told: dict[str, Any], asked: list[Asking]) -> None:
        compared.check(told, asked)

    agrees()
    assert compared.granted > compared.decisions / 50, "worlds in which nothing is granted show nothing"


@pytest.mark.long
def test_cedar_agrees_in_fifty_thousand_decisions(compared: Compared) -> None:
    @given(worlds(), ASKED)
    @settings(FIXED, max_examples=3000)
    def agrees(told: dict[str, Any], asked: list[Asking]) -> None:
        compared.check(told, asked)

    agrees()
    assert compared.decisions >= 50_000
    assert compared.granted > compared.decisions / 50
