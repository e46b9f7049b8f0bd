"""`mutua deadlines`: what it says where there is nothing to say."""

import asyncio
import json

import pytest

from api import database as edge
from api.database import Urls
from tests.operation.commands import Mutua
from tests.rights import world


def test_nothing_to_come_is_said_in_words(mutua: Mutua, database: Urls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUA_DATABASE_URL", database.app)

    async def within() -> None:
        pool = edge.engine(database.app)
        async with edge.as_everybody(edge.sessions(pool))() as session:
            await world.load(session, {})
        await pool.dispose()

    asyncio.run(within())
    assert mutua("deadlines", "--within", "7", "--lang", "en").out == "Nothing within 7 days.\n"
    assert mutua("deadlines", "--lang", "zh").out == "90 天之内没有任何事项。\n"
    assert json.loads(mutua("deadlines", "--json").out) == []
