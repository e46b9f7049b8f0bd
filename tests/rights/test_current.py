"""The compiled rights of a process are those of the epoch that a request sees."""

import asyncio
import gc
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from api.database import Transactions, Urls
from domain import epoch
from domain.following import NotFresh
from domain.rights import compilation
from domain.rights.current import Current
from domain.rights.grants import Grants
from tests.rights import world

TOLD = {
    "members": {"lzu": {}},
    "packages": {"Journals": {"provider": "Elder Press", "titles": {"Annals": {}}}},
    "licences": {"deal": {"terms": [{"action": "view", "status": "permitted_explicit"}]}},
    "agreements": {"deal": {"licence": "deal", "entitlements": ["Journals"]}},
}


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The epochs that were compiled, in order."""
    epochs: list[int] = []
    compile_ = compilation.compile

    async def watched(session: AsyncSession) -> Grants:
        grants = await compile_(session)
        epochs.append(grants.epoch)
        return grants

    monkeypatch.setattr(compilation, "compile", watched)
    return epochs


async def change(begin: Transactions) -> int:
    async with begin() as session:
        return await epoch.raise_(session)


async def test_an_epoch_that_stands_is_compiled_once(begin: Transactions, compiled: list[int]) -> None:
    current = Current()
    async with begin() as session:
        first = await current.fresh(session)
        assert await current.fresh(session) is first
    async with begin() as session:
        assert await current.fresh(session) is first
    assert compiled == [1]


async def test_a_committed_change_is_seen_by_the_next_request(begin: Transactions) -> None:
    current = Current()
    async with begin() as session:
        assert not (await current.fresh(session)).holdings
    async with begin() as session:
        made = await world.load(session, TOLD)
        await epoch.raise_(session)
    async with begin() as session:
        grants = await current.fresh(session)
        assert (grants.epoch, set(grants.holdings)) == (2, {made.id("member", "lzu")})


async def test_a_request_that_reads_on_sees_a_change_committed_meanwhile(begin: Transactions) -> None:
    current = Current()
    async with begin() as session:
        before = await current.fresh(session)
        raised = await change(begin)
        assert (before.epoch, (await current.fresh(session)).epoch) == (1, raised)


async def test_many_waiting_requests_compile_once(begin: Transactions, compiled: list[int]) -> None:
    current = Current()

    async def ask() -> Grants:
        async with begin() as session:
            return await current.fresh(session)

    found = await asyncio.gather(*(ask() for _ in range(8)))
    assert len(set(map(id, found))) == 1
    assert compiled == [1]


async def test_what_was_never_committed_is_never_kept(begin: Transactions, compiled: list[int]) -> None:
    current = Current()
    async with begin() as session:
        await world.load(session, TOLD)
        assert (await current.fresh(session)).holdings
        await session.rollback()
    async with begin() as session:
        assert not (await current.fresh(session)).holdings


async def test_rights_that_change_faster_than_they_can_be_read_are_refused(
    begin: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_ = compilation.compile

    async def overtaken(session: AsyncSession) -> Grants:
        grants = await compile_(session)
        await change(begin)
        return grants

    monkeypatch.setattr(compilation, "compile", overtaken)
    async with begin() as session:
        with pytest.raises(NotFresh):
            await Current().fresh(session)


async def test_whoever_asks_the_standing_of_every_member_counts(begin: Transactions, database: Urls) -> None:
    """Standing is private to a member; decisions must know it whoever asks."""
    async with begin() as session:
        made = await world.load(session, {**TOLD, "members": {"lzu": {"standing": "suspended"}}})
    pool = edge.engine(database.app)
    async with edge.sessions(pool)() as nobody:
        assert (await nobody.execute(text("SELECT count(*) FROM standing_change"))).scalar_one() == 0
        grants = await Current().fresh(nobody)
        assert grants.members[made.id("member", "lzu")].standing == "suspended"
    await pool.dispose()


async def test_two_changes_at_once_raise_the_epoch_twice(begin: Transactions) -> None:
    assert sorted(await asyncio.gather(change(begin), change(begin))) == [2, 3]


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """However few resources there are, they count as many."""
    monkeypatch.setattr(compilation, "MANY", 0)
    yield
    gc.unfreeze()


def kept() -> list[Grants]:
    return [one for one in gc.get_objects() if isinstance(one, Grants)]


async def test_the_garbage_collector_never_looks_through_many_grants(begin: Transactions, many: None) -> None:
    current = Current()
    async with begin() as session:
        assert await current.fresh(session) not in kept()
    assert gc.isenabled()


async def test_grants_whose_epoch_is_over_are_let_go(begin: Transactions, many: None) -> None:
    others = kept()  # of tests before this one; held, so that none of them makes room for a new one
    current = Current()
    for _ in range(3):
        await change(begin)
        async with begin() as session:
            await current.fresh(session)
    gc.unfreeze()
    assert len([one for one in kept() if all(one is not other for other in others)]) == 1
