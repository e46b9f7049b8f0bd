"""Lists: pages, cursors, counts, and how many statements they take."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event

from domain.catalogue import search as catalogue
from schema.kit import connection, ids
from tests.schema.conftest import House, Person

PAGE = """
query($query: String, $filter: ResourceFilter, $order: ResourceOrder, $first: Int, $after: String, $last: Int,
      $before: String) {
  resources(query: $query, filter: $filter, orderBy: $order, first: $first, after: $after, last: $last,
            before: $before) {
    nodes { title(lang: "en") } edges { cursor } totalCount totalCountIsExact
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
BY_TITLE = {"field": "TITLE", "direction": "ASC"}


def titles(answer: dict[str, Any]) -> list[str]:
    return [node["title"] for node in answer["resources"]["nodes"]]


async def test_pages_follow_each_other_without_gap_or_overlap(anonymous: Person) -> None:
    found: list[str] = []
    after = None
    while True:
        answer = await anonymous.ask(PAGE, order=BY_TITLE, first=17, after=after)
        found += titles(answer)
        info = answer["resources"]["pageInfo"]
        assert info["hasPreviousPage"] is (after is not None)
        if not info["hasNextPage"]:
            break
        after = info["endCursor"]
    assert found == sorted(found, key=lambda title: title.removeprefix("A "))
    assert len(set(found)) == len(found) == answer["resources"]["totalCount"] == 43
    assert answer["resources"]["totalCountIsExact"] is True


async def test_backwards_gives_the_same_rows_in_the_same_order(anonymous: Person) -> None:
    forward = await anonymous.ask(PAGE, order=BY_TITLE, first=43)
    last = await anonymous.ask(PAGE, order=BY_TITLE, last=5)
    assert titles(last) == titles(forward)[-5:]
    assert last["resources"]["pageInfo"]["hasPreviousPage"] is True
    start = last["resources"]["pageInfo"]["startCursor"]
    before = await anonymous.ask(PAGE, order=BY_TITLE, last=5, before=start)
    assert titles(before) == titles(forward)[-10:-5]


async def test_a_count_says_where_it_stops(anonymous: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "COUNTED", 42)
    monkeypatch.setattr(catalogue, "COUNTED_EXACTLY", 42)
    counts = "{ totalCount totalCountIsExact }"
    answer = await anonymous.ask(f"{{ resources {counts} members {counts} packages {counts} }}")
    assert answer["resources"] == {"totalCount": 42, "totalCountIsExact": False}
    assert answer["members"] == answer["packages"] == {"totalCount": 3, "totalCountIsExact": True}
    monkeypatch.setattr(connection, "COUNTED", 2)
    answer = await anonymous.ask(f"{{ members {counts} }}")
    assert answer["members"] == {"totalCount": 2, "totalCountIsExact": False}


async def test_an_edge_holds_the_cursor_of_its_node(anonymous: Person) -> None:
    answer = await anonymous.ask(PAGE, order=BY_TITLE, first=3)
    cursors = [edge["cursor"] for edge in answer["resources"]["edges"]]
    after_first = await anonymous.ask(PAGE, order=BY_TITLE, first=2, after=cursors[0])
    assert titles(after_first) == titles(answer)[1:]


async def test_a_cursor_that_we_did_not_write_for_this_list_is_refused(anonymous: Person) -> None:
    answer = await anonymous.ask(PAGE, order=BY_TITLE, first=1)
    good = answer["resources"]["pageInfo"]["endCursor"]
    raw = bytearray(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))
    raw[-3] ^= 1
    forged = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    invented = base64.urlsafe_b64encode(b"0" * 16 + b'["x","a","b"]').decode()
    foreign = await anonymous.ask("{packages(first: 1){pageInfo{endCursor}}}")
    of_packages = foreign["packages"]["pageInfo"]["endCursor"]
    for cursor in ("", "x", good[:-4], good + "A", forged, invented, of_packages, "a" * 10_000, "游标"):
        assert await anonymous.code(PAGE, order=BY_TITLE, first=1, after=cursor) == "BAD_CURSOR", cursor
    other_order = {"field": "PUBLISHED", "direction": "ASC"}
    assert await anonymous.code(PAGE, order=other_order, first=1, after=good) == "BAD_CURSOR"


async def test_search_finds_and_filters(house: House, anonymous: Person) -> None:
    assert titles(await anonymous.ask(PAGE, query="nature")) == ["Nature of Things"]
    shelf = {"packages": [house.id("Package", "shelf")], "kinds": ["SERIAL"]}
    assert (await anonymous.ask(PAGE, filter=shelf))["resources"]["totalCount"] == 40
    nothings: list[dict[str, Any]] = [
        {"packages": [house.id("Resource", "Old Letters"), "x"]},
        {"providers": [house.id("Package", "shelf")]},
        {"kinds": []},
        {"identifiers": [{"namespace": "issn", "value": "x"}]},
    ]
    for nothing in nothings:
        assert (await anonymous.ask(PAGE, filter=nothing))["resources"]["totalCount"] == 0


@pytest.mark.parametrize("wrong", [{"publishedFromYear": 0}, {"publishedToYear": 10_000}, {"languages": ["x"] * 101}])
async def test_a_filter_out_of_bounds_is_the_callers_fault(anonymous: Person, wrong: dict[str, Any]) -> None:
    assert await anonymous.code(PAGE, filter=wrong) == "BAD_USER_INPUT"


async def test_only_what_the_viewer_may_read(anonymous: Person, student: Person, outsider: Person) -> None:
    may = {"viewerMay": "VIEW"}
    assert (await student.ask(PAGE, filter=may))["resources"]["totalCount"] == 43
    assert (await outsider.ask(PAGE, filter=may))["resources"]["totalCount"] == 0
    assert (await anonymous.ask(PAGE, filter=may))["resources"]["totalCount"] == 0


FACETS = """
query($fields: [FacetField!], $limit: Int) {
  resources { facets(fields: $fields, limit: $limit) { field values { value label(lang: "en") count } } }
}
"""


async def test_a_facets_value_is_what_its_filter_takes(house: House, student: Person) -> None:
    answer = await student.ask(FACETS, fields=["KIND", "PACKAGE", "PROVIDER", "ACCESS"])
    found = {facet["field"]: facet["values"] for facet in answer["resources"]["facets"]}
    assert found["KIND"] == [{"value": "SERIAL", "label": "serial", "count": 43}]
    assert found["PACKAGE"][0] == {"value": house.id("Package", "shelf"), "label": "shelf", "count": 40}
    assert {one["value"] for one in found["PROVIDER"]} == {house.id("Provider", "Verlag"), house.id("Member", "alpha")}
    assert {one["value"]: one["count"] for one in found["ACCESS"]}["VIEW"] == 43
    for one in found["PROVIDER"]:
        page = await student.ask(PAGE, filter={"providers": [one["value"]]})
        assert page["resources"]["totalCount"] == one["count"]


async def test_facets_are_bounded(anonymous: Person) -> None:
    assert await anonymous.code(FACETS, limit=0) == "BAD_USER_INPUT"
    assert await anonymous.code(FACETS, limit=101) == "BAD_USER_INPUT"
    assert len((await anonymous.ask(FACETS))["resources"]["facets"]) == 7


_COUNTING: ContextVar[list[str] | None] = ContextVar("statements", default=None)


@contextmanager
def counted(app: FastAPI) -> Iterator[list[str]]:
    """The statements of the requests that are made meanwhile, and not of what the application does by itself."""
    engine = app.state.sessions.kw["bind"].sync_engine
    sent: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_: object) -> None:
        if _COUNTING.get() is sent:
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    counting = _COUNTING.set(sent)
    try:
        yield sent
    finally:
        _COUNTING.reset(counting)
        event.remove(engine, "before_cursor_execute", note)


