"""Title lists as files: what each cell yields, what is repaired, what is refused; no file breaks the reader."""

import contextlib
import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.intake import kbart
from domain.intake.cells import Row
from domain.intake.reasons import Reason, Severity
from domain.intake.source import LONGEST_LINE, FileRefused, look
from domain.rights import embargo as embargoes
from tests.support.titlelists import COLUMNS, journal
from tests.support.titlelists import kbart as written

Titles = Callable[..., Path]


def rows(path: Path, encoding: str | None = None) -> list[Row]:
    return list(kbart.rows(look(path, encoding)))


def data(path: Path) -> list[Row]:
    return [row for row in rows(path) if row.counted]


def only(path: Path) -> Any:
    (row,) = data(path)
    assert row.result is not None
    return row.result


def told(path: Path) -> list[tuple[int, str, Reason, Severity]]:
    return [(p.line, p.column, p.reason, p.severity) for row in rows(path) for p in row.problems]


def refusal(path: Path) -> tuple[int, Reason]:
    with pytest.raises(FileRefused) as caught:
        rows(path)
    return caught.value.problem.line, caught.value.problem.reason


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(titles: Titles, end: str) -> None:
    assert [row.line for row in data(titles(journal(1), journal(2), end=end))] == [2, 3]


def test_mixed_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mixed.txt"
    path.write_bytes(written(journal(1)) + written(journal(2), end="\r\n").split(b"\r\n", 1)[1] + b"\r\n\n")
    assert [row.result["title_id"] for row in data(path) if row.result] == ["jp1", "jp2"]


def test_a_compressed_list_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(gzip.compress(written(journal(1))))
    assert only(path)["title_id"] == "jp1"
    path.write_bytes(gzip.compress(written(*map(journal, range(2000))))[:-50])
    assert refusal(path)[1] is Reason.ARCHIVE_BROKEN


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"", 1, Reason.EMPTY_FILE),
        (b"\n\n", 1, Reason.EMPTY_FILE),
        (b"online_identifier\n2421-454X\n", 1, Reason.NOT_KBART),
        (b"title,issn\nNature,0028-0836\n", 1, Reason.NOT_KBART),
        (b"%PDF-1.7\n\x00\x01\xff\xfe", 1, Reason.NOT_KBART),
        (b"PK\x03\x04" + bytes(range(256)) * 20, 1, Reason.NOT_KBART),
        (written(extra=("notes",)), 1, Reason.COLUMN_TWICE),
        (written(extra=tuple(f"c{n}" for n in range(300))), 1, Reason.COLUMNS_TOO_MANY),
        (b"\t" * 1_000_000 + b"\n", 1, Reason.LINE_TOO_LONG),
    ],
)
def test_what_is_not_a_title_list_is_refused_with_its_line(
    tmp_path: Path, content: bytes, line: int, reason: Reason
) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    assert refusal(path) == (line, reason)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.txt")[1] is Reason.NOT_FOUND
    assert refusal(tmp_path)[1] is Reason.NOT_READABLE


def test_a_line_of_a_million_cells_is_one_refused_row(titles: Titles, tmp_path: Path) -> None:
    path = tmp_path / "wide.txt"
    path.write_bytes(written(journal(1)) + b"x\t" * 500_000 + b"\n" + written(journal(2)).split(b"\n", 1)[1])
    tracemalloc.start()
    found = data(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(row.line, row.result is None) for row in found] == [(2, False), (3, True), (4, False)]
    assert found[1].problems[0].reason is Reason.LINE_TOO_LONG
    assert peak < 16 * LONGEST_LINE


def test_columns_that_are_not_of_the_standard_are_told(titles: Titles) -> None:
    path = titles(journal(1, bestppn="1"), extra=("bestppn", "coverage_notes", "title_zh"))
    assert told(path) == [
        (1, "bestppn", Reason.COLUMN_EXTRA, Severity.NOTE),
        (1, "coverage_notes", Reason.COLUMN_EXTRA, Severity.NOTE),
    ]


def test_notes_of_the_first_standard_are_notes(tmp_path: Path) -> None:
    path = tmp_path / "first.txt"
    path.write_bytes(written(journal(1, notes="via a provider")).replace(b"\tnotes\t", b"\tcoverage_notes\t", 1))
    assert only(path)["coverage"]["note"] == "via a provider"


