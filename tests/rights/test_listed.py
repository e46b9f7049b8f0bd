"""A member's rights as a list, told one by one: what is in it, what isn't, and in which order."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.rights import compilation, held
from domain.rights.answer import Use
from domain.rights.grants import Grants
from domain.rights.qualifiers import Fit, PartIn, Person
from models.vocabulary import Action
from tests.rights import world
from tests.rights.world import World

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
PERMITS = {"status": "permitted_explicit"}
TOLD: dict[str, Any] = {
    "consortium": {
        "permits_when_silent": ["download", "share"],
        "statutes": [{"territory": "FR", "action": "text_and_data_mine"}],
    },
    "members": {"sorbonne": {"country": "FR"}, "pku": {"country": "CN"}},
    "user_classes": {"law": ["urn:law"], "medicine": ["urn:medicine"]},
    "packages": {
        "Journals": {"provider": "Elder Press", "titles": {"Annals": {}}},
        "Books": {"provider": "Elder Press", "titles": {"Codex": {}}},
        "Theses": {"provider": "sorbonne", "titles": {"Thesis": {}}},
    },
    "licences": {
        "older": {"terms": [{**PERMITS, "action": "archive"}]},
        "deal": {
            "terms": [
                {**PERMITS, "action": "view", "affiliations": ["student"]},
                {**PERMITS, "action": "view", "affiliations": ["alum"]},
                {"status": "prohibited_explicit", "action": "view", "affiliations": ["alum"]},
                {"status": "prohibited_explicit", "action": "download"},
                {**PERMITS, "action": "print", "user_classes": ["law"], "purposes": ["research"]},
                {**PERMITS, "action": "course_pack", "territories": ["CN"]},
                {**PERMITS, "action": "course_reserve"},
                {"status": "prohibited_explicit", "action": "course_reserve", "user_classes": ["law"]},
                {"status": "silent", "action": "share"},
            ]
        },
    },
    "agreements": {
        "old": {"licence": "older", "entitlements": ["Books"]},
        "deal": {"licence": "deal", "entitlements": ["Journals"]},
        "over": {"licence": "older", "periods": [{"end": date(2025, 12, 31)}], "entitlements": ["Journals"]},
    },
}


async def compiled(tables: AsyncSession) -> tuple[Grants, World]:
    made = await world.load(tables, TOLD)
    return await compilation.compile(tables), made


def listed(grants: Grants, made: World, member: str, action: Action | None = None) -> list[str]:
    found = held.rights(grants, made.id("member", member), None, action, NOW)
    return [
        f"{made.name('package', one.target.package_id)} {one.action.value} {one.basis.value} "
        f"{made.name('term', one.term.id) if one.term else ''}".strip()
        for one in found
    ]


async def test_own_collections_come_first_then_licences_the_last_entered_first(tables: AsyncSession) -> None:
    grants, made = await compiled(tables)
    assert listed(grants, made, "sorbonne") == [
        "Theses view own_collection",
        "Theses download own_collection",
        "Theses print own_collection",
        "Theses share own_collection",
        "Theses text_and_data_mine statutory",
        "Journals view licence deal/1",
        "Journals print licence deal/5",
        "Journals share licence",
        "Journals course_reserve licence deal/7",
        "Journals text_and_data_mine statutory",
        "Books archive licence older/1",
    ]


async def test_what_the_law_permits_is_listed_where_it_holds_and_only_to_who_may_view(tables: AsyncSession) -> None:
    grants, made = await compiled(tables)
    mine = Action.TEXT_AND_DATA_MINE
    assert listed(grants, made, "sorbonne", mine) == [f"{name} {mine} statutory" for name in ("Theses", "Journals")]
    assert listed(grants, made, "pku", mine) == []
    assert listed(grants, made, "pku", Action.COURSE_PACK) == ["Journals course_pack licence deal/6"]


async def test_nobody_has_rights_whom_nobody_knows(tables: AsyncSession) -> None:
    grants, made = await compiled(tables)
    nobody, annals, pku = UUID(int=2**100), made.id("resource", "Annals"), made.id("member", "pku")
    assert held.rights(grants, nobody, None, None, NOW) == []
    assert held.licences_open_to(grants, nobody, annals, NOW) == frozenset()
    assert held.licences_open_to(grants, pku, nobody, NOW) == frozenset()


async def test_a_resource_is_had_under_the_licences_that_stand_today(tables: AsyncSession) -> None:
    grants, made = await compiled(tables)
    member_id = made.id("member", "sorbonne")
    for resource, licence in (("Annals", "deal"), ("Codex", "older"), ("Thesis", None)):
        found = held.licences_open_to(grants, member_id, made.id("resource", resource), NOW)
        assert found == ({made.id("licence", licence)} if licence else set()), resource


def test_a_share_permits_what_is_less_and_prohibits_what_is_more() -> None:
    permission = PartIn(frozenset({"5%", "10%", "one chapter"}), prohibits=False)
    prohibition = PartIn(frozenset({"5%", "10%", "one chapter"}), prohibits=True)
    for part, permitted, prohibited in (
        ("4 %", Fit.YES, Fit.NO),
        ("5.0%", Fit.YES, Fit.YES),
        ("7%", Fit.YES, Fit.YES),
        ("10.0 %", Fit.YES, Fit.YES),
        ("11%", Fit.NO, Fit.YES),
        ("One Chapter ", Fit.YES, Fit.YES),
        ("another chapter", Fit.NO, Fit.NO),
        (None, Fit.UNKNOWN, Fit.UNKNOWN),
    ):
        said = Person(), Use(part=part)
        assert (permission.fits(*said), prohibition.fits(*said)) == (permitted, prohibited), part
