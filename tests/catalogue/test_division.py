"""The division of the catalogue says what the tables do, and follows every change of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy import text

from api.database import Transactions
from domain import epoch
from domain.catalogue import division
from domain.catalogue.division import Division, Divisions, FacetField
from domain.epoch import Changed
from tests.rights import random_acts, world

TOLD = {
    "members": {"lzu": {}},
    "packages": {
        "journals": {"provider": "press", "titles": {"annals": {}, "bulletin": {}}},
        "books": {"provider": "lzu", "titles": {"codex": {}, "annals": {}}},
    },
}
ACTS = (
    *(random_acts.add_title, random_acts.remove_title, random_acts.make_package, random_acts.catalogue),
    *(random_acts.describe, random_acts.give_a_package_away, random_acts.declare),
)


class Process:
    """One that follows."""

    def __init__(self, begin: Transactions) -> None:
        self.begin, self.divisions = begin, Divisions()

    async def divided(self) -> Division:
        async with self.begin() as session:
            return await self.divisions.fresh(session)

    async def after(self, changed: Changed, statement: str = "SELECT 1") -> Division:
        async with self.begin() as session:
            await session.execute(text(statement))
            await epoch.raise_(session, changed)
        return await self.divided()

    @property
    def by_delta(self) -> bool:
        return self.divisions.compiled is not None and self.divisions.compiled.by_delta


@pytest.mark.parametrize("seed", range(3))
async def test_what_follows_acts_is_what_is_compiled(begin: Transactions, seed: int) -> None:
    async with begin() as session:
        await world.load(session, TOLD)
        await epoch.raise_(session)
    process, lot, done = Process(begin), random_acts.Lot(seed), set()
    await process.divided()
    for _ in range(40):
        async with begin() as session:
            done.add(await random_acts.some(session, lot, *ACTS))
        assert await process.divided() == await Process(begin).divided()
        assert process.by_delta
    assert {act.__name__ for act in ACTS} <= done


async def test_so_much_that_it_costs_as_much_is_read_anew(begin: Transactions, monkeypatch: pytest.MonkeyPatch) -> None:
    async with begin() as session:
        made = await world.load(session, TOLD)
    process, journals = Process(begin), Changed(packages={made.id("package", "journals")})
    await process.divided()
    for most, by_delta in ((2, True), (1, False)):
        monkeypatch.setattr(division, "MOST", most)
        await process.after(journals)
        assert process.by_delta is by_delta


async def test_what_a_package_had_before_is_looked_at_again(begin: Transactions) -> None:
    """As where rows of it were taken away, and nothing leads from it to its titles any more."""
    async with begin() as session:
        made = await world.load(session, TOLD)
    process, package_id = Process(begin), made.id("package", "journals")
    before = await process.divided()
    after = await process.after(Changed(packages={package_id}), "DELETE FROM package_title")
    assert len(before.fields[FacetField.PACKAGE][package_id]) == 2
    assert process.by_delta
    assert package_id not in after.fields[FacetField.PACKAGE]
    assert after.everything == before.everything


BITMAPS = st.builds(BitMap, st.sets(st.integers(0, 40)))


@given(st.dictionaries(st.integers(0, 30), BITMAPS), BITMAPS, st.integers(1, 12))
def test_the_commonest_are_those_of_a_count_one_by_one(classes: dict[int, BitMap], among: BitMap, most: int) -> None:
    counts = {value: len(set(ordinals) & set(among)) for value, ordinals in classes.items()}
    expected = sorted(((v, n) for v, n in counts.items() if n), key=lambda one: (-one[1], str(one[0])))
    made = Division(1, {FacetField.PUBLISHED_YEAR: {value: classes[value] for value in classes}})
    assert made.commonest(FacetField.PUBLISHED_YEAR, among, most) == expected[:most]
