"""The term sheet: silent with hints as it comes, and what was written is read again cell by cell."""

import csv
import io
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain import messages
from domain.documents import apart, hints, sheet, workbook
from domain.documents.apart import Kind
from domain.documents.sheet import Sheet
from domain.documents.texts import Passage
from domain.intake import term_reading, term_sheet
from domain.intake.reasons import Reason
from domain.intake.source import FileRefused, look
from models.vocabulary import Action, Affiliation, ClauseVisibility, LicenceStatus, TermStatus
from tests.documents import maker

CLAUSES = [
    Passage("0", "LICENCE AGREEMENT"),
    Passage("3.1", "Authorised Users may search, display, download and print single articles.\n=SUM(A1)"),
    Passage("3.10", "馆际互借：可向其他图书馆提供纸本复制件。"),
    Passage("4", "No systematic downloading, text mining or training of AI."),
]
HEAD = {"code": "science-2027", "name_zh": "科学", "licensor": "Northlight", "start": "2027-01-01", "end": "2027-12-31"}
FILLED = {
    "action": "view",
    "status": "permitted_explicit",
    "clause": "3.10",
    "affiliations": "student; faculty;library-walk-in",
    "user_classes": "law",
    "place": "on_site",
    "territories": "CN; DE",
    "purposes": "onixPL:EducationalUse",
    "except_as_permitted": "yes",
    "limit": "10 %; 2 copies; 20 pages; 5 users; formats pdf epub",
    "public_note_zh": "=只读",
    "public_note_en": "Read only",
    "note": "+ask again",
}
WRITERS: Mapping[str, Callable[[Sheet], bytes]] = {"terms.xlsx": workbook.xlsx_of, "terms.csv": workbook.csv_of}


def made(*terms: Mapping[str, str], **head: str) -> Sheet:
    drafted = sheet.drafted(CLAUSES, HEAD | head)
    return replace(drafted, terms=[*terms, *drafted.terms])


def read(folder: Path, name: str, filled: Sheet) -> dict[str, Any]:
    path = folder / name
    path.write_bytes(WRITERS[name](filled))
    assert term_sheet.is_one(look(path))
    return term_reading.read(look(path))[0]


def wrong(folder: Path, name: str, filled: Sheet) -> list[tuple[str, Reason]]:
    with pytest.raises(FileRefused) as refused:
        read(folder, name, filled)
    return [(problem.column, problem.reason) for problem in refused.value.problems]


def test_a_draft_is_silent_on_everything_and_says_where_to_read() -> None:
    terms = {row["action"]: row for row in sheet.drafted(CLAUSES, HEAD).terms}
    assert list(terms) == [action.value for action in Action]
    assert {row["status"] for row in terms.values()} == {"silent"}
    assert terms["view"]["hint"].startswith("3.1: Authorised Users may search, display")
    assert terms["interlibrary_supply"]["hint"] == "3.10: 馆际互借：可向其他图书馆提供纸本复制件。"
    assert terms["text_and_data_mine"]["hint"].startswith("4: ")
    assert terms["ai_use"]["hint"].startswith("4: ")
    assert terms["course_pack"]["hint"] == ""


def test_hints_quote_a_few_clauses_and_number_the_others() -> None:
    told = hints.of([Passage(str(number), f"They may download {number}.") for number in range(1, 40)])
    lines = told[Action.DOWNLOAD].split("\n")
    assert lines[:2] == ["1: They may download 1.", "2: They may download 2."]
    assert lines[-1] == ", ".join([*map(str, range(5, 21)), "…"])


@pytest.mark.parametrize("name", WRITERS)
def test_what_was_written_is_read_again(name: str, tmp_path: Path) -> None:
    filled = made(FILLED, limit="50 users; 5 users per member; 90 days notice", holder="pku", parent="frame")
    found = read(tmp_path, name, filled)
    (term,) = found["terms"]
    assert found["licence"] == {
        "code": "science-2027",
        "name": {"zh": "科学"},
        "licensor": ("Northlight", 5),
        "holder": ("pku", 6),
        "status": LicenceStatus.DRAFT,
        "start": "2027-01-01",
        "end": "2027-12-31",
        "parent": ("frame", 7),
    }
    assert [(clause["number"], clause["text"]) for clause in found["clauses"]] == [(c.number, c.text) for c in CLAUSES]
    assert {clause["visibility"] for clause in found["clauses"]} == {ClauseVisibility.STAFF}
    assert term["affiliations"] == [Affiliation.STUDENT, Affiliation.FACULTY, Affiliation.LIBRARY_WALK_IN]
    assert (term["action"], term["status"], term["clause"]) == (Action.VIEW, TermStatus.PERMITTED_EXPLICIT, "3.10")
    assert (term["territories"], term["user_classes"], term["parts"]) == (["CN", "DE"], ["law"], None)
    assert (term["on_site_only"], term["except_as_permitted"], term["concurrent_users"]) == (True, True, 5)
    assert (term["public_note"], term["note"]) == ({"zh": "=只读", "en": "Read only"}, "+ask again")
    assert [(limit["kind"], limit["amount"], limit["formats"]) for limit in term["limits"]] == [
        *(("percent", 10, None), ("copies", 2, None), ("pages", 20, None), ("formats", None, ["pdf", "epub"]))
    ]
    assert [(limit["kind"], limit["amount"], limit["unit"]) for limit in found["limits"]] == [
        ("concurrent_users", 50, None),
        ("concurrent_users_per_member", 5, None),
        ("notice", 90, "days"),
    ]


