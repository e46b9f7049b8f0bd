"""A process that follows changes reads what changed and keeps the rest; what it can't follow it compiles anew."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Transactions
from domain import epoch
from domain.epoch import Changed
from domain.principal import Membership, Principal
from domain.rights import deltas, history, pool
from domain.rights.answer import Context
from domain.rights.candidates import Question
from domain.rights.current import Current
from domain.rights.grants import Grants
from domain.rights.readable import readable
from models.vocabulary import Action, Affiliation
from tests.rights import world
from tests.rights.world import World

VIEW = {"action": "view", "status": "permitted_explicit"}
TOLD: dict[str, Any] = {
    "members": {"lzu": {}, "pku": {}},
    "packages": {
        "journals": {"provider": "press", "titles": {"annals": {}, "bulletin": {}}},
        "books": {"provider": "press", "titles": {"codex": {}}},
    },
    "licences": {"frame": {"terms": [VIEW]}, "child": {"parent": "frame", "terms": [VIEW]}, "other": {"terms": [VIEW]}},
    "agreements": {
        "deal": {"licence": "child", "entitlements": ["journals"], "participants": ["lzu"]},
        "books": {"licence": "other", "entitlements": ["books"], "participants": ["pku"]},
    },
}


class Following:
    """A process that has compiled this world."""

    def __init__(self, begin: Transactions, made: World) -> None:
        self.begin, self.made, self.rights = begin, made, Current()

    def id(self, kind: str, name: str) -> UUID:
        return self.made.id(kind, name)

    async def grants(self) -> Grants:
        async with self.begin() as session:
            return await self.rights.fresh(session)

    async def after(self, changed: Changed, statement: str, **values: Any) -> Grants:
        async with self.begin() as session:
            await session.execute(text(statement), values)
            await epoch.raise_(session, changed)
        return await self.grants()

    async def opened(self, member: str) -> int:
        person = Principal((Membership(self.id("member", member), frozenset({Affiliation.STUDENT})),))
        return len(readable(await self.grants(), person, Action.VIEW, Context(), datetime.now(UTC)))

    @property
    def by_delta(self) -> bool:
        return self.rights.compiled is not None and self.rights.compiled.by_delta


@pytest.fixture
async def process(begin: Transactions) -> Following:
    async with begin() as session:
        made = await world.load(session, TOLD)
        await epoch.raise_(session)
    process = Following(begin, made)
    await process.grants()
    return process


async def test_a_term_of_a_parent_changes_what_is_given_under_its_children(process: Following) -> None:
    assert [await process.opened(name) for name in ("lzu", "pku")] == [2, 1]
    prohibit = "UPDATE term SET status = 'prohibited_explicit' WHERE licence_id = :id"
    frame = process.id("licence", "frame")
    await process.after(Changed(licences={frame}), prohibit, id=frame)
    assert [await process.opened(name) for name in ("lzu", "pku")] == [0, 1]
    assert process.by_delta


async def test_what_a_change_does_not_reach_is_shared_and_its_bitmaps_kept(process: Following) -> None:
    before = await process.grants()
    assert [await process.opened(name) for name in ("lzu", "pku")] == [2, 1]
    lzu, pku = process.id("member", "lzu"), process.id("member", "pku")
    deal = process.id("agreement", "deal")
    after = await process.after(
        Changed(agreements={deal}), "UPDATE agreement SET status = 'draft' WHERE id = :id", id=deal
    )
    assert (after.resources, after.titles, after.shelves) == (before.resources, before.titles, before.shelves)
    assert after.resources is before.resources
    assert after.holdings[pku] is before.holdings[pku]
    assert lzu not in after.holdings
    kept = {made_of[0] for made_of in after.bitmaps if isinstance(made_of, tuple)}
    assert pku in kept
    assert process.id("package", "journals") in kept
    assert lzu not in kept
    assert [await process.opened(name) for name in ("lzu", "pku")] == [0, 1]


async def test_the_first_title_of_a_package_is_listed(process: Following) -> None:
    """Also where somebody looked while it had none."""
    books = Changed(packages={process.id("package", "books")})
    for status, opened in (("removed", 0), ("current", 1)):
        await process.after(
            books,
            "UPDATE package_title SET status = :status WHERE package_id = :id",
            status=status,
            id=process.id("package", "books"),
        )
        assert await process.opened("pku") == opened
        assert process.by_delta


async def test_nothing_at_hand_is_changed_by_following(process: Following) -> None:
    """Whoever still answers from them answers as before."""
    before = await process.grants()
    lzu = Principal((Membership(process.id("member", "lzu"), frozenset({Affiliation.STUDENT})),))
    package = process.id("package", "journals")
    await process.after(Changed(packages={package}), "UPDATE package_title SET status = 'removed'")
    assert len(readable(before, lzu, Action.VIEW, Context(), datetime.now(UTC))) == 2
    assert await process.opened("lzu") == 0


async def test_a_member_that_is_suspended_is_followed_alone(process: Following) -> None:
    lzu = process.id("member", "lzu")
    suspend = """INSERT INTO standing_change (member_id, standing, cause, actor)
                 VALUES (:id, 'suspended', 'a breach', 'cli:tester')"""
    await process.after(Changed(members={lzu}), suspend, id=lzu)
    assert [await process.opened(name) for name in ("lzu", "pku")] == [0, 1]
    assert process.by_delta


async def test_an_epoch_that_nobody_explained_is_compiled_anew(process: Following) -> None:
    """As after `UPDATE epoch` by hand, or by a version of the program that writes no history."""
    async with process.begin() as session:
        await session.execute(text("UPDATE agreement SET status = 'draft'"))
        await session.execute(text("UPDATE epoch SET value = value + 1"))
    await process.grants()
    assert not process.by_delta
    assert [await process.opened(name) for name in ("lzu", "pku")] == [0, 0]


async def test_so_much_that_it_costs_as_much_is_compiled_anew(
    process: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Changed(packages={process.id("package", "journals")})
    await process.after(package, "SELECT 1")
    assert process.by_delta
    monkeypatch.setattr(deltas, "MOST", 1)
    await process.after(package, "SELECT 1")
    assert not process.by_delta
    monkeypatch.setattr(history, "LONGEST", 0)
    await process.after(Changed(pool=True), "SELECT 1")
    assert not process.by_delta


async def test_many_epochs_are_made_up_for_at_once(process: Following) -> None:
    async with process.begin() as session:
        await _end(session, process.id("agreement", "deal"))
    async with process.begin() as session:
        await _end(session, process.id("agreement", "books"))
    assert [await process.opened(name) for name in ("lzu", "pku")] == [0, 0]
    assert process.by_delta


async def _end(session: AsyncSession, agreement_id: UUID) -> None:
    await session.execute(text("UPDATE agreement SET status = 'draft' WHERE id = :id"), {"id": agreement_id})
    await epoch.raise_(session, Changed(agreements={agreement_id}))


async def test_what_a_request_changed_itself_is_for_that_request_alone(process: Following) -> None:
    before = await process.grants()
    async with process.begin() as session:
        await _end(session, process.id("agreement", "deal"))
        own = await process.rights.fresh(session)
        assert process.id("member", "lzu") not in own.holdings
        await session.rollback()
    assert await process.grants() is before


async def test_a_right_that_ends_where_another_of_the_same_line_begins_is_revoked_alone(begin: Transactions) -> None:
    day = date(2026, 6, 1)
    told = {
        "members": {"lzu": {}, "pku": {}},
        "packages": {"journals": {"provider": "press", "titles": {"annals": {}}}},
        "licences": {"deal": {"terms": [VIEW]}},
        "agreements": {
            "deal": {
                "licence": "deal",
                "entitlements": ["journals"],
                "periods": [{}],
                "participants": [{"member": "lzu", "end": day}, {"member": "pku", "start": day}],
            }
        },
    }
    async with begin() as session:
        made = await world.load(session, told)
        await epoch.raise_(session)
    process = Following(begin, made)
    await process.grants()
    agreements = Changed(agreements={process.id("agreement", "deal")})
    lzu = process.id("member", "lzu")
    after = await process.after(agreements, "DELETE FROM participation WHERE member_id = :id", id=lzu)
    assert process.by_delta
    assert lzu not in after.holdings
    assert [member for target in after.pool.targets for member in target.grant.members] == [process.id("member", "pku")]


async def test_what_a_licence_said_before_it_governed_again_is_forgotten(process: Following) -> None:
    """While nothing rests on it nobody compares it."""
    deal, other, child = (
        process.id(*one) for one in (("agreement", "deal"), ("licence", "other"), ("licence", "child"))
    )
    govern = "UPDATE controlling_licence SET licence_id = :licence WHERE agreement_id = :deal"
    annals = process.id("resource", "annals")

    async def reading() -> frozenset[UUID] | None:
        grants = await process.grants()
        return pool.readers(Question(grants, grants.resources[annals], Action.VIEW, Context(), datetime.now(UTC)))

    assert await reading() == frozenset({process.id("member", "lzu")})
    await process.after(Changed(agreements={deal}), govern, deal=deal, licence=other)
    prohibit = "UPDATE term SET status = 'prohibited_explicit' WHERE licence_id = :id"
    await process.after(Changed(licences={child}), prohibit, id=child)
    await process.after(Changed(agreements={deal}), govern, deal=deal, licence=child)
    assert process.by_delta
    assert await reading() == frozenset()


async def test_the_calendars_own_last_day_is_no_end(begin: Transactions) -> None:
    told = {**TOLD, "agreements": {"deal": {**TOLD["agreements"]["deal"], "periods": [{}]}}}
    told["agreements"]["deal"]["entitlements"] = [{"package": "journals", "perpetual": [{"subscribed_only": True}]}]
    async with begin() as session:
        made = await world.load(session, told)
        await session.execute(text("UPDATE agreement SET status = 'closed', closed_on = '9999-12-31'"))
        await epoch.raise_(session)
    process = Following(begin, made)
    kept = [target.grant.subscribed for target in (await process.grants()).pool.targets if target.grant.kept]
    assert kept == [((date.min, date(9999, 12, 30)),)]
