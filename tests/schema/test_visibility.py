"""Ways around to what a contract keeps to itself, and where each field's value comes from.

Who sees which field is asked in tests/isolation.
"""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLObjectType

from schema import build
from schema.kit.source import sources as of
from tests.schema.conftest import House, Person


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


def sources() -> Iterator[tuple[str, str, Any]]:
    for name, named in build.SCHEMA.type_map.items():
        definition = named.extensions.get("strawberry-definition") if isinstance(named, GraphQLObjectType) else None
        if definition:
            yield from ((name, field, source) for field, source in of(definition))


def test_every_field_says_where_its_value_comes_from() -> None:
    found = list(sources())
    assert len(found) > 150
    assert [f"{name}.{field}" for name, field, source in found if source is None] == []
