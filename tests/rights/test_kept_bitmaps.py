"""A bitmap that is kept stands until its next date boundary, and never longer."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.principal import Membership, Principal
from domain.rights import compilation
from domain.rights.answer import Context
from domain.rights.grants import Grants
from domain.rights.readable import readable
from models.vocabulary import Action, Affiliation
from tests.rights import world
from tests.rights.world import World

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
TOLD: dict[str, Any] = {
    "members": {"lzu": {"zone": "Asia/Shanghai"}},
    "packages": {
        "Journals": {
            "provider": "Elder Press",
            "titles": {
                "Always": {},
                "Yearly": {"coverage": [{"start": 2026, "embargo": "P1Y"}]},
                "Monthly": {"coverage": [{"start": "2026-07", "embargo": "P6M"}]},
                "Daily": {"coverage": [{"start": "2026-11-01", "embargo": "P30D"}]},
            },
        },
        "Ending": {"provider": "Elder Press", "titles": {"Ending": {}}},
        "Free": {
            "provider": "Elder Press",
            "titles": {"Free": {"coverage": [{"start": 2026, "embargo": "P1Y", "access": "free"}]}},
        },
        "Kept": {"provider": "Elder Press", "titles": {"Kept": {}}},
    },
    "licences": {"deal": {"terms": [{"action": "view", "status": "permitted_explicit"}]}},
    "agreements": {
        "deal": {"licence": "deal", "entitlements": ["Journals"]},
        "ending": {"licence": "deal", "periods": [{"end": date(2026, 12, 1)}], "entitlements": ["Ending"]},
        "kept": {
            "licence": "deal",
            "periods": [{"end": date(2025, 12, 31)}],
            "entitlements": [{"package": "Kept", "perpetual": [{"start": 2026, "embargo": "P30D"}]}],
        },
    },
}


async def compiled(session: AsyncSession, told: dict[str, Any] = TOLD) -> tuple[Grants, World, Principal]:
    made = await world.load(session, told)
    grants = await compilation.compile(session)
    student = Principal((Membership(made.id("member", "lzu"), frozenset({Affiliation.STUDENT})),))
    return grants, made, student


def titles(grants: Grants, made: World, principal: Principal, context: Context, now: datetime = NOW) -> set[str]:
    found = readable(grants, principal, Action.VIEW, context, now)
    return {str(made.name("resource", of)) for of, ordinal in made.ordinals.items() if ordinal in found}


DAYS = [
    (date(2026, 1, 30), {"Always", "Ending"}),
    (date(2026, 1, 31), {"Always", "Ending", "Kept"}),
    (date(2026, 11, 30), {"Always", "Ending", "Kept"}),
    (date(2026, 12, 1), {"Always", "Ending", "Kept", "Daily"}),
    (date(2026, 12, 2), {"Always", "Kept", "Daily"}),
    (date(2026, 12, 31), {"Always", "Kept", "Daily"}),
    (date(2027, 1, 1), {"Always", "Kept", "Daily", "Monthly", "Yearly", "Free"}),
]


@pytest.mark.parametrize("days", [DAYS, DAYS[::-1]], ids=["forwards", "backwards"])
async def test_each_day_has_its_own(tables: AsyncSession, days: list[tuple[date, set[str]]]) -> None:
    grants, made, student = await compiled(tables)
    assert [(day, titles(grants, made, student, Context(on=day))) for day, _ in days] == days


async def test_an_agreement_that_ends_is_a_boundary_where_no_embargo_is(tables: AsyncSession) -> None:
    unmoved = {"Ending": TOLD["packages"]["Ending"], "Kept": TOLD["packages"]["Kept"]}
    agreements = {"ending": TOLD["agreements"]["ending"]}
    grants, made, student = await compiled(tables, {**TOLD, "packages": unmoved, "agreements": agreements})
    said = [titles(grants, made, student, Context(on=date(2026, 12, day))) for day in (1, 2, 1)]
    assert said == [{"Ending"}, set(), {"Ending"}]


@pytest.mark.parametrize("days", [(1, 9, 10, 19, 20), (20, 19, 10, 9, 1)], ids=["forwards", "backwards"])
async def test_what_begins_and_what_is_amended_are_boundaries_too(tables: AsyncSession, days: tuple[int, ...]) -> None:
    until_amended = {"terms": TOLD["licences"]["deal"]["terms"]}
    until_amended["amendments"] = {"a": {"effective": date(2026, 12, 20), "replaces": ["1"], "terms": []}}
    agreement = {"licence": "deal", "periods": [{"start": date(2026, 12, 10)}], "entitlements": ["Ending"]}
    told = {**TOLD, "packages": {"Ending": TOLD["packages"]["Ending"]}, "licences": {"deal": until_amended}}
    grants, made, student = await compiled(tables, {**told, "agreements": {"beginning": agreement}})
    open_on = {day for day in days if titles(grants, made, student, Context(on=date(2026, 12, day)))}
    assert open_on == {10, 19}


async def test_the_day_turns_at_midnight_of_the_member(tables: AsyncSession) -> None:
    grants, made, student = await compiled(tables)
    before, after = datetime(2026, 11, 30, 15, 59, tzinfo=UTC), datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert "Daily" not in titles(grants, made, student, Context(), before)
    assert "Daily" in titles(grants, made, student, Context(), after)


async def test_a_bitmap_is_made_once_between_two_boundaries(tables: AsyncSession) -> None:
    grants, made, student = await compiled(tables)
    titles(grants, made, student, Context(), NOW)
    kept = len(grants.bitmaps)
    titles(grants, made, student, Context(), NOW.replace(hour=10))
    assert len(grants.bitmaps) == kept


async def test_what_a_caller_does_to_a_bitmap_is_his_own_affair(tables: AsyncSession) -> None:
    grants, made, student = await compiled(tables)
    first = readable(grants, student, Action.VIEW, Context(), NOW)
    first.clear()
    assert "Always" in titles(grants, made, student, Context())
