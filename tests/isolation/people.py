"""One of each kind of viewer, and how each of them stands to a thing."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from models.vocabulary import Affiliation, Role
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
        if self.member is None or self.kind not in ("patron", "librarian"):
            return self.kind
        return self.kind if self.member in owners else f"other_{self.kind}"

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
