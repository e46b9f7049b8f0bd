"""The text of a DOCX (ISO/IEC 29500-1), paragraph by paragraph with the numbers that Word would show. Runs apart.

Changes that were tracked are read as accepted and hidden text isn't read, and both are told; what stands in footnotes
and comments is no clause.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from domain.documents import archive, clauses
from domain.documents.clauses import Line
from domain.documents.numbering import Numbering, W, is_on
from domain.documents.refusals import Refused, Wrong

MOST_PARAGRAPHS = 100_000
MOST_CHARACTERS = 4_000_000
DEEPEST = 60
"""Tables, boxes and content controls within each other."""
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_GONE = frozenset({f"{W}del", f"{W}moveFrom", _FALLBACK})
_MARK_GONE = (f"{W}del", f"{W}moveFrom")
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
"""The names of ISO/IEC 29500-1's strict documents; W are those of the transitional ones (29500-4), which all write."""
_CHANGES = frozenset({f"{W}ins", f"{W}del", f"{W}moveFrom", f"{W}moveTo"})


def read(path: Path) -> dict[str, Any]:
    """`pages` is null: a DOCX has none before it is printed; `notes` and `clauses`. Raises Refused."""
    with archive.opened(path) as opened:
        body = _part(opened, "document")
        if body is None:
            raise Refused(Wrong.DAMAGED, "word/document.xml")
        if body.tag != f"{W}document":
            raise Refused(Wrong.UNKNOWN, str(body.tag)[:200])
        reading = _Reading(Numbering(_part(opened, "numbering"), _part(opened, "styles")))
    changed = next(body.iter(*_CHANGES), None) is not None
    lines = list(reading.lines(body))
    if not any(character.isalnum() for line in lines for character in line.text):
        raise Refused(Wrong.NO_TEXT, "")
    notes = ({"tracked_changes": ""} if changed else {}) | ({"hidden_text": ""} if reading.hid else {})
    return {"pages": None, "notes": notes, "clauses": clauses.told(clauses.divided(lines))}


def _part(opened: zipfile.ZipFile, name: str) -> etree._Element | None:
    """With the names of transitional documents, whichever it has."""
    root = archive.part(opened, f"word/{name}.xml")
    if root is not None and str(root.tag).startswith(_STRICT):
        for element in root.iter(f"{_STRICT}*"):
            element.tag = W + str(element.tag).removeprefix(_STRICT)
            for key, value in element.attrib.items():
                if str(key).startswith(_STRICT):
                    element.set(W + str(key).removeprefix(_STRICT), value)
    return root


class _Reading:
    """`hid`: whether text was passed over because it is hidden."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self.hid = False

    def lines(self, body: etree._Element) -> Iterator[Line]:
        """A line that the author broke within a paragraph may begin a clause as a paragraph may."""
        size = count = 0
        for joined in _joined(body):
            texts = [self._text(paragraph) for paragraph in joined]
            size, count = size + sum(map(len, texts)), count + len(joined)
            if size > MOST_CHARACTERS or count > MOST_PARAGRAPHS:
                raise Refused(Wrong.TOO_LONG, f"{MOST_CHARACTERS}")
            speaking = [one for one, text in zip(joined, texts, strict=True) if text or not _is_open(one)]
            if not speaking:
                continue
            numbered = next(filter(self._numbering.has, reversed(speaking)), speaking[-1])
            place = self._numbering.of(numbered)
            said = [line.strip() for line in "".join(texts).split("\n") if line.strip()]
            for at, text in enumerate(said if not place.contents else ()):
                number = "" if at else place.number
                shown = f"{number}\t{text}" if number else text
                yield Line(shown, place.list if number else "", place.heading and len(text) <= 200, ends=True)

    def _text(self, paragraph: etree._Element) -> str:
        return "".join(self._pieces(paragraph, _is_hidden_by(paragraph, "pPr", "pStyle", self._numbering), 0))

    def _pieces(self, element: etree._Element, hidden: bool, depth: int) -> Iterator[str]:
        """`hidden`: whether the paragraph's style hides what says nothing else."""
        if depth > DEEPEST:
            raise Refused(Wrong.TOO_COSTLY, f"nested deeper than {DEEPEST}")
        for child in element:
            tag = child.tag
            if tag == f"{W}r" and self._is_hidden(child, hidden):
                self.hid = self.hid or next(child.iter(f"{W}t"), None) is not None
            elif tag == f"{W}t":
                yield _stored(child.text or "")
            elif tag == f"{W}tab":
                yield "\t"
            elif tag in (f"{W}br", f"{W}cr"):
                yield "\n"
            elif tag == f"{W}noBreakHyphen":
                yield "-"
            elif tag not in _GONE and tag != f"{W}p" and isinstance(tag, str):  # a box's paragraphs are their own
                yield from self._pieces(child, hidden, depth + 1)

    def _is_hidden(self, run: etree._Element, hidden: bool) -> bool:
        if (own := run.find(f"{W}rPr/{W}vanish")) is not None:
            return is_on(own)
        return hidden or _is_hidden_by(run, "rPr", "rStyle", self._numbering)


def _is_hidden_by(element: etree._Element, properties: str, name: str, numbering: Numbering) -> bool:
    style = element.find(f"{W}{properties}/{W}{name}")
    return style is not None and numbering.hides(style.get(f"{W}val", ""))


def _joined(body: etree._Element) -> Iterator[list[etree._Element]]:
    """Paragraphs; those whose mark was deleted or is hidden together with the one that they go on in (§17.13.5.15,
    §17.3.2.36)."""
    pending: list[etree._Element] = []
    for paragraph in _paragraphs(body, 0):
        if pending and pending[-1].getparent() is not paragraph.getparent():
            yield pending
            pending = []
        pending.append(paragraph)
        if not _is_open(paragraph):
            yield pending
            pending = []
    if pending:
        yield pending


def _is_open(paragraph: etree._Element) -> bool:
    """Whether its mark doesn't end it."""
    mark = paragraph.find(f"{W}pPr/{W}rPr")
    if mark is None:
        return False
    return any(mark.find(name) is not None for name in _MARK_GONE) or is_on(mark.find(f"{W}vanish"))


def _paragraphs(element: etree._Element, depth: int) -> Iterator[etree._Element]:
    """In the order of the document; a box within a paragraph after it."""
    if depth > DEEPEST:
        raise Refused(Wrong.TOO_COSTLY, f"nested deeper than {DEEPEST}")
    for child in element:
        if child.tag in _GONE or not isinstance(child.tag, str) or child.find(f"{W}trPr/{W}del") is not None:
            continue
        if child.tag == f"{W}p":
            yield child
        elif child.tag == f"{W}sdt" and _is_contents(child):
            continue
        yield from _paragraphs(child, depth + 1)


def _is_contents(control: etree._Element) -> bool:
    gallery = control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(f"{W}val") == "Table of Contents"


def _stored(text: str) -> str:
    """Without characters that no database holds, or no reader sees."""
    return "".join(c for c in text if c in "\t\n" or c.isprintable() or c in "\u3000\u00a0")
