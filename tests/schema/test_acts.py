"""Acts of staff: who may, which version was seen, the record, and nothing half done."""

import asyncio
from typing import Any

from tests.schema.conftest import House, Person

CREATE = """
mutation($input: LicenceCreateInput!) {
  licenceCreate(input: $input) {
    licence { id status name holder { id } version }
    problems { code message(lang: "en") path }
  }
}
"""
CODE = "mutation($input: TermSetInput!) { termSet(input: $input) { licence { version } problems { code } } }"
ACTIVATE = """
mutation($input: LicenceActivateInput!) {
  licenceActivate(input: $input) {
    licence { status version history { nodes { act by reason version differences { field before after } } } }
    problems { code path }
  }
}
"""


def licence(house: House, **more: Any) -> dict[str, Any]:
    return {
        "code": "new-deal",
        "name": {"zh": "新许可", "en": "A new deal"},
        "licensor": house.id("Provider", "Verlag"),
        "holder": house.id("Member", "alpha"),
        **more,
    }


async def create(person: Person, **wanted: Any) -> Any:
    return (await person.ask(CREATE, input=wanted))["licenceCreate"]


async def test_a_librarian_enters_and_activates_a_licence_of_her_member(house: House, librarian: Person) -> None:
    made = await create(librarian, **licence(house))
    assert made["problems"] == []
    assert made["licence"]["status"] == "DRAFT"
    term = {"licence": made["licence"]["id"], "version": 1, "action": "VIEW", "status": "PERMITTED_EXPLICIT"}
    assert (await librarian.ask(CODE, input=term))["termSet"] == {"licence": {"version": 2}, "problems": []}
    seen = {"id": made["licence"]["id"], "version": 2, "reason": "signed today"}
    active = (await librarian.ask(ACTIVATE, input=seen))["licenceActivate"]
    assert active["problems"] == []
    last, coded, first = active["licence"]["history"]["nodes"]
    assert (first["act"], first["by"], first["version"]) == ("licenceCreate", "Ada", 1)
    assert (coded["act"], coded["version"]) == ("termSet", 2)
    assert (last["act"], last["reason"], last["version"]) == ("licenceActivate", "signed today", 3)
    assert last["differences"] == [{"field": "status", "before": "draft", "after": "active"}]


async def test_a_stale_version_is_a_conflict_and_changes_nothing(house: House, librarian: Person) -> None:
    made = await create(librarian, **licence(house))
    refused = await librarian.ask(ACTIVATE, input={"id": made["licence"]["id"], "version": 7})
    assert refused["licenceActivate"] == {
        "licence": None,
        "problems": [{"code": "CONFLICT", "path": ["input", "version"]}],
    }


async def test_nobody_else_enters_a_licence_for_a_member(
    house: House, anonymous: Person, student: Person, other_librarian: Person, auditor: Person
) -> None:
    """C10."""
    for person, code in (
        (anonymous, "UNAUTHENTICATED"),
        (student, "FORBIDDEN"),
        (other_librarian, "FORBIDDEN"),
        (auditor, "FORBIDDEN"),
    ):
        made = await create(person, **licence(house))
        assert [problem["code"] for problem in made["problems"]] == [code]
        assert made["licence"] is None


async def test_only_an_admin_enters_a_licence_of_the_consortium(house: House, librarian: Person, admin: Person) -> None:
    wanted = licence(house) | {"holder": None}
    assert (await create(librarian, **wanted))["problems"][0]["code"] == "FORBIDDEN"
    assert (await create(admin, **wanted))["licence"]["holder"] is None


async def test_a_code_is_taken_once(house: House, librarian: Person) -> None:
    await create(librarian, **licence(house))
    (problem,) = (await create(librarian, **licence(house)))["problems"]
    assert (problem["code"], problem["path"]) == ("TAKEN", ["input", "code"])


async def test_what_no_input_has_is_refused(house: House, librarian: Person) -> None:
    """C02: no way to say who signs, which state or which version a new thing has."""
    for smuggled in ({"status": "ACTIVE"}, {"version": 9}, {"memberId": "1"}, {"actor": "x"}):
        assert await librarian.code(CREATE, input=licence(house) | smuggled) == "BAD_USER_INPUT"


TWO = """
mutation($a: LicenceUpdateInput!, $b: LicenceUpdateInput!) {
  first: licenceUpdate(input: $a) { problems { code } }
  second: licenceUpdate(input: $b) { problems { code } }
}
"""


async def test_acts_that_wait_for_each_other_are_done_one_after_the_other(
    house: House, librarian: Person, admin: Person
) -> None:
    """Each holds what the other wants next: the database ends one, which is then tried again."""
    made = [await create(librarian, **licence(house, code=code)) for code in ("one", "other")]
    ids = [one["licence"]["id"] for one in made]
    for version in range(1, 5):
        seen = [{"id": one, "version": version, "name": {"en": f"Version {version}"}} for one in ids]
        bodies = [{"query": TWO, "variables": {"a": a, "b": b}} for a, b in (seen, seen[::-1])]
        people = zip((librarian, admin), bodies, strict=True)
        answers = await asyncio.gather(*(person.client.post("/graphql", json=body) for person, body in people))
        told = [answer.json() for answer in answers]
        assert ["errors" in one for one in told] == [False, False], told
        codes = [[p["code"] for act in one["data"].values() for p in act["problems"]] for one in told]
        assert sorted(codes) == [[], ["CONFLICT", "CONFLICT"]]
