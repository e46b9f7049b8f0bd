"""A small consortium behind the whole application, and people who ask it."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from api import database as edge
from api.database import Urls
from auth import sessions
from auth.claims import Asserted
from auth.site import Site
from domain import roles
from domain.catalogue import sorting, tokenizer
from domain.principal import Membership
from domain.pseudonyms import Subject
from models import content, identity, licence, obligation, package, party, resource
from models.vocabulary import Affiliation, ClauseVisibility, IdentityProtocol, ObligationMeasure, ObligationStatus, Role
from schema.kit import ids
from tests.rights import world as worlds
from tests.support.databases import Databases, name_of

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


@dataclass
class House:
    """The application with its world. `id` names a thing by its GraphQL type and its name in the world."""

    app: FastAPI
    world: worlds.World
    provider_id: UUID

    def id(self, type_name: str, name: str) -> str:
        kind = re.sub("(?<!^)(?=[A-Z])", "_", type_name).lower()
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
        async with edge.as_everybody(self.app.state.sessions)() as session:
            opened = await sessions.open_(session, site, self.provider_id, asserted)
            await session.execute(text("SELECT set_config('mutua.members', '*', true)"))
            pseudonym = opened.memberships[0].pseudonym_id
            if role and pseudonym:
                held = await roles.assign(session, pseudonym, member_id, role, "Ada", "cli:test")
                self.world.ids["role_assignment", f"{role} of {member}"] = held.id
        return opened.token


async def _fill(urls: Urls) -> tuple[worlds.World, UUID]:
    pool = edge.engine(urls.app)
    try:
        async with edge.as_everybody(edge.sessions(pool))() as session:
            return await _told(session)
    finally:
        await pool.dispose()


async def _told(session: AsyncSession) -> tuple[worlds.World, UUID]:
    """The world, with what its telling has no words for."""
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
    alpha = world.id("member", "alpha")
    session.add(party.NetworkRange(member_id=alpha, first="198.51.100.0", last="198.51.100.9"))
    duty = obligation.Obligation(
        id=world.make("obligation", "digitise"),
        member_id=alpha,
        name={"en": "Digitise"},
        measure=ObligationMeasure.ITEMS_DIGITISED,
        target=Decimal(500),
        achieved=Decimal(120),
        unit="items",
        due=date(2026, 12, 31),
        status=ObligationStatus.DUE,
    )
    group = party.MemberGroup(id=world.make("member_group", "north"), code="north", name={"en": "The North"})
    platform = package.Platform(id=world.make("platform", "Reader"), code="reader", name={"en": "Reader"})
    session.add_all([duty, group, platform])
    await session.flush()
    session.add(party.GroupMembership(group_id=group.id, member_id=alpha))
    items = select(col(content.ContentItem.id)).order_by(col(content.ContentItem.position))
    world.ids["content_item", "page"] = (await session.scalars(items.limit(1))).one()
    return world, provider.id


@dataclass(frozen=True)
class Filled:
    """A database with the world in it, to clone."""

    urls: Urls
    world: worlds.World
    provider_id: UUID


@pytest.fixture(scope="session")
def filled(databases: Databases) -> Iterator[Filled]:
    with databases.clone() as urls:
        yield Filled(urls, *asyncio.run(_fill(urls)))


@pytest.fixture
def database(databases: Databases, filled: Filled) -> Iterator[Urls]:
    """The world for this test alone."""
    with databases.clone(name_of(filled.urls)) as urls:
        yield urls


@pytest.fixture
def house(app: FastAPI, filled: Filled) -> House:
    return House(app, filled.world, filled.provider_id)


@dataclass
class Person:
    """Somebody who asks."""

    client: httpx2.AsyncClient

    async def post(self, document: str, /, **variables: Any) -> dict[str, Any]:
        response = await self.client.post("/graphql", json={"query": document, "variables": variables})
        assert response.status_code in (200, 400, 403), response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def ask(self, document: str, /, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.post(document, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def code(self, document: str, /, **variables: Any) -> str:
        """The code of the only error."""
        (error,) = (await self.post(document, **variables))["errors"]
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
async def auditor(house: House) -> AsyncIterator[Person]:
    token = await house.sign_in("beta", Affiliation.STAFF, role=Role.AUDITOR)
    async with house.client(token) as client:
        yield Person(client)


@pytest.fixture
async def walk_in(house: House) -> AsyncIterator[Person]:
    """Somebody on alpha's network who didn't sign in."""
    async with house.client(address="198.51.100.5") as client:
        yield Person(client)
