"""One database for all tests of a module; what a test writes is rolled back."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from api.database import Urls
from tests.support.databases import Databases


@pytest.fixture(scope="module")
def empty(databases: Databases) -> Iterator[Urls]:
    with databases.clone() as urls:
        yield urls


@pytest.fixture
async def tables(empty: Urls) -> AsyncIterator[AsyncSession]:
    """A transaction as mutua_app that is never committed."""
    pool = edge.engine(empty.app)
    async with edge.sessions(pool)() as session:
        await session.execute(text("SELECT set_config('mutua.members', '*', true)"))
        yield session
        await session.rollback()
    await pool.dispose()
