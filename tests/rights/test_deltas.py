"""Whatever is done, one thing after the other: what follows the changes equals what is compiled anew."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from api.database import Urls
from domain import epoch
from domain.epoch import Changed
from domain.principal import Membership, Principal
from domain.rights import compilation, deltas, history, replacing
from domain.rights.answer import Context
from domain.rights.decide import decide
from domain.rights.grants import Grants
from domain.rights.readable import readable
from models.vocabulary import Action, Affiliation
from tests.rights import random_acts, world
from tests.rights.random_acts import Lot
from tests.rights.random_worlds import Asking, questions, worlds
from tests.rights.test_three_forms import FIXED, SETTINGS
from tests.rights.world import World

ACTS = 12
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def laid_out(grants: Grants) -> dict[str, Any]:
    """All that decisions read of it, to compare."""
    kept = {"bitmaps", "memo", "claims", "asked"}
    return {name: getattr(grants, name) for name in Grants.__slots__ if name not in kept}


class Worlds:
    """Loads each world into one database, in a transaction that is rolled back, and lets staff at it."""

    def __init__(self, runner: asyncio.Runner, maker: edge.Sessions) -> None:
        self.runner, self.maker = runner, maker

    def check(self, told: dict[str, Any], asked: list[Asking], seed: int) -> None:
        self.runner.run(self._check(told, asked, seed))

    async def _check(self, told: dict[str, Any], asked: list[Asking], seed: int) -> None:
        lot = Lot(seed)
        async with self.maker() as session:
            await session.execute(SETTINGS)
            made = await world.load(session, told)
            await epoch.raise_(session)
            known = await compilation.compile(session)
            for _ in range(ACTS):
                for asking in asked:
                    _answers(known, made, asking)
                done = [name for _ in range(lot.one(1, 1, 1, 3)) if (name := await random_acts.some(session, lot))]
                if done:
                    known = await self._followed(session, known)
                    anew = await compilation.compile(session)
                    assert laid_out(known) == laid_out(anew), done
                    assert await history.differences(session) == [], done
                    for asking in asked:
                        assert _answers(known, made, asking) == _answers(anew, made, asking), done
            await session.rollback()

    async def _followed(self, session: AsyncSession, known: Grants) -> Grants:
        delta = await deltas.read(session, known, await epoch.current(session))
        if delta is None:
            return await compilation.compile(session)
        return replacing.follow(known, delta)


def _answers(grants: Grants, made: World, asking: Asking) -> list[Any]:
    """Of all resources, one by one and at once; what was worked out before counts."""
    principal, context = asking.principal(made), asking.context(made)
    one_by_one = [
        decide(grants, principal, resource_id, asking.action, context, asking.now)
        for resource_id in sorted(grants.resources)
    ]
    return [*one_by_one, readable(grants, principal, asking.action, context, asking.now)]


@pytest.fixture(scope="module")
def loaded(empty: Urls) -> Iterator[Worlds]:
    with asyncio.Runner() as runner:
        pool = edge.engine(empty.app)
        yield Worlds(runner, edge.sessions(pool))
        runner.run(pool.dispose())


ASKED = st.lists(questions, min_size=2, max_size=2)
SEEDS = st.integers(0, 2**32)


@settings(FIXED, max_examples=40)
@given(told=worlds(), asked=ASKED, seed=SEEDS)
def test_any_sequence_of_deltas_equals_a_full_compile(
    loaded: Worlds, told: dict[str, Any], asked: list[Asking], seed: int
) -> None:
    loaded.check(told, asked, seed)


VIEW = {"action": "view", "status": "permitted_explicit", "user_classes": ["law"]}
RICH: dict[str, Any] = {
    "members": {"pku": {"country": "CN"}, "lzu": {"country": "CN"}},
    "user_classes": {"law": ["urn:law"], "medicine": ["urn:medicine"]},
    "packages": {
        "journals": {"provider": "press", "titles": {"annals": {}, "bulletin": {}}},
        "books": {"provider": "pku", "titles": {"codex": {}}},
    },
    "licences": {
        "frame": {"terms": [VIEW]},
        "deal": {"parent": "frame", "terms": [VIEW]},
        "draft": {"status": "draft", "terms": [VIEW]},
    },
    "agreements": {
        "deal": {"licence": "deal", "entitlements": ["journals", "books"], "participants": ["lzu"]},
        "draft": {"status": "draft", "licence": "deal", "entitlements": ["books"], "participants": ["lzu"]},
    },
}


@pytest.mark.parametrize("doing", dict.fromkeys(random_acts.DOINGS), ids=lambda doing: doing.__name__)
async def test_each_kind_of_change_is_followed_by_a_delta(tables: AsyncSession, doing: random_acts.Doing) -> None:
    """Else the runs above would compare a full compile with itself."""
    lot = Lot(1)
    await world.load(tables, RICH)
    await epoch.raise_(tables)
    known = await compilation.compile(tables)
    for _ in range(30):
        await random_acts.some(tables, lot, doing)
        if await epoch.current(tables) > known.epoch:
            break
    delta = await deltas.read(tables, known, await epoch.current(tables))
    assert (delta is None) is (doing is random_acts.anything)
    if delta:
        assert laid_out(replacing.follow(known, delta)) == laid_out(await compilation.compile(tables))


SUSPENDED = """
    INSERT INTO standing_change (member_id, standing, cause, actor)
    VALUES (:member, 'suspended', 'a breach', 'cli:test')"""
CONCERNED: list[tuple[str, str, set[str], bool]] = [
    (SUSPENDED, "member", {"pku", "journals", "books"}, True),
    ("UPDATE package_title SET url = NULL WHERE package_id = :package", "package", {"pku", "books"}, True),
    ("UPDATE agreement SET status = 'draft' WHERE id = :agreement", "agreement", {"pku", "journals", "books"}, True),
    ("INSERT INTO silent_default (action, permitted) VALUES ('print', true)", "pool", {"journals", "books"}, False),
    ("UPDATE term SET on_site_only = true WHERE licence_id = :licence", "licence", {"journals", "books"}, False),
]


@pytest.mark.parametrize(("statement", "of", "stay", "memo_stays"), CONCERNED, ids=[one[1] for one in CONCERNED])
async def test_only_what_a_change_concerns_is_worked_out_anew(
    tables: AsyncSession, statement: str, of: str, stay: set[str], memo_stays: bool
) -> None:
    made = await world.load(tables, RICH)
    await epoch.raise_(tables)
    known = await compilation.compile(tables)
    lzu, pku = made.id("member", "lzu"), made.id("member", "pku")
    for member_id in (lzu, pku):
        lawyer = Principal((Membership(member_id, frozenset({Affiliation.STUDENT}), frozenset({"urn:law"})),))
        assert readable(known, lawyer, Action.VIEW, Context(), NOW)
    decide(known, Principal(), made.id("resource", "annals"), Action.VIEW, Context(), NOW)
    ids = {"member": lzu, "package": made.id("package", "journals"), "licence": made.id("licence", "deal")}
    ids["agreement"] = made.id("agreement", "deal")
    await tables.execute(text(statement), {of: ids[of]} if of in ids else {})
    changes = {
        "member": Changed(members={lzu}),
        "package": Changed(packages={ids["package"]}),
        "licence": Changed(licences={ids["licence"]}),
        "agreement": Changed(agreements={ids["agreement"]}),
        "pool": Changed(pool=True),
    }
    await epoch.raise_(tables, changes[of])
    delta = await deltas.read(tables, known, await epoch.current(tables))
    assert delta
    followed = replacing.follow(known, delta)
    names = {made.ids[kind, name]: name for kind, name in made.ids if kind in {"member", "package"}}
    assert {names[key] for made_of in known.bitmaps if (key := made_of[0]) in names} == set(names.values())  # type: ignore[index]
    assert {names[key] for made_of in followed.bitmaps if (key := made_of[0]) in names} == stay  # type: ignore[index]
    assert known.memo
    assert followed.memo == (known.memo if memo_stays else {})


@pytest.mark.long
@settings(FIXED, max_examples=1500)
@given(told=worlds(), asked=ASKED, seed=SEEDS)
def test_any_sequence_of_deltas_equals_a_full_compile_in_many_worlds(
    loaded: Worlds, told: dict[str, Any], asked: list[Asking], seed: int
) -> None:
    loaded.check(told, asked, seed)