@pytest.mark.parametrize(("name", "cell"), [("terms.xlsx", "terms!{}16 {}"), ("terms.csv", "{} {}")])
def test_each_mistake_is_told_by_its_cell(name: str, cell: str, tmp_path: Path) -> None:
    bad = {
        "status": ("B", "allowed", Reason.VALUE_UNKNOWN),
        "clause": ("C", "9.9", Reason.UNKNOWN_CLAUSE),
        "affiliations": ("D", "student; pupil", Reason.VALUE_UNKNOWN),
        "place": ("F", "here", Reason.VALUE_UNKNOWN),
        "territories": ("G", "XX", Reason.COUNTRY_UNKNOWN),
        "except_as_permitted": ("L", "perhaps", Reason.VALUE_UNKNOWN),
        "limit": ("M", "140 %", Reason.LIMIT_WRONG),
    }
    found = wrong(tmp_path, name, made({"action": "view"} | {column: value for column, (_, value, _) in bad.items()}))
    assert sorted(found) == sorted((cell.format(letter, column), why) for column, (letter, _, why) in bad.items())


@pytest.mark.parametrize("name", WRITERS)
def test_mistakes_of_the_head_are_told_by_their_cells(name: str, tmp_path: Path) -> None:
    found = wrong(tmp_path, name, made(code="a b", licensor="", start="2027-02-30", limit="many", document_sha256="x"))
    prefix = "terms!" if name.endswith("xlsx") else ""
    rows = {"code": 2, "licensor": 5, "start": 8, "limit": 10, "document_sha256": 13}
    assert [column for column, _ in found] == [f"{prefix}B{row if prefix else ''} {key}" for key, row in rows.items()]


def test_a_notice_of_more_than_a_century_is_told(tmp_path: Path) -> None:
    found = wrong(tmp_path, "terms.csv", made(limit="9999 years notice"))
    assert found == [("B limit", Reason.LIMIT_WRONG)]


@pytest.mark.parametrize(
    ("limit", "amount"),
    [("12.5%", "12.5"), ("100 percent", 100), ("２０页", 20), ("2份", 2), ("1 copy", 1), ("30 pages", 30)],
)
def test_limits_in_both_languages(limit: str, amount: int | str, tmp_path: Path) -> None:
    row = {"action": "print", "status": "permitted_explicit", "limit": limit}
    (term,) = read(tmp_path, "terms.csv", made(row))["terms"]
    assert [one["amount"] for one in term["limits"]] == [amount]


def test_rows_that_were_left_alone_say_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "terms.csv", made())["terms"] == []
    noted = {"action": "share", "status": "silent", "note": "asked the publisher"}
    (term,) = read(tmp_path, "terms.csv", made(noted))["terms"]
    assert (term["status"], term["note"]) == (TermStatus.SILENT, "asked the publisher")


def test_a_number_in_a_cell_that_could_have_been_another_is_refused(tmp_path: Path) -> None:
    rows: list[Any] = [
        *(["mutua-term-sheet"], ["code", "a"], ["action", "status", "clause"], ["view", "permitted_explicit", 3.1])
    ]
    written = ("".join(map(_cell, "ABC", [at] * 3, row)) for at, row in enumerate(rows, 1))
    cells = "".join(f'<row r="{at}">{cells}</row>' for at, cells in enumerate(written, 1))
    path = maker.kept(tmp_path, "terms.xlsx", maker.workbook(cells))
    with pytest.raises(FileRefused) as refused:
        term_reading.read(look(path))
    assert ("terms!C4 clause", Reason.NUMBER_NOT_TEXT) in [(p.column, p.reason) for p in refused.value.problems]


def _cell(column: str, row: int, value: object) -> str:
    if isinstance(value, float):
        return f'<c r="{column}{row}"><v>{value}</v></c>'
    return f'<c r="{column}{row}" t="inlineStr"><is><t>{value}</t></is></c>'


def test_no_cell_of_a_sheet_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "terms.xlsx"
    path.write_bytes(workbook.xlsx_of(made({**FILLED, "note": "=HYPERLINK(1)"})))
    cells = [str(cell) for rows in apart.read(path, Kind.XLSX)["sheets"].values() for row in rows for cell in row]
    assert "=HYPERLINK(1)" in cells, "it is text, as it was written"
    lines = workbook.csv_of(made({**FILLED, "note": "=HYPERLINK(1)"})).decode("utf-8-sig")
    assert ",=HYPERLINK" not in lines


