"""What can't be meant in a licence is found: a permission that is prohibited wholly, a child that widens its parent."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.intake.countries import COUNTRIES
from domain.rights import contracts
from domain.rights.qualifiers import more_than_all
from domain.rights.soundness import flaws
from tests.rights import world

VIEW = {"action": "view", "status": "permitted_explicit", "clause": "1"}
NEVER = {"action": "view", "status": "prohibited_explicit", "clause": "2"}
CLASSES = {"law": ["urn:law"], "lawyers": ["urn:law", "urn:lawyers"], "medicine": ["urn:medicine"]}
SPRING, AUTUMN = date(2026, 3, 1), date(2026, 9, 1)


async def found(
    tables: AsyncSession,
    *terms: dict[str, Any],
    above: list[dict[str, Any]] | None = None,
    narrowed: dict[str, Any] | None = None,
    **how: Any,
) -> list[tuple[str, str, str | None]]:
    """What can't be meant of a licence, by its clauses; `above`: the terms of its parent, `narrowed`: how they were
    amended."""
    licences: dict[str, Any] = {}
    if above is not None:
        licences["frame"] = {"terms": above, "amendments": narrowed or {}}
        how["parent"] = "frame"
    licences["deal"] = {"terms": list(terms), **how}
    made = await world.load(tables, {"user_classes": CLASSES, "licences": licences})
    licence = await contracts.contract(tables, made.id("licence", "deal"))

    def clause(term: Any) -> str:
        return str(made.name("clause", term.clause_id)).split()[1]

    return [
        (flaw.kind.value, clause(flaw.term), clause(flaw.against) if flaw.against else None) for flaw in flaws(licence)
    ]


IN_VAIN = [("terms_contradict", "1", "2")]
WITHIN: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({}, {}, True),
    ({"affiliations": ["student"]}, {}, True),
    ({}, {"affiliations": ["student"]}, False),
    ({"affiliations": ["student"]}, {"affiliations": ["student", "alum"]}, True),
    ({"affiliations": ["student", "alum"]}, {"affiliations": ["student"]}, False),
    ({"affiliations": ["student"]}, {"affiliations": ["student"]}, True),
    ({"affiliations": ["student"]}, {"affiliations": ["member"]}, True),
    ({"affiliations": ["student", "library-walk-in"]}, {"affiliations": ["member"]}, False),
    ({"affiliations": ["member"]}, {"affiliations": ["student"]}, False),
    ({"user_classes": ["law"]}, {"user_classes": ["lawyers"]}, True),
    ({"user_classes": ["law"]}, {"user_classes": ["law"]}, True),
    ({"user_classes": ["lawyers"]}, {"user_classes": ["law"]}, False),
    ({"territories": ["CN"]}, {"territories": ["CN"]}, True),
    ({"territories": ["CN"]}, {"territories": ["CN", "DE"]}, True),
    ({"territories": ["CN", "DE"]}, {"territories": ["CN"]}, False),
    ({"territories": ["CN"]}, {"territories": ["CN", "DE"], "on_site_only": True}, False),
    ({"territories": ["CN"], "on_site_only": True}, {"territories": ["CN", "DE"], "on_site_only": True}, True),
    ({"on_site_only": True}, {"on_site_only": True}, True),
    ({"on_site_only": True}, {"territories": ["CN"]}, False),
    ({"parts": ["one chapter"]}, {"parts": ["one chapter"]}, True),
    ({"parts": ["one chapter"]}, {"parts": ["one chapter", "one article"]}, True),
    ({"parts": ["one chapter", "one article"]}, {"parts": ["one chapter"]}, False),
    ({"purposes": ["research"]}, {"purposes": ["research", "teaching"]}, True),
    ({"purposes": ["research", "teaching"]}, {"purposes": ["research"]}, False),
    ({"purposes": ["print"]}, {"methods": ["print"]}, False),
    ({"methods": ["fax"], "purposes": ["research"]}, {"methods": ["fax"]}, True),
]


@pytest.mark.parametrize(("bounds", "prohibited", "wholly"), WITHIN)
async def test_a_permission_is_in_vain_where_a_prohibition_covers_all_of_it(
    tables: AsyncSession, bounds: dict[str, Any], prohibited: dict[str, Any], wholly: bool
) -> None:
    assert await found(tables, {**VIEW, **bounds}, {**NEVER, **prohibited}) == (IN_VAIN if wholly else [])


@pytest.mark.parametrize(
    ("permission", "prohibition"),
    [
        ({}, {"status": "prohibited_interpreted"}),
        ({"status": "permitted_interpreted"}, {}),
        ({}, {"except_as_permitted": True}),
        ({}, {"status": "silent"}),
        ({}, {"status": "not_applicable"}),
        ({}, {"action": "download"}),
        ({"status": "prohibited_explicit"}, {}),
    ],
)
async def test_what_gives_way_or_is_overridden_contradicts_nothing(
    tables: AsyncSession, permission: dict[str, Any], prohibition: dict[str, Any]
) -> None:
    assert await found(tables, {**VIEW, **permission}, {**NEVER, **prohibition}) == []


async def test_interpretations_contradict_each_other_too(tables: AsyncSession) -> None:
    terms = {**VIEW, "status": "permitted_interpreted"}, {**NEVER, "status": "prohibited_interpreted"}
    assert await found(tables, *terms) == IN_VAIN


async def test_what_a_prohibition_leaves_some_days_of_is_not_in_vain(tables: AsyncSession) -> None:
    until_autumn = {"a": {"effective": AUTUMN, "replaces": ["2"]}}
    assert await found(tables, VIEW, NEVER, amendments=until_autumn) == []


async def test_a_prohibition_that_comes_later_leaves_the_days_before(tables: AsyncSession) -> None:
    from_autumn = {"a": {"effective": AUTUMN, "terms": [NEVER]}}
    assert await found(tables, VIEW, amendments=from_autumn) == []


async def test_both_of_the_same_days_contradict_each_other(tables: AsyncSession) -> None:
    brought = {
        "a": {"effective": SPRING, "terms": [VIEW, NEVER]},
        "b": {"effective": AUTUMN, "replaces": ["a+1", "a+2"]},
    }
    assert await found(tables, amendments=brought) == IN_VAIN


WIDER = [("licence_widened", "1", "9")]


def above(**bounds: Any) -> dict[str, Any]:
    return {**VIEW, "clause": "9", **bounds}


GOES_FURTHER: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({}, {}, False),
    ({}, {"affiliations": ["student"]}, True),
    ({"affiliations": ["student"]}, {"affiliations": ["student"]}, False),
    ({"affiliations": ["student"]}, {"affiliations": ["member"]}, False),
    ({"affiliations": ["member"]}, {"affiliations": ["student", "faculty", "staff"]}, True),
    ({"affiliations": ["student"], "territories": ["CN"]}, {"territories": ["CN", "DE"]}, False),
    ({"territories": ["CN", "DE"]}, {"territories": ["CN"]}, True),
    ({}, {"territories": ["CN"]}, True),
    ({}, {"on_site_only": True}, True),
    ({"on_site_only": True}, {"on_site_only": True}, False),
    ({"user_classes": ["law"]}, {"user_classes": ["lawyers"]}, False),
    ({"user_classes": ["lawyers"]}, {"user_classes": ["medicine"]}, True),
    ({"purposes": ["sale"]}, {"purposes": ["research"]}, True),
    ({"purposes": ["research"]}, {"purposes": ["research"]}, False),
    ({}, {"recipients": ["academic"]}, True),
    ({"methods": ["fax", "print"]}, {"methods": ["print"]}, True),
    ({"parts": ["10%"]}, {"parts": ["20%"]}, False),
    ({"parts": ["20%"]}, {"parts": ["10%"]}, True),
    ({"limits": {"percent": 20}}, {"limits": {"percent": 10}}, True),
    ({"limits": {"percent": 10}}, {"limits": {"percent": 20}}, False),
    ({"limits": {"pages": 30}}, {"limits": {"pages": 20}}, True),
    ({"limits": {"copies": 2}}, {"limits": {"copies": 2}}, False),
    ({"limits": {"copies": 3}}, {"limits": {"copies": 2}}, True),
    ({"limits": {"formats": ["PDF"]}}, {}, False),
    ({}, {"status": "prohibited_explicit"}, True),
    ({}, {"status": "silent"}, False),
    ({}, {"status": "not_applicable"}, False),
    ({}, {"action": "download"}, False),
    ({"status": "prohibited_explicit"}, {"affiliations": ["student"]}, False),
]


@pytest.mark.parametrize(("child", "parent", "further"), GOES_FURTHER)
async def test_a_child_widens_its_parent_where_it_permits_somebody_more(
    tables: AsyncSession, child: dict[str, Any], parent: dict[str, Any], further: bool
) -> None:
    assert await found(tables, {**VIEW, **child}, above=[above(**parent)]) == (WIDER if further else [])


@pytest.mark.parametrize("left", ["territories", "parts", "recipients", "purposes", "methods"])
@pytest.mark.parametrize("named", [True, False])
async def test_widening_is_found_however_many_values_are_named(tables: AsyncSession, left: str, *, named: bool) -> None:
    """`named`: one of them is the child's alone; otherwise it leaves out that bound."""
    own: dict[str, Any] = {
        "territories": sorted(COUNTRIES)[:27],
        "parts": [f"chapter of kind {number}" for number in range(9)],
        **{name: [f"{name} {number}" for number in range(9)] for name in ("recipients", "purposes", "methods")},
    }
    parent = own | {left: own[left][:-1]} if named else own
    child = own if named else own | {left: None}
    assert await found(tables, {**VIEW, **child}, above=[above(**parent)]) == WIDER


