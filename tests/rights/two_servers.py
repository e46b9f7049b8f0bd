"""Two servers on one database, as an operator runs them, and people who are signed in to either."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import text

from api import database as edge
from api import listening
from api.database import Transactions, Urls
from api.settings import Settings
from auth import sessions
from auth.claims import Asserted
from auth.site import Site
from domain import epoch, roles, visibility
from domain.keys import KeyStore
from domain.principal import Membership
from domain.pseudonyms import Subject
from models import identity, party
from models.vocabulary import Affiliation, IdentityProtocol, Role
from tests.rights import world as worlds
from tests.rights.world import World
from tests.support.databases import Databases

OUT_OF_REACH = "the database is out of reach|OperationalError"
"""What a server logs as its fault where a test takes the database away."""
PATIENCE = 60.0
"""Seconds for a server to start on a busy machine."""
OPEN_TO_ME = "{ resources(filter: {viewerMay: VIEW}) { nodes { id viewerAccess { granted } } } }"


@dataclass
class Consortium:
    """A database, two servers on it, and people who are signed in to either."""

    begin: Transactions
    settings: Settings
    one: httpx2.AsyncClient
    other: httpx2.AsyncClient

    async def filled(self, told: dict[str, Any]) -> World:
        async with self.begin() as session:
            world = await worlds.load(session, told)
            await epoch.raise_(session)
        return world

    async def sign_in(self, member_id: UUID, role: Role | None = None) -> dict[str, str]:
        """The headers of a student's requests, who may hold a role besides. Both servers know her: they share keys."""
        site = Site(
            public_url=self.settings.public_url,
            keys=KeyStore(self.settings.key_dir, demo=True),
            transaction=self.begin,
            session_idle=self.settings.session_idle,
            session_absolute=self.settings.session_absolute,
            demo=True,
        )
        scope = f"{uuid4()}.example"
        provider = identity.IdentityProvider(
            id=uuid4(), protocol=IdentityProtocol.OIDC, issuer=f"https://{scope}", name={"en": "a university"}
        )
        asserted = Asserted(
            (Membership(member_id, frozenset({Affiliation.STUDENT})),), Subject("https://idp.example", "sub", scope)
        )
        async with self.begin() as session:
            session.add_all([provider, party.MemberScope(scope=scope, member_id=member_id)])
            await session.flush()
            session.add(identity.IdentityProviderScope(provider_id=provider.id, scope=scope))
            await session.flush()
            begun = await sessions.open_(session, site, provider.id, asserted)
            person = begun.memberships[0].pseudonym_id
            if role and person:
                await visibility.enter_members(session, None)
                await roles.assign(session, person, member_id, role, "A colleague", "cli:tester")
        return {"Cookie": f"mutua_demo={begun.token}", "Sec-Fetch-Site": "same-origin"}

    async def raised(self) -> int:
        """A change of rights, committed by a third process."""
        async with self.begin() as session:
            return await epoch.raise_(session)

    async def silenced(self) -> int:
        """End the connections that hear of changes; how many there were."""
        ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = :name"
        async with self.begin() as session:
            return int((await session.execute(text(ended), {"name": listening.NAME})).scalar_one())

    async def hearing(self) -> int:
        alive = "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name"
        async with self.begin() as session:
            return int((await session.execute(text(alive), {"name": listening.NAME})).scalar_one())


async def compiled(server: httpx2.AsyncClient) -> int:
    """The epoch of the rights in a server's memory; asking it compiles nothing."""
    found = re.search(r"^mutua_rights_epoch (\S+)", (await server.get("/metrics")).text, re.MULTILINE)
    return int(float(found.group(1))) if found else 0


async def followed(server: httpx2.AsyncClient, wanted: int) -> float:
    """Seconds until a server has compiled this epoch."""
    began = time.perf_counter()
    while (taken := time.perf_counter() - began) < PATIENCE:
        if await compiled(server) == wanted:
            return taken
        await asyncio.sleep(0.002)
    raise AssertionError(f"epoch {wanted} is never compiled")


async def opened(server: httpx2.AsyncClient, person: dict[str, str]) -> int:
    """How many resources she may look at, by a list."""
    answer = await server.post("/graphql", json={"query": OPEN_TO_ME}, headers=person)
    nodes = answer.json()["data"]["resources"]["nodes"]
    assert all(node["viewerAccess"]["granted"] for node in nodes)
    return len(nodes)


@contextmanager
def server(url: str, state: Path) -> Iterator[str]:
    """`mutua serve` as an operator runs it; its address."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("MUTUA_")}
    settings |= {"MUTUA_DATABASE_URL": url, "MUTUA_STATE_DIR": str(state), "MUTUA_DEMO": "true"}
    program = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", "0"]
    log = state / f"{uuid4()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(program, env=settings, stderr=output)
    try:
        yield _address(process, log)
        written = log.read_text("utf-8")
        assert "Traceback" not in written or re.search(OUT_OF_REACH, written)
        assert [line for line in written.splitlines() if " ERROR " in line and not re.search(OUT_OF_REACH, line)] == []
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"serving on (http://\S+)", log.read_text("utf-8")):
            return found.group(1)
        time.sleep(0.05)
    raise AssertionError(log.read_text("utf-8"))


@pytest.fixture(scope="module")
def servers(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Urls, Path, list[str]]]:
    """Their database, their state folder and their addresses."""
    state = tmp_path_factory.mktemp("state")
    KeyStore(state / "keys", demo=True)
    with databases.clone() as urls, ExitStack() as running:
        yield urls, state, [running.enter_context(server(urls.app, state)) for _ in range(2)]


@pytest.fixture
async def consortium(servers: tuple[Urls, Path, list[str]]) -> AsyncIterator[Consortium]:
    urls, state, addresses = servers
    pool = edge.engine(urls.app)
    begin = edge.as_everybody(edge.sessions(pool))
    async with AsyncExitStack() as opened:
        one, other = [
            await opened.enter_async_context(httpx2.AsyncClient(base_url=at, trust_env=False, timeout=PATIENCE))
            for at in addresses
        ]
        yield Consortium(begin, Settings(state_dir=state, demo=True), one, other)
    await pool.dispose()


async def until(found: Callable[[], Awaitable[int]], wanted: int) -> None:
    for _ in range(int(PATIENCE) * 10):
        if await found() == wanted:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"never {wanted}")
