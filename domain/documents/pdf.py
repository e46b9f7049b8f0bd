"""The text of a PDF (ISO 32000-2), line by line as PDFium puts it together. Runs apart: see `apart`."""

import re
import unicodedata
from pathlib import Path
from typing import Any

import pypdfium2
from pypdfium2 import raw

from domain.documents import clauses, pages
from domain.documents.refusals import Refused, Wrong

MOST_PAGES = 1_000
MOST_CHARACTERS = 4_000_000
FEWEST_LETTERS = 20
"""Of a page or two: below that it is taken for a picture of pages, with a stamp or a page number on it."""

_HYPHENS = re.compile("[\u0002\ufffe\u00ad]")
"""What PDFium makes of a hyphen at the end of a line; whether the word has one itself, nobody can tell."""
_BLANKS = re.compile(r"[^\S\n]+")


def read(path: Path) -> dict[str, Any]:
    """`pages`, `notes` and `clauses`. Raises Refused."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Refused(_why(error), "") from error
    count = len(document)
    if count > MOST_PAGES:
        raise Refused(Wrong.TOO_LONG, f"{count} > {MOST_PAGES}")
    if not count:
        raise Refused(Wrong.DAMAGED, "no page")
    texts: list[str] = []
    size = 0
    for number in range(count):
        texts.append(_page(document, number))
        size += len(texts[-1])
        if size > MOST_CHARACTERS:
            raise Refused(Wrong.TOO_LONG, f"{MOST_CHARACTERS}")
    _require_text("".join(texts))
    empty = [str(number) for number, text in enumerate(texts, 1) if not text.strip()]
    notes = {"pages_without_text": ", ".join(empty[:50])} if empty else {}
    lines = pages.running([text.split("\n") for text in texts])
    return {"pages": count, "notes": notes, "clauses": clauses.told(clauses.divided(lines))}


def _page(document: pypdfium2.PdfDocument, number: int) -> str:
    """A page's lines. One that can't be loaded is a damaged file: who reads on would miss a clause."""
    try:
        page = document[number]
        text_page = page.get_textpage()
        if text_page.count_chars() > MOST_CHARACTERS:
            raise Refused(Wrong.TOO_LONG, f"{MOST_CHARACTERS}")
        text = text_page.get_text_bounded()
        text_page.close()
        page.close()
    except pypdfium2.PdfiumError as error:
        raise Refused(Wrong.DAMAGED, f"page {number + 1}") from error
    return _clean(text)


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _HYPHENS.sub("-", text)
    shown = "".join(c if c == "\n" or unicodedata.category(c) not in _UNSEEN else " " for c in text)
    return _BLANKS.sub(" ", shown)


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn"})


def _require_text(text: str) -> None:
    """Raises Refused where there is none, or where most letters stand for nothing (fonts without ToUnicode, §9.10)."""
    letters = sum(character.isalnum() for character in text)
    if letters < FEWEST_LETTERS:
        raise Refused(Wrong.NO_TEXT, "")
    odd = sum(character == "\ufffd" or unicodedata.category(character) == "Co" for character in text)
    if odd * 4 > letters:
        raise Refused(Wrong.NO_TEXT, "unreadable characters")


def _why(error: pypdfium2.PdfiumError) -> Wrong:
    encrypted = {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
    return Wrong.ENCRYPTED if error.err_code in encrypted else Wrong.DAMAGED
