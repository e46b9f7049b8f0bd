"""What a member's readers may do, as a list: what each right says, who sees it, and that decisions say the same."""

from itertools import product
from typing import Any

import pytest

from tests.schema.conftest import House, Person
from tests.schema.desk import Desk, day, decision, may

RIGHTS = """
query($id: ID!, $action: Action, $on: Date, $first: Int, $after: String, $last: Int, $before: String) {
  node(id: $id) { ... on Member {
    rights(action: $action, on: $on, first: $first, after: $after, last: $last, before: $before) {
      totalCount totalCountIsExact pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes {
        action basis startDate endDate
        target { __typename ... on Package { name(lang: "en") } ... on PackageTitle { id } ... on Resource { id } }
        entitlement { agreement { name } } licence { name(lang: "en") }
        term { status affiliations onSiteOnly clause { number } } coverage { startDate endDate }
      }
    }
  } }
}
"""


@pytest.fixture
def desk(house: House, admin: Person) -> Desk:
    return Desk(admin, house)


async def rights(person: Person, house: House, of: str = "alpha", **more: Any) -> Any:
    return (await person.ask(RIGHTS, id=house.id("Member", of), **more))["node"]["rights"]


def in_short(page: Any) -> list[tuple[str, str, str]]:
    return [(one["basis"], one["target"].get("name"), one["action"]) for one in page["nodes"]]


async def test_rights_come_by_collection_licence_and_term(house: House, librarian: Person) -> None:
    page = await rights(librarian, house)
    assert in_short(page) == [
        ("OWN_COLLECTION", "treasures", "VIEW"),
        ("OWN_COLLECTION", "treasures", "DOWNLOAD"),
        ("OWN_COLLECTION", "treasures", "PRINT"),
        ("LICENCE", "journals", "VIEW"),
        ("LICENCE", "journals", "DOWNLOAD"),
        ("LICENCE", "shelf", "VIEW"),
        ("LICENCE", "shelf", "DOWNLOAD"),
    ]
    assert (page["totalCount"], page["totalCountIsExact"]) == (7, True)
    own, licensed = page["nodes"][0], page["nodes"][3]
    nothing = dict.fromkeys(["entitlement", "licence", "term", "startDate", "endDate"])
    assert own == {
        "action": "VIEW",
        "basis": "OWN_COLLECTION",
        "target": {"__typename": "Package", "name": "treasures"},
        "coverage": [],
        **nothing,
    }
    assert licensed == own | {
        "basis": "LICENCE",
        "target": {"__typename": "Package", "name": "journals"},
        "entitlement": {"agreement": {"name": "deal"}},
        "licence": {"name": "big deal"},
        "term": {
            "status": "PERMITTED_EXPLICIT",
            "affiliations": ["STUDENT", "FACULTY"],
            "onSiteOnly": False,
            "clause": {"number": "1"},
        },
    }
    assert in_short(await rights(librarian, house, action="INTERLIBRARY_SUPPLY")) == []
    assert in_short(await rights(librarian, house, action="PRINT")) == [("OWN_COLLECTION", "treasures", "PRINT")]


async def test_rights_are_those_of_the_day(desk: Desk, house: House, other_librarian: Person) -> None:
    """Grace, narrowing and what is kept for ever: a line says its days and its coverage."""
    licence = await desk.signed()
    periods = [{"startDate": "2020-01-01", "endDate": day(-1), "graceUntil": day(3)}]
    agreement = await desk.agreement(licences=[{"licence": licence}], periods=periods)
    await desk.join(agreement)
    title = house.id("PackageTitle", "journals/Nature of Things")
    await desk.give(
        agreement,
        target={"packageTitle": title},
        coverage=[{"startDate": "2010"}],
        perpetualCoverage=[{"startDate": "2001", "endDate": "2005"}],
    )
    assert in_short(await rights(other_librarian, house, "beta")) == [], "a draft gives nothing"
    await desk.do("agreementActivate", agreement, id=agreement)
    both = (await rights(other_librarian, house, "beta"))["nodes"]
    found = [(one["basis"], one["startDate"], one["endDate"], one["coverage"]) for one in both]
    assert sorted(found, key=lambda right: str(right[0])) == [
        ("LICENCE", "2020-01-01", day(3), [{"startDate": "2010", "endDate": None}]),
        ("PERPETUAL", "2020-01-01", None, [{"startDate": "2001", "endDate": "2005"}]),
    ]
    assert [one["target"] for one in both] == [{"__typename": "PackageTitle", "id": title}] * 2
    later = await rights(other_librarian, house, "beta", on=day(4))
    assert [one["basis"] for one in later["nodes"]] == ["PERPETUAL"]
    assert (await rights(other_librarian, house, "beta", on="2019-12-31"))["nodes"] == []


async def test_the_pool_gives_a_suspended_member_nothing(desk: Desk, house: House) -> None:
    """Design §4, rule 7."""
    agreement = await desk.agreement(licences=[{"licence": await desk.signed()}])
    for member in ("beta", "gamma"):
        await desk.join(agreement, member)
    await desk.give(agreement)
    await desk.do("agreementActivate", agreement, id=agreement)
    assert in_short(await rights(desk.person, house, "gamma")) == []
    assert in_short(await rights(desk.person, house, "beta")) == [("LICENCE", "journals", "VIEW")]


