"""What intake's tests share: loading into a fresh database, writing title lists, and the state of the tables."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from api.commands.importing import Outcome, perform
from api.database import Transactions, Urls
from domain.intake.packages import TitleList
from domain.intake.runs import Intake
from tests.support.titlelists import kbart


class Load(Protocol):
    def __call__(self, intake: Intake, path: Path, **options: Any) -> Awaitable[Outcome]: ...


@pytest.fixture
async def begin(database: Urls) -> AsyncIterator[Transactions]:
    pool = edge.engine(database.app, statement_seconds=0)
    yield edge.as_everybody(edge.sessions(pool))
    await pool.dispose()


@pytest.fixture
def load(begin: Transactions) -> Load:
    """Load a file as the command does."""

    async def run(intake: Intake, path: Path, **options: Any) -> Outcome:
        return await perform(begin, intake, path, actor="cli:tester", **options)

    return run


@pytest.fixture
def titles(tmp_path: Path) -> Callable[..., Path]:
    """Write a title list: `titles({"publication_title": …}, …)`."""
    numbers: Iterator[int] = iter(range(1000))

    def write(*rows: dict[str, str], **options: Any) -> Path:
        path = tmp_path / f"list-{next(numbers)}.txt"
        path.write_bytes(kbart(*rows, **options))
        return path

    return write


@pytest.fixture
def science() -> TitleList:
    return TitleList("Science", "Northlight", "Northlight Platform")


@pytest.fixture
def ask(begin: Transactions) -> Callable[..., Awaitable[list[Any]]]:
    """The rows of a query, as tuples; a single column as plain values."""

    async def run(query: str, **values: Any) -> list[Any]:
        async with begin() as session:
            return await rows(session, query, **values)

    return run


async def rows(session: AsyncSession, query: str, **values: Any) -> list[Any]:
    found = [tuple(row) for row in await session.execute(text(query), values)]
    return [row[0] for row in found] if found and len(found[0]) == 1 else found
