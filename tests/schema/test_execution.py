"""Leaves read without ceremony: the answers are GraphQL's own, faults included."""

import gc
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_non_null_type
from graphql.execution import Executor

from api import graphql
from domain import visibility
from schema import build
from schema.kit.context import Context
from schema.kit.execution import LEAF
from tests.schema.conftest import House, Person

THINGS = {
    "Resource": "Nature of Things",
    "Package": "journals",
    "PackageTitle": "journals/Nature of Things",
    "Member": "alpha",
    "MemberGroup": "north",
    "Provider": "Verlag",
    "Platform": "Reader",
    "ContentItem": "page",
    "Licence": "big deal",
    "Clause": "big deal 1",
    "Term": "big deal/1",
    "Agreement": "deal",
    "Obligation": "digitise",
}
SHAPES = """
query($id: ID!, $yes: Boolean!, $no: Boolean!) {
  node(id: $id) {
    __typename
    again: id
    ... on Resource @include(if: $yes) { kind other: kind languages chinese: title(lang: "zh") openAccess }
    ... on Resource @skip(if: $yes) { published }
    ...Rest
  }
  viewer { signedIn @skip(if: $no) memberships { affiliations roles } expiresAt }
}
fragment Rest on Resource {
  title
  identifiers { namespace value }
  packageTitles(first: 1) { nodes { status coverage { accessType startDate } } }
}
"""


def leaves(type_name: str) -> list[str]:
    """The fields of a type that are values and need no argument."""
    of = build.SCHEMA.type_map[type_name]
    assert isinstance(of, GraphQLObjectType)
    return [
        name
        for name, field in of.fields.items()
        if is_leaf_type(get_named_type(field.type))
        and not any(is_non_null_type(one.type) for one in field.args.values())
    ]


async def both(person: Person, monkeypatch: pytest.MonkeyPatch, document: str, **variables: Any) -> dict[str, Any]:
    """The answer, which must be the one that GraphQL's own way gives, in the same order."""
    ours = await person.post(document, **variables)
    with monkeypatch.context() as patched:
        patched.setattr(graphql, "Execution", Executor)
        theirs = await person.post(document, **variables)
    for answer in (ours, theirs):
        for error in answer.get("errors", []):
            number = error["extensions"].pop("requestId")
            error["message"] = error["message"].replace(number, "")
    assert str(ours) == str(theirs)
    return ours


@pytest.mark.parametrize("type_name", THINGS)
async def test_every_value_of_a_type_is_the_same(
    house: House, librarian: Person, monkeypatch: pytest.MonkeyPatch, type_name: str
) -> None:
    fields = " ".join(leaves(type_name))
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on {type_name} {{ {fields} }} }} }}"
    answer = await both(librarian, monkeypatch, document, id=house.id(type_name, THINGS[type_name]))
    assert set(answer["data"]["node"]) == set(leaves(type_name))


def test_most_values_are_read_so() -> None:
    of = build.SCHEMA.type_map["Resource"]
    assert isinstance(of, GraphQLObjectType)
    assert {"id", "kind", "title", "published", "languages", "openAccess"} <= {
        name for name, field in of.fields.items() if LEAF in field.extensions
    }


async def test_aliases_arguments_fragments_and_directives_are_kept(
    house: House, student: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = house.id("Resource", "Nature of Things")
    answer = await both(student, monkeypatch, SHAPES, id=resource, yes=True, no=False)
    assert answer["data"]["node"]["chinese"] == "《Nature of Things》"
    assert "published" not in answer["data"]["node"]


async def test_a_value_that_fails_is_told_as_by_graphql_itself(
    house: House, librarian: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once where null may stand for it, once where it takes its parent along."""
    document = """query($id: ID!) {
      one: node(id: $id) { id ... on ContentItem { sha256 mediaType } }
      viewer { signedIn }
    }"""

    def broken(*_: Any) -> bool:
        raise RuntimeError("secret")

    item = house.id("ContentItem", "page")
    monkeypatch.setattr(visibility, "is_staff", broken)
    answer = await both(librarian, monkeypatch, document, id=item)
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["one", "sha256"], "INTERNAL")
    assert answer["data"]["one"]["mediaType"]

    of = build.SCHEMA.type_map["ContentItem"]
    assert isinstance(of, GraphQLObjectType)
    field = of.fields["mediaType"]
    _, complete = field.extensions[LEAF]
    monkeypatch.setitem(field.extensions, LEAF, (lambda *_: None, complete))
    monkeypatch.setattr(field, "resolve", lambda *_: None)
    answer = await both(librarian, monkeypatch, document, id=item)
    assert answer["data"]["one"] is None
    assert ["one", "mediaType"] in [one["path"] for one in answer["errors"]]


async def test_a_request_is_forgotten_without_the_garbage_collector(house: House, librarian: Person) -> None:
    document = """
    query($id: ID!) { node(id: $id) { ... on Member {
        licences { totalCount edges { cursor node { name terms { clause { number } } } } pageInfo { endCursor } } } } }
    """
    await librarian.ask(document, id=house.id("Member", "alpha"))
    gc.collect()
    gc.disable()
    try:
        await librarian.ask(document, id=house.id("Member", "alpha"))
        assert [one for one in gc.get_objects() if isinstance(one, Context)] == []
    finally:
        gc.enable()
