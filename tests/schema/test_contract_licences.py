"""Acts on licences, their clauses and terms: what can be said, when, and what readers may do since."""

import asyncio
from typing import Any

import pytest

from tests.schema.conftest import House, Person
from tests.schema.desk import Desk, day, decision, document_of, may


@pytest.fixture
def desk(house: House, admin: Person) -> Desk:
    return Desk(admin, house)


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"code": " "}, "BLANK", "code"),
        ({"code": "a deal"}, "CODE_MALFORMED", "code"),
        ({"code": "../deal"}, "CODE_MALFORMED", "code"),
        ({"code": "许可"}, "CODE_MALFORMED", "code"),
        ({"code": "d" * 101}, "TOO_LONG", "code"),
        ({"code": "big deal"}, "CODE_MALFORMED", "code"),
        ({"name": {}}, "BLANK", "name"),
        ({"name": {"zh": "许" * 501}}, "TOO_LONG", "name.zh"),
        ({"startDate": "2027-02-01", "endDate": "2027-01-31"}, "DATES_REVERSED", "endDate"),
        ({"licensor": "x"}, "NOT_FOUND", "licensor"),
        ({"holder": "UHJvdmlkZXI6eA"}, "NOT_FOUND", "holder"),
        ({"parent": "x"}, "NOT_FOUND", "parent"),
        ({"reason": "r" * 1001}, "TOO_LONG", "reason"),
    ],
)
async def test_a_licence_that_cant_be_is_refused_with_the_field(
    desk: Desk, house: House, wrong: dict[str, Any], code: str, path: str
) -> None:
    good = {"code": "deal-2", "name": {"en": "A deal"}, "licensor": house.id("Provider", "Verlag")}
    assert await desk.refused("licenceCreate", **good | wrong) == (code, path)


async def test_ids_of_nothing_are_not_found(desk: Desk, house: House) -> None:
    """An id is no secret: one of the right type can be made for any key."""
    nobody = house.id("Member", "alpha")[:-4] + "Zm8w"
    stranger = "TWVtYmVyOmZmZmZmZmZmLWZmZmYtZmZmZi1mZmZmLWZmZmZmZmZmZmZmZg"
    good = {"code": "deal-2", "name": {"en": "A deal"}, "licensor": house.id("Provider", "Verlag")}
    for unknown in (nobody, stranger):
        for field in ("holder", "licensor"):
            assert await desk.refused("licenceCreate", **good | {field: unknown}) == ("NOT_FOUND", field)
        assert await desk.refused("agreementCreate", code="x", name="X", holder=unknown) == ("NOT_FOUND", "holder")


async def test_a_licences_code_is_taken_once(desk: Desk, house: House) -> None:
    await desk.licence()
    again = {"code": "deal-2", "name": {"en": "Another"}, "licensor": house.id("Provider", "Verlag")}
    assert await desk.refused("licenceCreate", **again) == ("TAKEN", "code")


async def test_what_is_left_out_stays_and_null_takes_a_day(desk: Desk) -> None:
    licence = await desk.licence(startDate="2026-01-01", endDate="2028-02-29")
    named = await desk.do("licenceUpdate", licence, id=licence, name={"zh": "新名", "en": "Renamed"})
    kept = {key: named["licence"][key] for key in ("name", "startDate", "endDate", "version")}
    assert kept == {"name": "Renamed", "startDate": "2026-01-01", "endDate": "2028-02-29", "version": 2}
    opened = (await desk.do("licenceUpdate", licence, id=licence, startDate=None, endDate="9999-12-31"))["licence"]
    assert (opened["startDate"], opened["endDate"]) == (None, None), "the calendar's last day is none"
    assert await desk.refused("licenceUpdate", licence, id=licence, endDate=None) == ("NOTHING_TO_CHANGE", "")
    assert await desk.refused("licenceUpdate", licence, id=licence, name=None) == ("BLANK", "name")
    assert await desk.refused("licenceUpdate", licence, id=licence, licensor=None) == ("NOT_FOUND", "licensor")


async def test_days_that_arent_are_refused(desk: Desk, house: House) -> None:
    """C05."""
    good = {"code": "deal-2", "name": {"en": "A deal"}, "licensor": house.id("Provider", "Verlag")}
    for wrong in ("2027-02-29", "2026-13-01", "26-01-01", "2026-01-01T00:00:00Z", "10000-01-01", "today"):
        asked = good | {"endDate": wrong}
        assert await desk.person.code(document_of("licenceCreate"), input=asked) == "BAD_USER_INPUT", wrong


