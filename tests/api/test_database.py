"""The database as tests and production see it: roles, defaults, and transactions that end as promised."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from api.database import Urls


async def _one(session: AsyncSession, statement: str) -> Any:
    return (await session.execute(text(statement))).scalar_one()


async def test_the_application_connects_as_a_role_that_owns_nothing(session: AsyncSession) -> None:
    assert await _one(session, "SELECT current_user") == "mutua_app"
    assert await _one(session, "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user") == 0
    assert await _one(session, "SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user") is False


async def test_the_application_can_make_no_table(session: AsyncSession) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        await session.execute(text("CREATE TABLE extra (x int)"))


async def test_text_search_sees_chinese(session: AsyncSession) -> None:
    """Under libc's C locale pg_trgm makes no trigrams of Chinese."""
    assert (await session.execute(text("SELECT 'É' ILIKE 'é' AND '图书馆' ~ '^\\w+$'"))).scalar_one()


async def test_a_clone_holds_what_its_own_test_wrote_and_nothing_else(owner: AsyncSession) -> None:
    await owner.execute(text("CREATE TABLE leftover (x int)"))
    await owner.commit()


async def test_a_clone_holds_nothing_of_another_test(owner: AsyncSession) -> None:
    assert await _one(owner, "SELECT to_regclass('leftover')") is None


async def test_a_transaction_commits_at_its_end_and_not_when_it_raises(database: Urls) -> None:
    assert database.owner
    pool = edge.engine(database.owner)
    transaction = edge.as_everybody(edge.sessions(pool))
    async with transaction() as session:
        await session.execute(text("CREATE TABLE kept (x int)"))
    with pytest.raises(ZeroDivisionError):
        await _drop_and_fail(transaction)
    async with transaction() as session:
        assert await _one(session, "SELECT to_regclass('kept')::text") == "kept"
    await pool.dispose()


async def test_the_members_setting_ends_with_its_transaction(database: Urls) -> None:
    pool = edge.engine(database.app)
    async with edge.as_everybody(edge.sessions(pool))() as session:
        assert await _one(session, "SELECT current_setting('mutua.members')") == "*"
    async with edge.sessions(pool)() as session:
        assert await _one(session, "SELECT nullif(current_setting('mutua.members', true), '')") is None
    await pool.dispose()


async def _drop_and_fail(transaction: edge.Transactions) -> None:
    async with transaction() as session:
        await session.execute(text("DROP TABLE kept"))
        raise ZeroDivisionError


async def test_an_errors_text_holds_no_values(session: AsyncSession) -> None:
    """It goes to the log; the values are what people searched for, and secrets."""
    with pytest.raises(DBAPIError) as refused:
        await session.execute(text("SELECT CAST(:words AS text), 1 / 0"), {"words": "what a reader searched for"})
    assert "division by zero" in str(refused.value)
    assert "what a reader searched for" not in str(refused.value)
