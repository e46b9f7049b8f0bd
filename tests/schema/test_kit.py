"""The kit: ids, scalars, cursors."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.keys import KeyStore, Purpose
from schema.kit import ids
from schema.kit.cursors import Cursors
from schema.kit.errors import Refusal
from schema.kit.scalars import SCALARS, URL, ByteCount, CountryCode, PartialDate

KEY = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@given(st.uuids(), st.sampled_from(["Resource", "Member"]))
def test_an_id_is_read_as_it_was_written(key: UUID, type_name: str) -> None:
    assert ids.reveal(ids.encode(type_name, key)) == (type_name, key)


@given(st.text())
def test_no_text_breaks_the_reading_of_ids(text: str) -> None:
    revealed = ids.reveal(text)
    assert revealed is None or ids.encode(*revealed) == text


def test_an_id_has_one_spelling() -> None:
    good = ids.encode("Member", KEY)
    for other in (good + "=", good + "==", f" {good}", good.replace(good[5], "+"), good[:-1]):
        assert ids.reveal(other) is None
    assert ids.decode(good, "Resource") is None
    assert ids.decode(good, "Resource", "Member") == KEY


def parse(name: Any, value: object) -> Any:
    parser = SCALARS[name].parse_value
    assert parser is not None
    return parser(value)


GOOD: list[tuple[Any, object, object]] = [
    (date, "2026-11-22", date(2026, 11, 22)),
    (date, "2024-02-29", date(2024, 2, 29)),
    (PartialDate, "1999", "1999"),
    (PartialDate, "1999-03", "1999-03"),
    (ByteCount, 2**40, 2**40),
    (Decimal, "-1.50", Decimal("-1.50")),
    (CountryCode, "CN", "CN"),
    (URL, "https://例子.example/路径?q=1", "https://例子.example/路径?q=1"),
]
BAD: list[tuple[Any, object]] = [
    *(
        (date, value)
        for value in ("20261122", "2026-W47-1", "2026-11-2", "2026-02-30", "２０２６-11-22", "", 20261122, None)
    ),
    *((date, value) for value in ("2026-11-22\n", "2026-11-22T00:00:00Z", "0000-01-01", "12026-01-01")),
    *(
        (PartialDate, value)
        for value in ("199", "1999-13", "1999-00", "1999-02-30", "1999-1", "1999-03-", "0000", 1999)
    ),
    *((ByteCount, value) for value in (-1, 2**63, 1.5, "1", True)),
    *((Decimal, value) for value in ("NaN", "Infinity", "1e5", "", ".5", 1, "1" * 31)),
    *((CountryCode, value) for value in ("cn", "CHN", "C", "C\n", "ＣＮ")),
    *(
        (URL, value)
        for value in ("javascript:alert(1)", "//x", "ftp://x", "http://a b", "http://a\nb", "https://", "http:\\\\x")
    ),
]


@pytest.mark.parametrize(("scalar", "value", "expected"), GOOD)
def test_a_scalar_takes_its_one_spelling(scalar: Any, value: object, expected: object) -> None:
    assert parse(scalar, value) == expected


@pytest.mark.parametrize(("scalar", "value"), BAD)
def test_a_scalar_takes_no_other(scalar: Any, value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(scalar, value)


@pytest.mark.parametrize(
    "value", ["2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z", "2024-01-01T00:00Z", "2024-13-01T00:00:00Z"]
)
def test_a_moment_needs_an_offset(value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(datetime, value)
    assert parse(datetime, "2024-01-01T08:00:00+08:00") == parse(datetime, "2024-01-01t00:00:00z")


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


def test_a_cursor_is_read_as_it_was_written(keys: KeyStore) -> None:
    cursors = Cursors(keys)
    position = ("题名", 1.5, 7, date(2026, 1, 1), uuid4())
    assert cursors.read("titles", cursors.write("titles", position)) == position


def test_a_cursor_of_another_server_or_list_is_refused(keys: KeyStore, tmp_path: Path) -> None:
    cursor = Cursors(keys).write("titles", ("a",))
    with pytest.raises(Refusal):
        Cursors(keys).read("members", cursor)
    with pytest.raises(Refusal):
        Cursors(KeyStore(tmp_path / "others")).read("titles", cursor)


def test_a_cursor_outlives_a_rotation_of_keys(keys: KeyStore) -> None:
    cursors = Cursors(keys)
    cursor = cursors.write("titles", ("a",))
    keys.rotate(Purpose.CURSORS)
    assert cursors.read("titles", cursor) == ("a",)


@given(text=st.text())
def test_no_text_breaks_the_reading_of_cursors(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    cursors = Cursors(_shared(tmp_path_factory))
    with pytest.raises(Refusal):
        cursors.read("titles", text)


def _shared(factory: pytest.TempPathFactory) -> KeyStore:
    return KeyStore(factory.getbasetemp() / "shared-keys")
