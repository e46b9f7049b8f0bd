"""Partial dates: `1999`, `1999-03`, `1999-03-14`. As a start the first day is meant, as an end the last."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_WRITTEN = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """`text` is the normal form."""

    text: str
    first: date
    last: date


def published(written: str | None) -> dict[str, str | date | None]:
    """The columns of a date of publication, where it is known."""
    if not written:
        return dict.fromkeys(("published", "published_first", "published_last"))
    when = read(written)
    return {"published": when.text, "published_first": when.first, "published_last": when.last}


def read(written: str) -> PartialDate:
    """Raises ValueError for what isn't one (`0000-00-00`, `2004-00`, `2004-02-30`, `14/03/1999`)."""
    match = _WRITTEN.fullmatch(written)
    if not match:
        raise ValueError(written)
    year = int(match.group(1))
    month, day = (int(part or 1) for part in match.group(2, 3))
    first = date(year, month, day)
    if match.group(3):
        return PartialDate(first.isoformat(), first, first)
    if match.group(2):
        return PartialDate(f"{year:04}-{month:02}", first, date(year, month, monthrange(year, month)[1]))
    return PartialDate(f"{year:04}", first, date(year, 12, 31))
