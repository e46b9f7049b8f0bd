"""What of a coverage is open on a day, until when it stays so, and when it opens (design §4, rule 5)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.rights import coverage, embargo
from domain.rights.coverage import ALL_DATES, EVERYTHING, Closed, Dates, Extent, Opening, Statement
from domain.rights.embargo import Embargo, Hold, MovingWall
from models.vocabulary import AccessReason

DAY = date(2026, 7, 15)
OUT, EMBARGOED, MISSING = AccessReason.OUT_OF_COVERAGE, AccessReason.EMBARGOED, AccessReason.ATTRIBUTE_MISSING


def day(told: str | None) -> date | None:
    return date.fromisoformat(told) if told else None


def span(*told: str) -> tuple[Statement, ...]:
    """Statements as `start..end embargo`, all of which narrow each other."""
    found = []
    for number, one in enumerate(told, start=1):
        days, _, written = one.partition(" ")
        start, _, end = days.partition("..")
        found.append(Statement(UUID(int=number), day(start), day(end), embargo.read(written)))
    return tuple(found)


def extent(*told: str) -> Extent:
    """Spans of one statement each; `a | b` are two statements of one span."""
    return tuple(span(*one.split(" | ")) for one in told)


def dates(told: str | None) -> Dates | None:
    if told is None:
        return None
    first, _, last = told.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last or first)


OPEN: list[tuple[list[str], str | None, bool, list[str], str | None]] = [
    (["2000-01-01..2010-12-31"], None, False, ["2000-01-01..2010-12-31"], None),
    (["2000-01-01..2010-12-31"], "2010-12-31", True, ["2000-01-01..2010-12-31"], None),
    (["2005-03-01..2005-03-01"], "2005-03-01", True, ["2005-03-01..2005-03-01"], None),
    (["2000-01-01.. R1Y"], "2026-03-01", False, ["2026-01-01..9999-12-31"], "2026-12-31"),
    (["2000-01-01..2026-06-30 R2Y"], None, False, ["2025-01-01..2026-06-30"], "2027-12-31"),
    (["2000-01-01..2026-06-30 R2Y"], "2025-03-01..2026-06-30", True, ["2025-01-01..2026-06-30"], "2026-12-31"),
    (["2000-01-01..2026-06-30 R2Y"], "2025-03-01..2026-06-30", False, ["2025-01-01..2026-06-30"], "2027-12-31"),
    (["2000-01-01..2026-06-30 R2Y"], "2024-03-01..2025-06-30", False, ["2025-01-01..2026-06-30"], "2026-12-31"),
    (["2000-01-01..2025-06-30 R2Y", "2026-01-01..2026-06-30 R2Y"], None, False,
     ["2025-01-01..2025-06-30", "2026-01-01..2026-06-30"], "2027-12-31"),
    (["2000-01-01..2025-06-30 R2Y", "2025-07-01..2026-06-30 R2Y"], "2025-06-01..2026-03-01", True,
     ["2025-01-01..2025-06-30", "2025-07-01..2026-06-30"], "2026-12-31"),
    (["2025-01-01..2025-06-30", "2025-07-01..2026-06-30 R2Y"], "2025-06-01..2026-03-01", False,
     ["2025-01-01..2025-06-30", "2025-07-01..2026-06-30"], None),
    (["2025-01-01..2025-06-30", "2025-07-01..2026-06-30 R2Y"], "2025-06-01..2026-03-01", True,
     ["2025-01-01..2025-06-30", "2025-07-01..2026-06-30"], "2026-12-31"),
    (["2024-01-01..2026-06-30 R3Y | 2025-01-01..2026-06-30 R2Y"], "2026-03-01", True,
     ["2025-01-01..2026-06-30"], "2027-12-31"),
    (["2024-01-01..2026-06-30 R2Y | 2025-01-01..2026-06-30 R3Y"], "2026-03-01", True,
     ["2025-01-01..2026-06-30"], "2027-12-31"),
    (["2025-01-01..2025-06-30", "2025-06-15..2025-12-31"], "2025-05-01..2025-12-31", True,
     ["2025-01-01..2025-06-30", "2025-06-15..2025-12-31"], None),
]  # fmt: skip


@pytest.mark.parametrize(("told", "wanted", "whole", "windows", "until"), OPEN)
def test_what_is_open_and_how_long(
    told: list[str], wanted: str | None, whole: bool, windows: list[str], until: str | None
) -> None:
    found = coverage.look(extent(*told), DAY, dates(wanted), whole=whole)
    assert isinstance(found, Opening)
    assert list(found.windows) == [dates(one) for one in windows]
    assert found.until == day(until)


CLOSED: list[tuple[list[str], str | None, bool, AccessReason, str | None, str | None]] = [
    (["2000-01-01..2010-12-31"], "2011-01-01", False, OUT, None, None),
    (["2000-01-01..2010-12-31"], "1999-12-31", False, OUT, None, None),
    (["2026-01-01.. P1Y"], None, False, EMBARGOED, "2027-01-01", "2026-12-31"),
    (["2026-01-01..2026-12-31 P1Y"], "2026-03-01", False, EMBARGOED, "2027-01-01", "2026-12-31"),
    (["2026-03-01.. P6M", "2026-03-01.. P1Y"], None, False, EMBARGOED, "2026-09-01", "2026-08-31"),
    (["2026-03-01.. P6M | 2026-03-01.. P1Y"], None, False, EMBARGOED, "2027-01-01", "2026-12-31"),
    (["2026-03-01.. P6M | 2026-03-01.. X"], None, False, EMBARGOED, None, None),
    (["2026-03-01.. R3Y | 2026-03-01.. P6M"], None, False, EMBARGOED, None, "2026-07-15"),
    (["2026-03-01.. P9999Y"], None, False, EMBARGOED, None, None),
    (["2026-03-01.. P9999Y | 2026-03-01.. P6M"], None, False, EMBARGOED, None, None),
    (["2000-01-01..2025-12-31"], "2025-06-01..2026-06-01", True, OUT, None, None),
    (["2000-01-01..2024-12-31", "2025-02-01..2026-12-31"], "2024-06-01..2026-06-01", True, OUT, None, "2026-07-15"),
    (["2000-01-01..2026-12-31 R2Y"], "2024-06-01..2026-06-01", True, OUT, None, "2026-07-15"),
    (["2000-01-01..2025-12-31"], None, True, MISSING, None, None),
    (["2000-01-01..2024-12-31", "2025-02-01..2026-12-31"], None, True, MISSING, None, "2026-07-15"),
    (["2020-01-01.. R3Y"], None, True, MISSING, None, "2026-07-15"),
    (["2020-01-01.. P6M"], "2026-01-01..2026-06-30", True, EMBARGOED, "2026-12-01", "2026-11-30"),
    (["2020-01-01.. P6M", "2020-01-01.. P1Y"], "2026-01-01..2026-06-30", True, EMBARGOED, "2026-12-01", "2026-07-15"),
    (["2020-01-01.. P6M", "2020-01-01..2026-03-31 P1M"], "2026-01-01..2026-06-30", True, EMBARGOED, "2026-12-01",
     "2026-07-15"),
    (["2020-01-01.. P6M", "2020-01-01.. R3Y;P6M"], "2026-01-01..2026-06-30", True, EMBARGOED, "2026-12-01",
     "2026-07-15"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "wanted", "whole", "reason", "opens_on", "until"), CLOSED)
def test_what_is_closed_and_until_when(
    told: list[str], wanted: str | None, whole: bool, reason: AccessReason, opens_on: str | None, until: str | None
) -> None:
    found = coverage.look(extent(*told), DAY, dates(wanted), whole=whole)
    assert found == Closed(reason, day(opens_on), day(until))


@pytest.mark.parametrize(("told", "wanted", "whole"), [(one[0], one[1], one[2]) for one in [*OPEN, *CLOSED]])
def test_the_short_ways_say_the_same(told: list[str], wanted: str | None, whole: bool) -> None:
    asked = extent(*told), DAY, dates(wanted)
    found = coverage.look(*asked, whole=whole)
    assert coverage.is_open(*asked, whole=whole) is isinstance(found, Opening)
    reached: dict[int, Dates] = {}
    for _ in range(2):
        simple = coverage.simply(*asked, reached)
        assert simple is None or whole or simple == found


SIMPLE: list[tuple[str, str | None, bool]] = [
    ("2000-01-01..2010-12-31", None, True),
    ("2000-01-01..2010-12-31", "2010-12-31..2011-12-31", True),
    ("2000-01-01..2010-12-31", "1999-01-01..2000-01-01", True),
    ("2000-01-01..2010-12-31", "2011-01-01..2011-12-31", True),
    ("2000-01-01..2010-12-31", "1999-01-01..1999-12-31", True),
    ("2005-03-01..2005-03-01", "2005-03-01", True),
    ("2020-01-01.. P6M", "2025-12-01..2026-03-01", True),
    ("2020-01-01..2024-12-31 P6M", None, True),
    ("2026-01-31.. P6M", "2026-01-31", True),
    ("2020-01-01.. P6M", "2026-06-01", False),
    ("2020-01-01.. R6M", "2026-06-01", False),
    ("2020-01-01.. X", None, False),
]


@pytest.mark.parametrize(("told", "wanted", "simple"), SIMPLE)
def test_what_is_simple_is_found_the_short_way(told: str, wanted: str | None, simple: bool) -> None:
    """It is for most titles, which lists go by."""
    asked = extent(told), DAY, dates(wanted)
    reached: dict[int, Dates] = {}
    for _ in range(2):
        found = coverage.simply(*asked, reached)
        assert found == (coverage.look(*asked, whole=False) if simple else None)
    assert coverage.simply((*extent(told), *extent(told)), DAY, dates(wanted), reached) is None
    assert coverage.simply((span(told, told),), DAY, dates(wanted), reached) is None
    assert coverage.simply((), DAY, dates(wanted), reached) is None


def test_what_nothing_bounds_is_open_for_ever() -> None:
    for wanted, whole in ((None, True), (None, False), (dates("2026-01-01"), True)):
        assert coverage.look(EVERYTHING, DAY, wanted, whole=whole) == Opening((ALL_DATES,), ())


def test_lines_without_end_stay_open() -> None:
    assert coverage.look(extent("2000-01-01.. R2Y"), DAY, None, whole=False) == Opening(
        ((date(2025, 1, 1), date.max),), (UUID(int=1),), None
    )


def test_which_statements_are_open_is_told_once_by_the_last_of_each_span() -> None:
    spans = extent("2000-01-01..2010-12-31 | 2005-01-01..", "2000-01-01..2004-12-31 | 2000-01-01..")
    found = coverage.look(spans, DAY, None, whole=False)
    assert isinstance(found, Opening)
    assert found.statements == (UUID(int=2),)


READ: list[tuple[str | None, Embargo | None, str | None]] = [
    (None, None, None),
    (" ", None, None),
    ("P1Y", Embargo(hold=Hold(1, "Y")), "P1Y"),
    (" R10Y;P30D ", Embargo(MovingWall(10, "Y"), Hold(30, "D")), "R10Y;P30D"),
    ("R6M", Embargo(MovingWall(6, "M")), "R6M"),
    ("P1", Embargo(readable=False), None),
    ("P1Y;R1Y", Embargo(readable=False), None),
]


@pytest.mark.parametrize(("told", "read", "written"), READ)
def test_an_embargo_is_read_and_written_as_kbart_has_it(
    told: str | None, read: Embargo | None, written: str | None
) -> None:
    found = embargo.read(told)
    assert found == read
    assert found is None or embargo.written(found) == written
    assert Embargo().readable


HOLDS: list[tuple[Hold, date, date | None]] = [
    (Hold(30, "D"), date(2026, 7, 15), date(2026, 6, 15)),
    (Hold(0, "D"), date(2026, 7, 15), date(2026, 7, 15)),
    (Hold(1, "D"), date(1, 1, 2), date.min),
    (Hold(1, "D"), date.min, None),
    (Hold(0, "D"), date.max, date.max),
    (Hold(6, "M"), date(2026, 7, 15), date(2026, 1, 31)),
    (Hold(1, "Y"), date(2026, 7, 15), date(2025, 12, 31)),
    (Hold(1, "Y"), date(2, 1, 1), date(1, 12, 31)),
    (Hold(1, "Y"), date(1, 6, 1), None),
    (Hold(0, "Y"), date.max, date.max),
    (Hold(0, "M"), date.max, date.max),
    (Hold(1, "Y"), date.max, date(9998, 12, 31)),
]


@pytest.mark.parametrize(("hold", "today", "last"), HOLDS)
def test_the_last_date_that_an_embargo_leaves(hold: Hold, today: date, last: date | None) -> None:
    assert hold.last(today) == last
    assert last is None or last in {date.max, today} or (hold.opens(last) or date.max) <= today
    if last and last < date.max and hold.count:
        assert (opens := hold.opens(last + timedelta(days=1))) is None or opens > today


WALLS: list[tuple[MovingWall, date, date | None, date | None]] = [
    (MovingWall(30, "D"), date(2026, 7, 15), date(2026, 6, 15), date(2026, 8, 15)),
    (MovingWall(2, "Y"), date(2026, 7, 15), date(2025, 1, 1), date(2028, 1, 1)),
    (MovingWall(6, "M"), date(2026, 7, 15), date(2026, 2, 1), date(2027, 1, 1)),
    (MovingWall(2, "Y"), date(1, 6, 1), date.min, date(3, 1, 1)),
    (MovingWall(1, "Y"), date.max, date(9999, 1, 1), None),
    (MovingWall(0, "Y"), date.max, None, date(9999, 1, 1)),
    (MovingWall(0, "D"), date.max, date.max, None),
]


@pytest.mark.parametrize(("wall", "today", "first", "closes"), WALLS)
def test_the_first_date_that_a_moving_wall_leaves(
    wall: MovingWall, today: date, first: date | None, closes: date | None
) -> None:
    assert (wall.first(today), wall.closes(today)) == (first, closes)


def test_a_turn_is_of_the_finest_unit() -> None:
    def turns(*units: str) -> list[Any]:
        days = (date(2026, 7, 15), date(2026, 7, 16), date(2026, 8, 1), date(2027, 7, 15))
        numbers = [embargo.turn(frozenset(units), one) for one in days]
        return [one - numbers[0] for one in numbers]

    assert turns() == [0, 0, 0, 0]
    assert turns("Y") == [0, 0, 0, 1]
    assert turns("M", "Y") == [0, 0, 1, 12]
    assert turns("D", "Y") == [0, 1, 17, 365]
