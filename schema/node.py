"""What has a global id, and the look-up by it."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from schema import scopes
from schema.kit import ids
from schema.kit.context import Info
from schema.kit.source import TYPE_OF, fact, type_of

Visible = Callable[[Info, Any], Awaitable[bool]]

_LOADERS: dict[str, tuple[str, Visible | None]] = {}


@strawberry.interface(description="Whatever has an id of its own.")
class Node:
    id: strawberry.ID = fact("id", "Opaque; it carries its type.")

    resolve_type = staticmethod(type_of)


def lookup(type_name: str, loader: str, visible: Visible | None = None) -> None:
    """Let ids of this type be looked up. `visible`: who may see a row so; None = everybody."""
    _LOADERS[type_name] = loader, visible


async def find(info: Info, value: str, *types: str) -> Any:
    """The row behind an id, or None: malformed, foreign, unknown and hidden ids are all the same to a caller."""
    revealed = ids.reveal(value)
    if revealed is None or revealed[0] not in _LOADERS or (types and revealed[0] not in types):
        return None
    if not scopes.finds(info, revealed[0]):
        return None
    loader, visible = _LOADERS[revealed[0]]
    row = await info.context.loaders.load(loader, revealed[1])
    if row is None or TYPE_OF[type(row)] != revealed[0] or (visible and not await visible(info, row)):
        return None
    return row


def keys(values: list[strawberry.ID] | None, *types: str) -> tuple[UUID, ...] | None:
    """The keys of a filter's ids. Ids of another type are unknown, so nothing has them."""
    if values is None or values is strawberry.UNSET:
        return None
    return tuple(key for value in values if (key := ids.decode(value, *types)))
