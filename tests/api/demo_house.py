"""The demo consortium behind the whole application, and its people at their places."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from fastapi import FastAPI
from rich.console import Console
from sqlalchemy import select
from sqlmodel import col

from api import database as edge
from api.app import create_app
from api.database import Urls
from api.settings import Settings
from auth import sessions
from auth.claims import Asserted
from demo import identity_people, load
from domain.principal import Membership
from models import identity, party
from models.vocabulary import Affiliation, IdentityProtocol

PEOPLE = identity_people.load().persons
HOME, CAMPUS = "10.0.0.9", "198.51.100.5"
"""An address of nobody's, and one of Peking University, where whoever is there is a walk-in."""
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@dataclass
class DemoHouse:
    """`scopes`: the member of each."""

    app: FastAPI
    provider_id: UUID
    scopes: dict[str, UUID]

    async def browser(self, person: str | None = None, address: str = HOME) -> httpx2.AsyncClient:
        """Of a person of `demo/persons.yaml`, or of nobody, at an address. It follows no redirects."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app, client=(address, 50000)),
            base_url="http://127.0.0.1:8000",
            cookies={"mutua_demo": await self._session(person)} if person else {},
            headers={"Accept-Language": "en"},
        )

    async def _session(self, person: str) -> str:
        told: dict[UUID, set[Affiliation]] = {}
        for scoped in PEOPLE[person].affiliations:
            word, _, scope = scoped.partition("@")
            told.setdefault(self.scopes[scope], set()).add(Affiliation(word))
        uris = frozenset(PEOPLE[person].entitlements)
        memberships = tuple(Membership(key, frozenset(words), uris) for key, words in told.items())
        async with edge.as_everybody(self.app.state.sessions)() as session:
            opened = await sessions.open_(session, self.app.state.site, self.provider_id, Asserted(memberships, None))
        return opened.token


async def fill(urls: Urls, folder: Path) -> None:
    """Load the demo into an empty database."""
    pool = edge.engine(urls.app, statement_seconds=0)
    settings = Settings(database_url=urls.app, state_dir=folder)
    await load.load(edge.as_everybody(edge.sessions(pool)), settings, Console(file=io.StringIO()))
    await pool.dispose()


@asynccontextmanager
async def open_house(urls: Urls, folder: Path) -> AsyncIterator[DemoHouse]:
    """The application on a database that the demo was loaded into, with one provider for everybody."""
    app = create_app(Settings(database_url=urls.app, state_dir=folder, demo=True))
    async with app.router.lifespan_context(app):
        provider: Any = identity.IdentityProvider(
            protocol=IdentityProtocol.OIDC, issuer="https://idp.example", name={"en": "A provider"}, client_id="mutua"
        )
        async with edge.as_everybody(app.state.sessions)() as session:
            session.add(provider)
            await session.flush()
            found = await session.execute(select(col(party.MemberScope.scope), col(party.MemberScope.member_id)))
            scopes = {row.scope: row.member_id for row in found}
            for scope in scopes:
                session.add(identity.IdentityProviderScope(provider_id=provider.id, scope=scope))
        yield DemoHouse(app, provider.id, scopes)
