"""The term sheet as XLSX, with lists to choose from and every column explained; and as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import xlsxwriter

from domain import messages
from domain.documents import sheet
from domain.documents.sheet import CHOICES, CLAUSES, HEAD, LISTS, MARK, TERMS, VERSION, Row, Sheet
from domain.intake.report import harmless
from models.vocabulary import Action, Affiliation, TermStatus

SPARE_ROWS = 200
"""Rows below the last in which a word is still chosen from a list."""
_WIDTHS = {"action": 20, "status": 24, "affiliations": 24, "text": 90, "hint": 70, "note": 30, "value": 36}
_WIDTH = 18
_GUIDE_COLUMNS = ("", "zh", "en")
_WORDS = (Action, TermStatus, Affiliation)


def csv_of(made: Sheet) -> bytes:
    """In UTF-8 with a mark, so that Excel reads Chinese. No cell is a formula to a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in chain(_head(made), [[]], _table(TERMS, made.terms), [[]], _table(CLAUSES, made.clauses)):
        writer.writerow([harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def xlsx_of(made: Sheet) -> bytes:
    """Every cell is text: "3.10" isn't 3.1, and nothing is a formula."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        plain = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        bold = book.add_format({"num_format": "@", "bold": True, "valign": "top"})
        terms = book.add_worksheet(sheet.TERMS_SHEET)
        for at, row in enumerate(_head(made)):
            _write(terms, at, row, [bold, plain])
        top = len(HEAD) + 2
        _fill(terms, TERMS, made.terms, top, plain, bold)
        terms.freeze_panes(top + 1, 1)
        clauses = book.add_worksheet(sheet.CLAUSES_SHEET)
        _fill(clauses, CLAUSES, sheet.continued(made.clauses, sheet.LONGEST_CELL), 0, plain, bold)
        clauses.freeze_panes(1, 1)
        guide = book.add_worksheet(sheet.GUIDE_SHEET)
        guide.set_column(0, 0, 24)
        guide.set_column(1, 2, 80)
        for at, row in enumerate(_guide()):
            _write(guide, at, row, [bold, plain])
    return file.getvalue()


def _head(made: Sheet) -> Iterator[list[str]]:
    yield [MARK, VERSION]
    for key in HEAD:
        yield [key, made.head.get(key, "")]


def _table(columns: Sequence[str], rows: Sequence[Row]) -> Iterator[list[str]]:
    yield list(columns)
    for row in rows:
        yield [row.get(column, "") for column in columns]


def _fill(to: Any, columns: Sequence[str], rows: Sequence[Row], top: int, plain: Any, bold: Any) -> None:
    """A table with its header at row `top`; below it room for more."""
    for at, row in enumerate(_table(columns, rows), top):
        _write(to, at, row, [bold if at == top else plain])
    last = top + len(rows) + SPARE_ROWS
    for at, column in enumerate(columns):
        to.set_column(at, at, _WIDTHS.get(column, _WIDTH), plain)
        to.write_comment(top, at, _both(column), {"width": 320, "height": 120})
        choice = {"validate": "list", "source": list(CHOICES.get(column) or LISTS.get(column) or ())}
        if choice["source"]:
            # a list of several is helped by the choice, and not bound by it
            free = {"show_error": False} if column in LISTS else {}
            title = {"input_title": column, "input_message": _both(column)[:255]}
            to.data_validation(top + 1, at, last, at, {**choice, **free, **title})


def _write(to: Any, at: int, row: Sequence[str], formats: Sequence[Any]) -> None:
    """The last of `formats` is for all further cells."""
    for column, text in enumerate(row):
        to.write_string(at, column, text, formats[min(column, len(formats) - 1)])


def _guide() -> Iterator[list[str]]:
    yield list(_GUIDE_COLUMNS)
    for name in dict.fromkeys(("sheet", *HEAD, *TERMS, *CLAUSES)):
        yield [name, *(sheet.explained(name, language) for language in messages.LANGUAGES)]
    for vocabulary in _WORDS:
        yield []
        for value in vocabulary:
            yield [value.value, *(messages.word(value, language) for language in messages.LANGUAGES)]


def _both(column: str) -> str:
    return "\n".join(sheet.explained(column, language) for language in messages.LANGUAGES)
