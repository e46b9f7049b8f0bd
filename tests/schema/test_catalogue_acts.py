"""Acts on the catalogue: members, providers, platforms, packages, titles, resources, files."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from api.database import Urls
from domain.catalogue import search_text
from tests.api.test_worker import all_done, until, working
from tests.schema.conftest import House, Person

SELECTED = {
    "member": "id name contact standing version isil scopes",
    "provider": "id name version",
    "platform": "id name url version",
    "package": "id name version provider { id }",
    "packageTitle": "id status coverage { startDate embargo accessType } package { id }",
    "resource": "id title version identifiers { namespace value } subjects contributors { name role }",
    "content": "id label published version",
}


async def do(person: Person, verb: str, shown: str, **given: Any) -> Any:
    """The payload of an act."""
    kind = verb[0].upper() + verb[1:]
    document = f"""
      mutation($input: {kind}Input!) {{
        {verb}(input: $input) {{ {shown} {{ {SELECTED[shown]} }} problems {{ code path }} }}
      }}
    """
    return (await person.ask(document, input=given))[verb]


async def done(person: Person, verb: str, shown: str, **given: Any) -> Any:
    """What an act made, which met no problem."""
    answer = await do(person, verb, shown, **given)
    assert answer["problems"] == []
    return answer[shown]


async def problem(person: Person, verb: str, shown: str, **given: Any) -> tuple[str, str]:
    """The code and the last step of the path of the only problem; nothing was made."""
    answer = await do(person, verb, shown, **given)
    assert answer[shown] is None
    (found,) = answer["problems"]
    return found["code"], ".".join((found["path"] or ["", ""])[1:])


MEMBER = {
    "code": "delta",
    "name": {"zh": "丁大学", "en": "Delta University"},
    "kind": "university",
    "timeZone": "Asia/Shanghai",
    "country": "CN",
    "identifiers": [{"namespace": "isil", "value": "CN-delta"}],
    "scopes": ["delta.edu.cn"],
}


async def test_the_consortium_takes_a_member_in(house: House, admin: Person) -> None:
    made = await done(admin, "memberCreate", "member", **MEMBER)
    assert (made["isil"], made["scopes"], made["version"]) == ("CN-delta", ["delta.edu.cn"], 1)
    found = await admin.ask('{ member(by: {scope: "delta.edu.cn"}) { id } }')
    assert found["member"]["id"] == made["id"]


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"code": "Alpha!"}, "BAD_USER_INPUT", "code"),
        ({"code": "alpha"}, "TAKEN", "code"),
        ({"code": " "}, "BLANK", "code"),
        ({"name": {}}, "BLANK", "name"),
        ({"name": {"zh": "名" * 501}}, "TOO_LONG", "name.zh"),
        ({"kind": "castle"}, "BAD_USER_INPUT", "kind"),
        ({"country": "XX"}, "BAD_USER_INPUT", "country"),
        ({"timeZone": "Asia/Nowhere"}, "BAD_USER_INPUT", "timeZone"),
        ({"proxyPrefix": "https://proxy.example/login"}, "TEMPLATE_UNREADABLE", "proxyPrefix"),
        ({"scopes": ["not a domain"]}, "BAD_USER_INPUT", "scopes.0"),
        ({"scopes": ["alpha.edu"]}, "TAKEN", "scopes"),
        ({"identifiers": [{"namespace": "ror", "value": "x"}]}, "BAD_USER_INPUT", "identifiers.0"),
        (
            {"identifiers": [{"namespace": "entity_id", "value": "https://idp.example"}]},
            "BAD_USER_INPUT",
            "identifiers.0",
        ),
        ({"scopes": [f"s{n}.edu" for n in range(101)]}, "TOO_MANY", "scopes"),
    ],
)
async def test_a_member_that_cant_be_is_refused_with_the_field(
    house: House, admin: Person, wrong: dict[str, Any], code: str, path: str
) -> None:
    assert await problem(admin, "memberCreate", "member", **MEMBER | wrong) == (code, path)


async def test_librarians_say_of_their_own_member_what_is_theirs(
    house: House, librarian: Person, other_librarian: Person, admin: Person
) -> None:
    """C10."""
    own = {"id": house.id("Member", "alpha"), "version": 1}
    proxy = {"proxyPrefix": "https://proxy.alpha.edu/login?url={url}"}
    assert await problem(other_librarian, "memberUpdate", "member", **own, **proxy) == ("FORBIDDEN", "")
    consortiums: list[dict[str, Any]] = [
        {"scopes": ["beta.edu", "alpha.edu"]},
        {"country": "GB"},
        {"timeZone": "UTC"},
        {"identifiers": []},
    ]
    for theirs in consortiums:
        assert await problem(librarian, "memberUpdate", "member", **own, **theirs) == ("FORBIDDEN", "")
    changed = await done(librarian, "memberUpdate", "member", **own, **proxy, contact="https://lib.alpha.edu")
    assert (changed["contact"], changed["version"]) == ("https://lib.alpha.edu", 2)
    moved = await done(admin, "memberUpdate", "member", id=own["id"], version=2, country="GB", contact=None)
    assert (moved["contact"], moved["version"]) == (None, 3)
    assert moved["scopes"] == ["alpha.edu"]


async def test_a_scope_that_people_sign_in_by_cant_go(house: House, admin: Person) -> None:
    own = {"id": house.id("Member", "alpha"), "version": 1}
    assert await problem(admin, "memberUpdate", "member", **own, scopes=[]) == ("IN_USE", "scopes")


async def test_nothing_different_is_said(house: House, admin: Person) -> None:
    own = {"id": house.id("Member", "alpha"), "version": 1}
    assert await problem(admin, "memberUpdate", "member", **own, country="CN") == ("NOTHING_TO_CHANGE", "")


async def test_of_two_who_saw_the_same_version_one_is_first(house: House, admin: Person, librarian: Person) -> None:
    own = {"id": house.id("Member", "alpha"), "version": 1}
    answers = await asyncio.gather(
        *(
            do(who, "memberUpdate", "member", **own, contact=f"https://{n}.alpha.edu")
            for n, who in enumerate([admin, librarian])
        )
    )
    codes = sorted(problem["code"] for answer in answers for problem in answer["problems"])
    assert codes == ["CONFLICT"]


async def test_providers_and_platforms_are_named_by_any_librarian(
    house: House, librarian: Person, student: Person, auditor: Person
) -> None:
    for person in (student, auditor):
        assert (await problem(person, "providerCreate", "provider", code="x", name={"en": "X"}))[0] == "FORBIDDEN"
    made = await done(librarian, "providerCreate", "provider", code="Springer", name={"en": "Springer"})
    assert await problem(librarian, "providerCreate", "provider", code="Springer", name={"en": "S"}) == (
        "TAKEN",
        "code",
    )
    wayfless = "https://link.example/login?idp={entity_id}&to={url}"
    platform = {"code": "Link", "name": {"en": "Link"}, "provider": made["id"], "linkRule": "WAYFLESS"}
    assert await problem(librarian, "platformCreate", "platform", **platform) == ("BAD_USER_INPUT", "linkTemplate")
    told = await problem(librarian, "platformCreate", "platform", **platform, linkTemplate="https://x/{url}{user}")
    assert told == ("TEMPLATE_UNREADABLE", "linkTemplate")
    await done(librarian, "platformCreate", "platform", **platform, linkTemplate=wayfless)


VIEW = "query($id: ID!) { resource(by: {id: $id}) { viewerAccess { granted ... on AccessGranted { basis } } } }"


async def may(person: Person, resource: str) -> str | None:
    answer: dict[str, Any] = (await person.ask(VIEW, id=resource))["resource"]["viewerAccess"]
    return answer.get("basis")


async def test_a_members_collection_is_built_by_its_librarians(
    house: House, librarian: Person, other_librarian: Person, student: Person, outsider: Person
) -> None:
    collection = {"code": "letters", "name": {"en": "Letters"}, "provider": house.id("Member", "alpha")}
    assert (await problem(other_librarian, "packageCreate", "package", **collection))[0] == "FORBIDDEN"
    package = await done(librarian, "packageCreate", "package", **collection)
    letter = {
        "kind": "MANUSCRIPT",
        "title": {"zh": "家书", "en": "A letter"},
        "contributedBy": house.id("Member", "alpha"),
    }
    assert (await problem(other_librarian, "resourceCreate", "resource", **letter))[0] == "FORBIDDEN"
    resource = await done(librarian, "resourceCreate", "resource", **letter)
    assert await may(student, resource["id"]) is None
    wanted = {"package": package["id"], "version": 1, "resource": resource["id"], "url": "https://read.example/1"}
    assert (await problem(other_librarian, "packageTitleAdd", "packageTitle", **wanted))[0] == "FORBIDDEN"
    title = await done(librarian, "packageTitleAdd", "packageTitle", **wanted)
    assert title["coverage"] == [{"startDate": None, "embargo": None, "accessType": "PAID"}]
    assert await may(student, resource["id"]) == "OWN_COLLECTION"
    assert await may(outsider, resource["id"]) is None
    assert (await problem(librarian, "packageTitleAdd", "packageTitle", **wanted))[0] == "CONFLICT"
    assert await problem(librarian, "packageTitleAdd", "packageTitle", **wanted | {"version": 2}) == (
        "TAKEN",
        "resource",
    )
    await done(librarian, "packageTitleRemove", "packageTitle", id=title["id"], version=2)
    assert await may(student, resource["id"]) is None
    back = await done(
        librarian, "packageTitleAdd", "packageTitle", **wanted | {"version": 3}, coverage=[{"embargo": "P1Y"}]
    )
    assert back["id"] == title["id"]
    assert back["coverage"] == [{"startDate": None, "embargo": "P1Y", "accessType": "PAID"}]


async def test_packages_of_providers_are_the_consortiums(house: House, librarian: Person, admin: Person) -> None:
    wanted = {"code": "new", "name": {"en": "New"}, "provider": house.id("Provider", "Verlag")}
    assert (await problem(librarian, "packageCreate", "package", **wanted))[0] == "FORBIDDEN"
    package = await done(admin, "packageCreate", "package", **wanted)
    assert await problem(admin, "packageCreate", "package", **wanted) == ("TAKEN", "code")
    named = await done(admin, "packageUpdate", "package", id=package["id"], version=1, name={"zh": "新"})
    assert (named["name"], named["version"]) == ("新", 2)


@pytest.mark.parametrize(
    ("coverage", "code", "path"),
    [
        ([{"startDate": "2001", "endDate": "1999"}], "DATES_REVERSED", "coverage.0.endDate"),
        ([{}, {"embargo": "3 years"}], "EMBARGO_UNREADABLE", "coverage.1.embargo"),
        ([{"note": "n" * 201}], "TOO_LONG", "coverage.0.note"),
        ([{}] * 101, "TOO_MANY", "coverage"),
    ],
)
async def test_coverage_that_cant_be_read_is_refused(
    house: House, admin: Person, coverage: list[Any], code: str, path: str
) -> None:
    wanted = {
        "package": house.id("Package", "journals"),
        "version": 1,
        "resource": house.id("Resource", "A Manuscript"),
    }
    assert await problem(admin, "packageTitleAdd", "packageTitle", **wanted, coverage=coverage) == (code, path)


JOURNAL = {
    "kind": "SERIAL",
    "title": {"en": "The Journal of Tests", "zh": "试验学报"},
    "identifiers": [{"namespace": "issn", "value": "2049-3630"}],
    "contributors": [{"name": "Li, Hua", "role": "editor"}],
    "subjects": [{"zh": "试验", "en": "Testing"}],
    "languages": ["zh", "en"],
    "published": "1999",
}


async def test_a_title_is_catalogued_once(house: House, admin: Person) -> None:
    made = await done(admin, "resourceCreate", "resource", **JOURNAL)
    assert made["identifiers"] == [{"namespace": "issn", "value": "2049-3630"}]
    assert made["contributors"] == [{"name": "Li, Hua", "role": "editor"}]
    twin = JOURNAL | {"identifiers": [{"namespace": "EISSN", "value": "20493630"}]}
    assert await problem(admin, "resourceCreate", "resource", **twin) == ("ALREADY_CATALOGUED", "identifiers")
    later = await done(admin, "resourceCreate", "resource", **twin, continues=made["id"])
    again = await problem(admin, "resourceCreate", "resource", **twin, continues=made["id"])
    assert again == ("TAKEN", "continues")
    found = await admin.ask('{ resource(by: {issn: "2049-3630"}) { id } }')
    assert found["resource"]["id"] == later["id"]


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"identifiers": [{"namespace": "issn", "value": "2049-3631"}]}, "IDENTIFIER_UNREADABLE", "identifiers.0"),
        ({"languages": ["Chinese (simplified)"]}, "BAD_USER_INPUT", "languages.0"),
        ({"contributors": [{"name": " "}]}, "BLANK", "contributors"),
        ({"subjects": [{}]}, "BLANK", "subjects"),
        ({"title": {"en": "t" * 501}}, "TOO_LONG", "title.en"),
        ({"contributedBy": "TWVtYmVyOng"}, "NOT_FOUND", "contributedBy"),
        ({"continues": "UmVzb3VyY2U6eA"}, "NOT_FOUND", "continues"),
    ],
)
async def test_a_description_that_cant_be_is_refused_with_the_field(
    house: House, admin: Person, wrong: dict[str, Any], code: str, path: str
) -> None:
    assert await problem(admin, "resourceCreate", "resource", **JOURNAL | wrong) == (code, path)


async def test_search_follows_what_is_said_of_a_resource(house: House, admin: Person, session: AsyncSession) -> None:
    made = await done(admin, "resourceCreate", "resource", **JOURNAL)
    await done(admin, "resourceUpdate", "resource", id=made["id"], version=1, title={"zh": "实验学报"}, subjects=[])
    told = await session.execute(text("SELECT DISTINCT key FROM outbox WHERE topic = 'resource_changed'"))
    await search_text.refresh(session, told.scalars().all())
    await session.commit()
    for words, expected in (("实验", 1), ("試驗", 0), ("testing", 0), ("li hua", 1)):
        found = await admin.ask("query($q: String) { resources(query: $q) { totalCount } }", q=words)
        assert found["resources"]["totalCount"] == expected, words


async def test_the_worker_makes_a_new_title_searchable(house: House, admin: Person, database: Urls) -> None:
    """The act tells, the worker hears; and again of each change, also while it runs."""

    async def found(words: str) -> list[str]:
        answer = await admin.ask("query($q: String) { resources(query: $q) { nodes { id } } }", q=words)
        return [node["id"] for node in answer["resources"]["nodes"]]

    async def by_its_subject() -> bool:
        return await found("放射性") == [made["id"]]

    made = await done(admin, "resourceCreate", "resource", **JOURNAL)
    assert await found("試驗學報") == []
    async with working(database.app):
        await all_done(edge.as_everybody(house.app.state.sessions))
        assert await found("試驗學報") == await found("li hua testing") == await found("2049-3630") == [made["id"]]
        await done(admin, "resourceUpdate", "resource", id=made["id"], version=1, subjects=[{"zh": "放射性"}])
        await until(by_its_subject)


async def test_open_access_opens_at_once(house: House, admin: Person, anonymous: Person) -> None:
    shelf = house.id("Resource", "Volume 01")
    assert await may(anonymous, shelf) is None
    await done(admin, "resourceUpdate", "resource", id=shelf, version=1, openAccess=True)
    assert await may(anonymous, shelf) == "OPEN_ACCESS"


async def test_a_file_is_described_by_whoever_holds_the_collection(
    house: House, librarian: Person, other_librarian: Person
) -> None:
    item = {"id": house.id("ContentItem", "page"), "version": 1}
    label = {"label": {"zh": "首页", "en": "Cover"}}
    assert (await problem(other_librarian, "contentUpdate", "content", **item, **label))[0] == "FORBIDDEN"
    changed = await done(librarian, "contentUpdate", "content", **item, **label, published="1871-05")
    assert (changed["published"], changed["version"]) == ("1871-05", 2)


HISTORY = """
query($id: ID!) {
  node(id: $id) {
    ... on Member { history { nodes { act by differences { field before after } } } }
    ... on Package { history { nodes { act version differences { field before after } } } }
    ... on Resource { history { nodes { act } } }
  }
}
"""


async def test_the_record_is_shown_to_those_who_may_see_it(
    house: House, librarian: Person, other_librarian: Person, student: Person, admin: Person
) -> None:
    own = house.id("Member", "alpha")
    await done(librarian, "memberUpdate", "member", id=own, version=1, contact="https://lib.alpha.edu")
    for person, sees in ((librarian, True), (admin, True), (other_librarian, False), (student, False)):
        history = (await person.ask(HISTORY, id=own))["node"]["history"]
        assert (history is not None) is sees
    (change,) = (await librarian.ask(HISTORY, id=own))["node"]["history"]["nodes"]
    assert change == {
        "act": "memberUpdate",
        "by": "Ada",
        "differences": [{"field": "contact", "before": None, "after": "https://lib.alpha.edu"}],
    }


async def test_a_titles_coming_and_going_is_on_its_packages_record(house: House, admin: Person) -> None:
    package = house.id("Package", "journals")
    title = await done(
        admin,
        "packageTitleAdd",
        "packageTitle",
        package=package,
        version=1,
        resource=house.id("Resource", "A Manuscript"),
    )
    await done(admin, "packageTitleRemove", "packageTitle", id=title["id"], version=2)
    gone, came = (await admin.ask(HISTORY, id=package))["node"]["history"]["nodes"]
    assert (came["act"], came["version"], gone["act"], gone["version"]) == (
        "packageTitleAdd",
        2,
        "packageTitleRemove",
        3,
    )
    assert gone["differences"] == [{"field": "title 《A Manuscript》.status", "before": "current", "after": "removed"}]
