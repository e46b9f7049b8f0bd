"""What an operation may cost, computed before it runs: one unit per object that it could answer with.

A page counts as many times as it was asked to be long, a list by keys as many times as there are keys. A list that has
no pages counts LISTED times where its objects lead on to others, so that going in circles (licence → terms → licence)
costs what it multiplies to. Fragments are counted once and their cost reused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
)

from schema.kit.connection import DEFAULT_SIZE, LARGEST_SIZE
from schema.kit.errors import Code, Refusal

LIMIT = 5000
LISTED = 10
"""How long a list without pages is taken to be."""

_PAGED = frozenset({"nodes", "edges"})
_FREE = frozenset({"PageInfo"})


@dataclass(slots=True)
class _Count:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    known: dict[str, int] = field(default_factory=dict)

    def of(self, selections: SelectionSetNode | None, parent: GraphQLNamedType, size: int = 1) -> int:
        """`size`: how long the page is whose fields these are."""
        return sum(self._one(node, parent, size) for node in selections.selections) if selections else 0

    def _one(self, node: SelectionNode, parent: GraphQLNamedType, size: int) -> int:
        if isinstance(node, FieldNode):
            return self._field(node, parent, size)
        if isinstance(node, InlineFragmentNode):
            narrowed = self.schema.type_map[_condition(node)] if node.type_condition else parent
            return self.of(node.selection_set, narrowed, size)
        return self._fragment(node.name.value, size) if isinstance(node, FragmentSpreadNode) else 0

    def _fragment(self, name: str, size: int) -> int:
        key = f"{name} {size}"
        if key not in self.known:
            fragment = self.fragments[name]
            self.known[key] = 0
            self.known[key] = self.of(fragment.selection_set, self.schema.type_map[_condition(fragment)], size)
        return self.known[key]

    def _field(self, node: FieldNode, parent: GraphQLNamedType, size: int) -> int:
        fields = parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else {}
        definition = fields.get(node.name.value)
        if definition is None:
            return 0
        inner = get_named_type(definition.type)
        if is_leaf_type(inner) or inner.name in _FREE:
            return 0
        inside = 1 + self.of(node.selection_set, inner, self._size(node, definition))
        times = size if node.name.value in _PAGED else self._keys(node, definition)
        return min(inside * times, 10 * LIMIT)

    def _size(self, node: FieldNode, definition: GraphQLField) -> int:
        """The size of the page that this field answers with, where it is a connection."""
        if "first" not in definition.args:
            return 1
        asked = [self._value(node, name) for name in ("first", "last") if name in definition.args]
        sizes = [size for size in asked if isinstance(size, int)]
        return max(0, min(max(sizes), LARGEST_SIZE)) if sizes else DEFAULT_SIZE

    def _keys(self, node: FieldNode, definition: GraphQLField) -> int:
        """How many objects a list answers with: as many as keys were asked for, where it is one by keys."""
        if not is_list_type(_nullable(definition.type)):
            return 1
        if not definition.args:
            return LISTED if _leads_on(get_named_type(definition.type)) else 1
        lists = [
            self._value(node, name)
            for name, argument in definition.args.items()
            if is_list_type(_nullable(argument.type))
        ]
        return max([1, *(len(keys) for keys in lists if isinstance(keys, list | tuple))])

    def _value(self, node: FieldNode, name: str) -> Any:
        for argument in node.arguments or ():
            if argument.name.value == name:
                value = argument.value
                if isinstance(value, VariableNode):
                    return self.variables.get(value.name.value)
                if isinstance(value, IntValueNode):
                    return int(value.value)
                return value.values if isinstance(value, ListValueNode) else None
        return None


def _leads_on(of: GraphQLNamedType) -> bool:
    """Whether objects of this type have an id: values such as identifiers lead nowhere."""
    return isinstance(of, GraphQLObjectType) and any(interface.name == "Node" for interface in of.interfaces)


def _condition(node: InlineFragmentNode | FragmentDefinitionNode) -> str:
    return node.type_condition.name.value if node.type_condition else ""


def _nullable(of: Any) -> Any:
    return getattr(of, "of_type", of) if not is_list_type(of) else of


def check(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
) -> int:
    """The operation's cost, refused above LIMIT. The document must be valid."""
    root = schema.get_root_type(operation.operation)
    cost = _Count(schema, fragments, variables).of(operation.selection_set, root) if root else 0
    if cost > LIMIT:
        raise Refusal(f"The operation costs {cost}; {LIMIT} is the most. Ask for smaller pages.", Code.COST_LIMIT)
    return cost
