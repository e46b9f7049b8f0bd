"""The schema keeps what the core contract promises."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    print_ast,
)
from graphql.utilities import BreakingChangeType, find_breaking_changes

from schema import build
from schema.export import COMMITTED
from tests.contract.missing import FIELDS, TYPES

CONTRACT = build_schema(Path(__file__).with_name("core.graphql").read_text(encoding="utf-8"))


def _missing() -> tuple[set[str], set[str]]:
    """Types and fields of the contract that the schema lacks."""
    types, fields = set(), set()
    for name, promised in CONTRACT.type_map.items():
        if name.startswith("__"):
            continue
        there = build.SCHEMA.type_map.get(name)
        if there is None:
            types.add(name)
        elif isinstance(promised, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            kept = getattr(there, "fields", {})
            fields |= {f"{name}.{field}" for field in promised.fields if field not in kept}
    return types, fields


def test_only_what_is_listed_is_missing() -> None:
    """The list only shrinks: what has been built is taken off it."""
    assert _missing() == (TYPES, FIELDS)


def test_nothing_that_is_there_breaks_the_contract() -> None:
    removals = {BreakingChangeType.TYPE_REMOVED, BreakingChangeType.FIELD_REMOVED}
    changes = find_breaking_changes(CONTRACT, build.SCHEMA)
    assert [change.description for change in changes if change.type not in removals] == []


Value = GraphQLArgument | GraphQLInputField


def _values(schema: GraphQLSchema) -> Iterator[tuple[str, Value]]:
    for name, named in schema.type_map.items():
        if isinstance(named, GraphQLInputObjectType):
            yield from ((f"{name}.{field}", value) for field, value in named.fields.items())
        elif isinstance(named, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            for field, definition in named.fields.items():
                yield from ((f"{name}.{field}({arg}:)", value) for arg, value in definition.args.items())


def _default(value: Value) -> str | None:
    written = value.ast_node.default_value if value.ast_node else None
    return print_ast(written) if written else None


def test_no_default_value_differs() -> None:
    """find_breaking_changes doesn't see a default that is lost."""
    ours = dict(_values(build_schema(build.sdl())))
    promised = {name: _default(value) for name, value in _values(CONTRACT) if name in ours}
    assert "VIEW" in promised.values()
    assert promised == {name: _default(ours[name]) for name in promised}


def test_every_one_of_input_is_one() -> None:
    promised = {name for name, named in CONTRACT.type_map.items() if getattr(named, "is_one_of", False)}
    assert promised
    assert promised <= {name for name, named in build.SCHEMA.type_map.items() if getattr(named, "is_one_of", False)}


def test_the_committed_schema_is_what_the_code_says() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == build.sdl()


def _described(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for name, named in schema.type_map.items():
        if name.startswith("__") or name in {"String", "Int", "Float", "Boolean", "ID"}:
            continue
        yield name, named.description
        for field, definition in getattr(named, "fields", {}).items():
            yield f"{name}.{field}", definition.description
            for argument, value in getattr(definition, "args", {}).items():
                yield f"{name}.{field}({argument}:)", value.description


def test_everything_is_described() -> None:
    assert [name for name, description in _described(build.SCHEMA) if not description] == []


@pytest.mark.parametrize("name", ["Resource", "Query"])
def test_the_walk_sees_fields(name: str) -> None:
    """Were the walk empty, the tests above would pass on nothing."""
    assert any(walked.startswith(f"{name}.") for walked, _ in _described(build.SCHEMA))