async def test_a_licence_holds_from_its_first_day_to_its_last(desk: Desk, house: House, outsider: Person) -> None:
    """C05: both included, a leap day among them."""
    licence = await desk.signed(startDate=day(1), endDate="2028-02-29")
    await desk.concluded(licence)
    assert [await may(outsider, house, on=on) for on in (day(), day(1), "2028-02-29", "2028-03-01")] == [
        "NOT_YET_ACTIVE",
        "LICENCE",
        "LICENCE",
        "AGREEMENT_LAPSED",
    ]
    assert await may(outsider, house) == "NOT_YET_ACTIVE"
    await desk.do("licenceUpdate", licence, id=licence, startDate=None, endDate=day())
    assert await may(outsider, house) == "LICENCE"
    earlier = {"id": licence, "startDate": day(1)}
    assert await desk.refused("licenceUpdate", licence, **earlier) == ("DATES_REVERSED", "endDate")


async def test_a_licence_ends_with_the_day_said_and_once(desk: Desk, house: House, outsider: Person) -> None:
    licence = await desk.signed(startDate="2020-01-01", endDate="2090-12-31")
    await desk.concluded(licence)
    ending = {"id": licence}
    assert await desk.refused("licenceTerminate", licence, **ending, on="2091-01-01") == ("ENDS_BEFORE", "on")
    assert await desk.refused("licenceTerminate", licence, **ending, on="2019-12-31") == ("DATES_REVERSED", "on")
    ended = (await desk.do("licenceTerminate", licence, **ending, on=day(1)))["licence"]
    assert (ended["status"], ended["endDate"]) == ("TERMINATED", day(1))
    assert [await may(outsider, house, on=on) for on in (day(), day(1), day(2))] == [
        "LICENCE",
        "LICENCE",
        "AGREEMENT_LAPSED",
    ]
    for name, more in (
        ("licenceTerminate", {"on": day()}),
        ("licenceActivate", {}),
        ("licenceUpdate", {"endDate": day(9)}),
    ):
        assert await desk.refused(name, licence, id=licence, **more) == ("WRONG_STATE", "id"), name
    for name, more in (("clauseSet", {"number": "1"}), ("termSet", {"action": "VIEW", "status": "SILENT"})):
        assert await desk.refused(name, licence, licence=licence, **more) == ("WRONG_STATE", "licence"), name


async def test_only_a_licence_in_force_ends(desk: Desk) -> None:
    licence = await desk.licence()
    assert await desk.refused("licenceTerminate", licence, id=licence, on=day()) == ("WRONG_STATE", "id")


async def test_a_licence_without_terms_permits_nothing_and_isnt_activated(desk: Desk) -> None:
    licence = await desk.licence()
    assert await desk.refused("licenceActivate", licence, id=licence) == ("NO_TERM_YET", "id")
    await desk.term(licence)
    await desk.do("licenceActivate", licence, id=licence)
    assert await desk.refused("licenceActivate", licence, id=licence) == ("WRONG_STATE", "id")


async def test_once_in_force_licensor_and_parent_stand(desk: Desk, house: House) -> None:
    licence = await desk.signed()
    for field, value in (("licensor", house.id("Provider", "Verlag")), ("parent", None)):
        assert await desk.refused("licenceUpdate", licence, id=licence, **{field: value}) == ("WRONG_STATE", field)


async def test_a_licence_that_narrows_another_permits_no_more_than_both(
    desk: Desk, house: House, outsider: Person, other_librarian: Person
) -> None:
    parent = await desk.licence()
    await desk.term(parent)
    child = await desk.licence(code="narrow", parent=parent)
    assert await desk.refused("licenceActivate", child, id=child) == ("LICENCE_NOT_IN_FORCE", "id")
    await desk.do("licenceActivate", parent, id=parent)
    await desk.do("licenceActivate", child, id=child)
    await desk.concluded(child)
    assert await may(outsider, house) == "LICENCE", "it has no terms of its own: its parent's hold"
    await desk.term(child, affiliations=["STAFF"])
    assert await may(outsider, house) == "USER_CLASS_NOT_AUTHORISED"
    assert await may(other_librarian, house) == "LICENCE"


async def test_no_licence_stands_above_itself(desk: Desk) -> None:
    """C09."""
    first = await desk.licence(code="first")
    second = await desk.licence(code="second", parent=first)
    third = await desk.licence(code="third", parent=second)
    for parent in (first, second, third):
        assert await desk.refused("licenceUpdate", first, id=first, parent=parent) == ("LICENCE_CYCLE", "parent")
    moved = await desk.do("licenceUpdate", third, id=third, parent=first)
    assert moved["licence"]["parent"] == {"id": first}
    freed = await desk.do("licenceUpdate", third, id=third, parent=None)
    assert freed["licence"]["parent"] is None


async def test_two_at_once_dont_close_a_cycle_together(desk: Desk) -> None:
    """C09."""
    one, other = await desk.licence(code="one"), await desk.licence(code="other")
    answers = await asyncio.gather(
        desk.act("licenceUpdate", id=one, version=1, parent=other),
        desk.act("licenceUpdate", id=other, version=1, parent=one),
    )
    assert [problem["code"] for answer in answers for problem in answer["problems"]] == ["LICENCE_CYCLE"]


