"""What is open on a day, beside the same said day by day: each publication date by itself, and each day to come."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rights import embargo
from domain.rights.coverage import (
    ALL_DATES,
    EVERYTHING,
    Closed,
    Dates,
    Extent,
    Opening,
    Statement,
    is_open,
    look,
    simply,
)
from models.vocabulary import AccessReason

DAY = timedelta(days=1)
TODAY = date(2026, 11, 28)
FAR = 800
"""Days to come that are looked at."""
FIXED = settings(derandomize=True, deadline=None, database=None, max_examples=120)

starts = st.sampled_from([None, date(2024, 3, 1), date(2026, 1, 1), date(2026, 11, 28)])
ends = st.sampled_from([None, date(2024, 12, 31), date(2026, 11, 27), date(2027, 2, 28)])
embargoes = st.sampled_from([None, None, "P1Y", "P2M", "P30D", "R1Y", "R6M", "R60D", "R2Y;P3M", "R90D;P30D", "?"])
statements = st.builds(
    lambda number, start, end, written: Statement(UUID(int=number), start, end, embargo.read(written)),
    st.integers(1, 99), starts, ends, embargoes,
)  # fmt: skip
spans = st.lists(statements, min_size=1, max_size=2).map(tuple)
extents = st.lists(spans, min_size=1, max_size=2).map(tuple)
wanted = st.sampled_from(
    [
        None,
        (date(2024, 3, 1), date(2024, 3, 1)),
        (date(2024, 1, 1), date(2024, 12, 31)),
        (date(2026, 9, 1), date(2026, 10, 31)),
        (date(2026, 11, 1), date(2026, 11, 28)),
        (date(2027, 1, 1), date(2027, 12, 31)),
    ]
)


def opened(statement: Statement, day: date) -> tuple[date, date] | None:
    """The rule of docs/rights.md for one statement."""
    held = statement.embargo
    if held is embargo.UNREADABLE:
        return None
    first, last = statement.start or date.min, statement.end or date.max
    if held and held.wall:
        first = max(first, _turned(day, held.wall.count - 1, held.wall.unit, days_back=held.wall.count))
    if held and held.hold:
        count, unit = held.hold.count, held.hold.unit
        last = min(last, day - count * DAY if unit == "D" else _turned(day, count - 1, unit, days_back=0) - DAY)
    return (first, last) if first <= last else None


def _turned(day: date, back: int, unit: str, *, days_back: int) -> date:
    """The first day of the year or month so many back."""
    if unit == "D":
        return day - days_back * DAY
    if unit == "Y":
        return date(day.year - back, 1, 1)
    months = day.year * 12 + day.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def windows(extent: Extent, day: date) -> list[Dates]:
    found = []
    for span in extent:
        first, last = ALL_DATES
        for statement in span:
            part = opened(statement, day)
            first, last = (max(first, part[0]), min(last, part[1])) if part else (date.max, date.min)
        if first <= last:
            found.append((first, last))
    return found


def open_by_rule(extent: Extent, day: date, asked: Dates | None, *, whole: bool) -> bool:
    there = windows(extent, day)
    if not whole:
        return any(asked is None or (first <= asked[1] and asked[0] <= last) for first, last in there)
    if asked is None:
        return _adjoining(there) == [ALL_DATES]
    return all(any(first <= one <= last for first, last in there) for one in _each(asked))


def _adjoining(there: list[Dates]) -> list[Dates]:
    """The same with those joined that leave no day between them."""
    found: list[Dates] = []
    for first, last in sorted(there):
        if found and (found[-1][1] == date.max or first <= found[-1][1] + DAY):
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _each(dates: Dates) -> Iterator[date]:
    day = dates[0]
    while day <= dates[1]:
        yield day
        day += DAY


@given(extents, wanted, st.booleans())
@FIXED
def test_what_is_open_is_what_the_rule_opens(extent: Extent, asked: Dates | None, whole: bool) -> None:
    found = look(extent, TODAY, asked, whole=whole)
    expected = open_by_rule(extent, TODAY, asked, whole=whole)
    assert isinstance(found, Opening) is expected
    assert is_open(extent, TODAY, asked, whole=whole) is expected
    if isinstance(found, Opening) and not whole:
        there = windows(extent, TODAY)
        hits = [w for w in there if asked is None or (w[0] <= asked[1] and asked[0] <= w[1])]
        assert set(found.windows) == set(hits)
        assert set(found.statements) <= {span[-1].id for span in extent}


@given(spans, wanted, st.booleans())
@FIXED
def test_one_span_stays_open_until_the_very_day_it_says(
    span: tuple[Statement, ...], asked: Dates | None, whole: bool
) -> None:
    extent = (span,)
    found = look(extent, TODAY, asked, whole=whole)
    if not isinstance(found, Opening):
        return
    last = next((d for d in _ahead() if not open_by_rule(extent, d + DAY, asked, whole=whole)), None)
    if found.until is None or found.until > TODAY + FAR * DAY:
        assert last is None
    elif asked is not None:
        assert found.until == last


@given(extents, wanted, st.booleans())
@FIXED
def test_what_is_said_of_days_to_come_holds_on_each(extent: Extent, asked: Dates | None, whole: bool) -> None:
    found = look(extent, TODAY, asked, whole=whole)
    until = min(found.until or date.max, TODAY + FAR * DAY)
    for day in _ahead():
        if day > until:
            break
        now = look(extent, day, asked, whole=whole)
        assert isinstance(now, Opening) is isinstance(found, Opening), day
        if isinstance(found, Closed) and isinstance(now, Closed) and found.until is not None:
            assert now.reason is found.reason, day


@given(spans, wanted, st.booleans())
@FIXED
def test_it_opens_on_the_very_day_that_is_told(span: tuple[Statement, ...], asked: Dates | None, whole: bool) -> None:
    extent = (span,)
    found = look(extent, TODAY, asked, whole=whole)
    if not isinstance(found, Closed):
        return
    first = next((d for d in _ahead() if open_by_rule(extent, d, asked, whole=whole)), None)
    walled = any(statement.embargo and statement.embargo.wall for statement in span)
    if found.opens_on is not None:
        assert found.opens_on == first or found.opens_on > TODAY + FAR * DAY
    elif found.reason is AccessReason.EMBARGOED and not walled and not (whole and asked is None):
        assert first is None
    if found.reason is AccessReason.OUT_OF_COVERAGE and not walled and not whole:
        assert first is None


@given(spans, wanted)
@FIXED
def test_the_short_way_comes_to_the_same(span: tuple[Statement, ...], asked: Dates | None) -> None:
    reached: dict[int, Dates] = {}
    for _ in range(2):
        short = simply((span,), TODAY, asked, reached)
        long = look((span,), TODAY, asked, whole=False)
        if isinstance(short, Closed):
            assert isinstance(long, Closed)
            assert long.reason is AccessReason.OUT_OF_COVERAGE
        elif short is not None:
            assert short == long


def test_most_titles_go_the_short_way() -> None:
    """Otherwise it is none."""
    for written in (None, "P1Y"):
        statement = Statement(UUID(int=1), date(2000, 1, 1), None, embargo.read(written))
        assert isinstance(simply(((statement,),), TODAY, (date(2010, 1, 1), date(2010, 1, 1)), {}), Opening)
        assert isinstance(simply(((statement,),), TODAY, (date(1990, 1, 1), date(1990, 1, 1)), {}), Closed)
    assert look(EVERYTHING, TODAY, None, whole=True) == Opening((ALL_DATES,), ())


def test_windows_that_adjoin_are_one_and_a_gap_of_a_day_is_a_gap() -> None:
    asked = (date(2010, 1, 1), date(2010, 12, 31))

    def two(start: date) -> Extent:
        halves = (Statement(UUID(int=1), None, date(2010, 6, 30)), Statement(UUID(int=2), start, None))
        return tuple((half,) for half in halves)

    assert isinstance(look(two(date(2010, 7, 1)), TODAY, asked, whole=True), Opening)
    lacking = look(two(date(2010, 7, 2)), TODAY, asked, whole=True)
    assert isinstance(lacking, Closed)
    assert lacking.reason is AccessReason.OUT_OF_COVERAGE


def _ahead() -> Iterator[date]:
    return (TODAY + n * DAY for n in range(FAR))
