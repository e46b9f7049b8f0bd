"""A small consortium behind the whole application, and people who ask it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from sqlmodel import col

from api import database
from auth import sessions
from auth.claims import Asserted, Subject
from auth.site import Site
from domain import roles
from domain.catalogue import sorting, tokenizer
from domain.principal import Membership
from models import identity, licence, obligation, party, resource
from models.vocabulary import Affiliation, ClauseVisibility, IdentityProtocol, ObligationMeasure, ObligationStatus, Role
from schema.kit import ids
from tests.rights import world as worlds

TOLD: dict[str, Any] = {
    "members": {
        "alpha": {"country": "CN", "walk_ins": True},
        "beta": {"country": "CN"},
        "gamma": {"country": "CN", "standing": "suspended"},
    },
    "packages": {
        "journals": {
            "provider": "Verlag",
            "titles": {
                "Nature of Things": {"coverage": [{"start": 2000}]},
                "Old Letters": {"coverage": [{"start": 1900, "end": 1950}]},
            },
        },
        "shelf": {"provider": "Verlag", "titles": {f"Volume {n:02}": {} for n in range(40)}},
        "treasures": {"provider": "alpha", "titles": {"A Manuscript": {"files": 3}}},
    },
    "licences": {
        "big deal": {
            "licensor": "Verlag",
            "terms": [
                {"action": "view", "status": "permitted_explicit", "affiliations": ["student", "faculty"]},
                {"action": "download", "status": "permitted_explicit", "on_site_only": True},
                {"action": "interlibrary_supply", "status": "prohibited_explicit"},
            ],
        }
    },
    "agreements": {
        "deal": {"licence": "big deal", "participants": ["alpha"], "entitlements": ["journals", "shelf"]},
    },
}

Ask = Callable[..., Awaitable[Any]]


@dataclass
class House:
    """The application with its world. `id` names a thing by its GraphQL type and its name in the world."""

    app: FastAPI
    world: worlds.World
    provider_id: UUID

    def id(self, type_name: str, name: str) -> str:
        kind = {"PackageTitle": "package_title", "MemberGroup": "group"}.get(type_name, type_name.lower())
        return ids.encode(type_name, self.world.id(kind, name))

    def client(self, token: str | None = None, address: str = "127.0.0.1") -> httpx2.AsyncClient:
        """A browser at that address, signed in where it has a token."""
        headers = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app, client=(address, 50000)),
            base_url="http://127.0.0.1:8000",
            cookies={"mutua_demo": token} if token else {},
            headers=headers,
        )

    async def sign_in(self, member: str, *affiliations: Affiliation, role: Role | None = None) -> str:
        """The token of a new session of somebody of that member."""
        site: Site = self.app.state.site
        member_id = self.world.id("member", member)
        person = Subject("https://idp.example", "sub", f"{member} {role} {sorted(affiliations)}")
        asserted = Asserted((Membership(member_id, frozenset(affiliations)),), person)
        async with database.as_everybody(self.app.state.sessions)() as session:
            opened = await sessions.open_(session, site, self.provider_id, asserted)
            await session.execute(database.text("SELECT set_config('mutua.members', '*', true)"))
            pseudonym = opened.memberships[0].pseudonym_id
            if role and pseudonym:
                await roles.assign(session, pseudonym, member_id, role, "Ada", "cli:test")
        return opened.token


@pytest.fixture
async def house(app: FastAPI) -> House:
    """The world, committed."""
    async with database.as_everybody(app.state.sessions)() as session:
        world = await worlds.load(session, TOLD)
        for (kind, name), key in world.ids.items():
            if kind == "resource":
                found = tokenizer.document_vector(titles=[name])
                titles = {"title": {"en": name, "zh": f"《{name}》"}, "sort_title": sorting.title_key(name, "en")}
                await session.execute(
                    update(resource.Resource).where(col(resource.Resource.id) == key).values(search=found, **titles)
                )
        await session.execute(
            update(licence.Clause).values(
                visibility=ClauseVisibility.STAFF, text="The contract's own words", summary={"en": "In short"}
            )
        )
        await session.execute(update(licence.Term).values(note="internal"))
        provider = identity.IdentityProvider(
            protocol=IdentityProtocol.OIDC, issuer="https://idp.example", name={"en": "A provider"}, client_id="mutua"
        )
        session.add(provider)
        await session.flush()
        for name in ("alpha", "beta", "gamma"):
            member_id = world.id("member", name)
            session.add(party.MemberScope(scope=f"{name}.edu", member_id=member_id))
            await session.flush()
            session.add(identity.IdentityProviderScope(provider_id=provider.id, scope=f"{name}.edu"))
            session.add(party.MemberIdentifier(member_id=member_id, namespace="isil", value=f"CN-{name}"))
        session.add(
            party.NetworkRange(member_id=world.id("member", "alpha"), first="198.51.100.0", last="198.51.100.9")
        )
        session.add(
            obligation.Obligation(
                member_id=world.id("member", "alpha"),
                name={"en": "Digitise"},
                measure=ObligationMeasure.ITEMS_DIGITISED,
                target=500,
                achieved=120,
                unit="items",
                due="2026-12-31",
                status=ObligationStatus.DUE,
            )
        )
    return House(app, world, provider.id)


@dataclass
class Person:
    """Somebody who asks."""

    client: httpx2.AsyncClient

    async def post(self, query: str, **variables: Any) -> dict[str, Any]:
        response = await self.client.post("/graphql", json={"query": query, "variables": variables})
        assert response.status_code in (200, 400, 403), response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.post(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def code(self, query: str, **variables: Any) -> str:
        """The code of the only error."""
        (error,) = (await self.post(query, **variables))["errors"]
        return str(error["extensions"]["code"])


@pytest.fixture
async def anonymous(house: House) -> AsyncIterator[Person]:
    async with house.client() as client:
        yield Person(client)


@pytest.fixture
async def student(house: House) -> AsyncIterator[Person]:
    async with house.client(await house.sign_in("alpha", Affiliation.STUDENT)) as client:
        yield Person(client)


@pytest.fixture
async def outsider(house: House) -> AsyncIterator[Person]:
    """A student of a member that takes no part."""
    async with house.client(await house.sign_in("beta", Affiliation.STUDENT)) as client:
        yield Person(client)


@pytest.fixture
async def librarian(house: House) -> AsyncIterator[Person]:
    token = await house.sign_in("alpha", Affiliation.STAFF, role=Role.MEMBER_LIBRARIAN)
    async with house.client(token) as client:
        yield Person(client)


@pytest.fixture
async def other_librarian(house: House) -> AsyncIterator[Person]:
    token = await house.sign_in("beta", Affiliation.STAFF, role=Role.MEMBER_LIBRARIAN)
    async with house.client(token) as client:
        yield Person(client)


@pytest.fixture
async def admin(house: House) -> AsyncIterator[Person]:
    token = await house.sign_in("beta", Affiliation.STAFF, role=Role.CONSORTIUM_ADMIN)
    async with house.client(token) as client:
        yield Person(client)


@pytest.fixture
async def walk_in(house: House) -> AsyncIterator[Person]:
    """Somebody on alpha's network who didn't sign in."""
    async with house.client(address="198.51.100.5") as client:
        yield Person(client)