@pytest.mark.parametrize(
    ("date", "first", "last"),
    [
        ("1999", "1999-01-01", "1999-12-31"),
        ("2000-02", "2000-02-01", "2000-02-29"),
        ("1999-03-14", "1999-03-14", "1999-03-14"),
        ("1999-3-4", "1999-03-04", "1999-03-04"),
        ("9999-12-31", "9999-12-31", "9999-12-31"),
    ],
)
def test_partial_dates_mean_their_first_day_as_a_start_and_their_last_as_an_end(
    titles: Titles, date: str, first: str, last: str
) -> None:
    coverage = only(titles(journal(1, date_first_issue_online=date, date_last_issue_online=date)))["coverage"]
    assert (coverage["start_on"], coverage["end_on"]) == (first, last)


@pytest.mark.parametrize(
    "date", ["0000-00-00", "2004-02-30", "14/03/1999", "present", "1999-13", "19990314", "２００４", "19\x0099"]
)
def test_a_date_that_is_none_closes_the_coverage_instead_of_widening_it(titles: Titles, date: str) -> None:
    for column in ("date_first_issue_online", "date_last_issue_online"):
        path = titles(journal(1, date_first_issue_online="1990", **{column: date}) if column.endswith("last") else
                      journal(1) | {column: date})  # fmt: skip
        coverage = only(path)["coverage"]
        assert embargoes.read(coverage["embargo"]) is embargoes.UNREADABLE
        assert date.replace("\x00", "\\x00") in coverage["embargo"]
        reason = Reason.CONTROL_CHARACTER if "\x00" in date else Reason.DATE_UNREADABLE
        assert told(path) == [(2, column, reason, Severity.CELL)]


def test_an_end_before_the_start_closes_the_coverage(titles: Titles) -> None:
    path = titles(journal(1, date_first_issue_online="2005", date_last_issue_online="2004-12-31"))
    coverage = only(path)["coverage"]
    assert (coverage["start_on"], coverage["end_on"]) == (None, None)
    assert coverage["embargo"] == "? 2005>2004-12-31"
    assert told(path) == [(2, "date_last_issue_online", Reason.DATES_REVERSED, Severity.CELL)]


@pytest.mark.parametrize("embargo", ["P1Y", "R10Y", "P6M", "R30D", "R10Y;P30D"])
def test_embargoes_are_kept_as_kbart_writes_them(titles: Titles, embargo: str) -> None:
    path = titles(journal(1, embargo_info=embargo))
    assert only(path)["coverage"]["embargo"] == embargo
    assert told(path) == []


@pytest.mark.parametrize("embargo", ["2014-07-29", "1 year", "P1W", "P1234567D", "P30D;R10Y", "p1y", "P1Y;P2Y", "PY"])
def test_an_embargo_that_is_none_is_told_and_kept_so_that_it_closes_the_coverage(titles: Titles, embargo: str) -> None:
    path = titles(journal(1, embargo_info=embargo))
    assert only(path)["coverage"]["embargo"] == embargo
    assert told(path) == [(2, "embargo_info", Reason.EMBARGO_UNREADABLE, Severity.CELL)]


@pytest.mark.parametrize("embargo", ["P1\x00Y", "P1Y" * 10_000])
def test_an_embargo_that_can_not_even_be_kept_closes_the_coverage(titles: Titles, embargo: str) -> None:
    coverage = only(titles(journal(1, embargo_info=embargo)))["coverage"]
    assert coverage["embargo"].startswith("? embargo_info=P1")


@pytest.mark.parametrize(
    ("written_as", "access", "known"),
    [("F", "free", True), ("f", "free", True), ("P", "paid", True), ("", "paid", True), ("free", "paid", False)],
)
def test_only_an_f_is_free(titles: Titles, written_as: str, access: str, known: bool) -> None:
    path = titles(journal(1, access_type=written_as))
    assert only(path)["coverage"]["access_type"] == access
    assert (told(path) == []) is known


