"""Lists, counts, filters, order, cursors and facets: none tells of what the viewer doesn't see (C01, A24, A35)."""

from collections.abc import Iterator
from itertools import chain
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, get_named_type, is_list_type
from sqlalchemy import text
from starlette.requests import Request

from api.database import Transaction
from auth.viewer import viewer_of
from schema.build import SCHEMA
from schema.kit import ids
from tests.isolation.people import Somebody
from tests.isolation.table import TOLD, found_as, sees
from tests.isolation.world import PAIR, THINGS
from tests.schema.conftest import House

ROOTS = {"licences": "Licence", "agreements": "Agreement", "obligations": "Obligation"}
"""Lists at the root that show what the viewer sees, and no more."""
QUERY: Any = SCHEMA.type_map["Query"]
NESTED = {
    "Member": {"licences": "Licence", "agreements": "Agreement", "obligations": "Obligation"},
    "Agreement": {"participations": "Participation", "entitlements": "Entitlement"},
    "Licence": {"agreements": "Agreement"},
}
PRIVATE = {type_name for lists in NESTED.values() for type_name in lists.values()}


def seen_by(house: House, person: Somebody, type_name: str) -> set[str]:
    """The ids of everything of a type that this person sees."""
    among = [one for one in THINGS if one.type_name == type_name]
    found = [one for one in among if sees(person.stands_to(one.owners), found_as(type_name))]
    return {house.id(type_name, one.name) for one in found}


def listed(connection: dict[str, Any] | None) -> set[str]:
    """The ids of a list, which counts them rightly."""
    if connection is None:
        return set()
    found = [node["id"] for node in connection["nodes"]]
    assert connection["totalCount"] == len(found) == len({*found})
    return {*found}


LIST = "{ totalCount nodes { id } }"


async def test_a_list_and_its_count_hold_what_the_viewer_sees_and_no_more(house: House, people: list[Somebody]) -> None:
    document = "{ " + " ".join(f"{name}(first: 100) {LIST}" for name in ROOTS) + " }"
    for person in people:
        answer = await person.person.ask(document)
        for name, type_name in ROOTS.items():
            assert listed(answer[name]) == seen_by(house, person, type_name), f"{name} to {person.name}"


async def test_a_list_under_a_thing_holds_nothing_that_the_viewer_does_not_see(
    house: House, people: list[Somebody]
) -> None:
    held: set[tuple[str, str]] = set()
    for person in people:
        for owner, lists in NESTED.items():
            selected = " ".join(f"{name}(first: 100) {LIST}" for name in lists)
            keys = [house.id(owner, one.name) for one in THINGS if one.type_name == owner]
            document = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {owner} {{ {selected} }} }} }}"
            for node in (await person.person.ask(document, ids=keys))["nodes"]:
                for name, type_name in lists.items():
                    found = listed(node and node[name])
                    assert found <= seen_by(house, person, type_name), f"{owner}.{name} to {person.name}"
                    held |= {(person.kind, f"{owner}.{name}")} if found else set()
    every = {f"{owner}.{name}" for owner, lists in NESTED.items() for name in lists}
    assert held == {(kind, name) for kind in ("librarian", "admin", "auditor") for name in every}


def filters() -> Iterator[tuple[str, str, Any]]:
    """Each list with a filter: its name, the filter's field, the field itself."""
    for name in ROOTS:
        of: Any = get_named_type(QUERY.fields[name].args["filter"].type)
        yield from ((name, field, definition) for field, definition in of.fields.items())


def values(house: House, of: Any) -> Iterator[tuple[Any, str | None]]:
    """Values to filter by, and the member whose thing each is; None = nobody's in particular."""
    named, many = get_named_type(of.type), is_list_type(of.type)
    if isinstance(named, GraphQLEnumType):
        yield from (([word] if many else word, None) for word in named.values)
    elif named.name == "Date":
        yield from ((day, None) for day in ("2001-01-01", "2026-06-01", "2099-01-01"))
    else:
        assert named.name == "ID", of


async def test_a_filter_only_narrows(house: House, people: list[Somebody]) -> None:
    """A35: whatever is asked for, nothing comes but what the viewer sees anyway."""
    by_id = {
        "member": [house.id("Member", name) for name in PAIR],
        "licence": [house.id("Licence", f"{name} deal") for name in PAIR],
        "package": [house.id("Package", name) for name in ("journals", "archive", "pool shelf")],
        "resource": [house.id("Resource", name) for name in ("Nature of Things", "Young Letters", "Volume 1")],
    }
    asked = [
        (f"{name}_{field}_{number}", name, {field: value})
        for name, field, definition in filters()
        for number, value in enumerate([value for value, _ in values(house, definition)] or by_id[field])
    ]
    assert len(asked) > 25
    for person in people:
        for start in range(0, len(asked), 15):
            some = asked[start : start + 15]
            given = {f"v{n}": narrowed for n, (_, _, narrowed) in enumerate(some)}
            types = {name: QUERY.fields[name].args["filter"].type for _, name, _ in some}
            heads = ", ".join(f"$v{n}: {types[name]}" for n, (_, name, _) in enumerate(some))
            body = [f"{alias}: {name}(first: 50, filter: $v{n}) {LIST}" for n, (alias, name, _) in enumerate(some)]
            answer = await person.person.ask(f"query({heads}) {{ {' '.join(body)} }}", **given)
            for alias, name, narrowed in some:
                found = listed(answer[alias])
                assert found <= seen_by(house, person, ROOTS[name]), f"{narrowed} to {person.name}"


