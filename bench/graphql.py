"""GraphQL documents through the whole application, beside a bare ASGI application with one hand-written statement each.

    python -m bench.graphql [DOCUMENT …]        default: all of bench/documents

Both sides are called as ASGI applications in this process, in turns, with the same pool settings and the cookie of a
librarian; the JSON that they answer must be the same. Then as many requests as fit into a second and a half, by one
client and by eight, three times over; of the three the median counts. `CPU ms` is this process's own time for
a request, PostgreSQL's aside: it says the same on a busy machine.
"""

import asyncio
import gc
import logging
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from psycopg import AsyncCursor
from sqlalchemy import event, text
from starlette.types import ASGIApp, Message, Scope

from api import database
from api.app import create_app
from api.settings import Settings
from auth import sessions
from auth.claims import Asserted
from auth.site import Site
from bench.cluster import Place, place, say
from bench.peer import LISTING, Peer
from bench.world import World, key
from domain.principal import Membership
from domain.pseudonyms import Subject
from models import identity
from models.vocabulary import Affiliation, IdentityProtocol, Role
from schema.kit import ids
from schema.kit.cursors import Cursors

DOCUMENTS = {path.stem: path.read_text("utf-8") for path in sorted((Path(__file__).parent / "documents").iterdir())}
CLIENTS = (1, 8)
ROUNDS = 3
SECONDS = 1.5
DEPTH = 100_000
ALIVE = ";"
"""How SQLAlchemy asks."""
LIBRARIAN_OF = 1
"""The member whose librarian asks."""


@dataclass(frozen=True, eq=False)
class Side:
    """One application, and how a document is sent to it."""

    app: ASGIApp
    scope: Scope
    body: bytes

    async def ask(self) -> bytes:
        parts: list[bytes] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": self.body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] != 200:
                raise AssertionError(f"status {message['status']}")
            parts.append(message.get("body", b""))

        await self.app({**self.scope, "state": {}}, receive, send)
        return b"".join(parts)


@dataclass
class Load:
    """What one side did: requests a second, how long each took, and processor time."""

    rates: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    processor: float = 0.0

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    def milliseconds(self, percentile: int) -> float:
        return sorted(self.took)[min(len(self.took) - 1, len(self.took) * percentile // 100)] * 1e3

    @property
    def processor_milliseconds(self) -> float:
        return self.processor / len(self.took) * 1e3


async def drive(side: Side, clients: int, load: Load) -> None:
    """So many clients, each of which asks again when it was answered."""
    took: list[float] = []
    until = time.perf_counter() + SECONDS

    async def client() -> None:
        while (began := time.perf_counter()) < until:
            await side.ask()
            took.append(time.perf_counter() - began)

    gc.collect()
    began, processor = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client() for _ in range(clients)))
    load.processor += time.process_time() - processor
    load.rates.append(len(took) / (time.perf_counter() - began))
    load.took += took


async def compared(name: str, ours: Side, bare: Side, statements: Callable[[], int]) -> None:
    for side in (ours, bare):
        for _ in range(30):  # statements prepared, caches filled
            await side.ask()
    answers = [orjson.loads(await side.ask()) for side in (ours, bare)]
    if orjson.dumps(answers[0]) != orjson.dumps(answers[1]):
        raise AssertionError(f"{name}: the answers differ\n{answers[0]}\n{answers[1]}")
    asked = min([await _taken(ours, statements) for _ in range(5)])  # the server looks for changed rights meanwhile
    for clients in CLIENTS:
        loads = {ours: Load(), bare: Load()}
        for number in range(ROUNDS):
            for side in (ours, bare)[:: 1 if number % 2 else -1]:
                await drive(side, clients, loads[side])
        mine, plain = loads[ours], loads[bare]
        say(
            f"{name:<4} {clients:>7} {mine.rate:>9.0f} {plain.rate:>9.0f} {mine.rate / plain.rate:>6.2f} "
            f"{mine.milliseconds(50):>8.2f} {mine.milliseconds(99):>8.2f} "
            f"{plain.milliseconds(50):>9.2f} {plain.milliseconds(99):>8.2f} "
            f"{mine.processor_milliseconds:>7.2f} {plain.processor_milliseconds:>6.2f} {asked:>11}"
        )


async def _taken(side: Side, statements: Callable[[], int]) -> int:
    before = statements()
    await side.ask()
    return statements() - before


