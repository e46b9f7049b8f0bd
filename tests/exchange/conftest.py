"""What tests of exchange share: loading into a fresh database, and the real documents."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from api import database as edge
from api.commands.importing import Outcome, perform
from api.database import Transactions, Urls
from domain.intake.runs import Intake

Load = Callable[[Intake, Path], Awaitable[Outcome]]


@pytest.fixture
async def begin(database: Urls) -> AsyncIterator[Transactions]:
    pool = edge.engine(database.app, statement_seconds=0)
    yield edge.as_everybody(edge.sessions(pool))
    await pool.dispose()


@pytest.fixture
def load(begin: Transactions) -> Load:
    async def run(intake: Intake, path: Path) -> Outcome:
        return await perform(begin, intake, path, actor="cli:tester")

    return run
