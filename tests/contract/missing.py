"""What the core contract promises and isn't built yet. This list only shrinks."""

TYPES: set[str] = set()

FIELDS: set[str] = set()
