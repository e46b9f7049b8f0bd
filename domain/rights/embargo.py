"""KBART embargoes (NISO RP-9-2014 §6.6.14): what moves with the calendar. `R` begins, `P` ends what may be read.

`PnY` on day d: all but the current n calendar years, so up to 31 December of year(d) − n; `RnY`: from 1 January of
year(d) − n + 1; months alike; `PnD`: up to d − n; `RnD`: from d − n. Both may stand together, as in `R10Y;P30D`.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_LENGTH = r"([0-9]{1,6})([DMY])"
_WRITTEN = re.compile(f"R{_LENGTH}(?:;P{_LENGTH})?|P{_LENGTH}")

DAY, MONTH, YEAR = "D", "M", "Y"


def _number(unit: str, day: date) -> int:
    """The calendar day, month or year of a day, counted so that neighbours differ by one."""
    if unit == DAY:
        return day.toordinal()
    return day.year if unit == YEAR else day.year * 12 + day.month - 1


def _first_day(unit: str, number: int) -> date | None:
    """None where the calendar of dates (years 1 to 9999) has no such day."""
    if unit == DAY:
        return date.fromordinal(number) if 1 <= number <= date.max.toordinal() else None
    year, month = (number, 0) if unit == YEAR else divmod(number, 12)
    return date(year, month + 1, 1) if date.min.year <= year <= date.max.year else None


@dataclass(frozen=True, slots=True)
class Hold:
    """`Pn`: the newest n days, months or years are withheld."""

    count: int
    unit: str

    def last(self, day: date) -> date | None:
        """The last publication date that may be read on `day`; None = none yet."""
        if self.unit == DAY:
            return _first_day(DAY, day.toordinal() - self.count)
        after = _first_day(self.unit, _number(self.unit, day) - self.count + 1)
        if after is None:  # n = 0 in the last year or month there is; or none so old
            return date.max if self.count == 0 else None
        return None if after == date.min else date.fromordinal(after.toordinal() - 1)

    def opens(self, published: date) -> date | None:
        """The first day on which `published` may be read; None = never."""
        return _first_day(self.unit, _number(self.unit, published) + self.count)


@dataclass(frozen=True, slots=True)
class MovingWall:
    """`Rn`: only the newest n days, months or years may be read."""

    count: int
    unit: str

    @property
    def _reach(self) -> int:
        return self.count if self.unit == DAY else self.count - 1

    def first(self, day: date) -> date | None:
        """The first publication date that may be read on `day`; None = nothing that is published yet."""
        number = _number(self.unit, day) - self._reach
        return _first_day(self.unit, number) or (date.min if self._reach > 0 else None)

    def closes(self, published: date) -> date | None:
        """The first day on which `published` may be read no longer; None = never."""
        return _first_day(self.unit, _number(self.unit, published) + self._reach + 1)


@dataclass(frozen=True, slots=True)
class Embargo:
    """`readable` false: it isn't KBART's, so nothing is open under it."""

    wall: MovingWall | None = None
    hold: Hold | None = None
    readable: bool = True

    @property
    def units(self) -> frozenset[str]:
        """The calendar units at whose turn this embargo moves."""
        return frozenset(part.unit for part in (self.wall, self.hold) if part)


UNREADABLE = Embargo(readable=False)


@lru_cache(maxsize=4096)
def read(written: str | None) -> Embargo | None:
    """None = no embargo."""
    if not written or not (text := written.strip()):
        return None
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return UNREADABLE
    wall_count, wall_unit, *holds = match.groups()
    hold_count, hold_unit = holds[:2] if wall_count else holds[2:]
    return Embargo(
        wall=MovingWall(int(wall_count), wall_unit) if wall_count else None,
        hold=Hold(int(hold_count), hold_unit) if hold_count else None,
    )


def written(embargo: Embargo) -> str | None:
    """As KBART writes it; None = it can't be read."""
    parts = (("R", embargo.wall), ("P", embargo.hold))
    return ";".join(f"{letter}{part.count}{part.unit}" for letter, part in parts if part) or None


def turn(units: frozenset[str], day: date) -> int:
    """A number that changes whenever an embargo of one of these units moves."""
    finest = next((unit for unit in (DAY, MONTH, YEAR) if unit in units), None)
    return _number(finest, day) if finest else 0
