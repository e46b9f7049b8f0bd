"""Every field of every type × every kind of viewer × own and foreign things (C01, C12)."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType

from schema import node
from schema.build import SCHEMA
from schema.kit import ids
from tests.isolation.acts import BY_ACTS
from tests.isolation.lives import live
from tests.isolation.people import Somebody
from tests.isolation.table import PAYLOAD, TOLD, classes_of, composite, found_as, sees, written
from tests.isolation.walk import ids_of, table, walk
from tests.isolation.ways import fields_of, filled, ways
from tests.isolation.world import THINGS, Thing
from tests.schema.conftest import House


def test_every_field_has_a_class_in_the_table() -> None:
    without = []
    for name, of in composite():
        for field in of.fields:
            try:
                classes_of(name, field)
            except KeyError:
                without.append(f"{name}.{field}")
    assert without == [], "say in tests/isolation/visibility.yaml who sees them"


def test_the_table_names_only_what_there_is() -> None:
    for name, told in TOLD["types"].items():
        of = SCHEMA.type_map[name]
        assert isinstance(of, GraphQLObjectType | GraphQLInterfaceType)
        listed = [field for of_class, fields in told.items() if of_class != "found" for field in fields]
        assert sorted(listed) == sorted(of.fields), name
        assert {*told} - {"found", "clause"} <= {*TOLD["classes"]}, name
    assert {*TOLD["acts"]} == {*SCHEMA.type_map["Mutation"].fields}  # type: ignore[attr-defined]


def test_every_type_is_reached() -> None:
    """By a way of the walk, or by the acts of test_acts.py."""
    reached = {way.type_name for way in ways()} | BY_ACTS
    assert {name for name, _ in composite() if not name.endswith(PAYLOAD)} == reached


def test_every_type_with_an_id_is_looked_up_by_it() -> None:
    looked_up = {*node._LOADERS}
    assert {thing.type_name for thing in THINGS} == looked_up
    assert {name for name, told in TOLD["types"].items() if "found" in told} == looked_up


async def test_every_field_is_shown_to_those_who_may_see_it_and_to_nobody_else(
    house: House, people: list[Somebody], askers: list[Somebody], capsys: pytest.CaptureFixture[str]
) -> None:
    await live(house, people)
    seen = await walk(askers, await ids_of(house, people))
    with capsys.disabled():
        print("\n" + table(seen))  # noqa: T201 how much was asked belongs to the result
    assert seen.leaks == []
    assert seen.missing() == []


def hidden_from(person: Somebody) -> list[Thing]:
    """What has an id and isn't shown to this person by it."""
    return [one for one in THINGS if not sees(person.stands_to(one.owners), found_as(one.type_name))]


async def test_a_hidden_thing_is_as_good_as_an_unknown_one(house: House, askers: list[Somebody]) -> None:
    """C01: byte by byte, one at a time and many at once."""
    asked = 0
    many = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    for person in askers:
        hidden = hidden_from(person)
        known = [house.id(one.type_name, one.name) for one in hidden]
        unknown = [ids.encode(one.type_name, uuid4()) for one in hidden]
        nothing = await person.raw(many, ids=unknown)
        assert nothing.count(b"null") == len(hidden)
        assert await person.raw(many, ids=known) == nothing
        for one in {one.type_name: one for one in hidden}.values():
            single = "query($id: ID!) { node(id: $id) { __typename id } }"
            answer = await person.raw(single, id=house.id(one.type_name, one.name))
            assert answer == b'{"data":{"node":null}}', f"{one.name} to {person.name}"
        asked += len(hidden)
    assert asked > 100


PARTIES = {kind.name for kind in SCHEMA.get_possible_types(SCHEMA.type_map["Party"])}  # type: ignore[arg-type]


def around(type_name: str, inside: str) -> list[str]:
    """Ways to ask the same of a type by fragments."""
    named = f"Of{type_name}"
    found = [f"... on {type_name} {{ {inside} }}", f"... on Node {{ ...{named} }}", f"... {{ ... {{ ...{named} }} }}"]
    if type_name in PARTIES:
        found.append(f"... on Party {{ ... on Node {{ ...{named} }} }}")
    return found


async def test_a_fragment_on_an_interface_shows_no_more(house: House, people: list[Somebody]) -> None:
    """C12: whichever way a fragment takes, the same fields say the same."""
    known = await ids_of(house, people)
    of_each = sorted({one.type_name: one for one in THINGS if "alpha" in one.owners}.values(), key=lambda one: one.name)
    for start in range(0, len(of_each), 4):
        asked, fragments = [], []
        for thing in of_each[start : start + 4]:
            inside = filled(" ".join(selection for _, selection in fields_of(thing.type_name)), known)
            fragments.append(f"fragment Of{thing.type_name} on {thing.type_name} {{ {inside} }}")
            key = house.id(thing.type_name, thing.name)
            for number, fragment in enumerate(around(thing.type_name, inside)):
                asked.append(f'{thing.type_name}_{number}: node(id: "{key}") {{ {fragment} }}')
        for person in people:
            answer = await person.person.ask(f"{{ {' '.join(asked)} }} {' '.join(fragments)}")
            for name, found in answer.items():
                assert found == answer[f"{name.partition('_')[0]}_0"], f"{name} to {person.name}"


def test_the_page_shows_the_table_as_it_is() -> None:
    """`python -m tests.isolation.table` prints it."""
    page = (Path(__file__).parents[2] / "docs" / "visibility.md").read_text(encoding="utf-8")
    assert written() in page


async def test_nobody_is_told_of_another_person(house: House, people: list[Somebody]) -> None:
    """Who asks sees her own sign-in, pseudonym, acts and refusals, and none of another's."""
    await live(house, people)
    document = """{ viewer { personalData {
      signIns { nodes { id } } pseudonyms { id } acts { nodes { id } } refusedActs { nodes { id } }
      readings { nodes { id } }
    } } }"""
    told = [(person, (await person.person.ask(document))["viewer"]["personalData"]) for person in people]
    known = [str(data) for _, data in told if data]
    assert [person.kind for person, data in told if data is None] == ["anonymous", "walk_in"]
    found = [set(re.findall(r"'id': '([^']+)'", data)) for data in known]
    assert all(len(one) > 1 for one in found)
    assert len(set().union(*found)) == sum(map(len, found))
