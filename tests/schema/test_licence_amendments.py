"""Amendments, limits and the pool's rules as staff set them, and what readers may do since."""

from typing import Any

import pytest

from tests.schema.conftest import House, Person
from tests.schema.desk import Desk, day, decision, may


@pytest.fixture
def desk(house: House, admin: Person) -> Desk:
    return Desk(admin, house)


async def signed(desk: Desk, **term: Any) -> tuple[str, str]:
    """A licence in force with one term of viewing, and an agreement under it; their ids."""
    licence = await desk.licence()
    await desk.clause(licence, "1")
    viewing = await desk.term(licence, clause="1", **term)
    await desk.do("licenceActivate", licence, id=licence)
    await desk.concluded(licence)
    return licence, viewing


async def test_an_amendment_changes_the_licence_from_its_day_either_way(
    desk: Desk, house: House, outsider: Person
) -> None:
    licence, viewing = await signed(desk)
    assert await may(outsider, house) == "LICENCE"
    amendment = {"licence": licence, "number": "1"}
    drafted = await desk.do("amendmentSet", licence, **amendment, effectiveOn=day(-1), replaces=[viewing])
    await desk.term(licence, clause="1", amendment="1", affiliations=["FACULTY"])
    assert await may(outsider, house) == "LICENCE", "a draft changes nothing"
    one = drafted["amendment"]["id"]
    made = await desk.do("amendmentActivate", licence, id=one)
    assert made["amendment"]["status"] == "ACTIVE"
    assert await may(outsider, house) == "USER_CLASS_NOT_AUTHORISED"
    wider = made["amendment"]["terms"][0]["id"]
    await desk.do("amendmentSet", licence, licence=licence, number="2", effectiveOn=day(10), replaces=[wider])
    term = await desk.term(licence, clause="1", amendment="2")
    two = (await desk.do("amendmentSet", licence, licence=licence, number="2", name={"en": "Wider again"}))["amendment"]
    await desk.do("amendmentActivate", licence, id=two["id"])
    refused = await decision(outsider, house)
    assert (refused["reason"], refused["validUntil"]) == ("USER_CLASS_NOT_AUTHORISED", day(9))
    assert await may(outsider, house, on=day(10)) == "LICENCE"
    told = await desk.person.ask(
        """query($id: ID!) { node(id: $id) { ... on Licence {
             amendments { number status effectiveOn replaces { id } terms { id firstDay lastDay } } } } }""",
        id=licence,
    )
    assert told["node"]["amendments"] == [
        {
            "number": "1",
            "status": "ACTIVE",
            "effectiveOn": day(-1),
            "replaces": [{"id": viewing}],
            "terms": [{"id": wider, "firstDay": day(-1), "lastDay": day(9)}],
        },
        {
            "number": "2",
            "status": "ACTIVE",
            "effectiveOn": day(10),
            "replaces": [{"id": wider}],
            "terms": [{"id": term, "firstDay": day(10), "lastDay": None}],
        },
    ]


