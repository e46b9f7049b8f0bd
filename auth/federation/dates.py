"""Times as metadata writes them: xs:dateTime and xs:duration."""

import re
from datetime import UTC, datetime

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?")
_FRACTION = re.compile(r"\.\d+")


def instant(text: str) -> datetime | None:
    """In UTC, which is also what SAML takes a time without a zone for (Core §1.3.3); None: no such time."""
    text = text.strip()
    if not _INSTANT.fullmatch(text):
        return None
    try:
        read = datetime.fromisoformat(_FRACTION.sub("", text))
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
