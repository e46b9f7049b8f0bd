"""What nobody may do for another member, and what no input can smuggle in (C02, C10)."""

from collections import Counter
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from graphql import GraphQLInputObjectType, get_named_type
from graphql.utilities import validate_input_value
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from domain.acts import refusals
from schema.build import SCHEMA
from schema.kit import ids
from tests.isolation.acts import ACTS, OF_ONESELF, STRAYS, document, filled, ids_in, input_of, paths
from tests.isolation.lives import keep_a_file
from tests.isolation.people import Somebody
from tests.isolation.table import may
from tests.schema.conftest import House

OF_THE_SIGN_IN = {"session"}
"""Every request may touch when it was last used."""
RECORDS = {"refused_act", "decision", "usage_event"}
"""What puts refusals on record."""
REFUSED = {"UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "ROLE_NOT_FOUND"}
MUTATIONS = sorted(SCHEMA.type_map["Mutation"].fields)  # type: ignore[attr-defined]


async def digests(app: FastAPI) -> dict[str, str]:
    """Of every table's rows, without what requests and refusals leave behind."""
    async with edge.as_everybody(app.state.sessions)() as session:
        names = await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        return {name: await _digest(session, name) for name in names if name not in OF_THE_SIGN_IN | RECORDS}


async def _digest(session: AsyncSession, name: str) -> str:
    rows = f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t"
    return str(await session.scalar(text(rows)))


async def refused_acts(app: FastAPI) -> Counter[tuple[str, str]]:
    """Act and problem of every refusal on record."""
    async with edge.as_everybody(app.state.sessions)() as session:
        rows = await session.execute(text("SELECT act, upper(problem) FROM refused_act WHERE actor LIKE 'pseudonym:%'"))
        return Counter((act, problem) for act, problem in rows)


def _made(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name != "problems"}


def by_name(people: list[Somebody], name: str) -> Somebody:
    return next(one for one in people if one.name == name)


def test_every_act_is_tried_and_every_id_that_it_takes() -> None:
    assert sorted(name for name, _ in ACTS) == MUTATIONS
    tried = Counter((name, path) for name, wanted, *_ in [*ACTS, *STRAYS] for path in paths(wanted))
    left = [f"{name}.{path}" for name in MUTATIONS for path in ids_in(input_of(name)) if not tried[name, path]]
    assert left == ["entitlementGrant.coverage[].packageTitle"], "what narrows names no title: it is refused"


async def test_nobody_acts_for_another_member_and_every_refusal_to_somebody_signed_in_is_on_record(
    app: FastAPI, house: House, people: list[Somebody]
) -> None:
    """C10: refused or not found, nothing changed."""
    admin = by_name(people, "admin")
    before, expected, refused_before = await digests(app), Counter[tuple[str, str]](), sum(refusals.anonymous.values())
    unsigned = 0
    for name, wanted in ACTS:
        given = await filled(house, admin, wanted, "alpha")
        for person in people:
            if may(person.stands_to(["alpha"]), name):
                continue
            payload = (await person.person.ask(document(name), input=given))[name]
            assert not any(_made(payload).values()), f"{name} by {person.name}"
            (problem,) = payload["problems"]
            assert problem["code"] in REFUSED, f"{name} by {person.name}: {problem}"
            assert (problem["code"] == "UNAUTHENTICATED") is (person.kind in ("anonymous", "walk_in"))
            if person.kind in ("anonymous", "walk_in"):
                unsigned += 1
            else:
                expected[name, problem["code"]] += 1
    assert sum(expected.values()) > 100
    assert await digests(app) == before
    assert await refused_acts(app) == expected
    assert sum(refusals.anonymous.values()) == refused_before + unsigned


async def test_a_librarian_gives_nothing_in_anothers_name(app: FastAPI, house: House, people: list[Somebody]) -> None:
    """C10, with things of her own: another's licences, collections, terms, and what is the consortium's to say."""
    admin, librarian = by_name(people, "admin"), by_name(people, "librarian of alpha")
    before = await digests(app)
    for name, wanted, code in STRAYS:
        given = await filled(house, admin, wanted, "alpha")
        payload = (await librarian.person.ask(document(name), input=given))[name]
        assert not any(_made(payload).values()), wanted
        assert [problem["code"] for problem in payload["problems"]] == [code], wanted
    assert await digests(app) == before


HIDDEN = (
    "Licence",
    "LicenceDocument",
    "Agreement",
    "Term",
    "Clause",
    "Entitlement",
    "RoleAssignment",
    "Participation",
    "Client",
)


def _unknown(house: House, given: Any) -> Any:
    """The same input with ids that nothing has, of those types that are hidden from strangers."""
    if isinstance(given, dict):
        return {name: _unknown(house, value) for name, value in given.items()}
    if isinstance(given, list):
        return [_unknown(house, value) for value in given]
    revealed = ids.reveal(given) if isinstance(given, str) else None
    return ids.encode(revealed[0], uuid4()) if revealed and revealed[0] in HIDDEN else given


async def test_an_act_on_a_hidden_thing_says_what_one_on_an_unknown_thing_says(
    house: House, people: list[Somebody]
) -> None:
    """C01: strangers' acts answer byte by byte the same; so does what points to another's in a librarian's own."""
    admin, compared = by_name(people, "admin"), 0
    strangers = [by_name(people, name) for name in ("patron of beta", "librarian of beta")]
    cases = [(name, wanted, person) for name, wanted in ACTS for person in strangers]
    own = by_name(people, "librarian of alpha")
    cases += [(name, wanted, own) for name, wanted, code in STRAYS if code == "NOT_FOUND"]
    for name, wanted, person in cases:
        given = await filled(house, admin, wanted, "alpha")
        unknown = _unknown(house, given) if person is not own else _others(house, given)
        if unknown == given or any("<Agreement pool" in str(value) for value in wanted.values()):
            continue
        assert await person.raw(document(name), input=given) == await person.raw(document(name), input=unknown)
        compared += 1
    assert compared > 30


def _others(house: House, given: Any) -> Any:
    """The same input with unknown ids in place of beta's."""
    betas = {house.id("Licence", "beta deal"), house.id("Term", "beta draft deal/1")}
    if isinstance(given, dict):
        return {name: _others(house, value) for name, value in given.items()}
    if isinstance(given, list):
        return [_others(house, value) for value in given]
    return _unknown(house, given) if given in betas else given


async def test_who_may_act_is_shown_what_she_made(app: FastAPI, house: House, people: list[Somebody]) -> None:
    """The other half of the table, without which refusing everybody would pass."""
    keep_a_file(house)
    admin = by_name(people, "admin")
    librarian = by_name(people, "librarian of alpha")
    for person, member in ((librarian, "alpha"), (admin, "beta")):
        for name, wanted in ACTS:
            if name in OF_ONESELF or not may(person.stands_to(["alpha"]), name):
                continue
            given = await filled(house, admin, wanted, member)
            payload = (await person.person.ask(document(name), input=given))[name]
            assert payload["problems"] == [], f"{name} by {person.name}"
            assert all(_made(payload).values()), f"{name} by {person.name}: {payload}"


async def test_a_file_is_opened_to_those_only_who_may_read_it(
    app: FastAPI, house: House, people: list[Somebody]
) -> None:
    keep_a_file(house)
    given = {"contentItem": house.id("ContentItem", "page of alpha")}
    opened = set()
    for person in people:
        payload = (await person.person.ask(document("contentOpen"), input=given))["contentOpen"]
        assert payload["access"]
        assert bool(payload["link"]) is not bool(payload["problems"])
        opened |= {person.name} if payload["link"] else set()
    assert opened == {"walk-in", "patron of alpha", "librarian of alpha"}


async def test_who_has_herself_erased_takes_nobody_with_her(house: House, people: list[Somebody]) -> None:
    gone, stays = by_name(people, "librarian of beta"), by_name(people, "patron of beta")
    payload = (await gone.person.ask(document("viewerErase"), input={"confirm": True}))["viewerErase"]
    assert payload["problems"] == []
    assert payload["erased"]["signIns"] == payload["erased"]["roles"] == 1
    signed_in = "{ viewer { signedIn } }"
    assert not (await gone.person.ask(signed_in))["viewer"]["signedIn"]
    assert (await stays.person.ask(signed_in))["viewer"]["signedIn"]


SMUGGLED = ("memberId", "member_id", "tenantId", "price", "actor", "holderId", "epoch", "createdAt")
FIXED = {"holder", "member", "contributedBy", "provider", "role", "status", "code", "standing"}
"""Whose a thing is, and what it is called: said when it is made, and by no update."""


def test_no_input_has_a_field_that_it_does_not_declare() -> None:
    """C02: for every input of an act, however deep."""
    tried = 0
    for name in MUTATIONS:
        for of in _inputs(input_of(name)):
            for smuggled in {*SMUGGLED, *FIXED} - {*of.fields}:
                unknown = f"Expected value of type '{of.name}' not to include unknown field '{smuggled}'"
                assert any(unknown in one for one in _errors(of, smuggled))
                tried += 1
    assert tried > 500


def _errors(of: GraphQLInputObjectType, field: str) -> list[str]:
    found: list[str] = []
    validate_input_value({field: "x"}, of, lambda error, _path: found.append(error.message))
    return found


def _inputs(of: GraphQLInputObjectType) -> set[GraphQLInputObjectType]:
    inner = {get_named_type(field.type) for field in of.fields.values()}
    return {of}.union(*(_inputs(one) for one in inner if isinstance(one, GraphQLInputObjectType)))


def test_no_update_moves_a_thing_to_another_member() -> None:
    for name in MUTATIONS:
        if name.endswith("Update"):
            assert not FIXED & {*input_of(name).fields}, name


async def test_a_smuggled_field_ends_the_request(app: FastAPI, house: House, people: list[Somebody]) -> None:
    """C02, over HTTP: the whole act is refused, not the field alone."""
    admin, before = by_name(people, "admin"), await digests(app)
    for name, wanted in ACTS:
        given = await filled(house, admin, wanted, "alpha")
        answer = await admin.person.post(document(name), input={**given, "memberId": house.id("Member", "beta")})
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "unknown field 'memberId'" in error["message"]
        assert "data" not in answer
    assert await digests(app) == before
