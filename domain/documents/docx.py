"""The text of a DOCX (ISO/IEC 29500-1), paragraph by paragraph with the numbers that Word would show. Runs apart.

Changes that were tracked are read as accepted, and that is told; what stands in footnotes and comments is no clause.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from domain.documents import archive, clauses
from domain.documents.clauses import Line
from domain.documents.numbering import Numbering, W
from domain.documents.refusals import Refused, Wrong

MOST_PARAGRAPHS = 100_000
MOST_CHARACTERS = 4_000_000
DEEPEST = 60
"""Tables, boxes and content controls within each other."""
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_GONE = frozenset({f"{W}del", f"{W}moveFrom", _FALLBACK})
_CHANGES = frozenset({f"{W}ins", f"{W}del", f"{W}moveFrom", f"{W}moveTo"})


def read(path: Path) -> dict[str, Any]:
    """`pages` is null: a DOCX has none before it is printed; `notes` and `clauses`. Raises Refused."""
    with archive.opened(path) as opened:
        body = archive.part(opened, "word/document.xml")
        if body is None:
            raise Refused(Wrong.DAMAGED, "word/document.xml")
        numbering = Numbering(archive.part(opened, "word/numbering.xml"), archive.part(opened, "word/styles.xml"))
    changed = next(body.iter(*_CHANGES), None) is not None
    lines = list(_lines(body, numbering))
    if not any(character.isalnum() for line in lines for character in line.text):
        raise Refused(Wrong.NO_TEXT, "")
    notes = {"tracked_changes": ""} if changed else {}
    return {"pages": None, "notes": notes, "clauses": clauses.told(clauses.divided(lines))}


def _lines(body: etree._Element, numbering: Numbering) -> Iterator[Line]:
    size = count = 0
    for paragraph in _paragraphs(body, 0):
        place = numbering.of(paragraph)
        text = _text(paragraph).strip()
        count, size = count + 1, size + len(text)
        if size > MOST_CHARACTERS or count > MOST_PARAGRAPHS:
            raise Refused(Wrong.TOO_LONG, f"{MOST_CHARACTERS}")
        if text and not place.contents:
            shown = f"{place.number}\t{text}" if place.number else text
            yield Line(shown, place.list if place.number else "", place.heading and len(text) <= 200, ends=True)


def _paragraphs(element: etree._Element, depth: int) -> Iterator[etree._Element]:
    """In the order of the document; a box within a paragraph after it."""
    if depth > DEEPEST:
        raise Refused(Wrong.TOO_COSTLY, f"nested deeper than {DEEPEST}")
    for child in element:
        if child.tag in _GONE or not isinstance(child.tag, str):
            continue
        if child.tag == f"{W}p":
            yield child
        elif child.tag == f"{W}sdt" and _is_contents(child):
            continue
        yield from _paragraphs(child, depth + 1)


def _is_contents(control: etree._Element) -> bool:
    gallery = control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(f"{W}val") == "Table of Contents"


def _text(paragraph: etree._Element) -> str:
    return "".join(_pieces(paragraph, 0))


def _pieces(element: etree._Element, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        raise Refused(Wrong.TOO_COSTLY, f"nested deeper than {DEEPEST}")
    for child in element:
        tag = child.tag
        if tag == f"{W}t":
            yield _stored(child.text or "")
        elif tag == f"{W}tab":
            yield "\t"
        elif tag in (f"{W}br", f"{W}cr"):
            yield "\n"
        elif tag == f"{W}noBreakHyphen":
            yield "-"
        elif tag not in _GONE and tag != f"{W}p" and isinstance(tag, str):  # a box's paragraphs are their own
            yield from _pieces(child, depth + 1)


def _stored(text: str) -> str:
    """Without characters that no database holds, or no reader sees."""
    return "".join(c for c in text if c in "\t\n" or c.isprintable() or c in "\u3000\u00a0")
