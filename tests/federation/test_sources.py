"""A federation's metadata is taken in whole, replaced whole, and kept when the next copy is no good."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api import database as edge
from api.database import Transactions, Urls
from auth.federation import entities, sources
from auth.federation.sources import Description
from domain import members
from models.federation import MetadataSource
from models.identity import IdentityProvider
from tests.federation.maker import Federation, University, base64_certificate, written
from tests.identity.house import member

FEDERATION = Federation()
SOAP = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"


@pytest.fixture
async def begin(database: Urls) -> Any:
    pool = edge.engine(database.app)
    yield edge.as_everybody(edge.sessions(pool))
    await pool.dispose()


async def put(begin: Transactions, **facts: Any) -> MetadataSource:
    given = Description(**{"name": "fed", "location": "metadata.xml", "certificates": (FEDERATION.pem,), **facts})
    async with begin() as session:
        await sources.put(session, given)
        found = await sources.by_name(session, given.name)
    assert found
    return found


async def test_what_is_signed_is_taken(begin: Transactions, tmp_path: Path) -> None:
    source = await put(begin)
    a, b = University("https://a.example", ("a.example",)), University("https://b.example", ("^.*\\.b\\.example$",))
    taken = await sources.take(begin, source, written(tmp_path, FEDERATION.aggregate(a, b)))
    assert taken.changes.new == 2
    async with begin() as session:
        provider = IdentityProvider(issuer="https://b.example", metadata_source_id=source.id)
        entity = await entities.of_provider(session, provider)
        assert entity
        assert entities.speaks_for(entity, "x.b.example")
        assert not entities.speaks_for(entity, "b.example")
    source = await put(begin)
    taken = await sources.take(begin, source, written(tmp_path, FEDERATION.aggregate(a)))
    assert (taken.changes.new, taken.changes.changed, taken.changes.removed) == (0, 0, 1)


async def test_only_a_described_provider_can_sign_in(begin: Transactions, tmp_path: Path) -> None:
    source = await put(begin)
    told = University("https://a.example", ("alpha.edu",))
    weak = University("https://weak.example", ("alpha.edu",), certificates=(base64_certificate(9, 1024),))
    nowhere = University("https://nowhere.example", ("alpha.edu",), sso={SOAP: "https://nowhere.example/soap"})
    await sources.take(begin, source, written(tmp_path, FEDERATION.aggregate(told, weak, nowhere)))
    async with begin() as session:
        await member(session, "alpha", "alpha.edu")
        for entity_id in (told.entity_id, weak.entity_id, nowhere.entity_id, "https://absent.example"):
            await members.register_saml_provider(
                session, entity_id=entity_id, name={"en": "A"}, source_id=source.id, scopes=["alpha.edu"]
            )
    assert await usable(begin) == ["https://a.example"]
    await sources.take(begin, source, written(tmp_path, FEDERATION.aggregate(weak)))
    assert await usable(begin) == []
    await sources.take(begin, source, written(tmp_path, FEDERATION.aggregate(told, weak)))
    assert await usable(begin) == ["https://a.example"]
    async with begin() as session:
        await session.execute(text("UPDATE saml_entity SET valid_until = now()"))
    assert await usable(begin) == []


async def usable(begin: Transactions) -> list[str]:
    async with begin() as session:
        choices = [choice.issuer for choice in await members.choices(session, demo=False)]
        assert choices == [one.issuer for one in await members.providers(session, demo=False)]
        for issuer in choices:
            assert await members.usable_provider(session, issuer, demo=False)
    return choices
