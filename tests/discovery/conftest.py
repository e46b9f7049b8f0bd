"""A consortium whose universities sign in by either protocol, its page to choose among them, and what they may read."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import update
from sqlmodel import col

from api import pages
from api.database import Urls
from api.edge import Edge
from domain import members
from domain.discovery import BINDINGS
from domain.keys import KeyStore
from models import party
from models.federation import MetadataSource, SamlEntity
from tests.identity.house import House, browser, house
from tests.rights import world as worlds
from tests.rights.world import World
from tests.support.keys import lay

CODES = ("lzu", "pku", "whu")
NAMES = {
    "lzu": {"zh": "兰州大学", "en": "Lanzhou University"},
    "pku": {"zh": "北京大学", "en": "Peking University"},
    "whu": {"zh": "武汉大学", "en": "Wuhan University"},
}
TOLD: dict[str, Any] = {
    "members": {code: {"country": "CN"} for code in CODES},
    "resources": {"open": {"open_access": True}, "journal": {}, "later": {}, "nobodys": {}},
    "packages": {
        "free": {"provider": "press", "titles": {"open": {}}},
        "journals": {"provider": "press", "titles": {"journal": {}}},
        "future": {"provider": "press", "titles": {"later": {}}},
    },
    "licences": {
        "contract": {
            "licensor": "press",
            "terms": [{"action": "view", "status": "permitted_explicit", "affiliations": ["student"]}],
        }
    },
    "agreements": {
        "deal": {"licence": "contract", "entitlements": ["journals"], "participants": ["pku"]},
        "coming": {
            "licence": "contract",
            "entitlements": ["future"],
            "participants": ["lzu"],
            "periods": [{"start": "2090-01-01", "end": "2091-12-31"}],
        },
    },
}
"""A journal that students of pku may read, one that those of lzu will, one that is open, and one that nobody has."""


@dataclass
class Place:
    mutua: House
    world: World
    source_id: UUID
    issuers: dict[str, str] = field(default_factory=dict)

    def member(self, code: str) -> UUID:
        return self.world.id("member", code)

    def resource(self, name: str) -> UUID:
        return self.world.id("resource", name)

    async def oidc(self, code: str, *scopes: str, **facts: Any) -> str:
        """Register an OpenID provider; its issuer."""
        issuer = f"https://oidc.{code}.example"
        async with self.mutua.everybody() as session:
            await members.register_provider(
                session,
                **{
                    "issuer": issuer,
                    "name": {"en": f"OpenID of {code}"},
                    "client_id": "mutua",
                    "sealed_secret": None,
                    "scopes": scopes or (f"{code}.example",),
                    **facts,
                },
            )
        return issuer

    async def saml(self, code: str, scopes: Sequence[str] = (), *, name: Any = None, **facts: Any) -> str:
        """Register a SAML provider; `facts` of its metadata. Its entityID."""
        entity_id = f"https://saml.{code}.example/idp"
        described = {
            "names": {"en": f"Sign-in of {code}"},
            "scopes": list(scopes or (f"{code}.example",)),
            "single_sign_on": {BINDINGS[0]: f"{entity_id}/sso"},
            "signing_certificates": ["AAAA"],
        }
        async with self.mutua.everybody() as session:
            session.add(SamlEntity(source_id=self.source_id, entity_id=entity_id, **(described | facts)))
            await session.flush()
            await members.register_saml_provider(
                session,
                entity_id=entity_id,
                name=name or {"en": f"Sign-in of {code}"},
                source_id=self.source_id,
                scopes=scopes or (f"{code}.example",),
            )
        return entity_id


@pytest.fixture
async def place(database: Urls, tmp_path: Path) -> AsyncIterator[Place]:
    """lzu signs in by SAML, pku by OpenID Connect, whu not at all."""
    async with house(database, KeyStore(lay(tmp_path / "keys"), demo=True)) as mutua:
        mutua.app.mount(pages.STATIC, pages.assets())
        mutua.app.add_middleware(Edge, https=False)
        async with mutua.everybody() as session:
            world = await worlds.load(session, TOLD)
            for code, name in NAMES.items():
                await session.execute(
                    update(party.Party).where(col(party.Party.id) == world.id("member", code)).values(name=name)
                )
                session.add(party.MemberScope(scope=f"{code}.example", member_id=world.id("member", code)))
            source = MetadataSource(name="test", location="test.xml", certificates=["none"])
            session.add(source)
            await session.flush()
        made = Place(mutua, world, source.id)
        made.issuers["lzu"] = await made.saml("lzu", keywords={"zh": "甘肃 敦煌", "en": "Gansu"})
        made.issuers["pku"] = await made.oidc("pku")
        yield made


@pytest.fixture
async def reader(place: Place) -> AsyncIterator[httpx2.AsyncClient]:
    async with browser(place.mutua.url) as opened:
        opened.headers["Accept-Language"] = "en"
        yield opened
