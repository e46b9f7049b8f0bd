"""The world of these suites: Mutua's entrance, two members, and their universities, which a test may bend."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response

from api.database import Urls
from demo.identity import origin_beside, router
from demo.identity_setup import install
from domain.keys import KeyStore
from tests.identity.forger import PEOPLE, SECRETS, Forger
from tests.identity.house import House, browser, house, member
from tests.support.keys import lay


@dataclass
class Town:
    mutua: House
    campus: Forger
    members: dict[str, UUID]
    paths: list[str] = field(default_factory=list)
    """Every path that the server was asked for, the universities' included."""

    async def sign_in(
        self, reader: httpx2.AsyncClient, person: str = "ada", target: str = "/viewer"
    ) -> httpx2.Response:
        return await reader.get(f"/demo/as/{person}", params={"target": target})


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(lay(tmp_path / "keys"), demo=True)


@pytest.fixture
async def town(database: Urls, keys: KeyStore) -> AsyncIterator[Town]:
    async with house(database, keys) as mutua:
        campus = Forger(PEOPLE, SECRETS, mutua.url, origin_beside(mutua.url))
        mutua.app.include_router(router(campus))
        async with mutua.everybody() as session:
            members = {one: await member(session, one, f"{one}.edu") for one in ("alpha", "beta")}
            await install(session, keys, campus)
        made = Town(mutua, campus, members)

        @mutua.app.middleware("http")
        async def note(request: Request, call_next: object) -> Response:
            made.paths.append(request.url.path)
            answer: Response = await call_next(request)  # type: ignore[operator]
            return answer

        yield made


@pytest.fixture
async def reader(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    async with browser(town.mutua.url) as opened:
        yield opened
