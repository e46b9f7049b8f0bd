"""The schema, built once: everybody who needs it imports it from here."""

from functools import cache

from graphql import GraphQLInputObjectType, GraphQLSchema, lexicographic_sort_schema, print_schema
from strawberry import Schema
from strawberry.schema.config import StrawberryConfig

from schema import scopes
from schema.kit.execution import derive_leaves
from schema.kit.scalars import SCALARS
from schema.kit.source import derive_resolvers
from schema.mutation import Mutation
from schema.query import TYPES, Query


def _build() -> GraphQLSchema:
    strawberry_schema = Schema(Query, Mutation, types=TYPES, config=StrawberryConfig(scalar_map=SCALARS))
    schema = strawberry_schema._schema
    _mark_one_of(schema)
    derive_resolvers(schema)
    scopes.guard(schema)
    derive_leaves(schema)
    return schema


def _mark_one_of(schema: GraphQLSchema) -> None:
    """Tell GraphQL itself which inputs are @oneOf, so that it validates, prints and introspects them."""
    for graphql_type in schema.type_map.values():
        if isinstance(graphql_type, GraphQLInputObjectType):
            definition = graphql_type.extensions.get("strawberry-definition")
            graphql_type.is_one_of = bool(definition and definition.is_one_of)


SCHEMA = _build()


@cache
def sdl() -> str:
    """The schema as text, sorted, so that a change of order in the code changes nothing."""
    return print_schema(lexicographic_sort_schema(SCHEMA)) + "\n"