NESTED = """
query($first: Int) {
  resources(first: $first, filter: {packages: [$package]}) {
    totalCount
    nodes {
      id kind title contributors { name } identifiers { value } subjects published contributedBy { name isil }
      viewerAccess {
        message licence { name licensor { name } } clause { number summary text } term { status }
        ... on AccessGranted { conditions coverage { startDate } links { url kind platform { name } } }
        ... on AccessRefused { remedies { kind message url } }
      }
      packageTitles(first: 2) {
        totalCount pageInfo { hasNextPage }
        nodes { url coverage { startDate } platform { name } package { name provider { name } } }
      }
      contents(first: 2) { totalCount nodes { label size viewerAccess { granted } } }
    }
  }
}
""".replace("query($first: Int)", "query($first: Int, $package: ID!)")


async def test_a_longer_page_takes_no_more_statements(house: House, student: Person) -> None:
    package = house.id("Package", "shelf")
    await student.ask(NESTED, first=2, package=package)
    with counted(house.app) as few:
        await student.ask(NESTED, first=2, package=package)
    with counted(house.app) as many:
        answer = await student.ask(NESTED, first=40, package=package)
    assert len(answer["resources"]["nodes"]) == 40
    assert len(many) == len(few)


async def test_many_questions_take_no_more_statements_than_two(house: House, student: Person) -> None:
    query = """
    query($inputs: [AccessInput!]!) {
      accesses(inputs: $inputs) { granted message resource { title } licence { name } }
    }
    """
    asked = [{"resource": {"id": house.id("Resource", f"Volume {n:02}")}, "for": {}} for n in range(40)]
    await student.ask(query, inputs=asked[:2])
    with counted(house.app) as few:
        await student.ask(query, inputs=asked[:2])
    with counted(house.app) as many:
        answer = await student.ask(query, inputs=asked)
    assert [one["granted"] for one in answer["accesses"]] == [True] * 40
    assert len(many) == len(few)


