"""Licences and agreements as lists: filters, pages, what hangs on them, and what each viewer sees of it."""

from typing import Any

import pytest

from schema.kit import ids
from tests.schema.conftest import House, Person
from tests.schema.desk import Desk, day
from tests.schema.test_lists import counted

LICENCES = """
query($filter: LicenceFilter, $first: Int, $after: String, $last: Int, $before: String) {
  licences(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    nodes { code } totalCount totalCountIsExact pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
AGREEMENTS = LICENCES.replace("LicenceFilter", "AgreementFilter").replace("licences(", "agreements(")
Contracts = dict[str, str]
"""Ids by code."""


@pytest.fixture
def desk(house: House, admin: Person) -> Desk:
    return Desk(admin, house)


@pytest.fixture
async def contracts(house: House, desk: Desk, other_librarian: Person) -> Contracts:
    """Beside the big deal of alpha: one that is over, one that is to come, one that was ended, all for beta; what beta
    prepares; and what the consortium prepares for beta."""
    made = {"big-deal": house.id("Licence", "big deal"), "deal": house.id("Agreement", "deal")}
    made["over"] = await desk.signed(code="over", endDate=day(-1))
    made["over-for-beta"] = await desk.concluded(made["over"], code="over-for-beta")
    made["above"] = await desk.signed(code="above")
    made["coming"] = await desk.signed(code="coming", startDate=day(2), parent=made["above"])
    made["coming-for-beta"] = await desk.agreement(code="coming-for-beta", licences=[{"licence": made["coming"]}])
    await desk.join(made["coming-for-beta"])
    await desk.give(made["coming-for-beta"], "shelf")
    await desk.do("agreementActivate", made["coming-for-beta"], id=made["coming-for-beta"])
    made["ended"] = await desk.signed(code="ended")
    made["ended-for-beta"] = await desk.concluded(made["ended"], code="ended-for-beta")
    await desk.do("licenceTerminate", made["ended"], id=made["ended"], on=day(5))
    await desk.do("agreementClose", made["ended-for-beta"], id=made["ended-for-beta"], on=day(4))
    beta = Desk(other_librarian, house)
    made["own"] = await beta.licence(code="own", holder=house.id("Member", "beta"))
    made["offer"] = await desk.licence(code="offer")
    made["offer-to-beta"] = await desk.agreement(code="offer-to-beta", licences=[{"licence": made["offer"]}])
    await desk.join(made["offer-to-beta"])
    return made


async def codes(person: Person, document: str, **filter: Any) -> list[str]:
    """The codes found, the last entered first; the count says how many."""
    answer: dict[str, Any] = next(iter((await person.ask(document, filter=filter)).values()))
    found = [node["code"].replace(" ", "-") for node in answer["nodes"]]
    assert answer["totalCount"] == len(found)
    return found


async def test_licences_are_found_by_each_filter_and_by_several(
    house: House, admin: Person, contracts: Contracts
) -> None:
    alpha, beta = house.id("Member", "alpha"), house.id("Member", "beta")
    journals, shelf = house.id("Package", "journals"), house.id("Package", "shelf")
    nature, volume = house.id("Resource", "Nature of Things"), house.id("Resource", "Volume 01")
    everything = ["offer", "own", "ended", "coming", "above", "over", "big-deal"]
    for filter, expected in (
        ({}, everything),
        ({"statuses": ["EXPIRED"]}, ["over"]),
        ({"statuses": ["ACTIVE"]}, ["coming", "above", "big-deal"]),
        ({"statuses": ["ACTIVE", "EXPIRED"]}, ["coming", "above", "over", "big-deal"]),
        ({"statuses": ["TERMINATED", "DRAFT"]}, ["offer", "own", "ended"]),
        ({"statuses": []}, []),
        ({"statuses": None}, everything),
        ({"member": alpha}, ["big-deal"]),
        ({"member": beta}, ["offer", "own", "ended", "coming", "above", "over"]),
        ({"package": journals}, ["ended", "over", "big-deal"]),
        ({"package": shelf}, ["coming", "above", "big-deal"]),
        ({"resource": nature}, ["ended", "over", "big-deal"]),
        ({"resource": volume}, ["coming", "above", "big-deal"]),
        ({"activeOn": day()}, ["ended", "above", "big-deal"]),
        ({"activeOn": day(-1)}, ["ended", "above", "over", "big-deal"]),
        ({"activeOn": day(6)}, ["coming", "above", "big-deal"]),
        ({"member": beta, "activeOn": day()}, ["ended"]),
        ({"member": beta, "activeOn": day(-1)}, ["ended", "over"]),
        ({"member": beta, "activeOn": day(2)}, ["ended", "coming", "above"]),
        ({"member": beta, "activeOn": day(5)}, ["coming", "above"]),
        ({"member": alpha, "resource": volume}, ["big-deal"]),
        ({"member": beta, "resource": volume, "activeOn": day()}, []),
        ({"package": journals, "activeOn": day()}, ["ended", "big-deal"]),
        ({"member": beta, "package": journals, "activeOn": day(-1), "statuses": ["EXPIRED"]}, ["over"]),
        ({"member": beta, "package": shelf, "resource": nature}, []),
    ):
        assert await codes(admin, LICENCES, **filter) == expected, filter


async def test_agreements_are_found_by_each_filter_and_by_several(
    house: House, admin: Person, contracts: Contracts
) -> None:
    alpha, beta = house.id("Member", "alpha"), house.id("Member", "beta")
    everything = ["offer-to-beta", "ended-for-beta", "coming-for-beta", "over-for-beta", "deal"]
    for filter, expected in (
        ({}, everything),
        ({"member": alpha}, ["deal"]),
        ({"member": beta}, everything[:-1]),
        ({"licence": contracts["over"]}, ["over-for-beta"]),
        ({"licence": contracts["above"]}, []),
        ({"statuses": ["ACTIVE"]}, ["coming-for-beta", "over-for-beta", "deal"]),
        ({"statuses": ["CLOSED", "DRAFT"]}, ["offer-to-beta", "ended-for-beta"]),
        ({"statuses": []}, []),
        ({"member": beta, "statuses": ["ACTIVE"], "licence": contracts["coming"]}, ["coming-for-beta"]),
        ({"member": alpha, "licence": contracts["over"]}, []),
    ):
        assert await codes(admin, AGREEMENTS, **filter) == expected, filter


async def test_each_viewer_finds_what_concerns_her_and_no_more(
    house: House,
    contracts: Contracts,
    librarian: Person,
    other_librarian: Person,
    auditor: Person,
    student: Person,
    anonymous: Person,
) -> None:
    """C01: what others prepare is not for her, nor what binds others; filtering by them finds nothing."""
    beta = house.id("Member", "beta")
    assert await codes(librarian, LICENCES) == ["big-deal"]
    assert await codes(librarian, AGREEMENTS) == ["deal"]
    assert await codes(other_librarian, LICENCES) == ["own", "ended", "coming", "above", "over"]
    assert await codes(other_librarian, AGREEMENTS) == ["ended-for-beta", "coming-for-beta", "over-for-beta"]
    assert len(await codes(auditor, LICENCES)) == 7
    for person in (student, anonymous):
        assert (await codes(person, LICENCES), await codes(person, AGREEMENTS)) == ([], [])
    for filter in ({"member": beta}, {"statuses": ["EXPIRED"]}, {"member": beta, "activeOn": day()}):
        assert await codes(librarian, LICENCES, **filter) == []
    for hidden in (contracts["over"], contracts["offer"]):
        assert await codes(librarian, AGREEMENTS, licence=hidden) == []
    assert await codes(other_librarian, AGREEMENTS, licence=contracts["offer"]) == []
    assert await codes(other_librarian, AGREEMENTS, member=house.id("Member", "alpha")) == []


async def test_ids_of_nothing_find_nothing(house: House, admin: Person) -> None:
    alpha = house.world.id("member", "alpha")
    unknown = ["", "x", house.id("Obligation", "digitise"), ids.encode("Provider", alpha)]
    for field in ("member", "resource", "package"):
        for one in [*unknown, ids.encode(field.capitalize(), house.world.id("licence", "big deal"))]:
            assert await codes(admin, LICENCES, **{field: one}) == [], (field, one)
    for field in ("member", "licence"):
        for one in [*unknown, ids.encode(field.capitalize(), house.world.id("resource", "Old Letters"))]:
            assert await codes(admin, AGREEMENTS, **{field: one}) == [], (field, one)


@pytest.mark.usefixtures("contracts")
async def test_pages_of_contracts_follow_each_other_both_ways(admin: Person) -> None:
    for document in (LICENCES, AGREEMENTS):
        whole = await codes(admin, document)
        for first, other, cursor in (("first", "after", "endCursor"), ("last", "before", "startCursor")):
            found: list[str] = []
            place = None
            while True:
                answer = next(iter((await admin.ask(document, **{first: 2, other: place})).values()))
                nodes = [node["code"].replace(" ", "-") for node in answer["nodes"]]
                found = found + nodes if first == "first" else nodes + found
                info = answer["pageInfo"]
                assert answer["totalCount"] == len(whole)
                assert info["hasPreviousPage" if first == "first" else "hasNextPage"] is (place is not None)
                if not info["hasNextPage" if first == "first" else "hasPreviousPage"]:
                    break
                place = info[cursor]
            assert found == whole


@pytest.mark.usefixtures("contracts")
async def test_a_cursor_of_another_list_is_refused(admin: Person, anonymous: Person) -> None:
    """A24."""
    licences = (await admin.ask(LICENCES, first=1))["licences"]["pageInfo"]["endCursor"]
    agreements = (await admin.ask(AGREEMENTS, first=1))["agreements"]["pageInfo"]["endCursor"]
    for document, foreign in ((LICENCES, agreements), (AGREEMENTS, licences)):
        for cursor in (foreign, foreign[:-2], "", "x"):
            assert await admin.code(document, after=cursor) == "BAD_CURSOR"
        for first in (0, 101):
            assert await admin.code(document, first=first) == "BAD_USER_INPUT"
    assert await anonymous.code(LICENCES, after=licences) == "BAD_CURSOR", "it is bound to who sees the list"


OF_MEMBER = """
query($id: ID!, $on: Date) {
  node(id: $id) { ... on Member {
    licences(activeOn: $on) { totalCount nodes { code } } agreements { totalCount nodes { code } }
  } }
}
"""


async def test_a_members_licences_and_agreements(
    house: House, contracts: Contracts, other_librarian: Person, admin: Person, librarian: Person, student: Person
) -> None:
    beta = house.id("Member", "beta")

    async def of_beta(person: Person, on: str | None = None) -> tuple[list[str] | None, list[str] | None]:
        node = (await person.ask(OF_MEMBER, id=beta, on=on))["node"]
        both = []
        for name in ("licences", "agreements"):
            page = node[name]
            both.append(page and [one["code"] for one in page["nodes"]])
            assert page is None or page["totalCount"] == len(page["nodes"])
        return both[0], both[1]

    mine = ["ended-for-beta", "coming-for-beta", "over-for-beta"]
    assert await of_beta(other_librarian) == (["own", "ended", "coming", "above", "over"], mine)
    assert await of_beta(admin) == (["offer", "own", "ended", "coming", "above", "over"], ["offer-to-beta", *mine])
    assert await of_beta(other_librarian, day()) == (["ended"], mine)
    assert await of_beta(admin, day(2)) == (["ended", "coming", "above"], ["offer-to-beta", *mine])
    for person in (librarian, student):
        assert await of_beta(person) == (None, None)


OF_LICENCE = """
query($id: ID!) {
  node(id: $id) { ... on Licence {
    agreements { totalCount nodes { code } }
    resources(first: 1) {
      totalCount nodes { title(lang: "en") } pageInfo { hasNextPage } facets(fields: [PACKAGE]) { values { count } }
    }
  } }
}
"""


async def test_what_hangs_on_a_licence(house: House, contracts: Contracts, admin: Person, librarian: Person) -> None:
    over = (await admin.ask(OF_LICENCE, id=contracts["over"]))["node"]
    assert over == {
        "agreements": {"totalCount": 1, "nodes": [{"code": "over-for-beta"}]},
        "resources": {
            "totalCount": 2,
            "nodes": [{"title": "Nature of Things"}],
            "pageInfo": {"hasNextPage": True},
            "facets": [{"values": [{"count": 2}]}],
        },
    }
    big = (await librarian.ask(OF_LICENCE, id=contracts["big-deal"]))["node"]
    assert (big["agreements"]["totalCount"], big["resources"]["totalCount"]) == (1, 42)
    assert sorted(value["count"] for value in big["resources"]["facets"][0]["values"]) == [2, 40]
    nothing = (await admin.ask(OF_LICENCE, id=contracts["above"]))["node"]
    assert (nothing["agreements"]["totalCount"], nothing["resources"]["totalCount"]) == (0, 0)


OF_AGREEMENT = """
query($id: ID!, $on: Date) {
  node(id: $id) { ... on Agreement {
    status closedOn holder { id }
    licence(on: $on) { code }
    periods { startDate endDate graceUntil cancelBy }
    participations { totalCount nodes { member { name } startDate endDate } }
    entitlements { totalCount nodes {
      startDate endDate target { __typename ... on Package { name } ... on Resource { id } }
      coverage { startDate endDate embargo accessType } perpetualCoverage { startDate } agreement { code } } }
  } }
}
"""


async def test_what_hangs_on_an_agreement(house: House, desk: Desk, admin: Person, other_librarian: Person) -> None:
    licence = await desk.signed()
    periods = [
        {"startDate": "2027-01-01", "endDate": "2027-12-31", "graceUntil": "2028-02-29", "cancelBy": "2027-09-30"},
        {"startDate": "2020-01-01", "endDate": "2026-12-31"},
    ]
    agreement = await desk.agreement(licences=[{"licence": licence, "endDate": "2026-12-31"}], periods=periods)
    await desk.join(agreement)
    await desk.join(agreement, "alpha", "2021-01-01", endDate="2022-12-31")
    part = {"startDate": "2001", "endDate": "2005-06", "embargo": "P1Y"}
    await desk.give(agreement, coverage=[part], perpetualCoverage=[{"startDate": "2001-03"}])
    target = {"resource": house.id("Resource", "Volume 01")}
    await desk.give(agreement, target=target, startDate="2021-01-01", endDate="2021-12-31")
    await desk.do("agreementActivate", agreement, id=agreement)
    seen = (await admin.ask(OF_AGREEMENT, id=agreement, on="2026-12-31"))["node"]
    lines = seen["entitlements"]
    assert seen == {
        "status": "ACTIVE",
        "closedOn": None,
        "holder": None,
        "licence": {"code": "deal-2"},
        "periods": [periods[1] | {"graceUntil": None, "cancelBy": None}, periods[0]],
        "participations": {
            "totalCount": 2,
            "nodes": [
                {"member": {"name": "alpha"}, "startDate": "2021-01-01", "endDate": "2022-12-31"},
                {"member": {"name": "beta"}, "startDate": "2020-01-01", "endDate": None},
            ],
        },
        "entitlements": lines,
    }
    assert lines["totalCount"] == 2
    assert lines["nodes"] == [
        {
            "startDate": None,
            "endDate": None,
            "target": {"__typename": "Package", "name": "journals"},
            "coverage": [part | {"accessType": "PAID"}],
            "perpetualCoverage": [{"startDate": "2001-03"}],
            "agreement": {"code": "deal-2"},
        },
        {
            "startDate": "2021-01-01",
            "endDate": "2021-12-31",
            "target": {"__typename": "Resource", "id": target["resource"]},
            "coverage": None,
            "perpetualCoverage": [],
            "agreement": {"code": "deal-2"},
        },
    ]
    mine = (await other_librarian.ask(OF_AGREEMENT, id=agreement, on="2027-01-01"))["node"]
    assert mine["licence"] is None, "none governs it then"
    assert [one["member"]["name"] for one in mine["participations"]["nodes"]] == ["beta"]
    assert mine["participations"]["totalCount"] == 1
    assert mine["entitlements"] == lines


WHOLE = """
query($first: Int!) {
  licences(first: $first) {
    totalCount
    nodes {
      code name status version holder { name } licensor { name } parent { code }
      clauses { number text summary } terms { action status affiliations note clause { number } }
      history(first: 2) { totalCount nodes { act by differences { field } } }
      resources(first: 2) { totalCount nodes { title } }
      agreements(first: 5) {
        totalCount
        nodes {
          name status periods { startDate } licence { code } holder { name }
          participations(first: 5) { totalCount nodes { member { name } } }
          entitlements(first: 5) {
            totalCount nodes { target { __typename ... on Package { name } } coverage { startDate } }
          }
        }
      }
    }
  }
}
"""
FROM_THE_MEMBER = """
query($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Member {
    licences(first: 5) { totalCount nodes { code terms { action } } } agreements(first: 5) { totalCount nodes { code } }
    active: licences(activeOn: "2026-11-27", first: 5) { totalCount nodes { code } }
  } }
}
"""


async def alike(desk: Desk, count: int) -> None:
    """Contracts that are all of one kind, in which three members take part."""
    for n in range(count):
        parent = await desk.signed(code=f"above-{n}")
        licence = await desk.licence(code=f"deal-{n}", parent=parent)
        await desk.clause(licence, text="May read")
        await desk.term(licence, clause="3.1")
        await desk.do("licenceActivate", licence, id=licence)
        agreement = await desk.agreement(code=f"deal-{n}", licences=[{"licence": licence}])
        for member in ("alpha", "beta", "gamma"):
            await desk.join(agreement, member)
        await desk.give(agreement, coverage=[{"startDate": "2001"}])
        await desk.do("agreementActivate", agreement, id=agreement)


async def test_longer_lists_take_no_more_statements(
    house: House, desk: Desk, admin: Person, other_librarian: Person
) -> None:
    await alike(desk, 3)
    members = [house.id("Member", name) for name in ("beta", "gamma", "alpha")]
    for person, document, short, long in (
        (admin, WHOLE, {"first": 2}, {"first": 6}),
        (other_librarian, WHOLE, {"first": 2}, {"first": 6}),
        (admin, FROM_THE_MEMBER, {"ids": members[:1]}, {"ids": members}),
    ):
        await person.ask(document, **long)
        with counted(house.app) as few:
            await person.ask(document, **short)
        with counted(house.app) as many:
            answer = await person.ask(document, **long)
        assert str(answer).count("deal-2") >= 2
        assert len(many) == len(few)