async def test_rights_are_paged_both_ways(house: House, librarian: Person, other_librarian: Person) -> None:
    whole = in_short(await rights(librarian, house))
    first = await rights(librarian, house, first=3)
    second = await rights(librarian, house, first=3, after=first["pageInfo"]["endCursor"])
    last = await rights(librarian, house, last=3, before=second["pageInfo"]["startCursor"])
    end = await rights(librarian, house, last=1)
    assert (in_short(first), in_short(second), in_short(end)) == (whole[:3], whole[3:6], whole[6:])
    assert in_short(last) == in_short(first)
    flags = [(page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) for page in (first, second, end)]
    assert flags == [(False, True), (True, True), (True, False)]
    foreign = (await librarian.ask("{ licences(first: 1) { pageInfo { endCursor } } }"))["licences"]["pageInfo"]
    for cursor in (foreign["endCursor"], first["pageInfo"]["endCursor"][:-2], "x"):
        assert await librarian.code(RIGHTS, id=house.id("Member", "alpha"), after=cursor) == "BAD_CURSOR"
    assert await other_librarian.code(RIGHTS, id=house.id("Member", "beta"), after=first["pageInfo"]["endCursor"]) == (
        "BAD_CURSOR"
    ), "a place in a list says nothing to others"


async def test_rights_and_licences_of_a_member_are_its_staffs(
    house: House,
    librarian: Person,
    admin: Person,
    auditor: Person,
    student: Person,
    other_librarian: Person,
    anonymous: Person,
) -> None:
    for person in (librarian, admin, auditor):
        assert (await rights(person, house))["totalCount"] == 7
    for person in (student, other_librarian, anonymous):
        assert await rights(person, house) is None


ACCESS = """
query($resource: ID!, $for: AccessSubject!, $action: Action!) {
  access(input: {resource: {id: $resource}, for: $for, action: $action}) {
    granted term { status } ... on AccessGranted { basis entitlement { agreement { name } } }
  }
}
"""
TITLES = (
    "query($id: ID!) { node(id: $id) { ... on Package { packageTitles(first: 1) { nodes { resource { id } } } } } }"
)


async def test_what_is_listed_is_granted_to_those_it_names_and_to_nobody_else(house: House, librarian: Person) -> None:
    """Of each package one title, by each affiliation, on site and off."""
    alpha = {"id": house.id("Member", "alpha")}
    everything = (await rights(librarian, house))["nodes"]
    for package, action in product(("treasures", "journals", "shelf"), ("VIEW", "DOWNLOAD", "PRINT", "SHARE")):
        listed = [one for one in everything if (one["target"]["name"], one["action"]) == (package, action)]
        found = await librarian.ask(TITLES, id=house.id("Package", package))
        resource = found["node"]["packageTitles"]["nodes"][0]["resource"]["id"]
        for affiliation, on_site in product(("STUDENT", "STAFF", "ALUM"), (True, False)):
            subject = {"member": alpha, "affiliations": [affiliation], "onSite": on_site}
            access = await librarian.ask(ACCESS, resource=resource, action=action, **{"for": subject})
            granted = any(
                right["term"] is None
                or (
                    (right["term"]["affiliations"] is None or affiliation in right["term"]["affiliations"])
                    and (on_site or not right["term"]["onSiteOnly"])
                )
                for right in listed
            )
            assert access["access"]["granted"] is granted, (package, action, affiliation, on_site)
            if granted and package != "treasures":
                assert access["access"]["entitlement"] == {"agreement": {"name": "deal"}}


async def test_the_line_that_a_decision_rests_on_is_staffs_to_see(house: House, student: Person) -> None:
    seen = await decision(student, house)
    assert (seen["granted"], seen["entitlement"]) == (True, None)


OPEN_BY = """
query($id: ID!, $member: ID, $first: Int, $after: String) {
  resource(by: {id: $id}) {
    licences(member: $member, first: $first, after: $after) {
      totalCount nodes { code } pageInfo { endCursor hasNextPage }
    }
  }
}
"""


async def test_the_licences_by_which_a_member_has_a_resource(
    desk: Desk,
    house: House,
    librarian: Person,
    other_librarian: Person,
    outsider: Person,
    student: Person,
    admin: Person,
) -> None:
    nature, beta, alpha = (
        house.id("Resource", "Nature of Things"),
        house.id("Member", "beta"),
        house.id("Member", "alpha"),
    )

    async def by(person: Person, **more: Any) -> list[str] | None:
        page = (await person.ask(OPEN_BY, id=nature, **more))["resource"]["licences"]
        return page and [one["code"] for one in page["nodes"]]

    for n in (1, 2):
        agreement = await desk.concluded(await desk.signed(code=f"deal-{n}"), code=f"for-beta-{n}")
    assert await by(other_librarian) == await by(admin, member=beta) == ["deal-2", "deal-1"]
    assert await by(librarian) == await by(admin, member=alpha) == ["big deal"]
    for person, member in ((student, None), (outsider, None), (student, alpha), (other_librarian, alpha), (admin, "x")):
        assert await by(person, member=member) is None
    page = (await other_librarian.ask(OPEN_BY, id=nature, first=1))["resource"]["licences"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (2, True)
    assert await by(other_librarian, first=1, after=page["pageInfo"]["endCursor"]) == ["deal-1"]
    await desk.do("agreementClose", agreement, id=agreement, on=day(-1))
    assert await by(other_librarian) == ["deal-1"]
    assert await may(outsider, house) == "LICENCE"