@asynccontextmanager
async def server(where: Place) -> AsyncIterator[FastAPI]:
    app = create_app(Settings(database_url=where.app, state_dir=where.folder / "state"))
    async with app.router.lifespan_context(app):
        yield app


async def signed_in(site: Site, begin: database.Transactions) -> str:
    """The cookie of a librarian."""
    member_id = key("member", LIBRARIAN_OF)
    scope = f"m{LIBRARIAN_OF}.example"
    asserted = Asserted(
        (Membership(member_id, frozenset({Affiliation.STAFF})),),
        Subject("https://issuer.example", "pairwise-id", f"her@{scope}"),
    )
    async with begin() as session:
        provider = identity.IdentityProvider(
            protocol=IdentityProtocol.OIDC, issuer="https://issuer.example", name={"en": "Issuer"}, client_id="mutua"
        )
        session.add(provider)
        await session.flush()
        session.add(identity.IdentityProviderScope(provider_id=provider.id, scope=scope))
        await session.flush()
        opened = await sessions.open_(session, site, provider.id, asserted)
        pseudonym_id = opened.memberships[0].pseudonym_id
        assert pseudonym_id  # noqa: S101 whoever has a subject has a pseudonym
        session.add(
            identity.RoleAssignment(
                pseudonym_id=pseudonym_id,
                member_id=member_id,
                role=Role.MEMBER_LIBRARIAN,
                display_name="Librarian",
                granted_by="cli:bench",
            )
        )
        await session.flush()
    return opened.token


async def variables(session: Any, site: Site) -> Mapping[str, Mapping[str, Any]]:
    """What each document is asked with."""
    at_depth = text("SELECT sort_title, id FROM resource ORDER BY sort_title, id OFFSET :depth LIMIT 1")
    position = tuple((await session.execute(at_depth, {"depth": DEPTH - 1})).one())
    member = ids.encode("Member", key("member", LIBRARIAN_OF))
    return {
        "W1": {"query": "hydrology", "member": member},
        "W2": {"id": ids.encode("Resource", key("resource", 4711))},
        "W3": {"after": Cursors(site.keys, {key("member", LIBRARIAN_OF)}).write(LISTING, position)},
        "W4": {"member": member},
    }


async def measured(where: Place, wanted: list[str]) -> None:
    async with server(where) as app:
        site: Site = app.state.site
        bare_pool = database.engine(where.app)
        try:
            begin = database.as_everybody(app.state.sessions)
            token = await signed_in(site, begin)
            async with begin() as session:
                given = await variables(session, site)
            count = _counted(app.state.sessions)
            say(
                "     clients      ours      bare  ratio  p50 ms   p99 ms  bare p50      p99  "
                "CPU ms   bare  statements\n              requests/s"
            )
            for name in wanted:
                body = orjson.dumps({"query": DOCUMENTS[name], "variables": given[name]})
                ours = Side(app, request_scope("/graphql", token, body), body)
                bare = Side(Peer(bare_pool, site), request_scope(f"/{name}", token, body), body)
                await compared(name, ours, bare, count)
        finally:
            await bare_pool.dispose()


def _counted(maker: database.Sessions) -> Callable[[], int]:
    """How many statements a pool was given so far, whichever way; BEGIN and COMMIT, which every request has, don't
    count, nor does the pool's asking whether a connection still lives."""
    seen = 0

    class Counting(AsyncCursor[Any]):
        async def execute(self, query: Any, *given: Any, **options: Any) -> Any:
            nonlocal seen
            seen += query != ALIVE
            return await super().execute(query, *given, **options)

    @event.listens_for(maker.kw["bind"].sync_engine, "checkout")
    def _(connection: Any, *_: Any) -> None:
        connection.driver_connection.cursor_factory = Counting

    return lambda: seen


def request_scope(path: str, token: str, body: bytes) -> Scope:
    headers = {
        "host": "127.0.0.1:8000",
        "accept": "application/graphql-response+json",
        "accept-language": "en",
        "content-type": "application/json",
        "content-length": str(len(body)),
        "cookie": f"__Host-mutua={token}",
    }
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }


def main() -> None:
    wanted = sys.argv[1:] or list(DOCUMENTS)
    logging.getLogger("mutua.access").setLevel(logging.WARNING)
    with place() as where:
        World().load(where.admin)
        asyncio.run(measured(where, wanted))


if __name__ == "__main__":
    main()