async def test_clauses_stand_in_the_order_of_the_document(desk: Desk) -> None:
    licence = await desk.licence()
    for number, more in (("3.1", {}), ("3.2", {}), ("1", {"position": 0})):
        await desk.clause(licence, number, **more)
    query = "query($id: ID!) { node(id: $id) { ... on Licence { clauses { number text summary } } } }"
    answer = await desk.person.ask(query, id=licence)
    assert {clause["number"] for clause in answer["node"]["clauses"][:2]} == {"1", "3.1"}
    assert answer["node"]["clauses"][2] == {"number": "3.2", "text": None, "summary": None}
    await desk.clause(licence, "3.2", text="  Its words  ", summary={"en": "In short"})
    changed = (await desk.do("clauseSet", licence, licence=licence, number="3.2", text=None))["clause"]
    assert (changed["text"], changed["summary"]) == (None, "In short")
    assert await desk.refused("clauseSet", licence, licence=licence, number="3.2") == ("NOTHING_TO_CHANGE", "")


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"number": " "}, "BLANK", "number"),
        ({"number": "3" * 51}, "TOO_LONG", "number"),
        ({"text": " "}, "BLANK", "text"),
        ({"text": "t" * 20_001}, "TOO_LONG", "text"),
        ({"summary": {}}, "BLANK", "summary"),
        ({"summary": {"en": "s" * 2001}}, "TOO_LONG", "summary.en"),
        ({"position": -1}, "BAD_USER_INPUT", "position"),
        ({"position": 100_001}, "BAD_USER_INPUT", "position"),
        ({"licence": "x"}, "NOT_FOUND", "licence"),
        ({"licence": "TGljZW5jZTpmZmZmZmZmZi1mZmZmLWZmZmYtZmZmZi1mZmZmZmZmZmZmZmY"}, "NOT_FOUND", "licence"),
    ],
)
async def test_a_clause_that_cant_be_is_refused_with_the_field(
    desk: Desk, wrong: dict[str, Any], code: str, path: str
) -> None:
    licence = await desk.licence()
    assert await desk.refused("clauseSet", licence, **{"licence": licence, "number": "3.1"} | wrong) == (code, path)


async def test_a_clause_goes_while_nothing_rests_on_it(desk: Desk) -> None:
    licence = await desk.licence()
    await desk.clause(licence, "3.1")
    term = await desk.term(licence, clause="3.1")
    gone = {"licence": licence, "number": "3.1"}
    assert await desk.refused("clauseRemove", licence, **gone) == ("IN_USE", "number")
    await desk.do("termSet", licence, licence=licence, id=term, clause=None)
    await desk.do("clauseRemove", licence, **gone)
    assert await desk.refused("clauseRemove", licence, **gone) == ("NOT_FOUND", "number")
    await desk.clause(licence, "3.1")
    await desk.do("licenceActivate", licence, id=licence)
    assert await desk.refused("clauseRemove", licence, **gone) == ("WRONG_STATE", "licence")
    assert await desk.refused("termRemove", licence, id=term) == ("WRONG_STATE", "id")


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"action": None}, "BLANK", "action"),
        ({"status": None}, "BLANK", "status"),
        ({"affiliations": []}, "EMPTY_LIST", "affiliations"),
        ({"userClasses": []}, "EMPTY_LIST", "userClasses"),
        ({"purposes": []}, "EMPTY_LIST", "purposes"),
        ({"territories": []}, "EMPTY_LIST", "territories"),
        ({"territories": ["CN", "XX"]}, "VALUE_UNKNOWN", "territories.1"),
        ({"userClasses": ["wizards"]}, "VALUE_UNKNOWN", "userClasses.0"),
        ({"clause": "9.9"}, "VALUE_UNKNOWN", "clause"),
        ({"concurrentUsers": 0}, "BAD_USER_INPUT", "concurrentUsers"),
        ({"purposes": ["research", " "]}, "BLANK", "purposes.1"),
        ({"parts": ["p" * 201]}, "TOO_LONG", "parts.0"),
        ({"methods": [f"m{n}" for n in range(101)]}, "TOO_MANY", "methods"),
        ({"publicNote": {}}, "BLANK", "publicNote"),
        ({"note": " "}, "BLANK", "note"),
        ({"id": "x"}, "NOT_FOUND", "id"),
        ({"licence": "x"}, "NOT_FOUND", "licence"),
        (
            {"newUserClasses": [{"code": "law", "entitlementUris": []}]},
            "EMPTY_LIST",
            "newUserClasses.0.entitlementUris",
        ),
        ({"newUserClasses": [{"code": " ", "entitlementUris": ["urn:law"]}]}, "BLANK", "newUserClasses.0.code"),
        (
            {"newUserClasses": [{"code": f"c{n}", "entitlementUris": ["urn:x"]} for n in range(21)]},
            "TOO_MANY",
            "newUserClasses",
        ),
    ],
)
async def test_a_term_that_cant_be_is_refused_with_the_field(
    desk: Desk, wrong: dict[str, Any], code: str, path: str
) -> None:
    licence = await desk.licence()
    good = {"licence": licence, "action": "VIEW", "status": "PERMITTED_EXPLICIT"}
    assert await desk.refused("termSet", licence, **good | wrong) == (code, path)


