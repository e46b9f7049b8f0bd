"""One row in every table, made from the models' own descriptions: what migrations are tried on."""

import re
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import CheckConstraint, Column, Connection, Table, text
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

import models  # noqa: F401 registers the tables

GIVEN = {
    "entitlement": {"package_id": "(SELECT id FROM package LIMIT 1)"},
    "content_item": {"sha256": "repeat('0', 64)"},
    "decision": {"basis": "'licence'"},
    "usage_limit": {"amount": "1"},
}
"""What constraints ask for and a column's type doesn't tell, as SQL."""

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]

BY_TYPE: dict[str, Any] = {
    "BIGINT": 1,
    "BOOLEAN": True,
    "BYTEA": b"x",
    "DATE": "2026-01-01",
    "DATERANGE": "[2026-01-01,2027-01-01)",
    "INET": "192.0.2.1",
    "INTEGER": 1,
    "JSONB": Jsonb({"en": "x", "zh": "某"}),
    "NUMERIC": 1,
    "TEXT": "x",
    "TEXT[]": ["x"],
    "TIMESTAMP WITH TIME ZONE": "2026-01-01T00:00:00Z",
    "TSVECTOR": "x",
    "UUID": "01890000-0000-7000-8000-000000000001",
    "UUID[]": [],
}


def fill(connection: Connection) -> None:
    """Insert a row into every table that has none, parents first."""
    for table in SQLModel.metadata.sorted_tables:
        if not connection.execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one():
            _insert(connection, table)


def empty(connection: Connection) -> list[str]:
    tables = (table.name for table in SQLModel.metadata.sorted_tables)
    return [name for name in tables if not connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()]


def _insert(connection: Connection, table: Table) -> None:
    values = {column.name: _value(connection, table, column) for column in table.columns if _needed(table, column)}
    for name, expression in GIVEN.get(table.name, {}).items():
        values[name] = connection.execute(text(f"SELECT {expression}")).scalar_one()
    columns = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"), values)


def _needed(table: Table, column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None and column.identity is None and not column.computed


def _value(connection: Connection, table: Table, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        parent = key.column
        return connection.execute(text(f"SELECT {parent.name} FROM {parent.table.name} LIMIT 1")).scalar_one()
    return _first_allowed(table, column.name) or BY_TYPE[column.type.compile(DIALECT).partition(" COLLATE")[0]]


def _first_allowed(table: Table, name: str) -> str | None:
    """The first value of a check such as `kind IN ('a', 'b')`."""
    for check in table.constraints:
        if isinstance(check, CheckConstraint):
            found = re.match(rf"{name} IN \('([^']*)'", str(check.sqltext))
            if found:
                return found.group(1)
    return None
