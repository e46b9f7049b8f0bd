"""Why, in GraphQL: the checks behind an answer, what they read, and the cheapest change."""

import html
from typing import Any

from playwright.async_api import Route

from api import database as edge
from domain import epoch
from schema.access_explanation import CheckName
from tests.schema.conftest import House, Person
from tests.support import axe
from tests.support.chromium import chromium

HERE = "http://127.0.0.1:8000"
ORDER = [check.name for check in CheckName]
WHY = """
query($by: ResourceBy!, $action: Action! = VIEW, $lang: String! = "en", $published: PartialDate) {
  resource(by: $by) { viewerAccess(action: $action, published: $published) { ...Why } }
}
"""
FOR = """
query($input: AccessInput!, $lang: String! = "en") { access(input: $input) { ...Why } }
"""
AGAIN = """
query($id: ID!, $lang: String! = "en") { decision(id: $id) { ...Why } }
"""
FRAGMENT = """
fragment Why on Access {
  decisionId granted
  explanation {
    check label(lang: $lang) outcome message(lang: $lang) reason asThenKnown
    facts { name label(lang: $lang) value(lang: $lang) }
    licence { name } term { status } clause { number }
  }
  ... on AccessRefused {
    reason
    wouldBeGrantedIf { kind message(lang: $lang) affiliations member { name } availableOn url }
  }
}
"""


async def why(house: House, person: Person, title: str, **asked: Any) -> dict[str, Any]:
    answer = await person.ask(WHY + FRAGMENT, by={"id": house.id("Resource", title)}, **asked)
    found: dict[str, Any] = answer["resource"]["viewerAccess"]
    return found


def facts_of(access: dict[str, Any], check: str) -> dict[str, str]:
    (found,) = [one for one in access["explanation"] if one["check"] == check]
    return {fact["name"]: fact["value"] for fact in found["facts"]}


def failed(access: dict[str, Any]) -> dict[str, Any]:
    found: list[dict[str, Any]] = [one for one in access["explanation"] if one["outcome"] == "FAILED"]
    assert len(found) == 1
    return found[0]


async def test_a_grant_is_explained_check_by_check(house: House, student: Person) -> None:
    access = await why(house, student, "Nature of Things")
    assert [one["check"] for one in access["explanation"]] == ORDER
    assert {one["outcome"] for one in access["explanation"]} == {"PASSED"}
    assert facts_of(access, "AFFILIATION") == {"ALLOWED": "faculty, student", "HELD": "student"}
    assert facts_of(access, "COVERAGE") == {"COVERED": "2000 onwards"}
    term = next(one for one in access["explanation"] if one["check"] == "TERM")
    assert (term["licence"], term["clause"]) == ({"name": "big deal"}, {"number": "1"})
    assert term["message"] == "The licence says of this use: permitted explicitly."
    assert not any(one["asThenKnown"] for one in access["explanation"])


async def test_a_refusal_names_the_check_that_failed_and_what_would_help(house: House, student: Person) -> None:
    access = await why(house, student, "Nature of Things", action="DOWNLOAD")
    fell = failed(access)
    assert (fell["check"], fell["reason"], fell["clause"]) == ("PLACE", "REMOTE_NOT_ALLOWED", {"number": "2"})
    assert facts_of(access, "PLACE") == {"PLACE": "off the premises"}
    after = [one["outcome"] for one in access["explanation"][ORDER.index("PLACE") + 1 :]]
    assert set(after) == {"NOT_REACHED"}
    change = access["wouldBeGrantedIf"]
    assert (change["kind"], change["member"], change["affiliations"]) == ("COME_ON_SITE", {"name": "alpha"}, [])
    assert change["message"] == "Coming to alpha's premises."


async def test_it_is_said_in_chinese(house: House, student: Person) -> None:
    access = await why(house, student, "Nature of Things", action="INTERLIBRARY_SUPPLY", lang="zh")
    fell = failed(access)
    assert (fell["label"], fell["message"]) == ("使用方式", "许可协议“big deal”第3条不允许此种使用。")
    assert fell["facts"] == [{"name": "TERM_STATUS", "label": "编码", "value": "明确禁止"}]
    assert access["wouldBeGrantedIf"]["message"] == "与Verlag重新商定许可协议“big deal”第3条。"


async def test_a_stranger_learns_nothing_of_members_rights(house: House, anonymous: Person) -> None:
    access = await why(house, anonymous, "Nature of Things")
    assert failed(access)["check"] == "IDENTITY"
    assert [one["facts"] for one in access["explanation"]] == [[]] * 13
    assert [one["licence"] or one["term"] or one["clause"] for one in access["explanation"]] == [None] * 13
    assert access["wouldBeGrantedIf"]["kind"] == "SIGN_IN"
    assert access["wouldBeGrantedIf"]["url"] == "http://127.0.0.1:8000/login"


