"""SELECTs that are asked again and again: compiled once, and run by psycopg itself on the session's own connection.

Through the ORM the same rows take five times as long. They come in the same transaction with the same Python values,
but belong to no session: they are for showing. Whoever means to change one asks the session for it.
"""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import psycopg
from psycopg.sql import Literal
from sqlalchemy import Float, Numeric, Select, inspect
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.util import AliasedClass

Statement = Select[*tuple[Any, ...]]
Row = tuple[Any, ...]
Part = Callable[[Row], Any]
"""What makes one selected thing, a value or an instance, of a row as it comes from the driver."""

_DIALECT: Any = PGDialectAsync_psycopg()  # type: ignore[no-untyped-call] # ships no types
_KEPT = "driver"
_PARAMETER = re.compile(r"%\((\w+)\)s")


class Reading:
    """`statement` selects columns and whole classes, also as a subquery has them. Its parameters are those that `rows`
    is given, by name.

    `unread`: columns of the classes that nobody shows; their attributes are missing.
    """

    def __init__(self, statement: Statement, *unread: Any) -> None:
        self._statement = statement
        self._unread = frozenset(column.key for column in unread)

    async def rows(self, session: AsyncSession, **values: Any) -> list[Row]:
        """What it selects, in the order in which it names it.

        Raises:
            DBAPIError: as the session itself would.
        """
        sql, parts = self._compiled
        found = await fetched(session, sql, values)
        return [tuple([part(row) for part in parts]) for row in found]

    @cached_property
    def _compiled(self) -> tuple[str, list[Part]]:
        columns: list[Any] = []
        parts: list[Part] = []
        for described in self._statement.column_descriptions:
            selected = described["expr"]
            if isinstance(selected, type | AliasedClass):
                mapper: Any = inspect(selected).mapper
                names = [one.key for one in mapper.column_attrs if one.key not in self._unread]
                mapped = [getattr(selected, name) for name in names]
                parts.append(_instance(mapper.class_, names, [_processor(one) for one in mapped], len(columns)))
                columns += mapped
            else:
                parts.append(_value(_processor(selected), len(columns)))
                columns.append(selected)
        exact = self._statement.with_only_columns(*columns, maintain_column_froms=True)
        compiled: Any = exact.compile(dialect=_DIALECT)
        given = {bind.key for bind in compiled.bind_names if bind.required}
        ready = compiled.construct_expanded_state(dict.fromkeys(given))
        constants = {
            name: _written(ready.processors[name](value) if name in ready.processors and value is not None else value)
            for name, value in ready.parameters.items()
            if name not in given
        }
        return _PARAMETER.sub(lambda found: constants.get(found[1], found[0]), ready.statement), parts


async def fetched(session: AsyncSession, sql: str, values: Mapping[str, Any]) -> list[Row]:
    """The rows of an SQL text as they come from the driver; its parameters are `%(name)s`.

    Raises:
        DBAPIError: as the session itself would.
    """
    if session.new or session.dirty or session.deleted:
        await session.flush()
    connection = await driver(session)
    try:
        async with connection.cursor() as cursor:
            await cursor.execute(sql, values)
            found: list[Row] = await cursor.fetchall()
    except psycopg.Error as error:
        raise _as_of_session(error) from error
    return found


async def driver(session: AsyncSession) -> Any:
    """The psycopg connection of the session's transaction."""
    transaction = session.sync_session.get_transaction()
    kept = session.info.get(_KEPT)
    if kept is not None and kept[0] is transaction:
        return kept[1]
    connection = await session.connection()
    found = (await connection.get_raw_connection()).driver_connection
    session.info[_KEPT] = session.sync_session.get_transaction(), found
    return found


def _written(constant: Any) -> str:
    """A value that is always the same, as SQL. PostgreSQL then knows it when it plans for good: an index on rows of one
    status serves only what can't ask for another."""
    return Literal(constant).as_string().replace("%", "%%")


def _processor(column: Any) -> Callable[[Any], Any] | None:
    """How a value becomes Python's. Numbers come from the driver as they are wanted."""
    if isinstance(column.type, Numeric | Float):
        return None
    made: Callable[[Any], Any] | None = column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
    return made


def _value(process: Callable[[Any], Any] | None, at: int) -> Part:
    return (lambda row: row[at]) if process is None else (lambda row: process(row[at]))


def _instance(cls: type, names: list[str], processors: list[Callable[[Any], Any] | None], at: int) -> Part:
    """An instance as the ORM would load it, without the state by which the ORM would watch it."""
    until = at + len(names)
    processed = [(name, process) for name, process in zip(names, processors, strict=True) if process]

    def make(row: Row) -> Any:
        values = dict(zip(names, row[at:until], strict=True))
        for name, process in processed:
            values[name] = process(values[name])
        one: Any = object.__new__(cls)
        one.__dict__.update(values)
        return one

    return make


def _as_of_session(error: psycopg.Error) -> BaseException:
    return DBAPIError.instance(None, None, error, psycopg.Error, hide_parameters=True, dialect=_DIALECT)
