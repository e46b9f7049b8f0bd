"""Access in GraphQL: who gets which answer, and what it says."""

from schema.kit import ids
from tests.schema.conftest import House, Person

ACCESS = """
query($by: ResourceBy!, $action: Action! = VIEW) {
  resource(by: $by) {
    viewerAccess(action: $action) {
      __typename decisionId granted action message(lang: "en")
      resource { title(lang: "en") } member { name } licence { name licensor { name } status terms { note } }
      term { status action note } clause { number text summary }
      ... on AccessGranted { basis conditions links { kind url platform { name } } coverage { startDate } }
      ... on AccessRefused { reason remedies { kind message(lang: "zh") url availableOn } }
    }
  }
}
"""


async def test_a_student_is_told_by_which_licence_and_clause(house: House, student: Person) -> None:
    answer = await student.ask(ACCESS, by={"id": house.id("Resource", "Nature of Things")})
    access = answer["resource"]["viewerAccess"]
    assert (access["__typename"], access["granted"], access["basis"]) == ("AccessGranted", True, "LICENCE")
    assert access["licence"] == {
        "name": "big deal",
        "licensor": {"name": "Verlag"},
        "status": "ACTIVE",
        "terms": None,
    }
    assert access["clause"] == {"number": "1", "text": None, "summary": "In short"}
    assert access["term"] == {"status": "PERMITTED_EXPLICIT", "action": "VIEW", "note": None}
    assert access["member"] == {"name": "alpha"}
    assert "big deal" in access["message"]
    assert [link["kind"] for link in access["links"]] == ["PLATFORM"]
    assert access["coverage"] == [{"startDate": "2000"}]


async def test_whoever_is_not_signed_in_is_told_that_it_may_help(house: House, anonymous: Person) -> None:
    answer = await anonymous.ask(ACCESS, by={"id": house.id("Resource", "Nature of Things")})
    access = answer["resource"]["viewerAccess"]
    assert (access["granted"], access["reason"]) == (False, "SIGN_IN_REQUIRED")
    remedy = access["remedies"][0]
    assert (remedy["kind"], remedy["url"]) == ("SIGN_IN", "http://127.0.0.1:8000/login")
    assert "登录" in remedy["message"]


async def test_a_prohibition_names_its_clause(house: House, student: Person) -> None:
    answer = await student.ask(
        ACCESS, by={"id": house.id("Resource", "Nature of Things")}, action="INTERLIBRARY_SUPPLY"
    )
    access = answer["resource"]["viewerAccess"]
    assert (access["reason"], access["clause"]["number"]) == ("TERM_PROHIBITS", "3")


async def test_a_member_that_takes_no_part_has_no_entitlement(house: House, outsider: Person) -> None:
    answer = await outsider.ask(ACCESS, by={"id": house.id("Resource", "Nature of Things")})
    assert answer["resource"]["viewerAccess"]["reason"] == "NO_ENTITLEMENT"


async def test_a_librarian_reads_the_clause_itself(house: House, librarian: Person) -> None:
    answer = await librarian.ask(
        ACCESS, by={"id": house.id("Resource", "Nature of Things")}, action="INTERLIBRARY_SUPPLY"
    )
    access = answer["resource"]["viewerAccess"]
    assert access["clause"]["text"] == "The contract's own words"
    assert access["term"]["note"] == "internal"
    assert len(access["licence"]["terms"]) == 3


ASK = """
query($inputs: [AccessInput!]!) {
  accesses(inputs: $inputs) { granted action member { name } ... on AccessRefused { reason } }
}
"""


def question(house: House, title: str, **subject: object) -> dict[str, object]:
    return {"resource": {"id": house.id("Resource", title)}, "for": subject}


async def test_a_librarian_asks_for_her_readers_and_nobody_elses(house: House, librarian: Person) -> None:
    title = "Nature of Things"
    answer = await librarian.ask(
        ASK,
        inputs=[
            question(house, title, member={"scope": "alpha.edu"}, affiliations=["STUDENT"]),
            question(house, title, member={"isil": "CN-alpha"}, affiliations=["ALUM"]),
            question(house, title, member={"scope": "beta.edu"}),
            question(house, title, member={"scope": "nowhere.edu"}),
            {"resource": {"doi": "10.1/none"}, "for": {}},
        ],
    )
    found = [(one["granted"], one.get("reason")) for one in answer["accesses"]]
    assert found == [
        (True, None),
        (False, "USER_CLASS_NOT_AUTHORISED"),
        (False, "ASKING_NOT_ALLOWED"),
        (False, "MEMBER_UNKNOWN"),
        (False, "RESOURCE_UNKNOWN"),
    ]


async def test_everybody_may_ask_for_the_own_situation(house: House, student: Person) -> None:
    title = "Nature of Things"
    own = {"member": {"scope": "alpha.edu"}, "affiliations": ["STUDENT"]}
    inputs = [question(house, title), question(house, title, **own), question(house, title, affiliations=["FACULTY"])]
    answer = await student.ask(ASK, inputs=inputs)
    found = [(one["granted"], one.get("reason")) for one in answer["accesses"]]
    assert found == [(True, None), (True, None), (False, "ASKING_NOT_ALLOWED")]


async def test_an_admin_asks_for_any_member(house: House, admin: Person) -> None:
    subject = {"member": {"entityId": "https://idp.example"}, "affiliations": ["STUDENT"]}
    by_scope = {"member": {"scope": "alpha.edu"}, "affiliations": ["STUDENT"]}
    title = "Nature of Things"
    answer = await admin.ask(ASK, inputs=[question(house, title, **subject), question(house, title, **by_scope)])
    shared, named = answer["accesses"]
    assert shared["reason"] == "MEMBER_UNKNOWN", "an entityID that several members share names none of them"
    assert named["granted"]