async def test_only_who_sees_the_agreement_is_told_of_it(house: House, student: Person, librarian: Person) -> None:
    asked = {"input": {"resource": {"id": house.id("Resource", "Nature of Things")}, "for": ALUM_OF_ALPHA}}
    access = (await librarian.ask(FOR + FRAGMENT, **asked))["access"]
    told = facts_of(access, "ENTITLEMENT")
    assert (told["PACKAGE"], told["BASIS"]) == ("journals", "a licence")
    assert told["AGREEMENT"]
    again = (await student.ask(AGAIN + FRAGMENT, id=access["decisionId"]))["decision"]
    assert facts_of(again, "ENTITLEMENT") == {"BASIS": "a licence"}


async def test_staff_learn_which_reader_would_be_admitted(house: House, librarian: Person, student: Person) -> None:
    asked = {"input": {"resource": {"id": house.id("Resource", "Nature of Things")}, "for": ALUM_OF_ALPHA}}
    access = (await librarian.ask(FOR + FRAGMENT, **asked))["access"]
    assert failed(access)["check"] == "AFFILIATION"
    change = access["wouldBeGrantedIf"]
    assert (change["kind"], change["affiliations"]) == ("OTHER_AFFILIATION", ["STUDENT", "FACULTY"])
    assert change["message"] == "Being, at alpha, one of these: student, faculty."
    again = (await student.ask(AGAIN + FRAGMENT, id=access["decisionId"]))["decision"]
    assert again["wouldBeGrantedIf"]["kind"] == "NEW_AGREEMENT", "what she is herself isn't a change of another's"


ALUM_OF_ALPHA = {"member": {"scope": "alpha.edu"}, "affiliations": ["ALUM"]}


async def test_whoever_asks_for_less_than_she_is_is_told_so(house: House, student: Person) -> None:
    asked = {"resource": {"id": house.id("Resource", "Nature of Things")}, "for": {"affiliations": ["MEMBER"]}}
    access = (await student.ask(FOR + FRAGMENT, input=asked))["access"]
    change = access["wouldBeGrantedIf"]
    assert (change["kind"], change["affiliations"], change["member"]) == (
        "OTHER_AFFILIATION",
        ["STUDENT"],
        {"name": "alpha"},
    )


async def test_an_answer_of_an_older_state_is_told_as_it_was(house: House, student: Person) -> None:
    before = await why(house, student, "Nature of Things", action="DOWNLOAD")
    async with edge.as_everybody(house.app.state.sessions)() as session:
        await epoch.raise_(session)
    again = (await student.ask(AGAIN + FRAGMENT, id=before["decisionId"]))["decision"]
    assert all(one["asThenKnown"] for one in again["explanation"])
    fell = failed(again)
    assert (fell["check"], fell["clause"]) == ("PLACE", {"number": "2"})
    assert fell["message"] == failed(before)["message"]
    assert again["wouldBeGrantedIf"] is None


async def test_a_question_that_nothing_was_looked_at_for_has_one_check(house: House, student: Person) -> None:
    asked = {"resource": {"doi": "10.1/none"}, "for": {}}
    access = (await student.ask(FOR + FRAGMENT, input=asked))["access"]
    fell = failed(access)
    assert (fell["check"], fell["reason"], fell["asThenKnown"]) == ("ENTITLEMENT", "RESOURCE_UNKNOWN", False)
    assert access["wouldBeGrantedIf"] is None


async def page_of(house: House, person: Person, decision_id: str, lang: str = "en") -> str:
    answer = await person.client.get(f"/why/{decision_id}", params={"lang": lang}, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return answer.text


async def test_the_page_of_a_decision_tells_the_same(house: House, student: Person, librarian: Person) -> None:
    access = await why(house, student, "Nature of Things", action="DOWNLOAD")
    page = await page_of(house, student, access["decisionId"])
    told = [one["message"] for one in access["explanation"] if one["outcome"] != "NOT_REACHED"]
    assert all(message in html.unescape(page) for message in told)
    assert access["wouldBeGrantedIf"]["message"] in html.unescape(page)
    assert page.count('class="failed"') == 1
    assert "off the premises" in page, "a fact that the sentence doesn't tell"
    assert "2000 onwards" in page
    assert page.count("2000 onwards") == 1, "nor twice what it tells"
    assert "journals" not in page
    assert "journals" in await page_of(house, librarian, access["decisionId"]), "her librarian sees the package"
    assert "逐项检查" in await page_of(house, student, access["decisionId"], "zh")


async def test_the_page_of_an_older_answer_says_so(house: House, student: Person) -> None:
    access = await why(house, student, "Nature of Things")
    assert "Rights have changed since" not in await page_of(house, student, access["decisionId"])
    async with edge.as_everybody(house.app.state.sessions)() as session:
        await epoch.raise_(session)
    assert "Rights have changed since" in await page_of(house, student, access["decisionId"])


async def test_everybody_can_use_the_page(house: House, student: Person) -> None:
    access = await why(house, student, "Nature of Things", action="DOWNLOAD")

    async def serve(route: Route) -> None:
        answer = await student.client.get(route.request.url.removeprefix(HERE), headers={"Accept": "text/html"})
        await route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.content)

    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 360, "height": 740})
        await page.route("**/*", serve)
        for lang in ("zh", "en"):
            await page.goto(f"{HERE}/why/{access['decisionId']}?lang={lang}")
            assert await page.locator(".checks li").count() == 13
            assert await axe.flaws(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
