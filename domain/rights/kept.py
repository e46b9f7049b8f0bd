"""What was worked out before, kept beside the grants that it was made of and gone with them."""

from collections.abc import Callable, Hashable
from typing import TypeVar

MOST = 4096
"""Kept of one kind, per process: anybody may ask anything, so the oldest goes when there are more."""

Found = TypeVar("Found")


def kept(
    store: dict[Hashable, Found], made_of: Hashable, make: Callable[[], Found], *, most: int | None = None
) -> Found:
    """What was made of this before; else it is made now. `None` isn't kept."""
    found = store.get(made_of)
    if found is None:
        found = make()
        while len(store) >= (most or MOST):
            store.pop(next(iter(store)))
        store[made_of] = found
    return found