async def test_amendments_that_can_not_be_are_refused_with_the_field(desk: Desk) -> None:
    licence, _ = await signed(desk)
    first = {"licence": licence, "number": "1"}
    assert await desk.refused("amendmentSet", licence, **first) == ("BLANK", "effectiveOn")
    assert await desk.refused("amendmentSet", licence, **first, effectiveOn=day(), replaces=["x"]) == (
        "NOT_FOUND",
        "replaces.0",
    )
    made = await desk.do("amendmentSet", licence, **first, effectiveOn=day(5))
    one = made["amendment"]["id"]
    assert await desk.refused("amendmentActivate", licence, id=one) == ("NO_TERM_YET", "id")
    brought = await desk.term(licence, clause="1", action="PRINT", amendment="1")
    second = {"licence": licence, "number": "2", "replaces": [brought]}
    for early in (day(4), day(5)):
        assert await desk.refused("amendmentSet", licence, **second, effectiveOn=early) == (
            "AMENDMENT_CYCLE",
            "effectiveOn",
        )
    await desk.do("amendmentSet", licence, **second, effectiveOn=day(6))
    assert await desk.refused("amendmentSet", licence, **first, effectiveOn=day(7)) == (
        "AMENDMENT_CYCLE",
        "effectiveOn",
    )
    assert await desk.refused("amendmentSet", licence, **first, replaces=[brought]) == (
        "AMENDMENT_CYCLE",
        "effectiveOn",
    )
    await desk.do("amendmentActivate", licence, id=one)
    assert await desk.refused("amendmentSet", licence, **first, effectiveOn=day(3)) == ("WRONG_STATE", "number")
    assert await desk.refused("amendmentRemove", licence, id=one) == ("WRONG_STATE", "id")
    late = {"licence": licence, "action": "SHARE", "status": "PERMITTED_EXPLICIT", "amendment": "1"}
    assert await desk.refused("termSet", licence, **late) == ("WRONG_STATE", "amendment")
    assert await desk.refused("termSet", licence, **late | {"amendment": "3"}) == ("VALUE_UNKNOWN", "amendment")
    contradicts = {"licence": licence, "action": "VIEW", "status": "PROHIBITED_EXPLICIT", "amendment": "2"}
    await desk.do("termSet", licence, **contradicts)
    two = (await desk.do("amendmentSet", licence, licence=licence, number="2", name={"en": "Two"}))["amendment"]["id"]
    assert (await desk.do("amendmentActivate", licence, id=two))["problems"] == [], "it stands later than the other"


async def test_a_drafted_amendment_is_taken_back_with_its_terms(desk: Desk) -> None:
    licence, _ = await signed(desk)
    made = await desk.do("amendmentSet", licence, licence=licence, number="1", effectiveOn=day(5))
    await desk.term(licence, clause="1", action="PRINT", amendment="1")
    await desk.do("amendmentRemove", licence, id=made["amendment"]["id"])
    told = await desk.person.ask(
        "query($id: ID!) { node(id: $id) { ... on Licence { amendments { id } terms { action } } } }", id=licence
    )
    assert told["node"] == {"amendments": [], "terms": [{"action": "VIEW"}]}


@pytest.mark.parametrize(
    ("limit", "path"),
    [
        ({"kind": "PERCENT", "amount": "140"}, "amount"),
        ({"kind": "COPIES", "amount": "1.5"}, "amount"),
        ({"kind": "PAGES", "amount": "0"}, "amount"),
        ({"kind": "PAGES"}, "amount"),
        ({"kind": "FORMATS"}, "formats"),
        ({"kind": "FORMATS", "formats": []}, "formats"),
        ({"kind": "PAGES", "amount": "3", "unit": "DAYS"}, "unit"),
        ({"kind": "NOTICE", "amount": "3", "unit": "MONTHS"}, "term"),
    ],
)
async def test_a_limit_that_can_not_be_is_refused_with_the_field(desk: Desk, limit: dict[str, Any], path: str) -> None:
    licence = await desk.licence()
    term = await desk.term(licence)
    assert await desk.refused("limitSet", licence, licence=licence, term=term, **limit) == ("LIMIT_MALFORMED", path)


async def test_notice_goes_to_a_century_in_every_unit(desk: Desk) -> None:
    licence = await desk.licence()
    for unit, most in (("DAYS", 36_525), ("WEEKS", 5_217), ("MONTHS", 1_200), ("YEARS", 100)):
        notice = {"licence": licence, "kind": "NOTICE", "unit": unit}
        await desk.do("limitSet", licence, **notice, amount=str(most))
        too_long = notice | {"amount": str(most + 1)}
        assert await desk.refused("limitSet", licence, **too_long) == ("LIMIT_MALFORMED", "amount")


