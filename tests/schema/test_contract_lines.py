"""Acts on who takes part in agreements, and on what they give."""

from typing import Any

import pytest

from tests.schema.conftest import House, Person
from tests.schema.desk import Desk, day, document_of, may, readable

UNKNOWN_MEMBER = "TWVtYmVyOmZmZmZmZmZmLWZmZmYtZmZmZi1mZmZmLWZmZmZmZmZmZmZmZg"


@pytest.fixture
def desk(house: House, admin: Person) -> Desk:
    return Desk(admin, house)


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"member": "x"}, "NOT_FOUND", "member"),
        ({"member": UNKNOWN_MEMBER}, "NOT_FOUND", "member"),
        ({"agreement": "x"}, "NOT_FOUND", "agreement"),
        ({"endDate": "2019-12-31"}, "DATES_REVERSED", "endDate"),
    ],
)
async def test_a_participation_that_cant_be_is_refused_with_the_field(
    desk: Desk, house: House, wrong: dict[str, Any], code: str, path: str
) -> None:
    agreement = await desk.agreement()
    good = {"agreement": agreement, "member": house.id("Member", "beta"), "startDate": "2020-01-01"}
    assert await desk.refused("participationStart", agreement, **good | wrong) == (code, path)


async def test_a_member_takes_part_once_at_a_time(desk: Desk, house: House, outsider: Person) -> None:
    agreement = await desk.concluded(await desk.signed())
    beta = {"agreement": agreement, "member": house.id("Member", "beta")}
    refused = await desk.refused("participationStart", agreement, **beta, startDate=day(100))
    assert refused == ("OVERLAPS", "startDate")
    await desk.do("participationEnd", agreement, **beta, on=day(1))
    assert await desk.refused("participationEnd", agreement, **beta, on=day(2)) == ("ENDS_BEFORE", "on")
    assert await desk.refused("participationEnd", agreement, **beta, on="2019-12-31") == ("DATES_REVERSED", "on")
    assert await desk.refused("participationEnd", agreement, **beta) == ("BLANK", "on")
    await desk.join(agreement, first=day(5))
    assert [await may(outsider, house, on=day(n)) for n in (1, 2, 4, 5)] == [
        "LICENCE",
        "NOT_YET_ACTIVE",
        "NOT_YET_ACTIVE",
        "LICENCE",
    ]


async def test_who_was_put_on_a_draft_is_taken_off_it(desk: Desk, house: House) -> None:
    agreement = await desk.agreement()
    beta = {"agreement": agreement, "member": house.id("Member", "beta")}
    assert await desk.refused("participationEnd", agreement, **beta) == ("NOT_FOUND", "member")
    await desk.join(agreement)
    off = await desk.do("participationEnd", agreement, **beta)
    assert off["participation"] is None
    assert await desk.refused("participationEnd", agreement, **beta) == ("NOT_FOUND", "member")


async def test_a_members_own_agreement_has_no_other_participants(desk: Desk, house: House) -> None:
    agreement = await desk.agreement(holder=house.id("Member", "alpha"))
    beta = {"agreement": agreement, "member": house.id("Member", "beta"), "startDate": day()}
    assert await desk.refused("participationStart", agreement, **beta) == ("NOT_CONSORTIAL", "agreement")


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"agreement": "x"}, "NOT_FOUND", "agreement"),
        ({"target": {"package": "x"}}, "NOT_FOUND", "target.package"),
        ({"target": {"package": UNKNOWN_MEMBER}}, "NOT_FOUND", "target.package"),
        ({"target": {"packageTitle": "x"}}, "NOT_FOUND", "target.packageTitle"),
        ({"target": {"resource": "x"}}, "NOT_FOUND", "target.resource"),
        ({"startDate": "2027-02-01", "endDate": "2027-01-31"}, "DATES_REVERSED", "endDate"),
        ({"coverage": []}, "EMPTY_LIST", "coverage"),
        ({"coverage": [{"startDate": "2001", "endDate": "1999"}]}, "DATES_REVERSED", "coverage.0.endDate"),
        ({"perpetualCoverage": [{}, {"embargo": "soon"}]}, "EMBARGO_UNREADABLE", "perpetualCoverage.1.embargo"),
        ({"coverage": [{}] * 101}, "TOO_MANY", "coverage"),
        ({"coverage": [{"startVolume": "v" * 201}]}, "TOO_LONG", "coverage.0.startVolume"),
    ],
)
async def test_a_line_that_cant_be_is_refused_with_the_field(
    desk: Desk, house: House, wrong: dict[str, Any], code: str, path: str
) -> None:
    agreement = await desk.agreement()
    good = {"agreement": agreement, "target": {"package": house.id("Package", "journals")}}
    assert await desk.refused("entitlementGrant", agreement, **good | wrong) == (code, path)