async def test_a_filter_by_a_hidden_thing_finds_what_one_by_an_unknown_thing_finds(
    house: House, people: list[Somebody]
) -> None:
    """C01: another member, another's licence; under a resource too."""
    compared = 0
    for person in people:
        for name, field, definition in filters():
            type_name = field.capitalize()
            if get_named_type(definition.type).name != "ID" or type_name not in ("Member", "Licence"):
                continue
            document = f"query($id: ID!) {{ {name}(filter: {{{field}: $id}}) {LIST} }}"
            unknown = await person.raw(document, id=ids.encode(type_name, uuid4()))
            for hidden in hidden_names(person, type_name):
                assert await person.raw(document, id=house.id(type_name, hidden)) == unknown
                compared += 1
        key = house.id("Resource", "Nature of Things")
        document = f'query($id: ID!) {{ resource(by: {{id: "{key}"}}) {{ licences(member: $id) {LIST} }} }}'
        unknown = await person.raw(document, id=ids.encode("Member", uuid4()))
        for hidden in hidden_names(person, "Member"):
            assert await person.raw(document, id=house.id("Member", hidden)) == unknown
    assert compared > 30


def hidden_names(person: Somebody, type_name: str) -> list[str]:
    """Members whose contracts this person doesn't see, or contracts of theirs."""
    names = {"Member": PAIR, "Licence": [f"{name} deal" for name in PAIR]}[type_name]
    return [name for name in names if not sees(person.stands_to([name.partition(" ")[0]]), "rights")]


def test_every_filter_and_order_has_a_class_in_the_table() -> None:
    """A35: nobody finds out by a filter or an order what she doesn't see."""
    found = {}
    for of in SCHEMA.type_map.values():
        if isinstance(of, GraphQLObjectType) and not of.name.startswith(("__", "Mutation")):
            for field in of.fields.values():
                for name, argument in field.args.items():
                    named = get_named_type(argument.type)
                    if name in ("filter", "orderBy") and isinstance(named, GraphQLInputObjectType):
                        found[named.name] = sorted(named.fields)
    told = TOLD["narrowed_by"]
    assert {name: sorted(chain.from_iterable(classes.values())) for name, classes in told.items()} == found


async def test_another_viewers_cursor_is_refused(house: House, people: list[Somebody]) -> None:
    """A24: one of a list that shows each viewer something else leads nobody else on in it."""
    documents = {
        name: f"query($after: String) {{ {name}(first: 1, after: $after) {{ pageInfo {{ endCursor }} }} }}"
        for name in ROOTS
    }
    staff = [person for person in people if person.kind in ("librarian", "admin", "auditor")]
    for name, document in documents.items():
        for writer in staff:
            cursor = (await writer.person.ask(document))[name]["pageInfo"]["endCursor"]
            assert cursor
            for reader in people:
                answer = await reader.person.post(document, after=cursor)
                if {reader.kind, writer.kind} <= {"admin", "auditor"} or reader is writer:
                    assert "errors" not in answer
                else:
                    assert answer["errors"][0]["extensions"]["code"] == "BAD_CURSOR", f"{reader.name}, {name}"


async def test_questions_about_others_readers_are_for_the_members_staff(house: House, people: list[Somebody]) -> None:
    key = house.id("Resource", "Nature of Things")
    for name in PAIR:
        subject = f'{{member: {{id: "{house.id("Member", name)}"}}, affiliations: [FACULTY]}}'
        document = f'{{ resource(by: {{id: "{key}"}}) {{ access(for: {subject}) {{ member {{ id }} message }} }} }}'
        refused = await people[0].person.ask(document)
        for person in people:
            answer = await person.person.ask(document)
            assert (answer != refused) is sees(person.stands_to([name]), "question"), f"{person.name} about {name}"


async def test_facets_divide_the_catalogue_alike_for_everybody_but_by_access(people: list[Somebody]) -> None:
    document = "{ resources { totalCount facets(limit: 100) { field values { value label count } } } }"
    found = []
    access = {}
    for person in people:
        answer = (await person.person.ask(document))["resources"]
        divided = {facet["field"]: facet["values"] for facet in answer["facets"]}
        access[person.name] = divided.pop("ACCESS")
        found.append((answer["totalCount"], divided))
    assert all(one == found[0] for one in found)
    assert access["patron of alpha"] != access["anonymous"] != access["walk-in"]


async def test_a_request_touches_the_private_rows_of_its_viewers_members_only(
    app: FastAPI, house: House, people: list[Somebody]
) -> None:
    """What the database is told of who asks: the fence behind all of the above."""

    @app.get("/entered")
    async def entered(request: Request, session: Transaction) -> str:
        await viewer_of(request, session)
        return str(await session.scalar(text("SELECT current_setting('mutua.members')")))

    for person in people:
        told = (await person.person.client.get("/entered")).json()
        member = "alpha" if person.kind == "walk_in" else person.member
        expected = str(house.world.id("member", member)) if member else ""
        assert told == ("*" if person.kind in ("admin", "auditor") else expected), person.name
