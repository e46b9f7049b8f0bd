"""COPY from within a session's transaction: ten times as fast as INSERT, and bounded in memory."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import psycopg
import sqlalchemy.exc
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@asynccontextmanager
async def _cursor(session: AsyncSession) -> AsyncIterator[psycopg.AsyncCursor[Any]]:
    connection = await session.connection()
    driver = cast(psycopg.AsyncConnection[Any], (await connection.get_raw_connection()).driver_connection)
    try:
        async with driver.cursor() as cursor:
            yield cursor
    except psycopg.OperationalError as error:
        raise sqlalchemy.exc.OperationalError("COPY", None, error) from error


async def copy(session: AsyncSession, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows. JSON is given as text, an enum as its value."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    async with _cursor(session) as cursor, cursor.copy(statement) as stream:
        for row in rows:
            await stream.write_row(row)


async def ids(session: AsyncSession, number: int) -> list[UUID]:
    """New ids, as the tables' default makes them, in rising order."""
    found = await session.execute(text("SELECT uuidv7() FROM generate_series(1, :number)"), {"number": number})
    return list(found.scalars())
