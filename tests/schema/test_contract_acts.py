"""The contract by acts of staff: the whole story, who may, which version was seen, and what goes on record."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from api import database as edge
from models.record import RefusedAct
from tests.schema.conftest import House, Person
from tests.schema.desk import Desk, day, decision, document_of, may, readable

LICENCE_AS_READ = """
query($id: ID!) {
  resource(by: {id: $id}) {
    viewerAccess {
      licence {
        name(lang: "en") terms { id } clauses { id } agreements { totalCount } resources { totalCount }
        history { totalCount }
      }
    }
  }
}
"""


async def test_a_librarians_contract_opens_what_her_students_could_not_read_until_she_ends_it(
    house: House, other_librarian: Person, outsider: Person
) -> None:
    desk, own = Desk(other_librarian, house), {"holder": house.id("Member", "beta")}
    licence = await desk.licence(**own)
    await desk.clause(licence, "3.1", summary={"en": "Students may read", "zh": "学生可以阅读"})
    await desk.clause(licence, "3.2", text="The Licensee shall not …", summary={"en": "No copies", "zh": "不得下载"})
    await desk.term(licence, clause="3.1", affiliations=["STUDENT"])
    await desk.term(licence, clause="3.2", action="DOWNLOAD", status="PROHIBITED_EXPLICIT")
    agreement = await desk.agreement(**own, licences=[{"licence": licence}])
    await desk.give(agreement)
    assert (await may(outsider, house), await readable(outsider)) == ("NO_ENTITLEMENT", 0)
    assert await desk.refused("agreementActivate", agreement, id=agreement) == ("LICENCE_NOT_IN_FORCE", "id")
    await desk.do("licenceActivate", licence, id=licence)
    assert (await may(outsider, house), await readable(outsider)) == ("NO_ENTITLEMENT", 0)
    await desk.do("agreementActivate", agreement, id=agreement)

    assert await decision(outsider, house) == {
        "granted": True,
        "validUntil": "2099-12-31",
        "licence": {"name": "A deal"},
        "clause": {"number": "3.1", "summary": "Students may read"},
        "term": {"status": "PERMITTED_EXPLICIT"},
        "basis": "LICENCE",
        "entitlement": None,
        "conditions": [],
    }
    assert await readable(outsider) == 2
    refused = await decision(outsider, house, action="DOWNLOAD")
    assert (refused["reason"], refused["clause"]) == ("TERM_PROHIBITS", {"number": "3.2", "summary": "No copies"})
    told = await outsider.ask(LICENCE_AS_READ, id=house.id("Resource", "Nature of Things"))
    assert told["resource"]["viewerAccess"]["licence"] == {
        "name": "A deal",
        **dict.fromkeys(["terms", "clauses", "agreements", "resources", "history"]),
    }
    assert (await decision(other_librarian, house))["reason"] == "USER_CLASS_NOT_AUTHORISED"

    await desk.do("agreementClose", agreement, id=agreement, on=day(-1))
    ended = await decision(outsider, house)
    assert (ended["reason"], ended["licence"]) == ("AGREEMENT_LAPSED", {"name": "A deal"})
    assert await readable(outsider) == 0


@dataclass
class Drawer:
    """A contract that is being prepared for a member, and one valid input for each act on it."""

    licence: str
    agreement: str
    inputs: dict[str, dict[str, Any]]
    desk: Desk


async def drawer(house: House, librarian: Person) -> Drawer:
    desk, own = Desk(librarian, house), {"holder": house.id("Member", "alpha")}
    licence = await desk.licence(**own)
    term = await desk.term(licence)
    await desk.clause(licence, "3.1")
    agreement = await desk.agreement(**own, licences=[{"licence": licence}])
    line = await desk.give(agreement)
    of_licence, of_agreement = desk.versions[licence], desk.versions[agreement]
    seen, held = {"id": licence, "version": of_licence}, {"id": agreement, "version": of_agreement}
    part, member = {"agreement": agreement, "version": of_agreement}, {"member": house.id("Member", "alpha")}
    clause = {"licence": licence, "version": of_licence, "number": "3.1"}
    inputs: dict[str, dict[str, Any]] = {
        "licenceCreate": {
            "code": "another",
            "name": {"en": "Another"},
            "licensor": house.id("Provider", "Verlag"),
            **own,
        },
        "licenceUpdate": {**seen, "name": {"en": "Another"}},
        "licenceActivate": seen,
        "licenceTerminate": {**seen, "on": day()},
        "clauseSet": {**clause, "text": "Anything goes"},
        "clauseRemove": clause,
        "termSet": {"licence": licence, "version": of_licence, "action": "SHARE", "status": "PERMITTED_EXPLICIT"},
        "termRemove": {"id": term, "version": of_licence},
        "agreementCreate": {"code": "another", "name": "Another", **own},
        "agreementUpdate": {**held, "name": "Another"},
        "agreementActivate": held,
        "agreementClose": {**held, "on": day()},
        "participationStart": {**part, **member, "startDate": day()},
        "participationEnd": {**part, **member},
        "entitlementGrant": {**part, "target": {"package": house.id("Package", "shelf")}},
        "entitlementWithdraw": {"id": line, "version": of_agreement},
    }
    return Drawer(licence, agreement, inputs, desk)


CREATING = {"licenceCreate", "agreementCreate"}
VERSIONS = """
query($licence: ID!, $agreement: ID!) {
  licence: node(id: $licence) { ... on Licence { version } }
  agreement: node(id: $agreement) { ... on Agreement { version } }
}
"""


async def test_nobody_else_acts_on_a_members_contract_and_each_attempt_is_on_record(
    house: House,
    librarian: Person,
    anonymous: Person,
    student: Person,
    other_librarian: Person,
    auditor: Person,
) -> None:
    """C10. What somebody doesn't see isn't there for her; who sees it and may not change it is told so."""
    prepared = await drawer(house, librarian)
    known = {"FORBIDDEN": auditor, "NOT_FOUND": student, "UNAUTHENTICATED": anonymous}
    for name, input in prepared.inputs.items():
        for code, person in [*known.items(), ("NOT_FOUND", other_librarian)]:
            signed_in = person is not anonymous
            expected = "FORBIDDEN" if name in CREATING and signed_in else code
            found, _ = await Desk(person, house).refused(name, **input)
            assert found == expected, (name, code)
    seen = await librarian.ask(VERSIONS, licence=prepared.licence, agreement=prepared.agreement)
    versions = prepared.desk.versions
    assert seen["licence"]["version"] == versions[prepared.licence]
    assert seen["agreement"]["version"] == versions[prepared.agreement]
    async with edge.as_everybody(house.app.state.sessions)() as session:
        on_record = list(await session.scalars(select(RefusedAct).order_by(col(RefusedAct.id))))
    assert len(on_record) == 3 * len(prepared.inputs), "three of the four were signed in"
    assert {one.act for one in on_record} == set(prepared.inputs)
    assert {one.problem for one in on_record} == {"forbidden", "not_found"}
    assert len({one.actor for one in on_record if one.actor and one.actor.startswith("pseudonym:")}) == 3


async def test_a_librarian_changes_nothing_of_the_consortiums_though_it_binds_her_member(
    house: House, librarian: Person
) -> None:
    """C10."""
    desk = Desk(librarian, house)
    licence, agreement = house.id("Licence", "big deal"), house.id("Agreement", "deal")
    of_licence, of_agreement = {"licence": licence, "version": 1}, {"agreement": agreement, "version": 1}
    alpha, line = house.id("Member", "alpha"), house.id("Entitlement", "deal/0")
    attempts: dict[str, dict[str, Any]] = {
        "licenceUpdate": {"id": licence, "version": 1, "name": {"en": "Mine"}},
        "licenceTerminate": {"id": licence, "version": 1, "on": day()},
        "clauseSet": {**of_licence, "number": "1", "text": "All is allowed"},
        "termSet": {**of_licence, "action": "SHARE", "status": "PERMITTED_EXPLICIT"},
        "agreementUpdate": {"id": agreement, "version": 1, "name": "Mine"},
        "agreementClose": {"id": agreement, "version": 1, "on": day()},
        "participationStart": {**of_agreement, "member": alpha, "startDate": day()},
        "participationEnd": {**of_agreement, "member": alpha, "on": day()},
        "entitlementGrant": {**of_agreement, "target": {"package": house.id("Package", "shelf")}},
        "entitlementWithdraw": {"id": line, "version": 1, "on": day()},
        "licenceCreate": {"code": "x", "name": {"en": "X"}, "licensor": house.id("Provider", "Verlag")},
        "agreementCreate": {"code": "x", "name": "X"},
    }
    for name, input in attempts.items():
        assert await desk.refused(name, **input) == ("FORBIDDEN", ""), name


async def test_nobody_gives_more_than_is_hers_to_give(
    house: House, librarian: Person, other_librarian: Person, admin: Person
) -> None:
    """C10."""
    alpha, beta = Desk(librarian, house), Desk(other_librarian, house)
    own = {"holder": house.id("Member", "beta")}
    from_alpha = {"code": "gift", "name": {"en": "A gift"}, "licensor": house.id("Member", "alpha"), **own}
    assert await beta.refused("licenceCreate", **from_alpha) == ("FORBIDDEN", "")
    licence = await beta.licence(**own)
    licensor = {"id": licence, "licensor": house.id("Member", "alpha")}
    assert await beta.refused("licenceUpdate", licence, **licensor) == ("FORBIDDEN", "")
    agreement = await beta.agreement(**own)
    title = house.id("PackageTitle", "treasures/A Manuscript")
    for target in ({"package": house.id("Package", "treasures")}, {"packageTitle": title}):
        refused = await beta.refused("entitlementGrant", agreement, agreement=agreement, target=target)
        assert refused == ("FORBIDDEN", ""), target
    foreign = await alpha.licence(code="own", holder=house.id("Member", "alpha"))
    under = {"id": agreement, "licences": [{"licence": foreign}]}
    assert await beta.refused("agreementUpdate", agreement, **under) == ("NOT_FOUND", "licences.0.licence")
    unbound = {"id": agreement, "licences": [{"licence": house.id("Licence", "big deal")}]}
    assert await beta.refused("agreementUpdate", agreement, **unbound) == ("NOT_FOUND", "licences.0.licence")
    consortium = Desk(admin, house, beta.versions)
    for wanted in (under, unbound):
        refused = await consortium.refused("agreementUpdate", agreement, **wanted)
        assert refused == ("LICENCE_OF_ANOTHER", "licences.0.licence")
    await consortium.give(agreement, "treasures")
    assert await beta.refused("agreementActivate", agreement, id=agreement) == ("FORBIDDEN", "")


async def test_a_members_agreement_may_stand_under_the_consortiums_licence_that_binds_it(
    house: House, librarian: Person
) -> None:
    desk = Desk(librarian, house)
    licences = [{"licence": house.id("Licence", "big deal")}]
    agreement = await desk.agreement(holder=house.id("Member", "alpha"), licences=licences)
    await desk.give(agreement)
    await desk.do("agreementActivate", agreement, id=agreement)


async def test_what_no_input_has_is_refused_by_every_act(house: House, librarian: Person) -> None:
    """C02: with valid inputs, so that what is refused is what was smuggled in."""
    prepared = await drawer(house, librarian)
    for name, input in prepared.inputs.items():
        for smuggled in ({"status": "ACTIVE"}, {"memberId": "1"}, {"actor": "x"}, {"closedOn": day()}):
            if name == "termSet" and "status" in smuggled:
                continue
            assert await librarian.code(document_of(name), input=input | smuggled) == "BAD_USER_INPUT", (name, smuggled)
    assert (await librarian.ask(VERSIONS, licence=prepared.licence, agreement=prepared.agreement))["licence"] == {
        "version": prepared.desk.versions[prepared.licence]
    }


async def test_an_act_on_another_version_is_a_conflict(house: House, librarian: Person) -> None:
    prepared = await drawer(house, librarian)
    for name, input in prepared.inputs.items():
        for seen in (0, 99) if "version" in input else ():
            assert await prepared.desk.refused(name, **input | {"version": seen}) == ("CONFLICT", "version"), name


TAKEN_OFF = {"clauseRemove", "termRemove", "entitlementWithdraw"}
"""Acts on a part of what is being prepared, after which the part is no more."""


@pytest.mark.parametrize(
    "name",
    [
        *("licenceUpdate", "licenceActivate", "clauseSet", "clauseRemove", "termSet", "termRemove"),
        *("agreementUpdate", "entitlementGrant", "entitlementWithdraw"),
    ],
)
async def test_of_two_at_once_exactly_one_wins(house: House, librarian: Person, admin: Person, name: str) -> None:
    prepared = await drawer(house, librarian)
    input = prepared.inputs[name]
    both = await asyncio.gather(*(Desk(who, house).act(name, **input) for who in (librarian, admin)))
    lost = [answer["problems"] for answer in both if answer["problems"]]
    gone = {"NOT_FOUND"} if name in TAKEN_OFF else set()  # for whoever comes when it is gone already
    assert [problem["code"] for problems in lost for problem in problems] in [[code] for code in {"CONFLICT", *gone}]
    root = "agreement" if name in {"agreementUpdate", "entitlementGrant", "entitlementWithdraw"} else "licence"
    thing = {"licence": prepared.licence, "agreement": prepared.agreement}
    seen = await librarian.ask(VERSIONS, **thing)
    assert seen[root]["version"] == prepared.desk.versions[thing[root]] + 1


async def test_of_two_that_take_one_name_at_once_exactly_one_wins(
    house: House, librarian: Person, admin: Person
) -> None:
    prepared = await drawer(house, librarian)
    for name in CREATING:
        input = prepared.inputs[name]
        both = await asyncio.gather(*(Desk(who, house).act(name, **input) for who in (librarian, admin)))
        codes = [problem["code"] for answer in both for problem in answer["problems"]]
        assert codes == ["TAKEN"], name


HISTORY = """
query($id: ID!) {
  node(id: $id) {
    ... on Licence { history { nodes { act by reason version at differences { field before after } } } }
    ... on Agreement { history { nodes { act by reason version at differences { field before after } } } }
  }
}
"""


async def record_of(person: Person, thing: str) -> list[dict[str, Any]]:
    """The first act first."""
    nodes: list[dict[str, Any]] = (await person.ask(HISTORY, id=thing))["node"]["history"]["nodes"]
    return nodes[::-1]


async def test_every_act_on_a_licence_is_on_its_record(house: House, librarian: Person) -> None:
    desk = Desk(librarian, house)
    licence = await desk.licence(holder=house.id("Member", "alpha"), reason="The offer came")
    await desk.clause(licence, "3.1", text="May read", summary={"en": "Reading"})
    term = await desk.term(licence, clause="3.1", affiliations=["STUDENT", "FACULTY"])
    await desk.do("termSet", licence, licence=licence, id=term, affiliations=None)
    await desk.do("termRemove", licence, id=term)
    await desk.do("clauseRemove", licence, licence=licence, number="3.1")
    record = await record_of(librarian, licence)
    assert [(one["act"], one["version"]) for one in record] == [
        ("licenceCreate", 1),
        ("clauseSet", 2),
        ("termSet", 3),
        ("termSet", 4),
        ("termRemove", 5),
        ("clauseRemove", 6),
    ]
    assert {one["by"] for one in record} == {"Ada"}
    assert [one["at"] for one in record] == sorted(one["at"] for one in record)
    assert [one["reason"] for one in record] == ["The offer came", *[None] * 5]
    told = [{each["field"]: (each["before"], each["after"]) for each in one["differences"]} for one in record]
    assert told[0] | {"code": (None, "deal-2"), "holder": (None, "alpha"), "licensor": (None, "Verlag")} == told[0]
    assert told[1] | {"clause 3.1.text": (None, "May read"), "clause 3.1.summary.en": (None, "Reading")} == told[1]
    assert (
        told[2] | {"term view.clause": (None, "3.1"), "term view.affiliations": (None, "student, faculty")} == told[2]
    )
    assert told[3] == {"term view.affiliations": ("student, faculty", None)}
    assert told[4]["term view.status"] == ("permitted_explicit", None)
    assert told[5]["clause 3.1.text"] == ("May read", None)
    for one in told:
        assert not [field for field in one if field.split(".")[-1] in {"licence", "version", "id"}], "it tells nothing"


async def test_every_act_on_an_agreement_is_on_its_record(house: House, admin: Person) -> None:
    desk = Desk(admin, house)
    licence = await desk.signed()
    agreement = await desk.agreement(licences=[{"licence": licence}])
    await desk.join(agreement)
    line = await desk.give(agreement, coverage=[{"startDate": "2001", "embargo": "P1Y"}])
    await desk.do("agreementActivate", agreement, id=agreement)
    await desk.do("entitlementWithdraw", agreement, id=line, on="2090-01-01")
    await desk.do(
        "participationEnd", agreement, agreement=agreement, member=house.id("Member", "beta"), on="2090-01-01"
    )
    await desk.do("agreementClose", agreement, id=agreement, on="2095-01-01", reason="No money")
    record = await record_of(admin, agreement)
    assert [(one["act"], one["version"]) for one in record] == [
        ("agreementCreate", 1),
        ("participationStart", 2),
        ("entitlementGrant", 3),
        ("agreementActivate", 4),
        ("entitlementWithdraw", 5),
        ("participationEnd", 6),
        ("agreementClose", 7),
    ]
    told = [{each["field"]: (each["before"], each["after"]) for each in one["differences"]} for one in record]
    assert told[0]["period from 2020-01-01.during.last"] == (None, "2099-12-31")
    assert told[0]["licence from the beginning.licence"] == (None, "deal-2")
    assert told[1]["participation of beta from 2020-01-01.during.first"] == (None, "2020-01-01")
    assert told[2]["entitlement to journals.coverage 1"] == (None, "2001– P1Y")
    assert told[3] == {"status": ("draft", "active")}
    assert told[4] == {"entitlement to journals.during.last": (None, "2090-01-01")}
    assert told[5] == {"participation of beta from 2020-01-01.during.last": (None, "2090-01-01")}
    assert told[6] == {"status": ("active", "closed"), "closed_on": (None, "2095-01-01")}
    assert record[6]["reason"] == "No money"


async def test_the_record_of_a_contract_is_for_those_who_see_it(
    house: House,
    librarian: Person,
    admin: Person,
    auditor: Person,
    student: Person,
    other_librarian: Person,
) -> None:
    prepared = await drawer(house, librarian)
    for thing in (prepared.licence, prepared.agreement):
        for person in (librarian, admin, auditor):
            assert await record_of(person, thing)
        for person in (student, other_librarian):
            assert (await person.ask(HISTORY, id=thing))["node"] is None