async def test_the_term_that_widens_is_named_with_what_it_goes_beyond(tables: AsyncSession) -> None:
    students, alumni = {**VIEW, "affiliations": ["student"]}, {**VIEW, "affiliations": ["alum"], "clause": "3"}
    says_nothing = above(status="silent", clause="8")
    frame = [says_nothing, above(affiliations=["student"])]
    assert await found(tables, students, alumni, above=frame) == [("licence_widened", "3", "9")]


async def test_to_permit_in_the_library_what_the_parent_prohibits_there_is_wider(tables: AsyncSession) -> None:
    elsewhere_only = [above(), above(status="prohibited_explicit", on_site_only=True)]
    assert await found(tables, {**VIEW, "affiliations": ["student"]}, above=elsewhere_only) == WIDER


async def test_what_the_child_itself_prohibits_widens_nothing(tables: AsyncSession) -> None:
    """Its permission reads wider than it is."""
    alumni = {**NEVER, "affiliations": ["alum"]}
    everybody_else = above(affiliations=["student", "member", "affiliate", "library-walk-in", "employee"])
    assert await found(tables, VIEW, alumni, above=[everybody_else]) == []


@pytest.mark.parametrize(("first_day", "further"), [(SPRING, False), (AUTUMN, True)])
async def test_a_child_is_measured_on_the_first_day_of_its_term(
    tables: AsyncSession, first_day: date, further: bool
) -> None:
    narrowed = {"a": {"effective": AUTUMN, "replaces": ["1"], "terms": [above(affiliations=["student"])]}}
    brought = {"a": {"effective": first_day, "terms": [VIEW]}}
    assert await found(tables, above=[above()], narrowed=narrowed, amendments=brought) == (WIDER if further else [])


async def test_a_licence_without_terms_has_no_flaw(tables: AsyncSession) -> None:
    assert await found(tables) == []


@pytest.mark.parametrize(("above", "own"), [(["physics"], ["law"]), (["law"], ["physics"]), (["physics"], None)])
async def test_what_names_a_class_that_nobody_defined_is_passed_over(
    tables: AsyncSession, above: list[str], own: list[str] | None
) -> None:
    """It decides nothing, and must not stop whoever is about to mend it."""
    assert await found(tables, VIEW | {"user_classes": own}, above=[VIEW | {"user_classes": above}]) == []


@pytest.mark.parametrize(
    "part",
    ["140%", "140 percent", "140 per  cent", "1400%", "１４０%", "140％", " 140 % ", "9" * 20 + "%", "100.0001 %"],
)
def test_a_share_of_more_than_all_is_found_however_it_is_written(part: str) -> None:
    assert more_than_all(part)


@pytest.mark.parametrize(
    "part", ["100%", "１００％", "100.0 per cent", "99.9 percent", "140 pages", "chapter 140", "140"]
)
def test_what_is_no_share_of_more_than_all_stands(part: str) -> None:
    assert not more_than_all(part)
