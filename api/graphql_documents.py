"""Documents made ready to run: parsed, measured, validated; once per text, since front ends repeat themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute_sync,
    parse,
    validate,
)

from api import graphql_limits
from schema.kit.errors import Code, Refusal

KEPT_CHARACTERS = 20_000
"""Longer texts are prepared each time."""
MOST_CHARACTERS = 100_000
"""Of all texts kept; prepared they take 100 to 350 times their length, and anybody may send as many as she likes."""
KEPT_INTROSPECTIONS = 4
INTROSPECTION = frozenset({"__schema", "__type", "__typename"})
ERRORS = 5
"""Reported per document."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A document that may run, or the errors that say why it may not."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run; refused where the name leaves no or several."""
        definitions = self.document.definitions if self.document else ()
        operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
        if name is None and len(operations) > 1:
            raise Refusal("The document has several operations: operationName says which one to run.")
        named = [node for node in operations if name is None or (node.name and node.name.value == name)]
        if not named:
            raise Refusal("The document has no operation of that name." if name else "The document has no operation.")
        return named[0]

    def introspects(self, operation: OperationDefinitionNode) -> bool:
        """Whether it selects nothing at its root but what every schema has."""
        return all(
            isinstance(node, FieldNode) and node.name.value in INTROSPECTION
            for node in operation.selection_set.selections
        )


class Documents:
    """The documents that a schema has been asked lately."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: dict[str, Prepared] = {}
        self._characters = 0
        self.introspect = lru_cache(maxsize=KEPT_INTROSPECTIONS)(self._introspect)

    def prepare(self, text: str) -> Prepared:
        """The document of a text; one asked for lately isn't prepared again."""
        if len(text) > KEPT_CHARACTERS:
            return self._prepare(text)
        known = self._kept.pop(text, None)
        if known is None:
            known = self._prepare(text)
            self._characters += len(text)
        self._kept[text] = known
        while self._characters > MOST_CHARACTERS:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._characters -= len(oldest)
        return known

    def _introspect(self, prepared: Prepared, name: str | None) -> dict[str, Any] | None:
        """The answer to an operation that introspects: it takes longer than any page, and is always the same."""
        if prepared.document is None:
            return None
        return execute_sync(self._schema, prepared.document, operation_name=name).data

    def _prepare(self, text: str) -> Prepared:
        try:
            document = parse(text, max_tokens=graphql_limits.TOKENS)
            graphql_limits.check(document, text)
        except GraphQLSyntaxError as error:
            return Prepared(None, (_said(error),))
        except GraphQLError as error:
            return Prepared(None, (error,))
        return Prepared(document, tuple(_bounded(validate(self._schema, document, max_errors=ERRORS))))


def _said(error: GraphQLSyntaxError) -> GraphQLError:
    """The parser has two limits of its own and calls both of them syntax errors."""
    if "tokens. Parsing aborted" in error.message:
        return Refusal(f"The document has more than {graphql_limits.TOKENS} tokens.", Code.TOKEN_LIMIT)
    if "nested too deeply" in error.message:
        return Refusal(f"The document is nested deeper than {graphql_limits.DEPTH} levels.", Code.DEPTH_LIMIT)
    return error


def _bounded(errors: Sequence[GraphQLError]) -> Sequence[GraphQLError]:
    """Two limits are the validator's own: introspection that goes in circles, and fields selected so often that telling
    whether they merge would take too long. The rest are the document's own faults.
    """
    for error in errors:
        if error.message == "Validation aborted.":
            return [Refusal("The document selects the same fields too often.", Code.TOO_COMPLEX)]
        if "introspection depth" in error.message.lower():
            return [Refusal("Introspection goes in circles.", Code.DEPTH_LIMIT)]
    return errors[:ERRORS]
