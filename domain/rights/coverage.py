"""Which publication dates a right reaches on a given day (design §4, rule 5).

A `Statement` is one KBART row, or one line by which an entitlement narrows or keeps it. A `Span` is what all of its
statements leave open; an `Extent` is what a right reaches: any of its spans.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.rights.answer import Window
from domain.rights.embargo import UNREADABLE, Embargo
from domain.rights.value import value
from models.vocabulary import AccessReason

Dates = tuple[date, date]
"""First and last day, both inclusive. The ends of the calendar stand for "open"."""

ALL_DATES: Dates = (date.min, date.max)
NO_DATES: Dates = (date.max, date.min)


@dataclass(frozen=True, slots=True)
class Statement:
    """A blank start means from the beginning, a blank end to the present."""

    id: UUID
    start: date | None = None
    end: date | None = None
    embargo: Embargo | None = None
    free: bool = False

    def covers(self, day: date) -> Dates | None:
        """What it covers, before anything is withheld; None = nothing."""
        first, last = self.start or date.min, self.end or date.max
        if self.embargo and self.embargo.wall:
            reached = self.embargo.wall.first(day)
            if reached is None:
                return None
            first = max(first, reached)
        return (first, last) if first <= last else None

    def leaves_open(self, day: date) -> Dates | None:
        """What of it may be read on this day."""
        if self.embargo is UNREADABLE or (covered := self.covers(day)) is None:
            return None
        if self.embargo is None or self.embargo.hold is None:
            return covered
        last = self.embargo.hold.last(day)
        return overlap(covered, (date.min, last)) if last else None


Span = tuple[Statement, ...]
Extent = tuple[Span, ...]

EVERYTHING: Extent = ((),)


@value
class Opening:
    """`until`: the last day on which what is wanted stays open; None = no known end."""

    windows: tuple[Dates, ...]
    statements: tuple[UUID, ...]
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """`until`: the last day on which it stays closed for this reason; `opens_on`: when it opens. None = not known."""

    reason: AccessReason
    opens_on: date | None = None
    until: date | None = None


NOT_COVERED = Closed(AccessReason.OUT_OF_COVERAGE)
_FOREVER_OPEN = Opening((ALL_DATES,), ())


def overlap(one: Dates, other: Dates) -> Dates | None:
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def narrowed(by: tuple[Statement, ...], extent: Extent) -> Extent:
    """An extent cut down to what the lines of an entitlement name; no lines = not narrowed."""
    if not by:
        return extent
    return tuple((line, *span) for line in by for span in extent)


def look(extent: Extent, day: date, wanted: Dates | None, *, whole: bool) -> Opening | Closed:
    """What of an extent is open on `day`.

    `wanted`: the publication dates asked for; None = not known. It is enough that any part of them is open, unless the
    `whole` of them must be: then an unknown date opens only what isn't limited at all.
    """
    if extent is EVERYTHING:
        return _FOREVER_OPEN
    windows = [(span, window) for span in extent if (window := _open(span, day))]
    hits = [(span, window) for span, window in windows if wanted is None or overlap(window, wanted)]
    if not hits:
        return _closed(extent, day, wanted, whole)
    if whole and (lacking := _lacking(extent, [window for _, window in hits], day, wanted)):
        return lacking
    ends = [_stays_open_until(span, window, wanted, whole) for span, window in hits]
    known = [end for end in ends if end]
    until = (min(known) if whole else max(known)) if known and (whole or len(known) == len(ends)) else None
    return Opening(
        windows=tuple(dict.fromkeys(window for _, window in hits)),
        statements=tuple(dict.fromkeys(span[-1].id for span, _ in hits if span)),
        until=until,
    )


def covered(extent: Extent, day: date) -> tuple[Dates, ...]:
    """What an extent covers on a day, whether it is withheld for now or not."""
    return tuple(dict.fromkeys(window for span in extent if (window := _covered(span, day))))


def simply(extent: Extent, day: date, wanted: Dates | None, reached: dict[int, Dates]) -> Opening | Closed | None:
    """What `look` finds where that is simple, as it is for most: one statement without a moving wall, of which enough
    is open or nothing is covered. None: ask `look`. `reached`: kept for this day, the publication dates that an embargo
    leaves open."""
    if len(extent) != 1 or len(extent[0]) != 1:
        return None
    (statement,) = extent[0]
    first, last, embargo = statement.start or date.min, statement.end or date.max, statement.embargo
    if wanted is not None and (wanted[1] < first or last < wanted[0]) and (embargo is None or embargo.wall is None):
        return NOT_COVERED
    if embargo is not None:
        left = reached.get(id(embargo))
        if left is None:
            hold = embargo.hold if embargo.wall is None else None
            reach = hold.last(day) if hold else None
            left = reached[id(embargo)] = (date.min, reach) if reach else NO_DATES
        if left is NO_DATES:
            return None
        if left[1] < last:
            last = left[1]
    if first > last or (wanted is not None and last < wanted[0]):
        return None
    return Opening(((first, last),), (statement.id,), None)


def is_open(extent: Extent, day: date, wanted: Dates | None, *, whole: bool) -> bool:
    """Whether `look` finds an opening, without saying which."""
    if whole:
        return isinstance(look(extent, day, wanted, whole=True), Opening)
    return any(
        (window := _open(span, day)) is not None and (wanted is None or overlap(window, wanted) is not None)
        for span in extent
    )


def as_window(dates: Dates) -> Window:
    first, last = dates
    return Window(first if first > date.min else None, last if last < date.max else None)


def _open(span: Span, day: date) -> Dates | None:
    return _intersected(statement.leaves_open(day) for statement in span)


def _covered(span: Span, day: date) -> Dates | None:
    return _intersected(statement.covers(day) for statement in span)


def _intersected(parts: Iterable[Dates | None]) -> Dates | None:
    whole = ALL_DATES
    for part in parts:
        if part is None or (shared := overlap(whole, part)) is None:
            return None
        whole = shared
    return whole


def _closed(extent: Extent, day: date, wanted: Dates | None, whole: bool) -> Closed:
    """Nothing of it is open: withheld for now, or not covered."""
    withheld = [
        _withheld(span, overlap(window, wanted) if wanted else window)
        for span in extent
        if (window := _covered(span, day)) and (wanted is None or overlap(window, wanted))
    ]
    if not withheld:
        return Closed(AccessReason.OUT_OF_COVERAGE)
    soonest = min((opens for opens in withheld if opens), default=None)
    opens_on = _all_open_on(extent, day, wanted) if whole else soonest
    if _walled(extent):
        return Closed(AccessReason.EMBARGOED, opens_on, until=day)
    return Closed(AccessReason.EMBARGOED, opens_on, until=soonest - timedelta(days=1) if soonest else None)


def _all_open_on(extent: Extent, day: date, wanted: Dates | None) -> date | None:
    """The first day on which a span that covers all of the dates wanted has opened; None = not known."""
    if wanted is None:
        return None
    last = (wanted[1], wanted[1])
    opens = [_withheld(span, last) for span in extent if _contain([_covered(span, day) or NO_DATES], wanted)]
    return min((o for o in opens if o), default=None)


def _withheld(span: Span, dates: Dates | None) -> date | None:
    """The first day on which the first of these dates opens; None where a wall moves too, or it isn't known."""
    if dates is None or any(s.embargo is UNREADABLE or (s.embargo and s.embargo.wall) for s in span):
        return None
    opens = [s.embargo.hold.opens(dates[0]) for s in span if s.embargo and s.embargo.hold]
    return max((o for o in opens if o), default=None) if all(opens) else None


