"""Bounds of a GraphQL document, measured in one pass before validation.

Spreads count with their multiplicity, and each fragment is measured once: a fan of fragments (`Ai{...Aj ...Aj}`) costs
us as much as its text is long, whatever it would cost to execute.
"""

import re
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    visit,
)
from graphql.language import Visitor

from schema.kit.errors import Code, Refusal

TOKENS = 1000
DEPTH = 15
INTROSPECTION_DEPTH = 20
ALIASES = 30
DIRECTIVES = 50
ROOT_FIELDS = 20
INTROSPECTIONS = 5
"""Of `__schema` and `__type`, which are answered on the spot: each may take as long as the largest page."""
FIELDS = 2000
"""Fields of an operation after its fragments are put in place."""

_ENDLESS = 10**9
_INTROSPECTION = frozenset({"__schema", "__type"})
_PERHAPS_NUL = re.compile(r"\x00|\\u0000|\\u\{0+\}")


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection amounts to with its fragments in place. Depths are in levels of fields."""

    fields: int = 0
    aliases: int = 0
    depth: int = 0
    introspection_depth: int = 0
    introspections: int = 0

    def beside(self, other: "Size") -> "Size":
        return Size(
            min(self.fields + other.fields, _ENDLESS),
            min(self.aliases + other.aliases, _ENDLESS),
            max(self.depth, other.depth),
            max(self.introspection_depth, other.introspection_depth),
            min(self.introspections + other.introspections, _ENDLESS),
        )


NOTHING = Size()


@dataclass(slots=True)
class _Measure:
    fragments: dict[str, FragmentDefinitionNode]
    known: dict[str, Size | None] = field(default_factory=dict)
    """None while a fragment is being measured: a cycle, which validation reports."""

    def of(self, selections: SelectionSetNode | None) -> Size:
        size = NOTHING
        for selection in selections.selections if selections else ():
            size = size.beside(self._one(selection))
        return size

    def _one(self, node: SelectionNode) -> Size:
        if isinstance(node, FieldNode):
            return self._field(node)
        if isinstance(node, InlineFragmentNode):
            return self.of(node.selection_set)
        return self.fragment(node.name.value) if isinstance(node, FragmentSpreadNode) else NOTHING

    def _field(self, node: FieldNode) -> Size:
        inside = self.of(node.selection_set)
        fields, aliases = inside.fields + 1, inside.aliases + bool(node.alias)
        if node.name.value in _INTROSPECTION:
            return Size(fields, aliases, 0, inside.depth + 1, 1)
        return Size(fields, aliases, inside.depth + 1, inside.introspection_depth, inside.introspections)

    def fragment(self, name: str) -> Size:
        if name not in self.known and name in self.fragments:
            self.known[name] = None
            self.known[name] = self.of(self.fragments[name].selection_set)
        return self.known.get(name) or NOTHING


class _Texts(Visitor):
    """Finds NUL in the strings of a document."""

    found = False

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        self.found = self.found or "\0" in node.value


class _Directives(Visitor):
    count = 0

    def enter_directive(self, *_: object) -> None:
        self.count += 1


def check(document: DocumentNode, text: str) -> None:
    """Refuse a document that is too large in any way, with one error whatever it is full of."""
    if _PERHAPS_NUL.search(text):
        texts = _Texts()
        visit(document, texts)
        if texts.found:
            raise Refusal("A text contains the character NUL.")
    if text.count("@") > DIRECTIVES:
        directives = _Directives()
        visit(document, directives)
        if directives.count > DIRECTIVES:
            raise Refusal(f"The document has more than {DIRECTIVES} directives.", Code.TOO_COMPLEX)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    measure = _Measure(fragments)
    for name in fragments:
        _check_size(measure.fragment(name))
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            _check_size(measure.of(node.selection_set))
            if _root_fields(node.selection_set, fragments, set()) > ROOT_FIELDS:
                raise Refusal(f"The operation has more than {ROOT_FIELDS} fields at its root.", Code.TOO_COMPLEX)


def _check_size(size: Size) -> None:
    if size.depth > DEPTH:
        raise Refusal(f"The document is nested deeper than {DEPTH} levels.", Code.DEPTH_LIMIT)
    if size.introspection_depth > INTROSPECTION_DEPTH:
        raise Refusal(f"Introspection goes deeper than {INTROSPECTION_DEPTH} levels.", Code.DEPTH_LIMIT)
    if size.introspections > INTROSPECTIONS:
        raise Refusal(f"The document introspects more than {INTROSPECTIONS} times.", Code.TOO_COMPLEX)
    if size.aliases > ALIASES:
        raise Refusal(f"The document has more than {ALIASES} aliases.", Code.ALIAS_LIMIT)
    if size.fields > FIELDS:
        raise Refusal(f"The document selects more than {FIELDS} fields.", Code.TOO_COMPLEX)


def _root_fields(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], seen: set[str]) -> int:
    """Fields at the root. A fragment spread twice is merged into one when executed, so it counts once."""
    count = 0
    for node in selections.selections:
        if isinstance(node, FieldNode):
            count += 1
        elif isinstance(node, InlineFragmentNode):
            count += _root_fields(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            if fragment := fragments.get(node.name.value):
                count += _root_fields(fragment.selection_set, fragments, seen)
    return count
