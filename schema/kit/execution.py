"""Executing operations: GraphQL's own way, but for leaves.

Most of an answer are scalars and enums of rows that are at hand. GraphQL's own way describes each field to its resolver
and goes through its type layer by layer, which takes ten times as long as reading the value. It is taken where
arguments are given, and where something goes wrong: it tells what and where.
"""

from collections.abc import Callable
from typing import Any, cast

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution import Executor

from schema.kit.context import Context
from schema.kit.source import By, source_of

LEAF = "mutua-leaf"

Complete = Callable[[Any], Any]


class Execution(Executor[None]):
    """One execution. Resolvers of leaves get it for their `info`, of which they read the context only."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # Nobody here uses these, and they know the execution: a request without circles is forgotten once answered.
        self.async_helpers = cast(Any, None)

    @property
    def context(self) -> Context:
        context: Context = self.context_value
        return context

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: Any,
        path: Any,
        position_context: None,
    ) -> Any:
        node = field_details_list[0].node
        field = parent_type.fields.get(node.name.value)
        leaf = field.extensions.get(LEAF) if field and not node.arguments else None
        if leaf:
            resolve, complete = leaf
            try:
                return complete(resolve(source, self))
            except Exception:  # noqa: S110 the general way meets it again, and tells
                pass
        return super().execute_field(parent_type, source, field_details_list, path, position_context)


def derive_leaves(schema: GraphQLSchema) -> None:
    """Keep beside each field that is a leaf, and that nothing has to be waited for, how it is read."""
    for graphql_type in schema.type_map.values():
        if not is_object_type(graphql_type):
            continue
        for field in graphql_type.fields.values():
            source, definition = source_of(field), field.extensions.get("strawberry-definition")
            at_hand = source and source.by is not By.RELATION and not definition.is_async
            if at_hand and is_leaf_type(get_named_type(field.type)):
                field.extensions[LEAF] = field.resolve, _completing(field.type)


def _completing(of: GraphQLOutputType) -> Complete:
    """What makes JSON of a value of this type. Raises whatever where the value isn't one."""
    if is_non_null_type(of):
        return _required(_completing(of.of_type))
    if is_list_type(of):
        return _each(_completing(of.of_type))
    if is_enum_type(of):
        names = {value.value: name for name, value in of.values.items()}
        return lambda value: None if value is None else names[value]
    coerce = cast(GraphQLScalarType, of).coerce_output_value
    return lambda value: None if value is None else coerce(value)


def _required(complete: Complete) -> Complete:
    def required(value: Any) -> Any:
        completed = complete(value)
        if completed is None:
            raise ValueError("null")
        return completed

    return required


def _each(complete: Complete) -> Complete:
    return lambda values: None if values is None else [complete(value) for value in values]
