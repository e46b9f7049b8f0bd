"""Where each field's value comes from, in one line beside the field.

A type is written by hand; its objects at run time are plain rows. Every field says its source, which is kept as
metadata (`sources` reads it back), and fields of the first two kinds get their resolver from it:

- `column`: an attribute of the row, as it is;
- `relation`: what a foreign key of the row points to, through a batched loader;
- `computed`: Python, naming the columns that it needs.
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLField, GraphQLResolveInfo, GraphQLSchema, get_named_type, is_leaf_type, is_object_type
from strawberry.types.base import StrawberryObjectDefinition

from schema.kit import ids

Kind = TypeVar("Kind", bound=type)
ResolveInfo = GraphQLResolveInfo[Any]


class By(StrEnum):
    COLUMN = "column"
    RELATION = "relation"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Source:
    """`columns` as table.column; `attribute`: what is read of the row; `loader`: the loader's name for relations."""

    by: By
    columns: tuple[str, ...] = ()
    attribute: str = ""
    loader: str = ""


def _name(column: Any) -> str:
    return f"{column.table.name}.{column.key}" if hasattr(column, "table") else str(column)


def _field(source: Source, description: str, **options: Any) -> Any:
    return strawberry.field(description=description, metadata={"source": source}, **options)


def column(attribute: Any, description: str, **options: Any) -> Any:
    """A column of the type's row."""
    return _field(Source(By.COLUMN, (_name(attribute),), attribute.key), description, **options)


def fact(attribute: str, description: str, **options: Any) -> Any:
    """An attribute of a value that no table holds: an answer of the rights engine, a page of a list."""
    return _field(Source(By.COLUMN, (), attribute), description, **options)


def pointer(attribute: str, loader: str, description: str, **options: Any) -> Any:
    """What a key points to that stands in a value and not in a table."""
    return _field(Source(By.RELATION, (), attribute, loader), description, **options)


def relation(attribute: Any, loader: str, description: str, **options: Any) -> Any:
    """What the column points to. `loader`: a name of schema.kit.loaders."""
    return _field(Source(By.RELATION, (_name(attribute),), attribute.key, loader), description, **options)


def computed(resolver: Callable[..., Any], description: str, *needs: Any, **options: Any) -> Any:
    """What `resolver(root, info, …)` says. `needs`: the columns that it reads, of the row or of other tables."""
    return _field(Source(By.COMPUTED, tuple(map(_name, needs))), description, resolver=resolver, **options)


def _key(root: Any, info: strawberry.Info[Any, Any]) -> strawberry.ID:
    return ids.encode(TYPE_OF[type(root)], root.id)


TYPE_OF: dict[type, str] = {}
"""The GraphQL type of each class of rows, for interfaces, unions and ids."""


def identity(of: Any) -> Any:
    """The field `id`."""
    return computed(_key, "Opaque; it carries its type.", of.id)


def noun(row: type, description: str, name: str | None = None) -> Callable[[Kind], Kind]:
    """A type whose objects are rows of this class."""

    def declare(cls: Kind) -> Kind:
        type_name = name or cls.__name__
        TYPE_OF[row] = type_name

        def is_type_of(obj: Any, _info: ResolveInfo) -> bool:
            return isinstance(obj, row)

        cls.is_type_of = is_type_of  # type: ignore[attr-defined] # read by Strawberry
        return strawberry.type(cls, name=name, description=description)

    return declare


def type_of(obj: Any, _info: ResolveInfo, _abstract: Any) -> str | None:
    """Which type of an interface or union a row is of."""
    return next((TYPE_OF[cls] for cls in type(obj).__mro__ if cls in TYPE_OF), None)


def _from_column(attribute: str) -> Callable[[Any, ResolveInfo], Any]:
    def resolve(root: Any, _info: ResolveInfo) -> Any:
        return getattr(root, attribute)

    return resolve


def _from_relation(attribute: str, loader: str) -> Callable[[Any, ResolveInfo], Any]:
    def resolve(root: Any, info: ResolveInfo) -> Any:
        key = getattr(root, attribute)
        return None if key is None else info.context.loaders.get(loader, key)

    return resolve


def _from_python(function: Callable[..., Any]) -> Callable[..., Any]:
    """A resolver called by GraphQL itself. Of its `info` it reads the context, which GraphQL's own has as well."""
    takes = list(inspect.signature(function).parameters)
    if takes[:2] == ["root", "info"]:
        return function
    if takes == ["root"]:
        return lambda root, _info: function(root)
    if takes[:1] == ["info"]:
        return lambda _root, info, **given: function(info, **given)
    raise TypeError(f"{function} takes neither root nor info")


def sources(definition: StrawberryObjectDefinition) -> Iterable[tuple[str, Source | None]]:
    """Each field of a type with its source, for tests and for compiling documents."""
    return [(field.python_name, field.metadata.get("source")) for field in definition.fields]


def source_of(field: GraphQLField) -> Source | None:
    """The source of a field of the built schema."""
    definition = field.extensions.get("strawberry-definition")
    source: Source | None = definition.metadata.get("source") if definition else None
    return source


def derive_resolvers(schema: GraphQLSchema) -> None:
    """Give every field with a source a resolver of its own: the general one costs more than what most fields do.

    Only inputs need the general one, which makes objects of them.
    """
    for graphql_type in schema.type_map.values():
        if not is_object_type(graphql_type) or graphql_type.name.startswith("__"):
            continue
        for field in graphql_type.fields.values():
            source, definition = source_of(field), field.extensions.get("strawberry-definition")
            if source is None:
                continue
            if source.by is By.COLUMN:
                field.resolve = _from_column(source.attribute)
            elif source.by is By.RELATION:
                field.resolve = _from_relation(source.attribute, source.loader)
            elif all(is_leaf_type(get_named_type(argument.type)) for argument in field.args.values()):
                field.resolve = _from_python(definition.base_resolver.wrapped_func)
                for argument, told in zip(field.args.values(), definition.arguments, strict=True):
                    argument.out_name = told.python_name
