"""Two servers on one database: what one of them changes, the other knows, and has compiled before anybody asks."""

import statistics
from typing import Any

from sqlalchemy import text

from api import listening
from domain import epoch
from models.vocabulary import Role
from schema.kit import ids
from tests.rights.two_servers import Consortium, consortium, followed, opened, servers, until

__all__ = ["consortium", "servers"]

TOLD: dict[str, Any] = {
    "members": {"pku": {"country": "CN"}},
    "packages": {"journals": {"provider": "press", "titles": {"journal": {}}}},
    "licences": {
        "contract": {
            "licensor": "press",
            "status": "draft",
            "terms": [{"action": "view", "status": "permitted_explicit", "affiliations": ["student"]}],
        }
    },
    "agreements": {"deal": {"licence": "contract", "entitlements": ["journals"]}},
}
ACTIVATE = "mutation ($id: ID!) { licenceActivate(input: {id: $id, version: 1}) { problems { code } } }"

OPEN_TITLE = """
WITH provider AS (INSERT INTO party (kind, code, name) VALUES ('provider', 'open', '{"en": "Open"}') RETURNING id),
package AS (
  INSERT INTO package (code, name, provider_id) SELECT 'open', '{"en": "Open"}', id FROM provider RETURNING id
),
resource AS (
  INSERT INTO resource (kind, title, sort_title, search, open_access)
  VALUES ('serial', '{"en": "open"}', 'open', '', true) RETURNING id
)
INSERT INTO package_title (package_id, resource_id, status, url)
SELECT package.id, resource.id, 'current', 'https://open.example/' FROM package, resource
"""
"""A title that everybody may read, with an address to read it at."""


async def test_a_licence_put_in_force_by_one_server_opens_at_the_other_at_once(consortium: Consortium) -> None:
    world = await consortium.filled(TOLD)
    pku = world.id("member", "pku")
    student, admin = await consortium.sign_in(pku), await consortium.sign_in(pku, Role.CONSORTIUM_ADMIN)
    assert [await opened(each, student) for each in (consortium.one, consortium.other)] == [0, 0]
    act = {"query": ACTIVATE, "variables": {"id": ids.encode("Licence", world.id("licence", "contract"))}}
    done = await consortium.one.post("/graphql", json=act, headers=admin)
    assert done.json()["data"]["licenceActivate"] == {"problems": []}
    assert [await opened(each, student) for each in (consortium.other, consortium.one)] == [1, 1]


async def test_rights_are_compiled_before_anybody_asks(consortium: Consortium) -> None:
    """Aim: 50 ms from the commit. Asserted generously, yet far below what the poll alone would take."""
    taken = [await followed(consortium.other, await consortium.raised()) for _ in range(9)]
    print(f"from commit to compiled: {statistics.median(taken) * 1000:.0f} ms, at most {max(taken) * 1000:.0f} ms")  # noqa: T201
    assert statistics.median(taken) < listening.POLL_SECONDS / 5


async def test_a_server_that_hears_nothing_decides_right_and_follows_by_polling(consortium: Consortium) -> None:
    await until(consortium.hearing, 2)
    await consortium.silenced()
    before = await opened(consortium.other, {})
    async with consortium.begin() as session:
        await session.execute(text(OPEN_TITLE))
        raised = await epoch.raise_(session)
    assert await opened(consortium.other, {}) == before + 1
    assert await followed(consortium.one, raised) < 5 * listening.POLL_SECONDS
    await until(consortium.hearing, 2)
    await followed(consortium.other, await consortium.raised())
