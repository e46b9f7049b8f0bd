"""Who sees what: every field of every type that has an id, asked by every kind of viewer.

The walk is made from the schema itself, so a new field is asked for too; it is public unless it is listed here.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_non_null_type

from schema import build
from tests.schema.conftest import House, Person

EVERYBODY = {"anonymous", "walk_in", "student", "outsider", "librarian", "other_librarian", "admin", "auditor"}
ADMINISTRATION_OF_ALPHA = {"librarian", "admin"}
STAFF_OF_ALPHA = {*ADMINISTRATION_OF_ALPHA, "auditor"}
ALL_STAFF = {"librarian", "other_librarian", "admin", "auditor"}

TYPES: dict[str, tuple[str, set[str]]] = {
    "Resource": ("Nature of Things", EVERYBODY),
    "Package": ("journals", EVERYBODY),
    "PackageTitle": ("journals/Nature of Things", EVERYBODY),
    "Platform": ("Reader", EVERYBODY),
    "Provider": ("Verlag", EVERYBODY),
    "Member": ("alpha", EVERYBODY),
    "MemberGroup": ("north", EVERYBODY),
    "ContentItem": ("page", EVERYBODY),
    "Licence": ("big deal", STAFF_OF_ALPHA),
    "Clause": ("big deal 1", STAFF_OF_ALPHA),
    "Term": ("big deal/1", STAFF_OF_ALPHA),
    "Obligation": ("digitise", STAFF_OF_ALPHA),
    "RoleAssignment": ("member_librarian of alpha", ADMINISTRATION_OF_ALPHA),
}
"""Types with an id: one of each, and who gets it by its id."""

FIELDS: dict[str, set[str]] = {
    "ContentItem.sha256": ALL_STAFF,
    "Member.standing": STAFF_OF_ALPHA,
    "Member.obligations": STAFF_OF_ALPHA,
    "Member.roles": ADMINISTRATION_OF_ALPHA,
}
"""Fields that fewer viewers see than the thing itself."""

NEVER_SET = {
    *("Resource.published", "Resource.publisher", "Resource.contributedBy", "PackageTitle.platform", "Platform.url"),
    *("Member.ror", "Member.contact", "MemberGroup.parent", "ContentItem.published", "ContentItem.rights"),
    *("Licence.startDate", "Licence.endDate", "Licence.parent", "Obligation.owedTo", "Obligation.clause"),
    *("Obligation.remedy", "Term.userClasses", "Term.purposes", "Term.recipients", "Term.methods", "Term.parts"),
    *("Term.territories", "Term.concurrentUsers", "Term.publicNote", "RoleAssignment.validUntil"),
    *("RoleAssignment.endedAt", "RoleAssignment.endReason", "Licence.holder"),
}
"""Null in this world for everybody."""


def fields_of(type_name: str) -> Iterator[tuple[str, str]]:
    """Each field that needs no argument, with what to select of it."""
    of = build.SCHEMA.type_map[type_name]
    assert isinstance(of, GraphQLObjectType)
    for name, field in of.fields.items():
        if not any(is_non_null_type(argument.type) and not argument.ast_node for argument in field.args.values()) or (
            name == "viewerAccess"
        ):
            leaf = is_leaf_type(get_named_type(field.type))
            yield name, name if leaf else f"{name} {{ __typename }}"


def query(type_name: str) -> str:
    selected = " ".join(selection for _, selection in fields_of(type_name))
    return f"query($id: ID!) {{ node(id: $id) {{ id ... on {type_name} {{ {selected} }} }} }}"


async def test_each_field_is_seen_by_those_who_may(
    house: House,
    anonymous: Person,
    walk_in: Person,
    student: Person,
    outsider: Person,
    librarian: Person,
    other_librarian: Person,
    admin: Person,
    auditor: Person,
) -> None:
    people = {
        "anonymous": anonymous,
        "walk_in": walk_in,
        "student": student,
        "outsider": outsider,
        "librarian": librarian,
        "other_librarian": other_librarian,
        "admin": admin,
        "auditor": auditor,
    }
    seen: dict[str, set[str]] = {}
    for type_name, (thing, _) in TYPES.items():
        for name, person in people.items():
            node = (await person.ask(query(type_name), id=house.id(type_name, thing)))["node"]
            for field, _ in fields_of(type_name):
                known = seen.setdefault(f"{type_name}.{field}", set())
                if node is not None and node[field] is not None:
                    known.add(name)
    expected = {
        field: set() if field in NEVER_SET else FIELDS.get(field, TYPES[field.split(".")[0]][1]) for field in seen
    }
    assert seen == expected


def test_the_walk_knows_every_type_that_has_an_id() -> None:
    nodes = {of.name for of in build.SCHEMA.get_possible_types(build.SCHEMA.type_map["Node"])}  # type: ignore[arg-type]
    assert nodes == set(TYPES)


async def test_a_fragment_on_an_interface_shows_no_more(house: House, student: Person) -> None:
    """C12."""
    document = """
    query($id: ID!, $licence: ID!) {
      party: node(id: $id) { ... on Party { id name } ... on Node { ... on Member { standing roles { role } } } }
      licence: node(id: $licence) { id ... on Licence { terms { note } } }
    }
    """
    answer = await student.ask(document, id=house.id("Member", "alpha"), licence=house.id("Licence", "big deal"))
    assert answer["party"]["standing"] is None
    assert answer["party"]["roles"] is None
    assert answer["licence"] is None


async def test_no_way_around_leads_to_a_clauses_words(house: House, student: Person, outsider: Person) -> None:
    """C01, nested: term → licence → clauses → text, parent and all."""
    document = """
    query($id: ID!) {
      resource(by: {id: $id}) {
        viewerAccess(action: VIEW) {
          clause { text licence { clauses { text } terms { note clause { text } } } }
          term { note clause { text licence { terms { note } } } }
          licence { clauses { text } }
        }
      }
    }
    """
    for person in (student, outsider):
        answer = await person.ask(document, id=house.id("Resource", "Nature of Things"))
        assert "The contract's own words" not in str(answer)
        assert "internal" not in str(answer)


@pytest.mark.usefixtures("librarian")
@pytest.mark.parametrize("hidden", ["Licence", "Clause", "Term", "Obligation", "RoleAssignment"])
async def test_a_hidden_thing_is_as_good_as_an_unknown_one(house: House, other_librarian: Person, hidden: str) -> None:
    """C01."""
    document = "query($id: ID!) { node(id: $id) { id __typename } }"
    thing, _ = TYPES[hidden]
    unknown = await other_librarian.post(document, id=house.id("Obligation", "digitise")[:-4] + "AAAA")
    assert await other_librarian.post(document, id=house.id(hidden, thing)) == unknown == {"data": {"node": None}}


def sources() -> Iterator[Any]:
    from schema.kit.source import sources as of

    for name, named in build.SCHEMA.type_map.items():
        definition = named.extensions.get("strawberry-definition") if isinstance(named, GraphQLObjectType) else None
        if definition:
            yield from ((name, field, source) for field, source in of(definition))


def test_every_field_says_where_its_value_comes_from() -> None:
    found = list(sources())
    assert len(found) > 150
    assert [f"{name}.{field}" for name, field, source in found if source is None] == []
