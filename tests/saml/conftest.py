"""Mutua's entrance beside universities that speak SAML, whose every word a test can choose."""

import base64
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx2
import pytest
from lxml import etree
from sqlalchemy import text

from api.database import Urls
from auth.saml import ourselves
from auth.saml.response import Recipient
from domain import members
from domain.keys import KeyStore
from domain.members import Policies
from models.federation import MetadataSource, SamlEntity
from tests.identity.house import House, browser, house, member
from tests.saml.corpus.keys import pair
from tests.saml.corpus.maker import Maker
from tests.support.keys import lay

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
NONE = Policies()
SITE = "http://localhost:1"
"""Where the universities' pages would be: another site. No test goes there."""


@dataclass
class Town:
    mutua: House
    source_id: UUID
    members: dict[str, UUID]
    idps: dict[str, Maker] = field(default_factory=dict)

    @property
    def us(self) -> Recipient:
        return ourselves.recipient(self.mutua.url, self.mutua.site.keys)

    async def university(self, name: str, *scopes: str, policies: Policies = NONE, **facts: Any) -> Maker:
        """Register one, known to the federation; `facts` of its metadata."""
        maker = Maker(f"{SITE}/{name}", pair(name))
        entity = {
            "names": {"zh": f"{name}大学", "en": name.title()},
            "scopes": list(scopes),
            "single_sign_on": {REDIRECT: f"{SITE}/{name}/sso"},
            "single_logout": {REDIRECT: {"location": f"{SITE}/{name}/slo"}},
            "signing_certificates": [base64.b64encode(one).decode() for one in maker.party.certificates],
        }
        async with self.mutua.everybody() as session:
            session.add(SamlEntity(source_id=self.source_id, entity_id=maker.entity_id, **(entity | facts)))
            await session.flush()
            await members.register_saml_provider(
                session,
                entity_id=maker.entity_id,
                name=entity["names"],  # type: ignore[arg-type]
                source_id=self.source_id,
                scopes=scopes,
                policies=policies,
            )
        self.idps[name] = maker
        return maker

    async def asked(self, reader: httpx2.AsyncClient, name: str = "alpha", **more: str) -> str:
        """Begin a sign-in there; the ID of the request that the university gets."""
        answer = await reader.get(
            "/login", params={"issuer": self.idps[name].entity_id, "target": "/viewer"} | more, follow_redirects=False
        )
        assert answer.status_code == 303, answer.text
        return request_of(answer.headers["location"]).attrib["ID"]

    async def post(self, reader: httpx2.AsyncClient, form_value: str, **more: str) -> httpx2.Response:
        """What the university's page makes the browser do: a form from another site, so without our cookies."""
        content = {"SAMLResponse": form_value} | more
        async with browser(self.mutua.url) as elsewhere:
            answer = await elsewhere.post("/saml/acs", data=content, headers=FORM, follow_redirects=False)
        if answer.status_code != 303:
            return answer
        return await reader.get(answer.headers["location"])

    async def sign_in(self, reader: httpx2.AsyncClient, name: str = "alpha", **said: Any) -> httpx2.Response:
        request = await self.asked(reader, name)
        return await self.post(reader, self.idps[name].form(self.us, in_response_to=request, **said))

    async def count(self, table: str) -> int:
        async with self.mutua.everybody() as session:
            return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


FORM = {"Accept": "text/html", "Origin": "http://localhost:1", "Sec-Fetch-Site": "cross-site"}


def request_of(address: str) -> etree._Element:
    """The message that a redirect carries."""
    (packed,) = parse_qs(urlsplit(address).query)["SAMLRequest"]
    return etree.fromstring(zlib.decompress(base64.b64decode(packed), -15))


@pytest.fixture
async def town(database: Urls, tmp_path: Any) -> AsyncIterator[Town]:
    """Alpha speaks SAML; beta is a member without a provider of its own."""
    async with house(database, KeyStore(lay(tmp_path / "keys"), demo=True)) as mutua:
        async with mutua.everybody() as session:
            known = {
                one: await member(session, one, f"{one}.example", f"lib.{one}.example") for one in ("alpha", "beta")
            }
            source = MetadataSource(name="test", location="test.xml", certificates=["none"])
            session.add(source)
            await session.flush()
        made = Town(mutua, source.id, known)
        await made.university("alpha", "alpha.example")
        yield made


@pytest.fixture
async def reader(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    async with browser(town.mutua.url) as opened:
        yield opened
