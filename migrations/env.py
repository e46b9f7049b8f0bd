"""Runs the chain of migrations as role mutua_owner, one transaction each, one process at a time.

The caller gives the owner's URL in `config.attributes["url"]`; the `alembic` command in MUTUA_DATABASE_OWNER_URL.
"""

import os
import time

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text
from sqlmodel import SQLModel

import models  # noqa: F401 registers the tables
from migrations.chain import LOCK, url_for_psycopg

TARGET = SQLModel.metadata
LIMITS = "SET lock_timeout = '5s'", "SET statement_timeout = '15min'"
"""A migration that can't get its lock gives up rather than queue everybody behind it."""


def offline() -> None:
    """Print SQL instead of running it: `alembic upgrade --sql`."""
    context.configure(
        dialect_name="postgresql", target_metadata=TARGET, literal_binds=True, transaction_per_migration=True
    )
    for limit in LIMITS:
        context.get_context().impl.static_output(f"{limit};")
    with context.begin_transaction():
        context.run_migrations()


def take_turn(connection: Connection) -> None:
    """Wait for who is migrating, by asking again: a statement that waits holds up an index built beside writes."""
    while not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}).scalar_one():
        connection.rollback()
        time.sleep(0.1)


def online() -> None:
    url = context.config.attributes.get("url") or url_for_psycopg(os.environ["MUTUA_DATABASE_OWNER_URL"])
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        take_turn(connection)
        for limit in LIMITS:
            connection.execute(text(limit))
        connection.commit()
        context.configure(connection=connection, target_metadata=TARGET, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    offline()
else:
    online()