async def test_limits_bound_what_is_permitted_and_are_told(desk: Desk, house: House, outsider: Person) -> None:
    licence, viewing = await signed(desk)
    limit = {"licence": licence, "term": viewing, "kind": "PERCENT", "amount": "10"}
    made = await desk.do("limitSet", licence, **limit, note={"en": "Of one issue."})
    granted = await decision(outsider, house)
    assert granted["conditions"] == ["At most 10% of a work. Of one issue."]
    assert await may(outsider, house, use={"part": "10%"}) == "LICENCE"
    assert await may(outsider, house, use={"part": "12 %"}) == "TERM_PROHIBITS"
    assert await may(outsider, house, use={"part": "12 pages"}) == "LICENCE"
    await desk.do("limitSet", licence, licence=licence, id=made["limit"]["id"], amount="20")
    assert await may(outsider, house, use={"part": "12%"}) == "LICENCE"
    await desk.do("limitRemove", licence, id=made["limit"]["id"])
    assert await may(outsider, house, use={"part": "99%"}) == "LICENCE"
    await desk.do("limitSet", licence, licence=licence, kind="CONCURRENT_USERS_PER_MEMBER", amount="5", clause="1")
    refused = await decision(outsider, house)
    assert (refused["reason"], refused["clause"]["number"]) == ("LIMIT_REACHED", "1"), "nothing is given uncounted"
    assert await may(outsider, house, action="SHARE") != "LIMIT_REACHED"


async def test_a_licence_may_only_narrow_its_parent(desk: Desk) -> None:
    parent = await desk.licence(code="frame")
    await desk.term(parent, affiliations=["STUDENT", "STAFF"])
    await desk.do("licenceActivate", parent, id=parent)
    child = await desk.licence(code="child", parent=parent)
    wide = {"licence": child, "action": "VIEW", "status": "PERMITTED_EXPLICIT"}
    assert await desk.refused("termSet", child, **wide) == ("LICENCE_WIDENED", "status")
    assert await desk.refused("termSet", child, **wide, affiliations=["STUDENT", "ALUM"]) == (
        "LICENCE_WIDENED",
        "status",
    )
    await desk.do("termSet", child, **wide, affiliations=["STUDENT"])
    orphan = await desk.licence(code="orphan")
    await desk.term(orphan)
    assert await desk.refused("licenceUpdate", orphan, id=orphan, parent=parent) == ("LICENCE_WIDENED", "parent")


async def test_the_pools_rules_are_declared_by_the_consortium(
    desk: Desk, house: House, outsider: Person, librarian: Person
) -> None:
    await signed(desk)
    assert await may(outsider, house, action="SHARE") == "TERM_SILENT"
    mutation = """mutation($input: SilentDefaultSetInput!) { silentDefaultSet(input: $input) {
      silentDefault { action permitted } problems { code path } } }"""
    share = {"action": "SHARE", "permitted": True}
    refused = (await librarian.ask(mutation, input=share))["silentDefaultSet"]
    assert [problem["code"] for problem in refused["problems"]] == ["FORBIDDEN"]
    done = (await desk.person.ask(mutation, input=share))["silentDefaultSet"]
    assert done == {"silentDefault": share, "problems": []}
    again = (await desk.person.ask(mutation, input=share))["silentDefaultSet"]
    assert [problem["code"] for problem in again["problems"]] == ["NOTHING_TO_CHANGE"]
    assert await may(outsider, house, action="SHARE") == "LICENCE"
    listed = await outsider.ask("{ silentDefaults { action permitted } statutoryRules { id } }")
    assert [one["action"] for one in listed["silentDefaults"] if one["permitted"]] == ["SHARE"]

    statute = """mutation($input: StatutoryRuleSetInput!) { statutoryRuleSet(input: $input) {
      statutoryRule { id territory action purposes name } problems { code path } } }"""
    wrong = (await desk.person.ask(statute, input={"territory": "CN", "action": "AI_USE"}))["statutoryRuleSet"]
    assert wrong["problems"] == [{"code": "BLANK", "path": ["input", "name"]}]
    named = {"territory": "CN", "action": "AI_USE", "name": {"en": "The act, § 1"}}
    rule = (await desk.person.ask(statute, input=named))["statutoryRuleSet"]["statutoryRule"]
    assert (rule["action"], rule["purposes"], rule["name"]) == ("AI_USE", None, "The act, § 1")
    assert await may(outsider, house, action="AI_USE") == "STATUTORY"
    gone = "mutation($input: StatutoryRuleRemoveInput!) { statutoryRuleRemove(input: $input) { problems { code } } }"
    await desk.person.ask(gone, input={"id": rule["id"]})
    assert await may(outsider, house, action="AI_USE") == "TERM_SILENT"
