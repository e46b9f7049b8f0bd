"""A consortium whose universities sign in by either protocol, its page to choose among them, and what they may read."""

import base64
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx2
import pytest
from lxml import etree
from sqlalchemy import update
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api import pages
from api.database import Urls
from api.edge import Edge
from auth.saml import ourselves
from auth.saml.response import Recipient
from demo.identity import origin_beside
from domain import members
from domain.discovery import BINDINGS
from domain.keys import KeyStore
from models import party
from models.federation import MetadataSource, SamlEntity
from tests.identity.house import House, browser, house
from tests.rights import world as worlds
from tests.rights.world import World
from tests.saml.corpus.keys import pair
from tests.saml.corpus.maker import Maker
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
    idps: dict[str, Maker] = field(default_factory=dict)
    """Those that speak SAML."""

    @property
    def us(self) -> Recipient:
        return ourselves.recipient(self.mutua.url, self.mutua.site.keys)

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
        maker = Maker(entity_id, pair(code))
        described = {
            "names": {"en": f"Sign-in of {code}"},
            "scopes": list(scopes or (f"{code}.example",)),
            "single_sign_on": {BINDINGS[0]: f"{entity_id}/sso"},
            "signing_certificates": [base64.b64encode(one).decode() for one in maker.party.certificates],
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
        self.idps[code] = maker
        return entity_id

    async def campus(self, code: str, binding: str, said: Mapping[str, Sequence[str]]) -> None:
        """Give a university that speaks SAML a real page, on another site, which answers at once with `said`."""
        maker = self.idps[code]
        way, site = f"/campus/{code}", origin_beside(self.mutua.url)

        async def answer(request: Request) -> Response:
            async with request.form() as form:
                packed = str(form.get("SAMLRequest") or request.query_params["SAMLRequest"])
            xml = base64.b64decode(packed)
            asked = etree.fromstring(xml if request.method == "POST" else zlib.decompress(xml, -15)).attrib["ID"]
            response = maker.form(self.us, in_response_to=asked, attributes=said)
            page = f"""<form method="post" action="{self.us.acs}"><input name="SAMLResponse" value="{response}"></form>
            <script>document.forms[0].submit()</script>"""
            return HTMLResponse(page, headers={"Content-Security-Policy": ""})

        self.mutua.app.add_api_route(way, answer, methods=["GET", "POST"])
        async with self.mutua.everybody() as session:
            await session.execute(
                update(SamlEntity)
                .where(col(SamlEntity.entity_id) == maker.entity_id)
                .values(
                    single_sign_on={binding: f"{site}{way}"},
                    single_logout={BINDINGS[0]: {"location": f"{site}{way}/out"}},
                )
            )

    async def come_back(
        self, reader: httpx2.AsyncClient, code: str, attributes: Mapping[str, Sequence[str]], at: str = "/login"
    ) -> httpx2.Response:
        """Go to a university that speaks SAML, and come back with what it says."""
        led = await reader.get(at, params={"entityID": self.idps[code].entity_id}, follow_redirects=False)
        (packed,) = parse_qs(urlsplit(led.headers["location"]).query)["SAMLRequest"]
        request = etree.fromstring(zlib.decompress(base64.b64decode(packed), -15)).attrib["ID"]
        form = self.idps[code].form(self.us, in_response_to=request, attributes=attributes, name_id=None)
        async with browser(self.mutua.url) as elsewhere:
            answer = await elsewhere.post("/saml/acs", data={"SAMLResponse": form}, follow_redirects=False)
        return await reader.get(answer.headers["location"])


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
