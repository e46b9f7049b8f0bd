"""Coverage statements as staff enter them: for titles in packages and for lines of agreements."""

from typing import Any

from domain import dates
from domain.acts.act import ActRefused, Problem
from domain.rights import embargo as embargoes

MOST = 100
"""Statements of one title or line."""
LONGEST = 200
"""Characters of a volume, issue, depth or note."""


def statement(path: str, index: int, *, start: str | None, end: str | None, embargo: str | None) -> dict[str, Any]:
    """The columns of a statement's dates and embargo. A blank start means from the beginning, a blank end to the
    present. Raises ActRefused."""
    first, last = (dates.read(text) if text else None for text in (start, end))
    if first and last and last.last < first.first:
        raise ActRefused(Problem.DATES_REVERSED, path, str(index), "endDate")
    if embargoes.read(embargo) is embargoes.UNREADABLE:
        raise ActRefused(Problem.EMBARGO, path, str(index), "embargo", value=embargo)
    return {
        "start_date": first and first.text,
        "start_on": first and first.first,
        "end_date": last and last.text,
        "end_on": last and last.last,
        "embargo": embargo,
    }
