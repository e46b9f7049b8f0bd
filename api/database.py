"""The way to the database: engine, the transaction of a request, and of a command.

Only this layer commits. A request is one session and one transaction, committed before the first byte of the answer.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Depends
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from starlette.requests import HTTPConnection

from api import embedded, preparation
from api.settings import Settings, SettingsError

Sessions = async_sessionmaker[AsyncSession]
Transactions = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""Each call is one transaction that sees every member's rows; it commits at the end of its `async with` block."""

MAX_OVERFLOW = 10
"""Connections above the pool's size while they are needed."""
STATEMENT_SECONDS = 30
"""No statement of a request may run longer; imports set their own limit."""


@dataclass(frozen=True)
class Urls:
    """The database as its two roles see it; `owner` is None for a server that never migrates."""

    app: str
    owner: str | None


@contextmanager
def reached(settings: Settings) -> Iterator[Urls]:
    """The database's URLs; an embedded one is started and prepared, and stopped when nobody uses it any more.

    Raises:
        embedded.EmbeddedError: the embedded one can't run here.
    """
    if settings.database_url:
        yield Urls(settings.database_url, settings.database_owner_url)
        return
    with embedded.running(settings.state_dir) as cluster:
        preparation.prepare(cluster.admin_url, preparation.DATABASE)
        yield Urls(*(cluster.url(role, preparation.DATABASE) for role in (preparation.APP, preparation.OWNER)))


def owner_url(urls: Urls) -> str:
    """The owner's URL, for what changes tables.

    Raises:
        SettingsError: it isn't set.
    """
    if urls.owner is None:
        raise SettingsError("MUTUA_DATABASE_OWNER_URL is needed for this")
    return urls.owner


def engine(url: str, *, statement_seconds: int = STATEMENT_SECONDS) -> AsyncEngine:
    """A pool of connections in UTC whose statements are bounded in time (0: unbounded)."""
    options = f"-c timezone=UTC -c statement_timeout={statement_seconds}s -c idle_in_transaction_session_timeout=60s"
    return create_async_engine(
        url,
        pool_size=10,
        max_overflow=MAX_OVERFLOW,
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": 10, "application_name": "mutua"},
        hide_parameters=True,  # an error's text goes to the log; values are people's words and secrets
        json_serializer=_json,
        json_deserializer=orjson.loads,
    )


def libpq(url: str) -> str:
    """The same address for psycopg itself, without SQLAlchemy."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def sessions(of: AsyncEngine) -> Sessions:
    return async_sessionmaker(of, expire_on_commit=False)


async def transaction(connection: HTTPConnection) -> AsyncIterator[AsyncSession]:
    """The request's only transaction: committed before the answer starts, rolled back when the handler raises."""
    maker: Sessions = connection.app.state.sessions
    async with maker() as session, session.begin():
        yield session


Transaction = Annotated[AsyncSession, Depends(transaction, scope="function")]


@asynccontextmanager
async def transactions(settings: Settings) -> AsyncIterator[Transactions]:
    """What a command uses: `async with transactions(settings) as begin: async with begin() as session: …`"""
    with reached(settings) as urls:
        pool = engine(urls.app, statement_seconds=0)
        try:
            yield as_everybody(sessions(pool))
        finally:
            await pool.dispose()


def as_everybody(maker: Sessions) -> Transactions:
    """Transactions that row-level security lets touch the rows of every member: commands and the demo's loader."""

    @asynccontextmanager
    async def begin() -> AsyncIterator[AsyncSession]:
        async with maker() as session, session.begin():
            await session.execute(text("SELECT set_config('mutua.members', '*', true)"))
            yield session

    return begin


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