async def test_a_packages_titles_are_searched_and_paged(house: House, anonymous: Person) -> None:
    query = """
    query($id: ID!, $query: String, $after: String) {
      node(id: $id) { ... on Package { packageTitles(query: $query, first: 30, after: $after) {
        totalCount nodes { resource { title(lang: "en") } } pageInfo { endCursor hasNextPage } } } }
    }
    """
    package = house.id("Package", "shelf")
    first = (await anonymous.ask(query, id=package))["node"]["packageTitles"]
    assert (first["totalCount"], len(first["nodes"]), first["pageInfo"]["hasNextPage"]) == (40, 30, True)
    rest = (await anonymous.ask(query, id=package, after=first["pageInfo"]["endCursor"]))["node"]["packageTitles"]
    assert [node["resource"]["title"] for node in rest["nodes"]] == [f"Volume {n:02}" for n in range(30, 40)]
    found = (await anonymous.ask(query, id=package, query="07"))["node"]["packageTitles"]
    assert [node["resource"]["title"] for node in found["nodes"]] == ["Volume 07"]


async def test_members_and_packages_are_found_by_words(anonymous: Person) -> None:
    query = "query($q: String) { members(query: $q) { nodes { name scopes isil } } packages(query: $q) { totalCount } }"
    assert await anonymous.ask(query, q="alph") == {
        "members": {"nodes": [{"name": "alpha", "scopes": ["alpha.edu"], "isil": "CN-alpha"}]},
        "packages": {"totalCount": 0},
    }
    assert (await anonymous.ask(query, q="%_"))["members"]["nodes"] == []


async def test_titles_come_in_the_language_asked_for(house: House, anonymous: Person) -> None:
    query = "query($id: ID!, $lang: String) { node(id: $id) { ... on Resource { title(lang: $lang) } } }"
    resource = house.id("Resource", "Old Letters")

    async def title(lang: str | None = None) -> str:
        answer: str = (await anonymous.ask(query, id=resource, lang=lang))["node"]["title"]
        return answer

    assert await title("zh-Hans-CN") == "《Old Letters》"
    assert await title("en") == "Old Letters"
    assert await title() == "Old Letters", "the consortium's language"
    anonymous.client.headers["Accept-Language"] = "fr;q=0.9, zh-CN;q=0.5, en;q=0.1"
    assert await title() == "《Old Letters》"
    assert await title("en") == "Old Letters", "the argument goes before the header"


BY = "query($by: ResourceBy!) { resource(by: $by) { id } }"


async def test_ids_that_are_not_there_are_null_alike(house: House, anonymous: Person) -> None:
    unknown = ids.encode("Resource", house.world.id("member", "alpha"))
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    good = house.id("Resource", "Old Letters")
    others = [ids.encode(name, house.world.id("member", "alpha")) for name in ("Nothing", "Provider")]
    wrong = [unknown, "", "x", "é", good[:-2], good + "A", *others]
    assert (await anonymous.ask(query, ids=[good, *wrong]))["nodes"] == [{"id": good}, *[None] * len(wrong)]
    for one in (unknown, "x", house.id("Member", "alpha")):
        assert await anonymous.ask(BY, by={"id": one}) == {"resource": None}
    assert await anonymous.code(query, ids=["x"] * 101) == "BAD_USER_INPUT"


OBLIGATIONS = """
query($filter: ObligationFilter) {
  obligations(filter: $filter) { nodes { name(lang: "en") due target achieved status member { name } } totalCount }
}
"""


async def test_obligations_are_listed_for_the_members_staff(
    house: House, librarian: Person, admin: Person, student: Person, other_librarian: Person
) -> None:
    expected = {
        "name": "Digitise",
        "due": "2026-12-31",
        "target": "500",
        "achieved": "120",
        "status": "DUE",
        "member": {"name": "alpha"},
    }
    for person in (librarian, admin):
        assert (await person.ask(OBLIGATIONS))["obligations"]["nodes"] == [expected]
    for person in (student, other_librarian):
        assert (await person.ask(OBLIGATIONS))["obligations"] == {"nodes": [], "totalCount": 0}
    alpha = house.id("Member", "alpha")
    for given, count in (
        ({"member": alpha, "statuses": ["DUE"], "dueBefore": "2027-01-01"}, 1),
        ({"dueBefore": "2026-12-31"}, 0),
        ({"statuses": []}, 0),
        ({"member": "x"}, 0),
        ({"member": house.id("Member", "beta")}, 0),
    ):
        assert (await admin.ask(OBLIGATIONS, filter=given))["obligations"]["totalCount"] == count, given


async def test_a_members_lists_are_made_once_and_not_with_each_request(admin: Person, house: House) -> None:
    every = "totalCount nodes { id }"
    ask = f"""query($id: ID!) {{ member(by: {{id: $id}}) {{
      licences {{ {every} }} agreements {{ {every} }} obligations {{ {every} }} clients {{ {every} }}
      history {{ {every.replace("id", "act")} }}
    }} }}"""
    made = []
    for name in ("alpha", "beta"):
        await admin.ask(ask, id=house.id("Member", name))
        made.append((connection._pages.cache_info().misses, connection._counts.cache_info().misses))
    assert made[0] == made[1]
