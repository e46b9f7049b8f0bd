"""Partial dates."""

from datetime import date

import pytest

from domain import dates


@pytest.mark.parametrize(
    ("written", "text", "first", "last"),
    [
        ("2024", "2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-12", "2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("2024-02-29", "2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
        ("2024-2-9", "2024-02-09", date(2024, 2, 9), date(2024, 2, 9)),
    ],
)
def test_a_partial_date_is_a_span_of_days(written: str, text: str, first: date, last: date) -> None:
    assert dates.read(written) == dates.PartialDate(text, first, last)


@pytest.mark.parametrize(
    "written", ["199", "19999", "0000", "2024-13", "2024-00", "2024-00-15", "2024-03-00", "2023-02-29", "14/03/1999"]
)
def test_what_is_no_day_month_or_year_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        dates.read(written)
