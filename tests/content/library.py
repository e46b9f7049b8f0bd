"""A running Mutua with files in its store, over real HTTP, and people who read them."""

import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
from fastapi import FastAPI
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from api import database as edge
from api.database import Transactions
from auth import sessions
from auth.claims import Asserted
from domain import epoch
from domain.content import gate as gates
from domain.content.gate import Gate, Opening
from domain.content.links import Link
from domain.principal import Membership, Principal, Viewer
from domain.pseudonyms import Subject
from models import content as rows
from models import identity, party
from models.vocabulary import Action, Affiliation, IdentityProtocol
from schema.kit import ids
from tests.identity.house import serving
from tests.rights import world as worlds
from tests.rights.world import World

PDF = b"%PDF-1.7\n" + b"".join(b"%% line %d\n" % n for n in range(2000)) + b"startxref\n9\n%%EOF\n"
CAMPUS, HOME = "192.0.2.10", "203.0.113.7"

TOLD: dict[str, Any] = {
    "members": {"pku": {"country": "CN", "walk_ins": True}, "lzu": {"country": "CN"}},
    "resources": {"open": {"open_access": True}, "journal": {}, "scroll": {}},
    "packages": {
        "free": {"provider": "press", "titles": {"open": {"files": 0}}},
        "journals": {"provider": "press", "titles": {"journal": {"coverage": [{"start": 2000}]}}},
        "scrolls": {"provider": "pku", "titles": {"scroll": {}}},
    },
    "licences": {
        "contract": {
            "licensor": "press",
            "terms": [
                {"action": "view", "status": "permitted_explicit", "affiliations": ["student"]},
                {"action": "download", "status": "prohibited_explicit"},
            ],
        }
    },
    "agreements": {"deal": {"licence": "contract", "entitlements": ["journals"], "participants": ["pku"]}},
}
"""An open title, a journal that students of pku may look at but not download, and a scroll of pku's own."""


@dataclass
class Library:
    app: FastAPI
    url: str
    everybody: Transactions
    world: World

    @property
    def gate(self) -> Gate:
        gate: Gate = self.app.state.gate
        return gate

    async def item(
        self, title: str, content: bytes = PDF, name: str = "碑帖 一.pdf", published: date | None = date(2020, 5, 1)
    ) -> rows.ContentItem:
        """A file of a title (`package/resource`)."""
        stored = self.gate.store.add(io.BytesIO(content), name)
        async with self.everybody() as session:
            made = rows.ContentItem(
                id=uuid4(),
                package_title_id=self.world.id("package_title", title),
                resource_id=self.world.id("resource", title.partition("/")[2]),
                position=1,
                label={"en": name},
                file_name=name,
                media_type=stored.media_type,
                size=stored.size,
                sha256=stored.sha256,
                published=published.isoformat() if published else None,
                published_first=published,
                published_last=published,
            )
            session.add(made)
            await session.flush()
            await session.refresh(made)
            await epoch.raise_(session)
        return made

    async def change(self, statement: str, **facts: Any) -> None:
        """Change rights, as an import or a mutation would."""
        async with self.everybody() as session:
            await session.execute(text(statement), facts)
            await epoch.raise_(session)

    async def sign_in(
        self, member: str = "pku", *affiliations: Affiliation, person: str | None = None
    ) -> dict[str, str]:
        """The cookie of somebody who signed in. `person`: whom her university knows again, if it says so."""
        site = self.app.state.site
        member_id = self.world.id("member", member)
        async with self.everybody() as session:
            provider = identity.IdentityProvider(
                id=uuid4(), protocol=IdentityProtocol.OIDC, issuer=f"https://{uuid4()}.example", name={"en": member}
            )
            scope = f"{uuid4()}.example"
            session.add_all([provider, party.MemberScope(scope=scope, member_id=member_id)])
            await session.flush()
            session.add(identity.IdentityProviderScope(provider_id=provider.id, scope=scope))
            await session.flush()
            membership = Membership(member_id, frozenset(affiliations or {Affiliation.STUDENT}))
            subject = Subject("https://idp.example", "sub", person) if person else None
            opened = await sessions.open_(session, site, provider.id, Asserted((membership,), subject))
        return {"Cookie": f"mutua_demo={opened.token}"}

    async def sign_out(self, cookie: Mapping[str, str]) -> None:
        async with self.everybody() as session:
            await sessions.end(session, self.app.state.site, cookie["Cookie"].partition("=")[2])

    async def campus(self, member: str = "pku") -> None:
        """Give a member the network that CAMPUS is in."""
        async with self.everybody() as session:
            session.add(party.NetworkRange(member_id=self.world.id("member", member), first=CAMPUS, last=CAMPUS))

    async def open_link(self, item: rows.ContentItem, action: Action = Action.VIEW) -> Opening:
        """What contentOpen gives somebody whom nobody knows."""
        async with self.everybody() as session:
            opened = await gates.open_link(session, self.gate, Viewer(Principal()), item, action, datetime.now(UTC))
        assert isinstance(opened, Opening)
        return opened

    async def all(self, table: type[Any]) -> list[Any]:
        async with self.everybody() as session:
            return list(await session.scalars(select(table)))

    async def counts(self) -> tuple[int, int, int]:
        """How many decisions, readings and usage events there are."""
        async with self.everybody() as session:
            decisions, readings, events = [
                await _count(session, table) for table in (rows.Decision, rows.Reading, rows.UsageEvent)
            ]
        return decisions, readings, events


async def _count(session: AsyncSession, table: type[SQLModel]) -> int:
    return await session.scalar(select(func.count()).select_from(table)) or 0


def address(item: rows.ContentItem | UUID) -> str:
    """The gate's address of an item."""
    return f"/content/{ids.encode('ContentItem', item if isinstance(item, UUID) else item.id)}"


def signed(item: rows.ContentItem, text: str) -> str:
    return f"{address(item)}?link={text}"


@asynccontextmanager
async def library(app: FastAPI) -> AsyncIterator[Library]:
    everybody = edge.as_everybody(app.state.sessions)
    async with everybody() as session:
        world = await worlds.load(session, TOLD)
        await epoch.raise_(session)
    async with serving(app) as port:
        yield Library(app, f"http://127.0.0.1:{port}", everybody, world)


@asynccontextmanager
async def reader(url: str, **headers: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A program that follows redirects and keeps no cookie."""
    async with httpx2.AsyncClient(base_url=url, headers=headers, trust_env=False, follow_redirects=True) as opened:
        yield opened


def link_of(answer: httpx2.Response) -> str:
    """The link in a redirect's address."""
    return httpx2.URL(answer.headers["location"]).params["link"]


__all__ = ["CAMPUS", "HOME", "PDF", "Library", "Link", "address", "col", "library", "link_of", "reader", "signed"]
