"""One of each kind of viewer, and how each of them stands to a thing."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from api import database as edge
from domain.scopes import IN_OWN_NAME, Scope
from models.vocabulary import Affiliation, Role
from tests.identity import apps
from tests.identity.house import House as Mutua
from tests.schema.conftest import House, Person

ON_ALPHAS_NETWORK = "198.51.100.5"


@dataclass(frozen=True)
class Somebody:
    """A person who asks: as what, and of which member."""

    name: str
    person: Person
    kind: str
    member: str | None = None

    def stands_to(self, owners: Iterable[str]) -> str:
        """The kind of viewer that she is of something of these members."""
        if self.member is None or self.kind not in ("patron", "librarian", "client"):
            return self.kind
        return self.kind if self.member in owners else f"other_{self.kind}"

    async def answer(self, document: str) -> dict[str, Any] | None:
        """The data, or None where a field that can't be null asked for a scope that a system can't have."""
        answer = await self.person.post(document)
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert codes <= ({"INSUFFICIENT_SCOPE"} if self.kind == "client" else set()), answer["errors"]
        data: dict[str, Any] | None = answer["data"]
        return data

    async def raw(self, document: str, **variables: Any) -> bytes:
        """The answer, byte by byte."""
        answer = await self.person.client.post("/graphql", json={"query": document, "variables": variables})
        return answer.content


@asynccontextmanager
async def everybody(house: House) -> AsyncIterator[list[Somebody]]:
    """The admin and the auditor are of a member that has nothing, so that what they see is their office's alone."""
    signed_in: list[tuple[str, str, str, Affiliation, Role | None]] = [
        ("patron of alpha", "patron", "alpha", Affiliation.STUDENT, None),
        ("patron of beta", "patron", "beta", Affiliation.STUDENT, None),
        ("librarian of alpha", "librarian", "alpha", Affiliation.STAFF, Role.MEMBER_LIBRARIAN),
        ("librarian of beta", "librarian", "beta", Affiliation.STAFF, Role.MEMBER_LIBRARIAN),
        ("admin", "admin", "gamma", Affiliation.STAFF, Role.CONSORTIUM_ADMIN),
        ("auditor", "auditor", "gamma", Affiliation.STAFF, Role.AUDITOR),
    ]
    async with AsyncExitStack() as opened:
        clients: list[tuple[str, str, str | None, httpx2.AsyncClient]] = [
            ("anonymous", "anonymous", None, house.client()),
        ]
        clients.append(("walk-in", "walk_in", None, house.client(address=ON_ALPHAS_NETWORK)))
        for name, kind, member, affiliation, role in signed_in:
            token = await house.sign_in(member, affiliation, role=role)
            clients.append((name, kind, member, house.client(token)))
        yield [
            Somebody(name, Person(await opened.enter_async_context(client)), kind, member)
            for name, kind, member, client in clients
        ]


@asynccontextmanager
async def callers(house: House) -> AsyncIterator[list[Somebody]]:
    """Clients with all the scopes that they can have: systems in their own name, and an app that people allowed."""
    everybody_ = edge.as_everybody(house.app.state.sessions)
    mutua = Mutua(house.app, house.app.state.site.public_url, everybody_)
    async with AsyncExitStack() as opened:

        async def calling(name: str, kind: str, member: str | None, token: str) -> Somebody:
            client = await opened.enter_async_context(house.client())
            client.headers["Authorization"] = f"Bearer {token}"
            return Somebody(name, Person(client), kind, member)

        found = []
        for member in ("alpha", "beta", None):
            named = (house.world.id("member", member),) if member else ()
            scopes = sorted(IN_OWN_NAME)
            system = await apps.app(mutua, members=named, secret=True, redirect_uris=[], scopes=scopes)
            async with house.client() as http:
                token = await system.own_token(http)
            found.append(await calling(f"system of {member or 'the consortium'}", "client", member, token))
        app = await apps.app(mutua, scopes=sorted(Scope))
        for member, kind, affiliation, role in (
            ("alpha", "patron", Affiliation.STUDENT, None),
            ("alpha", "librarian", Affiliation.STAFF, Role.MEMBER_LIBRARIAN),
            ("gamma", "admin", Affiliation.STAFF, Role.CONSORTIUM_ADMIN),
        ):
            async with house.client(await house.sign_in(member, affiliation, role=role)) as browser:
                token = (await app.tokens(browser))["access_token"]
            found.append(await calling(f"{kind} of {member} by an app", kind, member, token))
        yield found