@pytest.mark.parametrize(
    ("row", "expected", "reason"),
    [
        ({"print_identifier": "0028-0836"}, [["issn", "0028-0836"]], None),
        ({"online_identifier": "1476-4687"}, [["eissn", "1476-4687"]], None),
        ({"online_identifier": "2421-454x"}, [["eissn", "2421-454X"]], None),
        ({"online_identifier": "14764687"}, [["eissn", "1476-4687"]], None),
        ({"print_identifier": "0028-0837"}, [], Reason.IDENTIFIER_CHECK_DIGIT),
        ({"print_identifier": "n/a"}, [], Reason.IDENTIFIER_UNREADABLE),
        ({"print_identifier": "2047-8852á"}, [], Reason.IDENTIFIER_UNREADABLE),
        ({"print_identifier": "978-0-7918-5607-9"}, [], Reason.IDENTIFIER_UNREADABLE),
        ({"publication_type": "monograph", "print_identifier": "978-0-7918-5607-9"}, [["isbn", "9780791856079"]], None),
        ({"publication_type": "monograph", "online_identifier": "0-306-40615-2"}, [["eisbn", "9780306406157"]], None),
        ({"publication_type": "monograph", "print_identifier": "978-0-7918-5607-8"}, [], Reason.IDENTIFIER_CHECK_DIGIT),
        ({"publication_type": "monograph", "print_identifier": "0028-0836"}, [], Reason.IDENTIFIER_UNREADABLE),
    ],
)
def test_identifiers_count_only_with_their_check_digit_and_in_their_kind(
    titles: Titles, row: dict[str, str], expected: list[list[str]], reason: Reason | None
) -> None:
    path = titles({"publication_title": "A title", "title_id": "t1"} | row)
    assert [list(pair) for pair in only(path)["identifiers"]] == expected
    assert [r for _, _, r, _ in told(path)] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("row", "kind", "quiet"),
    [
        ({"publication_type": "Monograph"}, "monograph", True),
        ({"publication_type": "", "print_identifier": "0028-0836"}, "serial", False),
        ({"publication_type": "", "print_identifier": "9780791856079"}, "monograph", False),
        ({"publication_type": "Current", "print_identifier": "0028-0836"}, "serial", False),
        ({"publication_type": ""}, "other", True),
    ],
)
def test_the_kind_is_what_the_row_says_or_what_its_number_proves(
    titles: Titles, row: dict[str, str], kind: str, quiet: bool
) -> None:
    path = titles({"publication_title": "A title", "title_id": "t1"} | row)
    assert only(path)["kind"] == kind
    assert (told(path) == []) is quiet


def test_our_own_columns_are_read(titles: Titles) -> None:
    extra = tuple(sorted(kbart.EXTENSION))
    path = titles(
        {
            "publication_title": "敦煌研究",
            "title_id": "dh",
            "title_zh": "敦煌研究",
            "title_en": "Dunhuang Research",
            "languages": "zh;en;not a language",
            "subjects": "考古学|Archaeology;Art",
            "resource_kind": "manuscript",
            "open_access": "yes",
            "rights": "https://rightsstatements.org/vocab/NoC-US/1.0/",
            "contributors": "段文杰|editor;樊锦诗",
            "contributed_by": "lzu",
            "identifiers": "DOI:https://doi.org/10.1234/ABC;demo:1;doi:nonsense",
            "publication_type": "",
        },
        extra=extra,
    )
    row = only(path)
    assert row["titles"] == {"zh": "敦煌研究", "en": "Dunhuang Research"}
    assert row["languages"] == ["zh", "en"]
    assert row["subjects"] == [{"zh": "考古学", "en": "Archaeology"}, {"und": "Art"}]
    assert (row["kind"], row["open_access"]) == ("manuscript", True)
    assert row["contributors"] == [("段文杰", "editor"), ("樊锦诗", None)]
    assert row["identifiers"] == [("doi", "10.1234/abc"), ("demo", "1")]
    assert {(column, reason) for _, column, reason, _ in told(path)} == {
        ("languages", Reason.LANGUAGE_UNREADABLE),
        ("identifiers", Reason.IDENTIFIER_UNREADABLE),
    }


