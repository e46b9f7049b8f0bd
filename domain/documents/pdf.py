"""The text of a PDF (ISO 32000-2), line by line as PDFium puts it together. Runs apart: see `apart`."""

import math
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pypdfium2
from pypdfium2 import PdfMatrix, raw

from domain.documents import clauses, pages
from domain.documents.refusals import Refused, Wrong

MOST_PAGES = 1_000
MOST_CHARACTERS = 4_000_000
FEWEST_LETTERS = 20
"""Of a page or two: below that it is taken for a picture of pages, with a stamp or a page number on it."""

LETTERS_LOOKED_AT = 500
"""Of a page, to know whether it stands sideways."""
MOST_FIELDS = 2_000
_WRITTEN = frozenset({raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX})
_HYPHENS = re.compile("[\u0002\ufffe\u00ad]")
"""What PDFium makes of a hyphen at the end of a line; whether the word has one itself, nobody can tell."""
_BLANKS = re.compile(r"[^\S\n]+")


def read(path: Path) -> dict[str, Any]:
    """`pages`, `notes` and `clauses`. Raises Refused."""
    try:
        document = pypdfium2.PdfDocument(path)
        document.init_forms()  # before any page is loaded
    except pypdfium2.PdfiumError as error:
        raise Refused(_why(error), "") from error
    count = len(document)
    if count > MOST_PAGES:
        raise Refused(Wrong.TOO_LONG, f"{count} > {MOST_PAGES}")
    if not count:
        raise Refused(Wrong.DAMAGED, "no page")
    texts: list[str] = []
    filled: list[str] = []
    size = 0
    for number in range(count):
        text, is_filled = _page(document, number)
        texts.append(text)
        filled += [str(number + 1)] if is_filled else []
        size += len(texts[-1])
        if size > MOST_CHARACTERS:
            raise Refused(Wrong.TOO_LONG, f"{MOST_CHARACTERS}")
    _require_text("".join(texts))
    empty = [str(number) for number, text in enumerate(texts, 1) if not text.strip()]
    notes = {"pages_without_text": ", ".join(empty[:50])} if empty else {}
    if filled:
        notes["filled_in"] = ", ".join(filled[:50])
    lines = pages.running([text.split("\n") for text in texts])
    return {"pages": count, "notes": notes, "clauses": clauses.told(clauses.divided(lines))}


def _page(document: pypdfium2.PdfDocument, number: int) -> tuple[str, bool]:
    """A page's lines, and whether somebody filled in something above them. One that can't be loaded is a damaged file:
    who reads on would miss a clause."""
    try:
        page = document[number]
        filled = _is_filled(page, document.formenv)
        page.set_rotation(0)  # a page that is shown turned is read as it is written
        text_page = page.get_textpage()
        if text_page.count_chars() > MOST_CHARACTERS:
            raise Refused(Wrong.TOO_LONG, f"{MOST_CHARACTERS}")
        if turned := _turned(text_page):
            text_page.close()
            _turn_back(page, turned)
            text_page = page.get_textpage()
        text = text_page.get_text_bounded()
        text_page.close()
        page.close()
    except pypdfium2.PdfiumError as error:
        raise Refused(Wrong.DAMAGED, f"page {number + 1}") from error
    return _clean(text), filled


def _turned(text_page: pypdfium2.PdfTextPage) -> int:
    """By how many degrees most letters are turned, clockwise: 0, 90, 180 or 270. PDFium finds no lines in such text."""
    count = text_page.count_chars()
    found: Counter[int] = Counter()
    for at in range(0, count, max(1, count // LETTERS_LOOKED_AT)):
        if chr(raw.FPDFText_GetUnicode(text_page, at)).isalnum():
            found[round(math.degrees(raw.FPDFText_GetCharAngle(text_page, at))) % 360] += 1
    angle, times = found.most_common(1)[0] if found else (0, 0)
    return angle if angle in (90, 180, 270) and times * 2 > found.total() else 0


def _turn_back(page: pypdfium2.PdfPage, angle: int) -> None:
    """In memory: everything on the page, and the page."""
    left, bottom, right, top = page.get_bbox()
    wide, high = right - left, top - bottom
    matrix, box = {
        90: (PdfMatrix(0, 1, -1, 0, top, -left), (high, wide)),
        180: (PdfMatrix(-1, 0, 0, -1, right, top), (wide, high)),
        270: (PdfMatrix(0, -1, 1, 0, -bottom, right), (high, wide)),
    }[angle]
    for one in page.get_objects(max_depth=1):
        one.transform(matrix)
    page.set_mediabox(0, 0, *box)
    page.set_cropbox(0, 0, *box)


def _is_filled(page: pypdfium2.PdfPage, forms: pypdfium2.PdfFormEnv | None) -> bool:
    """Whether a form field has a value, or a text note stands on the page (§12.5.6.6, §12.7.4)."""
    for at in range(min(raw.FPDFPage_GetAnnotCount(page), MOST_FIELDS)):
        annotation = raw.FPDFPage_GetAnnot(page, at)
        if not annotation:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if (
                kind == raw.FPDF_ANNOT_WIDGET
                and forms
                and raw.FPDFAnnot_GetFormFieldType(forms, annotation) in _WRITTEN
            ):
                said = raw.FPDFAnnot_GetFormFieldValue(forms, annotation, None, 0)
            elif kind == raw.FPDF_ANNOT_FREETEXT:
                said = raw.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
            else:
                continue
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
        if said > len("\0".encode("utf-16-le")):
            return True
    return False


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
