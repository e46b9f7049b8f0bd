"""Ranges and conditions of RFC 9110, and what we refuse of them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ranges import MOST_RANGES, Span, Unsatisfiable, Validators, spans

SIZE = 1000
MADE = Validators('"abc"', datetime(2026, 11, 22, 8, 0, tzinfo=UTC))
SAME_DATE = "Sun, 22 Nov 2026 08:00:00 GMT"
EARLIER = "Sat, 21 Nov 2026 08:00:00 GMT"
LATER = "Mon, 23 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, []),
        ("bytes=0-0", [Span(0, 0)]),
        ("bytes=0-", [Span(0, 999)]),
        ("bytes=990-5000", [Span(990, 999)]),
        ("bytes=-1", [Span(999, 999)]),
        ("bytes=-5000", [Span(0, 999)]),
        ("BYTES = 5-6", [Span(5, 6)]),
        ("bytes=900-, 0-9", [Span(900, 999), Span(0, 9)]),
        ("bytes=0-9, 5000-", [Span(0, 9)]),
        ("items=0-5", []),
        ("nonsense", []),
    ],
)
def test_ranges_are_read(header: str | None, found: list[Span]) -> None:
    assert spans(header, SIZE) == found


@pytest.mark.parametrize(
    "header",
    [
        "bytes=",
        "bytes=-",
        "bytes=-0",
        "bytes=1000-",
        "bytes=9-5",
        "bytes=a-b",
        "bytes=0x1-5",
        "bytes=0-9,5-20",
        "bytes=0-0,0-0",
        "bytes=" + ",".join(f"{2 * n}-{2 * n}" for n in range(MOST_RANGES + 1)),
        "bytes=" + "0-0," * 1000,
        "bytes=٠-٥",
        "bytes=0-" + "9" * 40,
    ],
)
def test_ranges_that_make_no_sense_are_refused(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        spans(header, SIZE)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_an_empty_file_has_no_ranges(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        spans(header, 0)


@given(st.text(alphabet="0123456789-, =bytes", max_size=40), st.integers(0, 50))
def test_every_span_lies_within_the_file(header: str, size: int) -> None:
    try:
        found = spans("bytes=" + header, size)
    except Unsatisfiable:
        return
    assert all(0 <= span.first <= span.last < size for span in found)
    assert sum(span.length for span in found) <= size


@pytest.mark.parametrize(
    ("headers", "unchanged"),
    [
        ({}, False),
        ({"if-none-match": '"abc"'}, True),
        ({"if-none-match": 'W/"abc", "x"'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"x"', "if-modified-since": LATER}, False),
        ({"if-modified-since": SAME_DATE}, True),
        ({"if-modified-since": EARLIER}, False),
        ({"if-modified-since": "yesterday"}, False),
    ],
)
def test_what_the_client_has_is_not_sent_again(headers: dict[str, str], unchanged: bool) -> None:
    assert MADE.unchanged(headers) is unchanged


@pytest.mark.parametrize(
    ("headers", "differs"),
    [
        ({}, False),
        ({"if-match": '"abc"'}, False),
        ({"if-match": "*"}, False),
        ({"if-match": 'W/"abc"'}, True),
        ({"if-match": '"x"'}, True),
        ({"if-unmodified-since": EARLIER}, True),
        ({"if-unmodified-since": SAME_DATE}, False),
    ],
)
def test_preconditions(headers: dict[str, str], differs: bool) -> None:
    assert MADE.differs(headers) is differs


@pytest.mark.parametrize(
    ("condition", "hold"),
    [
        (None, True),
        ('"abc"', True),
        ('W/"abc"', False),
        ('"x"', False),
        (SAME_DATE, True),
        (LATER, False),
        ("?", False),
    ],
)
def test_a_range_counts_only_of_the_same_file(condition: str | None, hold: bool) -> None:
    assert MADE.ranges_hold({"if-range": condition} if condition else {}) is hold
