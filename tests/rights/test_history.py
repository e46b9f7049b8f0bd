"""What rights were from which epoch to which: each change writes what became different, and nothing rewrites it."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Transactions
from domain import epoch
from domain.epoch import Changed
from domain.rights import history
from tests.rights import world
from tests.rights.world import World

TOLD: dict[str, Any] = {
    "members": {"lzu": {}, "pku": {}},
    "packages": {"journals": {"provider": "press", "titles": {"annals": {}}}, "own": {"provider": "pku"}},
    "licences": {"deal": {"terms": [{"action": "view", "status": "permitted_explicit"}]}},
    "agreements": {
        "deal": {"licence": "deal", "entitlements": ["journals"]},
        "other": {"licence": "deal", "entitlements": ["own"], "participants": ["lzu"]},
    },
}
OPEN = "SELECT grant_key FROM grant_history WHERE to_epoch IS NULL ORDER BY 1"
ALL = "SELECT basis, member_id, from_epoch, to_epoch FROM grant_history ORDER BY id"


async def loaded(begin: Transactions) -> World:
    async with begin() as session:
        made = await world.load(session, TOLD)
        await epoch.raise_(session)
    return made


async def ask(session: AsyncSession, statement: str, **values: Any) -> list[Any]:
    return [tuple(row) for row in await session.execute(text(statement), values)]


async def ends(session: AsyncSession, agreement_id: UUID) -> None:
    await ask_nothing(session, "UPDATE agreement SET status = 'draft' WHERE id = :id", id=agreement_id)


async def ask_nothing(session: AsyncSession, statement: str, **values: Any) -> None:
    await session.execute(text(statement), values)


async def test_what_a_change_brought_and_took_is_written_with_its_epoch(begin: Transactions) -> None:
    made = await loaded(begin)
    async with begin() as session:
        before = await ask(session, ALL)
        assert sorted((basis, since, until) for basis, _, since, until in before) == [
            ("licence", 2, None),
            ("licence", 2, None),
            ("own_collection", 2, None),
            ("shared_collection", 2, None),
        ]
        await ends(session, made.id("agreement", "deal"))
        assert await epoch.raise_(session, Changed(agreements={made.id("agreement", "deal")})) == 3
        after = await ask(session, ALL)
        assert [row[3] for row in after if row[0] == "licence"] == [3, 3]
        assert [row for row in after if row[0] != "licence"] == [row for row in before if row[0] != "licence"]
        assert await history.differences(session) == []


async def test_what_stays_as_it_was_is_not_written_again(begin: Transactions) -> None:
    made = await loaded(begin)
    async with begin() as session:
        before = await ask(session, ALL)
        await epoch.raise_(session)
        await epoch.raise_(session, Changed(agreements=set(made.ids.values()), packages=set(made.ids.values())))
        assert await ask(session, ALL) == before


async def test_a_grant_whose_days_change_is_closed_and_opened(begin: Transactions) -> None:
    made = await loaded(begin)
    async with begin() as session:
        await ask_nothing(
            session, "UPDATE licence SET end_date = '2030-12-31' WHERE id = :id", id=made.id("licence", "deal")
        )
        await epoch.raise_(session, Changed(licences={made.id("licence", "deal")}))
        found = await ask(
            session, "SELECT upper(valid), from_epoch, to_epoch FROM grant_history WHERE basis = 'licence'"
        )
        assert sorted((str(last), since, until) for last, since, until in found) == [
            *[("2031-01-01", 3, None)] * 2,
            *[("None", 2, 3)] * 2,
        ]
        assert await history.differences(session) == []


async def test_whose_a_package_is_reaches_every_agreement_that_gives_from_it(begin: Transactions) -> None:
    made = await loaded(begin)
    async with begin() as session:
        giver, package = made.id("member", "pku"), made.id("package", "journals")
        await ask_nothing(session, "UPDATE package SET provider_id = :giver WHERE id = :id", giver=giver, id=package)
        assert {one.grant_key.partition(".")[0] for one in await history.differences(session)} == {
            *("licence", "own_collection", "shared_collection")
        }
        await epoch.raise_(session, Changed(packages={package}))
        assert await history.differences(session) == []


async def test_what_was_written_past_the_acts_is_found(begin: Transactions) -> None:
    made = await loaded(begin)
    async with begin() as session:
        await ends(session, made.id("agreement", "deal"))
        found = await history.differences(session)
        assert [(one.implied, one.grant_key.split(".")[0]) for one in found] == [(False, "licence")] * 2
        await ask_nothing(session, "UPDATE agreement SET status = 'active'")
        await ask_nothing(session, "UPDATE grant_history SET to_epoch = 9 WHERE basis = 'own_collection'")
        found = await history.differences(session)
        assert [(one.implied, one.grant_key.split(".")[0]) for one in found] == [(True, "own_collection")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grant_history SET valid = '[2020-01-01,)'",
        "UPDATE grant_history SET from_epoch = 1",
        "UPDATE grant_history SET to_epoch = 9, consortial = NOT consortial",
        "UPDATE grant_history SET to_epoch = NULL WHERE to_epoch IS NOT NULL",
        "UPDATE grant_history SET to_epoch = 9 WHERE to_epoch IS NOT NULL",
        "DELETE FROM grant_history",
        "TRUNCATE grant_history",
    ],
)
async def test_history_is_never_rewritten(begin: Transactions, owner: AsyncSession, statement: str) -> None:
    """Not even by the owner of the tables."""
    async with begin() as session:
        made = await world.load(session, TOLD)
        await epoch.raise_(session)
        await ends(session, made.id("agreement", "deal"))
        await epoch.raise_(session)
    with pytest.raises(DBAPIError, match="never changed"):
        await owner.execute(text(statement))


async def test_two_changes_of_one_agreement_at_once_write_one_history(begin: Transactions) -> None:
    """Each has changed its own part before either has committed; whoever is second finds the first one's too."""
    made = await loaded(begin)
    agreement_id, package_id = made.id("agreement", "deal"), made.id("package", "journals")
    changed, first_raised = asyncio.Barrier(2), asyncio.Event()

    async def end_participation() -> None:
        async with begin() as session:
            await ask_nothing(session, "DELETE FROM participation WHERE member_id = :id", id=made.id("member", "lzu"))
            await changed.wait()
            await epoch.raise_(session, Changed(agreements={agreement_id, made.id("agreement", "other")}))
            first_raised.set()
            await asyncio.sleep(0.2)  # the other one waits for the epoch meanwhile

    async def give_away() -> None:
        async with begin() as session:
            giver = made.id("member", "pku")
            await ask_nothing(
                session, "UPDATE package SET provider_id = :giver WHERE id = :id", giver=giver, id=package_id
            )
            await changed.wait()
            await first_raised.wait()
            await epoch.raise_(session, Changed(packages={package_id}))

    await asyncio.gather(end_participation(), give_away())
    async with begin() as session:
        assert await history.differences(session) == []
        assert await epoch.current(session) == 4
        assert {row[0] for row in await ask(session, OPEN)} == {
            f"own_collection.{made.id('member', 'pku')}.{made.id('package', name)}" for name in ("journals", "own")
        } | {
            f"licence.{made.id('member', 'pku')}.{made.id('entitlement', 'deal/0')}.{made.id('licence', 'deal')}",
        }


async def test_every_epoch_says_what_it_changed(begin: Transactions) -> None:
    made = await loaded(begin)
    licence_id, member_id = made.id("licence", "deal"), made.id("member", "lzu")
    async with begin() as session:
        await epoch.raise_(session, Changed(licences={licence_id}, members={member_id}, pool=True))
        assert await ask(session, "SELECT epoch, subject, subject_id FROM rights_change ORDER BY id") == [
            (2, "everything", None),
            (3, "licence", licence_id),
            (3, "member", member_id),
            (3, "pool", None),
        ]
