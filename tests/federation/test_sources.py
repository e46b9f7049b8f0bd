"""A federation's metadata is taken in whole, replaced whole, and kept when the next copy is no good."""

from pathlib import Path
from typing import Any

import pytest

from api import database as edge
from api.database import Transactions, Urls
from auth.federation import entities, sources
from models.federation import MetadataSource
from models.identity import IdentityProvider
from tests.federation.maker import Federation, University, written

FEDERATION = Federation()


@pytest.fixture
async def begin(database: Urls) -> Any:
    pool = edge.engine(database.app)
    yield edge.as_everybody(edge.sessions(pool))
    await pool.dispose()


async def put(begin: Transactions, **facts: Any) -> MetadataSource:
    given = {"name": "fed", "location": "metadata.xml", "certificates": [FEDERATION.pem], **facts}
    async with begin() as session:
        await sources.put(session, **given)
        found = await sources.by_name(session, given["name"])
    assert found
    return found


async def test_what_is_signed_is_taken(begin: Transactions, tmp_path: Path) -> None:
    source = await put(begin)
    a, b = University("https://a.example", ("a.example",)), University("https://b.example", ("^.*\\.b\\.example$",))
    taken = await sources.take(begin, source, written(tmp_path, FEDERATION.aggregate(a, b)))
    assert taken.changes.new == 2
    async with begin() as session:
        provider = IdentityProvider(
            issuer="https://b.example", protocol=IdentityProtocol.SAML, metadata_source_id=source.id, name={}
        )
        entity = await entities.of_provider(session, provider)
        assert entity
        assert entities.speaks_for(entity, "x.b.example")
        assert not entities.speaks_for(entity, "b.example")
    source = await put(begin)
    taken = await sources.take(begin, source, written(tmp_path, FEDERATION.aggregate(a)))
    assert (taken.changes.new, taken.changes.changed, taken.changes.removed) == (0, 0, 1)