def _lacking(extent: Extent, windows: list[Dates], day: date, wanted: Dates | None) -> Closed | None:
    """Why not all of the dates wanted are open, where some are."""
    if _contain(windows, wanted or ALL_DATES):
        return None
    simple = len(extent) == 1 and not _walled(extent)
    if wanted is None:
        return Closed(AccessReason.ATTRIBUTE_MISSING, until=None if simple else day)
    covered = [window for span in extent if (window := _covered(span, day))]
    if not _contain(covered, wanted):
        return Closed(AccessReason.OUT_OF_COVERAGE, until=None if simple else day)
    soonest = _all_open_on(extent, day, wanted)
    return Closed(AccessReason.EMBARGOED, soonest, soonest - timedelta(days=1) if simple and soonest else day)


def _contain(windows: list[Dates], wanted: Dates) -> bool:
    """Whether these windows together, adjoining ones joined, hold all of the dates wanted."""
    reached = wanted[0]
    for first, last in sorted(windows):
        if first > reached:
            return False
        if last >= wanted[1]:
            return True
        reached = max(reached, last + timedelta(days=1))
    return False


def _stays_open_until(span: Span, window: Dates, wanted: Dates | None, whole: bool) -> date | None:
    """The last day before a moving wall passes what is wanted of this window; None = no known end."""
    first, last = (max(window[0], wanted[0]), min(window[1], wanted[1])) if wanted else window
    passed = first if whole else last
    if passed == date.max:
        return None
    closes = [s.embargo.wall.closes(passed) for s in span if s.embargo and s.embargo.wall]
    soonest = min((c for c in closes if c), default=None)
    return soonest - timedelta(days=1) if soonest else None


def _walled(extent: Extent) -> bool:
    """A moving wall is among it: what is closed today may be closed for another reason, or open, tomorrow."""
    return any(s.embargo and s.embargo.wall for span in extent for s in span)
