"""What every test can ask for: a real PostgreSQL, migrated, as the roles of production; the application; a client."""

import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import hypothesis
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from api import embedded, preparation
from api.database import Transactions, Urls
from api.embedded import Cluster
from api.settings import Settings
from migrations import chain
from tests.support import leaks
from tests.support.databases import TEMPLATE, Databases
from tests.support.keys import lay
from tests.support.leaks import Leaks

pytest_plugins = ["tests.support.absent"]

hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None)
hypothesis.settings.load_profile("fixed")

REPOSITORY = Path(__file__).parent.parent
SHARED_DATA = Path(os.environ.get("MUTUA_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))


@pytest.fixture(autouse=True, scope="session")
def leaked(request: pytest.FixtureRequest) -> Iterator[Leaks]:
    """No log line of the run holds a secret (F08); the first fixture of all, so that it looks at everything."""
    seen = Leaks()
    with leaks.watched(seen, request.config):
        yield seen
    assert seen.found == []


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """No test reaches another machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test wanted to reach {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of its own for this test process, with the roles and the migrated template."""
    folder = Path(tempfile.mkdtemp(prefix="mutua-tests-"))
    folder.chmod(0o755)  # the account that PostgreSQL runs as must reach its data
    try:
        with embedded.running(folder, durable=False) as running:
            preparation.prepare(running.admin_url, TEMPLATE)
            chain.upgrade(running.url(preparation.OWNER, TEMPLATE))
            yield running
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def databases(cluster: Cluster) -> Databases:
    return Databases(cluster)


@pytest.fixture
def database(databases: Databases) -> Iterator[Urls]:
    """A fresh migrated database for this test alone."""
    with databases.clone() as urls:
        yield urls


@pytest.fixture
async def session(database: Urls) -> AsyncIterator[AsyncSession]:
    """A transaction as mutua_app that sees every member's rows; what isn't committed is gone after the test."""
    async for opened in _session(database.app):
        yield opened


@pytest.fixture
async def begin(database: Urls) -> AsyncIterator[Transactions]:
    """Transactions as mutua_app that see every member's rows."""
    pool = edge.engine(database.app)
    yield edge.as_everybody(edge.sessions(pool))
    await pool.dispose()


@pytest.fixture
async def owner(database: Urls) -> AsyncIterator[AsyncSession]:
    """A transaction as mutua_owner, for what only a migration may do."""
    assert database.owner
    async for opened in _session(database.owner):
        yield opened


async def _session(url: str) -> AsyncIterator[AsyncSession]:
    pool = edge.engine(url)
    try:
        async with edge.as_everybody(edge.sessions(pool))() as opened:
            yield opened
            await opened.rollback()
    finally:
        await pool.dispose()


@pytest.fixture
def settings(database: Urls, tmp_path: Path) -> Settings:
    """Settings of a demo server on the test's database."""
    lay(tmp_path / "var" / "keys")
    return Settings(database_url=database.app, state_dir=tmp_path / "var", demo=True)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The whole application, started."""
    from api.app import create_app

    application = create_app(settings)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A program that calls the application from 127.0.0.1."""
    transport = httpx2.ASGITransport(app=app, client=("127.0.0.1", 50000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files beside the repository; suites that need it are listed where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the folder {SHARED_DATA} of real files is absent")
    return SHARED_DATA