async def test_more_than_a_hundred_questions_are_refused(house: House, anonymous: Person) -> None:
    inputs = [question(house, "Nature of Things")] * 101
    assert await anonymous.code(ASK, inputs=inputs) == "BAD_USER_INPUT"


DECISION = """
query($id: ID!) {
  decision(id: $id) { decisionId granted clause { number text } ... on AccessRefused { reason } }
}
"""


async def test_whoever_holds_a_decision_id_sees_what_the_asker_saw(
    house: House, student: Person, anonymous: Person
) -> None:
    answer = await student.ask(
        ACCESS, by={"id": house.id("Resource", "Nature of Things")}, action="INTERLIBRARY_SUPPLY"
    )
    decision_id = answer["resource"]["viewerAccess"]["decisionId"]
    told = (await anonymous.ask(DECISION, id=decision_id))["decision"]
    assert told == {
        "decisionId": decision_id,
        "granted": False,
        "clause": {"number": "3", "text": None},
        "reason": "TERM_PROHIBITS",
    }


async def test_an_altered_decision_id_is_unknown(house: House, student: Person) -> None:
    answer = await student.ask(ACCESS, by={"id": house.id("Resource", "Old Letters")})
    decision_id = answer["resource"]["viewerAccess"]["decisionId"]
    altered = decision_id[:-2] + ("AA" if decision_id[-2:] != "AA" else "BB")
    for wrong in (altered, decision_id[:-10], "x", "", "a" * 200_000):
        assert await student.ask(DECISION, id=wrong) == {"decision": None}


OPEN = """
mutation($item: ID!, $action: Action! = VIEW) {
  contentOpen(input: {contentItem: $item, action: $action}) {
    link { url startBefore }
    access { granted ... on AccessRefused { reason } }
    problems { __typename code message path }
  }
}
"""


async def _items(person: Person, house: House) -> list[str]:
    query = "query($id: ID!) { resource(by: {id: $id}) { contents { nodes { id url viewerAccess { granted } } } } }"
    answer = await person.ask(query, id=house.id("Resource", "A Manuscript"))
    return [item["id"] for item in answer["resource"]["contents"]["nodes"]]


async def test_a_refused_opening_is_an_answer_with_a_problem(house: House, outsider: Person) -> None:
    (item, *_) = await _items(outsider, house)
    opened = (await outsider.ask(OPEN, item=item))["contentOpen"]
    assert opened["link"] is None
    assert opened["access"]["granted"] is False
    assert [problem["code"] for problem in opened["problems"]] == ["ACCESS_REFUSED"]


async def test_an_unknown_item_and_another_use_are_problems(house: House, student: Person) -> None:
    (item, *_) = await _items(student, house)
    for wrong in (
        "x",
        house.id("Resource", "A Manuscript"),
        ids.encode("ContentItem", house.world.id("member", "beta")),
    ):
        opened = (await student.ask(OPEN, item=wrong))["contentOpen"]
        assert [(p["code"], p["path"]) for p in opened["problems"]] == [("CONTENT_NOT_FOUND", ["input", "contentItem"])]
    opened = (await student.ask(OPEN, item=item, action="PRINT"))["contentOpen"]
    assert [(p["code"], p["path"]) for p in opened["problems"]] == [("BAD_USER_INPUT", ["input", "action"])]


async def test_a_mutation_by_cookie_must_come_from_a_page_of_ours(house: House, student: Person) -> None:
    student.client.headers["Origin"] = "http://evil.example"
    assert await student.code(OPEN, item="x") == "FORBIDDEN"
    del student.client.headers["Origin"], student.client.headers["Sec-Fetch-Site"]
    assert await student.code(OPEN, item="x") == "FORBIDDEN"


async def test_get_never_acts_on_a_cookie(student: Person) -> None:
    """A21: a link can't act as whoever follows it."""
    query = "{viewer{signedIn memberships{affiliations}}}"
    assert (await student.ask(query))["viewer"]["signedIn"]
    response = await student.client.get("/graphql", params={"query": query})
    assert response.json() == {"data": {"viewer": {"signedIn": False, "memberships": []}}}


async def test_the_viewer_knows_what_she_is(student: Person, walk_in: Person) -> None:
    query = "{viewer{signedIn expiresAt memberships{member{name} affiliations roles} onSiteAt{name} signInUrl}}"
    seen = (await student.ask(query))["viewer"]
    assert seen["memberships"] == [{"member": {"name": "alpha"}, "affiliations": ["STUDENT"], "roles": []}]
    assert seen["signedIn"]
    assert seen["expiresAt"]
    there = (await walk_in.ask(query))["viewer"]
    assert there["onSiteAt"] == [{"name": "alpha"}]
    assert there["memberships"][0]["affiliations"] == ["LIBRARY_WALK_IN"]
    assert (there["signedIn"], there["expiresAt"]) == (False, None)


async def test_a_signed_in_student_opens_what_her_library_holds(house: House, student: Person) -> None:
    """The right is there; the file of this test is not, which is another refusal than the outsider's."""
    (item, *_) = await _items(student, house)
    opened = (await student.ask(OPEN, item=item))["contentOpen"]
    assert opened["access"]["reason"] == "CONTENT_UNAVAILABLE"