def test_quotes_of_a_spreadsheet_are_taken_off_and_an_unclosed_one_swallows_nothing(titles: Titles) -> None:
    path = titles(
        journal(1, publication_title='"Control, Robotics, and ""Systems"""'),
        journal(2, publication_title='"Unclosed'),
        journal(3, publication_title='"Hello" he said'),
    )
    assert [row.result["titles"]["und"] for row in data(path) if row.result] == [
        'Control, Robotics, and "Systems"',
        '"Unclosed',
        '"Hello" he said',
    ]
    assert [(line, reason) for line, _, reason, _ in told(path)] == [
        (2, Reason.QUOTES_TAKEN_OFF),
        (3, Reason.QUOTE_UNCLOSED),
    ]


def test_a_title_broken_over_two_lines_is_refused_and_the_rest_loads(tmp_path: Path) -> None:
    path = tmp_path / "broken.txt"
    path.write_bytes(written(journal(1, publication_title='"Broken\nin two"'), journal(2)))
    found = data(path)
    assert [row.line for row in found if row.result and "rejected" not in row.result] == [3, 4]
    assert any(problem.severity is Severity.ROW for problem in found[0].problems)


def test_nul_loses_the_cell_and_other_control_characters_only_themselves(titles: Titles) -> None:
    path = titles(journal(1, publisher_name="A\x00B", publication_title="Acta\x85 Nova"))
    assert (only(path)["publisher"], only(path)["titles"]) == (None, {"und": "Acta  Nova"})
    assert {(column, severity) for _, column, _, severity in told(path)} == {
        ("publisher_name", Severity.CELL),
        ("publication_title", Severity.NOTE),
    }


def test_a_row_without_a_title_is_refused_and_its_title_id_remembered(titles: Titles) -> None:
    (row,) = data(titles(journal(1, publication_title=" ")))
    assert row.result == {"rejected": True, "title_id": "jp1"}
    assert [(p.reason, p.severity) for p in row.problems] == [(Reason.VALUE_MISSING, Severity.ROW)]


def test_rows_of_the_wrong_width_are_told(tmp_path: Path) -> None:
    path = tmp_path / "width.txt"
    short = "Short title\t\t\t1999\n"
    long = "\t".join(["Long title", *[""] * (len(COLUMNS) - 1), "surplus"]) + "\n"
    trailing = "\t".join(["Trailing", *[""] * (len(COLUMNS) + 3)]) + "\n"
    path.write_bytes(written() + (short + long + trailing).encode())
    assert [(line, reason, severity) for line, _, reason, severity in told(path)] == [
        (2, Reason.ROW_SHORT, Severity.NOTE),
        (3, Reason.ROW_LONG, Severity.ROW),
    ]


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "10.1002/(ISSN)11758821", "https://a.example/x y", "httpss://a.example", "ftp://a.example"],
)
def test_an_address_that_is_not_http_is_not_loaded(titles: Titles, url: str) -> None:
    path = titles(journal(1, title_url=url))
    assert only(path)["url"] is None
    assert told(path) == [(2, "title_url", Reason.URL_UNREADABLE, Severity.CELL)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The Modern Language Journal", "Modern Language Journal, The", True),
        ("Arts & Sciences", "ARTS and sciences.", True),
        ("Études françaises", "Etudes francaises", True),
        ("圖書館學報", "图书馆学报", True),
        ("Catalysis", "Catalysis Volume 22", False),
        ("Annual Review of Biophysics", "Annual Review of Biophysics and Bioengineering", False),
        ("???", "!!!", False),
    ],
)
def test_titles_are_the_same_only_if_nothing_but_spelling_differs(one: str, other: str, same: bool) -> None:
    assert (kbart.title_key(one) == kbart.title_key(other)) is same


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=30), st.binary(max_size=200))
def test_no_row_and_no_bytes_break_the_reader(tmp_path: Path, values: list[str], tail: bytes) -> None:
    path = tmp_path / "any.txt"
    line = "\t".join(values).encode("utf-8", "surrogatepass")
    path.write_bytes(written(journal(1)) + line + b"\n" + tail)
    with contextlib.suppress(FileRefused):
        assert all(len(problem.value) <= 300 for row in rows(path) for problem in row.problems)