async def test_a_new_term_needs_an_action_and_a_status(desk: Desk) -> None:
    licence = await desk.licence()
    assert await desk.refused("termSet", licence, licence=licence, status="SILENT") == ("BLANK", "action")
    assert await desk.refused("termSet", licence, licence=licence, action="VIEW") == ("BLANK", "status")


async def test_a_term_is_changed_by_its_own_licence_alone(desk: Desk) -> None:
    licence, other = await desk.licence(code="one"), await desk.licence(code="other")
    term = await desk.term(other)
    assert await desk.refused("termSet", licence, licence=licence, id=term, note="mine") == ("NOT_FOUND", "id")
    changed = await desk.do("termSet", other, licence=other, id=term, note="careful", concurrentUsers=3)
    assert {key: changed["term"][key] for key in ("note", "concurrentUsers", "action")} == {
        "note": "careful",
        "concurrentUsers": 3,
        "action": "VIEW",
    }
    assert await desk.refused("termSet", other, licence=other, id=term, note="careful") == ("NOTHING_TO_CHANGE", "")


async def test_a_user_class_has_one_meaning_in_the_pool(desk: Desk, house: House) -> None:
    licence = await desk.licence()
    law = {"code": "law", "entitlementUris": ["urn:law"]}
    made = await desk.do(
        "termSet",
        licence,
        licence=licence,
        action="VIEW",
        status="PERMITTED_EXPLICIT",
        userClasses=["law"],
        newUserClasses=[law],
    )
    assert made["term"]["userClasses"] == ["law"]
    again = {"licence": licence, "id": made["term"]["id"], "note": "again"}
    await desk.do("termSet", licence, **again, newUserClasses=[law])
    wider = [law, {"code": "law", "entitlementUris": ["urn:law", "urn:everybody"]}]
    refused = await desk.refused("termSet", licence, **again | {"note": "x"}, newUserClasses=wider)
    assert refused == ("TAKEN", "newUserClasses.1.code")


async def test_what_a_term_in_force_says_counts_at_once(desk: Desk, house: House, outsider: Person) -> None:
    """C09: what permits and what forbids at the same strength is refused, by the clause that forbids; one that forbids
    all that is permitted isn't taken at all."""
    licence = await desk.licence()
    await desk.clause(licence, "1", summary={"en": "Reading"})
    await desk.clause(licence, "2", summary={"en": "Not here"})
    permits = await desk.term(licence, clause="1")
    await desk.do("licenceActivate", licence, id=licence)
    await desk.concluded(licence)
    assert await may(outsider, house) == "LICENCE"
    everything = {"licence": licence, "action": "VIEW", "status": "PROHIBITED_EXPLICIT", "clause": "2"}
    assert await desk.refused("termSet", licence, **everything) == ("TERMS_CONTRADICT", "status")
    forbids = await desk.term(licence, clause="2", status="PROHIBITED_EXPLICIT", affiliations=["STUDENT", "MEMBER"])
    refused = await decision(outsider, house)
    assert (refused["reason"], refused["clause"]["number"]) == ("TERM_PROHIBITS", "2")
    said = {"licence": licence, "id": forbids}
    await desk.do("termSet", licence, **said, status="PROHIBITED_INTERPRETED")
    assert await may(outsider, house) == "LICENCE", "explicit beats interpreted"
    await desk.do("termSet", licence, **said, status="PROHIBITED_EXPLICIT", exceptAsPermitted=True)
    assert await may(outsider, house) == "LICENCE", "it leaves what another permits"
    await desk.do("termSet", licence, **said, exceptAsPermitted=None)
    assert await may(outsider, house) == "TERM_PROHIBITS"
    await desk.do("termSet", licence, **said, status="NOT_APPLICABLE")
    assert await may(outsider, house) == "LICENCE"
    await desk.do("termSet", licence, licence=licence, id=permits, affiliations=["FACULTY"])
    assert await may(outsider, house) == "USER_CLASS_NOT_AUTHORISED"
    await desk.do("termSet", licence, licence=licence, id=permits, affiliations=None, territories=["FR"])
    assert await may(outsider, house) == "TERRITORY_NOT_ALLOWED"
