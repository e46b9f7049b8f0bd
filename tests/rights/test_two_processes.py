"""Two servers on one database: what one of them changes, the other knows, and has compiled before anybody asks."""

import asyncio
import os
import re
import statistics
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
from schema.kit import ids
from tests.rights import world as worlds
from tests.rights.world import World
from tests.support.databases import Databases

PATIENCE = 60.0
"""Seconds for a server to start on a busy machine."""
TOLD: dict[str, Any] = {
    "members": {"pku": {"country": "CN"}},
    "packages": {"journals": {"provider": "press", "titles": {"journal": {}}}},
    "licences": {
        "contract": {
            "licensor": "press",
            "status": "draft",
            "terms": [{"action": "view", "status": "permitted_explicit", "affiliations": ["student"]}],
        }
    },
    "agreements": {"deal": {"licence": "contract", "entitlements": ["journals"]}},
}
ACTIVATE = "mutation ($id: ID!) { licenceActivate(input: {id: $id, version: 1}) { problems { code } } }"
OPEN_TO_ME = "{ resources(filter: {viewerMay: VIEW}) { nodes { id viewerAccess { granted } } } }"

OPEN_TITLE = """
WITH provider AS (INSERT INTO party (kind, code, name) VALUES ('provider', 'open', '{"en": "Open"}') RETURNING id),
package AS (
  INSERT INTO package (code, name, provider_id) SELECT 'open', '{"en": "Open"}', id FROM provider RETURNING id
),
resource AS (
  INSERT INTO resource (kind, title, sort_title, search, open_access)
  VALUES ('serial', '{"en": "open"}', 'open', '', true) RETURNING id
)
INSERT INTO package_title (package_id, resource_id, status, url)
SELECT package.id, resource.id, 'current', 'https://open.example/' FROM package, resource
"""
"""A title that everybody may read, with an address to read it at."""


@dataclass
class Consortium:
    """A database, two servers on it, and people who are signed in to either."""

    begin: Transactions
    settings: Settings
    one: httpx2.AsyncClient
    other: httpx2.AsyncClient

    async def filled(self) -> World:
        async with self.begin() as session:
            world = await worlds.load(session, TOLD)
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
        assert "Traceback" not in log.read_text("utf-8")
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


async def test_a_licence_put_in_force_by_one_server_opens_at_the_other_at_once(consortium: Consortium) -> None:
    world = await consortium.filled()
    pku = world.id("member", "pku")
    student, admin = await consortium.sign_in(pku), await consortium.sign_in(pku, Role.CONSORTIUM_ADMIN)
    assert [await opened(each, student) for each in (consortium.one, consortium.other)] == [0, 0]
    act = {"query": ACTIVATE, "variables": {"id": ids.encode("Licence", world.id("licence", "contract"))}}
    done = await consortium.one.post("/graphql", json=act, headers=admin)
    assert done.json()["data"]["licenceActivate"] == {"problems": []}
    assert [await opened(each, student) for each in (consortium.other, consortium.one)] == [1, 1]


async def test_rights_are_compiled_before_anybody_asks(consortium: Consortium) -> None:
    """Aim: 50 ms from the commit. Asserted generously, yet far below what the poll alone would take."""
    taken = [await followed(consortium.other, await consortium.raised()) for _ in range(9)]
    print(f"from commit to compiled: {statistics.median(taken) * 1000:.0f} ms, at most {max(taken) * 1000:.0f} ms")  # noqa: T201
    assert statistics.median(taken) < listening.POLL_SECONDS / 5


async def test_a_server_that_hears_nothing_decides_right_and_follows_by_polling(consortium: Consortium) -> None:
    await until(consortium.hearing, 2)
    await consortium.silenced()
    before = await opened(consortium.other, {})
    async with consortium.begin() as session:
        await session.execute(text(OPEN_TITLE))
        raised = await epoch.raise_(session)
    assert await opened(consortium.other, {}) == before + 1
    assert await followed(consortium.one, raised) < 5 * listening.POLL_SECONDS
    await until(consortium.hearing, 2)
    await followed(consortium.other, await consortium.raised())


async def until(found: Callable[[], Awaitable[int]], wanted: int) -> None:
    for _ in range(int(PATIENCE) * 10):
        if await found() == wanted:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"never {wanted}")
