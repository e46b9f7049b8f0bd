"""Global ids: opaque to clients, and carrying their type, so that one of another type is as good as unknown."""

import base64
import binascii
from uuid import UUID

from strawberry import ID

LONGEST = 120
"""Characters of the longest id that is looked at; ours have fewer."""


def encode(type_name: str, key: UUID) -> ID:
    return ID(base64.urlsafe_b64encode(f"{type_name}:{key}".encode()).rstrip(b"=").decode())


def reveal(value: str) -> tuple[str, UUID] | None:
    """Type and key of an id, or None for whatever isn't exactly as we write it."""
    if len(value) > LONGEST:
        return None
    try:
        text = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True).decode("ascii")
        type_name, _, key = text.partition(":")
        revealed = type_name, UUID(key)
    except (ValueError, binascii.Error):
        return None
    return revealed if encode(*revealed) == value else None


def decode(value: str, *types: str) -> UUID | None:
    """The key of an id of one of these types; None if it is malformed or of another type."""
    revealed = reveal(value)
    return revealed[1] if revealed and revealed[0] in types else None