async def test_a_line_names_one_target(desk: Desk, house: House) -> None:
    agreement = await desk.agreement()
    package, resource = house.id("Package", "journals"), house.id("Resource", "Old Letters")
    for target in ({}, {"package": package, "resource": resource}, {"package": None}):
        asked = {"agreement": agreement, "version": 1, "target": target}
        assert await desk.person.code(document_of("entitlementGrant"), input=asked) == "BAD_USER_INPUT", target


@pytest.mark.parametrize("type_name", ["Package", "PackageTitle", "Resource"])
async def test_each_kind_of_target_opens_what_it_reaches(
    desk: Desk, house: House, outsider: Person, type_name: str
) -> None:
    named = {
        "Package": ("package", "journals", 2),
        "PackageTitle": ("packageTitle", "journals/Nature of Things", 1),
        "Resource": ("resource", "Nature of Things", 1),
    }
    field, thing, count = named[type_name]
    agreement = await desk.agreement(licences=[{"licence": await desk.signed()}])
    await desk.join(agreement)
    target = {field: house.id(type_name, thing)}
    made = await desk.do("entitlementGrant", agreement, agreement=agreement, target=target)
    assert made["entitlement"]["target"] == {"__typename": type_name}
    await desk.do("agreementActivate", agreement, id=agreement)
    assert (await may(outsider, house), await readable(outsider)) == ("LICENCE", count)


async def test_a_line_gives_between_its_days_and_within_its_coverage(
    desk: Desk, house: House, outsider: Person
) -> None:
    line = {"startDate": day(1), "endDate": day(2), "coverage": [{"startDate": "2001", "endDate": "2010"}]}
    await desk.contract(**line)
    assert [await may(outsider, house, on=day(n)) for n in range(4)] == [
        "NOT_YET_ACTIVE",
        "LICENCE",
        "LICENCE",
        "AGREEMENT_LAPSED",
    ]
    found = [await may(outsider, house, on=day(1), published=year) for year in ("2000", "2001", "2010", "2011")]
    assert found == ["OUT_OF_COVERAGE", "LICENCE", "LICENCE", "OUT_OF_COVERAGE"]


async def test_a_line_withdrawn_before_it_began_never_gave_anything(desk: Desk, house: House, outsider: Person) -> None:
    made = await desk.contract(startDate="2021-01-01", perpetualCoverage=[{"startDate": "2001"}])
    withdrawn = {"id": made["line"]}
    assert await desk.refused("entitlementWithdraw", made["agreement"], **withdrawn) == ("BLANK", "on")
    await desk.do("entitlementWithdraw", made["agreement"], **withdrawn, on="2020-12-31")
    assert await may(outsider, house, published="2003") == "NO_ENTITLEMENT"
    assert await readable(outsider) == 0


async def test_a_line_of_a_draft_is_taken_off_it(desk: Desk, house: House) -> None:
    agreement = await desk.agreement()
    line = await desk.give(agreement)
    off = await desk.do("entitlementWithdraw", agreement, id=line)
    assert off["entitlement"] is None
    assert await desk.refused("entitlementWithdraw", agreement, id=line) == ("NOT_FOUND", "id")
    assert await desk.refused("entitlementWithdraw", agreement, id="x") == ("NOT_FOUND", "id")
