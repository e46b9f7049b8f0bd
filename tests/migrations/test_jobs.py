"""The job library's tables: those that the lock's version expects, in a schema of their own, gone on the way back."""

import importlib

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Urls
from migrations import chain

revision = importlib.import_module("migrations.versions.0003_jobs")


def test_the_installed_library_brings_the_tables_that_were_migrated() -> None:
    """It fails when an update of the lock brings others: docs/decisions/0012 says what to do then."""
    assert revision.library() == SchemaManager.get_schema()


def test_a_library_with_other_tables_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SchemaManager, "get_schema", lambda: "CREATE TABLE procrastinate_jobs ()")
    with pytest.raises(RuntimeError, match="install what the lock names"):
        revision.library()


async def test_its_functions_work_without_its_schema_in_the_search_path(session: AsyncSession) -> None:
    made = await session.execute(
        text("""SELECT jobs.procrastinate_defer_jobs_v1(ARRAY[
                  ROW('q', 't', 0, NULL, NULL, '{}', NULL)::jobs.procrastinate_job_to_defer_v1])""")
    )
    assert len(made.scalar_one()) == 1


def test_nothing_of_it_lies_among_our_tables_and_nothing_stays(database: Urls) -> None:
    schemas = (
        "SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE relname ~ 'procras'"
    )
    assert database.owner
    engine = create_engine(database.owner)
    with engine.connect() as connection:
        assert set(connection.execute(text(schemas)).scalars()) == {"jobs"}
    chain.downgrade(database.owner, "base")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT to_regnamespace('jobs')")).scalar_one() is None
    engine.dispose()
