"""COPY from within a session's transaction: ten times as fast as INSERT, and bounded in memory."""

import os
import struct
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from typing import Any, cast
from uuid import UUID

import psycopg
import sqlalchemy.exc
from psycopg import sql
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
    ahead = iter(rows)
    if (first := next(ahead, None)) is None:
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    async with _cursor(session) as cursor, cursor.copy(statement) as stream:
        for row in chain((first,), ahead):
            await stream.write_row(row)


def ids(number: int) -> list[UUID]:
    """New ids in rising order, as the tables' default makes them (RFC 9562 §6.2, method 3): the moment in steps of
    1/4096 ms, one further for each. PostgreSQL asks the system for random bits once for every id, which takes longer
    than all else that it does to make one."""
    moment, random = time.time_ns() * 4096 // 1_000_000, struct.unpack(f">{number}Q", os.urandom(8 * number))
    return [
        UUID(int=step >> 12 << 80 | 7 << 76 | (step & 0xFFF) << 64 | 2 << 62 | bits >> 2)
        for step, bits in enumerate(random, moment)
    ]
