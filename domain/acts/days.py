"""The days of contracts: both ends included, and counted where each member is. An end on 9999-12-31 means none."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlalchemy.dialects.postgresql import Range

from domain.acts.act import ActRefused, Problem

DAY = timedelta(days=1)
Ends = tuple[date | None, date | None]
"""First and last day; None = open."""


def ending(last: date | None) -> date | None:
    """The last day; the calendar's own last day is no end."""
    return None if last == date.max else last


def in_order(first: date | None, last: date | None, *path: str) -> None:
    """Raises ActRefused where the last day is before the first. `path`: where the input has the last day."""
    if first and last and last < first:
        raise ActRefused(Problem.DATES_REVERSED, *path)


def span(first: date | None, last: date | None) -> Range[date]:
    """The days from first to last, as PostgreSQL gives them back."""
    last = ending(last)
    return Range(first, last + DAY if last else None, bounds="[)" if first else "()")


def ends(days: Range[date] | None) -> Ends:
    """The first and the last of these days."""
    if days is None:
        return None, None
    return days.lower, days.upper - DAY if days.upper else None


def meet(one: Ends, other: Ends) -> bool:
    """Whether two spans share a day."""
    return (one[0] or date.min) <= (other[1] or date.max) and (other[0] or date.min) <= (one[1] or date.max)


def apart(spans: Sequence[Ends], path: str) -> None:
    """Raises ActRefused at the first span of a list that shares a day with one before it."""
    for index, later in enumerate(spans):
        if any(meet(earlier, later) for earlier in spans[:index]):
            raise ActRefused(Problem.OVERLAPS, path, str(index))


def told(first: date | None) -> str:
    """How a record names what begins then."""
    return f"from {first.isoformat()}" if first else "from the beginning"


def earliest(spans: Iterable[Ends]) -> date | None:
    """The first day of all; None = there is none, or one is open."""
    return min((first or date.min for first, _ in spans), default=None)