@pytest.mark.parametrize("name", WRITERS)
def test_a_clause_that_is_longer_than_a_cell_stays_one(name: str, tmp_path: Path) -> None:
    long = Passage("1", "许可" * 30_000)
    found = read(tmp_path, name, sheet.drafted([long], HEAD))
    assert [(clause["number"], clause["text"]) for clause in found["clauses"]] == [(long.number, long.text)]


@pytest.mark.parametrize("name", WRITERS)
def test_a_clause_is_cut_where_it_can_be_put_together_again(name: str, tmp_path: Path) -> None:
    for text in (
        "\n".join(f"Journal of Studies number {number}" for number in range(4000)),
        "word " * 20_000 + "end",
        "e\u0301" * 40_000,
    ):
        (clause,) = read(tmp_path, name, sheet.drafted([Passage("1", text)], HEAD))["clauses"]
        assert clause["text"] == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("text", ["'=1", "''=1", "' -x", "=1", "'quoted'", "+1", "'", "\u3000'@a"])
def test_the_guard_against_formulas_is_undone_exactly_once(name: str, text: str, tmp_path: Path) -> None:
    (clause,) = read(tmp_path, name, sheet.drafted([Passage("1", text)], HEAD))["clauses"]
    assert clause["text"] == text.strip()


def through_excel(folder: Path, *, delimiter: str = ",", first: str = "", row: Any = (), **head: str) -> dict[str, Any]:
    """What is read of the CSV after a spreadsheet has saved it."""
    cells = csv.reader(io.StringIO(workbook.csv_of(made(dict(row), **head)).decode("utf-8-sig")))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(cells)
    path = folder / "saved.csv"
    path.write_bytes((first + text.getvalue()).encode("utf-8-sig"))
    assert term_sheet.is_one(look(path))
    return term_reading.read(look(path))[0]


@pytest.mark.parametrize(
    ("delimiter", "first"), [(";", ""), ("\t", ""), (",", "sep=,\r\n"), (";", "sep=;\r\n"), ("\t", "sep=\t\r\n")]
)
def test_a_csv_is_read_whatever_separates_its_cells(delimiter: str, first: str, tmp_path: Path) -> None:
    found = through_excel(tmp_path, delimiter=delimiter, first=first, row=FILLED.items())
    assert (found["licence"]["code"], found["licence"]["licensor"]) == ("science-2027", ("Northlight", 5 + bool(first)))
    assert [clause["text"] for clause in found["clauses"]] == [clause.text for clause in CLAUSES]
    assert found["terms"][0]["territories"] == ["CN", "DE"]


@pytest.mark.parametrize("written", ["2027/1/2", "2027/01/02", "2027-1-2", "2027.1.2", "2027年1月2日"])
def test_days_whose_year_stands_first_are_read(written: str, tmp_path: Path) -> None:
    found = through_excel(tmp_path, start=written, document_signed=written)
    assert (found["licence"]["start"], found["document"]["signed"]) == ("2027-01-02", "2027-01-02")


def test_days_that_can_be_read_in_two_ways_are_refused(tmp_path: Path) -> None:
    for written in ("1/2/2027", "02.01.2027", "27/1/2", "2027/13/1", "2027/2/30"):
        assert wrong(tmp_path, "terms.csv", made(start=written)) == [("B start", Reason.DATE_UNREADABLE)]


@pytest.mark.parametrize("name", WRITERS)
def test_yes_and_no_are_read_as_spreadsheets_write_them(name: str, tmp_path: Path) -> None:
    for written, meant in {"TRUE": True, "Yes": True, "YES": True, "FALSE": False, "No": False}.items():
        (term,) = read(tmp_path, name, made({**FILLED, "except_as_permitted": written}))["terms"]
        assert term["except_as_permitted"] is meant


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.7\n", Reason.SHEET_MEANT),
        (b"PK\x03\x04" + b"x" * 100, Reason.SHEET_BROKEN),
        (b"mutua-term-sheet,1\n\naction\nview\n", Reason.NOT_THIS_FORMAT),
        (b"mutua-term-sheet,1\ncode,a\nmagic,1\n", Reason.KEY_UNKNOWN),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, Reason.SHEET_BROKEN),
        (b"mutua-term-sheet,1\ncode,a\ncode,b\n", Reason.ROW_TWICE),
    ],
)
def test_what_is_no_sheet_is_told_as_that(content: bytes, reason: Reason, tmp_path: Path) -> None:
    path = tmp_path / "terms"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refused:
        term_reading.read(look(path))
    assert reason in [problem.reason for problem in refused.value.problems]


def test_every_key_and_column_is_explained_in_both_languages() -> None:
    assert messages.keys("sheet") == {"sheet", *sheet.HEAD, *sheet.TERMS, *sheet.CLAUSES}
    for name in messages.keys("sheet"):
        assert sheet.explained(name, "zh") != sheet.explained(name, "en")
        assert len(sheet.explained(name, "zh") + sheet.explained(name, "en")) < 400
