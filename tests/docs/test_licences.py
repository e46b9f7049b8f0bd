"""The page on documents names every reason, every key and column of the term sheet, and the limits that hold."""

import re
from pathlib import Path

from domain.documents import apart, clauses, pdf, sheet
from domain.documents.refusals import Wrong

PAGE = (Path(__file__).parents[2] / "docs" / "licences.md").read_text("utf-8")


def test_every_reason_why_a_document_is_refused_is_documented_and_no_other() -> None:
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)) == set(Wrong.__members__)


def test_every_key_column_and_word_of_the_sheet_is_documented() -> None:
    words = set(re.findall(r"[A-Za-z_][\w-]*", PAGE))
    choices = {word for of_column in (*sheet.CHOICES.values(), *sheet.LISTS.values()) for word in of_column}
    assert {*sheet.HEAD, *sheet.TERMS, *sheet.CLAUSES, *choices, sheet.GUIDE_SHEET} <= words


def test_the_limits_that_are_documented_are_those_that_hold() -> None:
    told = re.search(r"up to (.*?)\. A file.*?\n\((.*?)\) and time \((.*?)\)", PAGE)
    assert told
    assert told.groups() == (
        f"{apart.MOST_BYTES // 1024**2} MiB, {pdf.MOST_PAGES:,} pages, "
        f"{pdf.MOST_CHARACTERS // 10**6} million characters, {clauses.MOST_CLAUSES:,} clauses",
        f"{apart.MEMORY // 1024**2} MiB",
        f"{apart.CPU_SECONDS} s of computing, {apart.SECONDS} s by the clock",
    )
