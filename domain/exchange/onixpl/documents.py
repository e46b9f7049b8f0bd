"""ONIX-PL documents as they come: read without any of XML's doors to elsewhere, every code looked up, every mistake
told by line and path."""

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from domain.exchange.onixpl import lists, shape
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.source import FileRefused, Source, refuse

NAMESPACE = "http://www.editeur.org/onix-pl"
EXPRESSION = "PublicationsLicenseExpression"
LARGEST = 8 * 1024 * 1024
"""Bytes of a document, unpacked. Real ones have 90 to 110 kB."""
DEEPEST = 20
"""Levels of elements; the schema has nine."""
MOST = 20_000
"""Elements; real ones have 1,300 to 1,700."""
TOLD = 200
"""Mistakes that are told of one document, and remarks."""

LABELLED = frozenset({"User", "UsedResource", "RelatedAgent", "RelatedResource", "RelatedPlace", "RelatedTimePoint"})
"""Elements that hold either a code or the label of a definition."""
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})
"""In which a DOCTYPE can be told by its bytes."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Element = etree._Element


@dataclass(slots=True)
class Document:
    """A document being read: what was wrong with it, and what is worth a look, gathers on the way."""

    root: Element
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def bad(self, element: Element, reason: Reason, detail: str = "", value: str | None = None) -> None:
        if len(self.problems) == TOLD:
            return
        shown = said(element) if value is None else value
        self.problems.append(Problem(line(element), path(element), shown[:300], reason, Severity.FILE, detail))

    def note(self, element: Element, reason: Reason, detail: str = "") -> None:
        if len(self.notes) == TOLD:
            return
        self.notes.append(Problem(line(element), path(element), said(element)[:300], reason, Severity.NOTE, detail))

    def settle(self) -> None:
        """Raises FileRefused if anything was wrong, with all of it, in order of lines."""
        if self.problems:
            raise FileRefused(*sorted(self.problems, key=lambda problem: problem.line))


def is_one(source: Source) -> bool:
    """Whether a file is XML, and so can only be ONIX-PL here."""
    try:
        start = _bytes(source)[:1024].removeprefix(_BYTE_ORDER_MARK).lstrip()
    except FileRefused:
        return False
    return start.startswith((b"<?xml", b"<!--", b"<" + EXPRESSION.encode(), b"<!DOCTYPE"))


def load(source: Source) -> Document:
    """The document, with every code of it known.

    Raises:
        FileRefused: it isn't XML or no ONIX-PL of version 1.0, has a DOCTYPE, is too large, or a code is in no list.
    """
    content = _bytes(source)
    root = parsed(content)
    if etree.QName(root).namespace != NAMESPACE or tag(root) != EXPRESSION:
        raise refuse(line(root), Reason.NOT_THIS_FORMAT, detail=f"ONIX-PL: {EXPRESSION}", value=str(root.tag))
    if root.get("version") != "1.0":
        raise refuse(line(root), Reason.NOT_THIS_FORMAT, detail="ONIX-PL 1.0", value=root.get("version") or "")
    document = Document(root)
    _check(document)
    document.settle()
    return document


def parsed(content: bytes) -> Element:
    """A tree of elements alone; comments and processing instructions go. Raises FileRefused."""
    declared = _DECLARED.match(content.removeprefix(_BYTE_ORDER_MARK).lstrip())
    if _wide(content) or (declared and declared[1].lower() not in _ENCODINGS):
        raise refuse(1, Reason.XML_BROKEN, detail=declared[1].decode() if declared else "UTF-16")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise refuse(1, Reason.XML_BROKEN, detail="DOCTYPE")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise refuse(error.lineno or 1, Reason.XML_BROKEN, detail=error.msg or "") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise refuse(1, Reason.XML_BROKEN, detail="DOCTYPE")
    return root


def _bytes(source: Source) -> bytes:
    try:
        with gzip.open(source.path) if source.compressed else source.path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, zlib.error, EOFError) as error:
        raise refuse(0, Reason.ARCHIVE_BROKEN if source.compressed else Reason.NOT_READABLE) from error
    if len(content) > LARGEST:
        raise refuse(0, Reason.TOO_LARGE)
    return bytes(content)


def _wide(content: bytes) -> bool:
    """UTF-16 and UTF-32, in which a DOCTYPE can't be told by its bytes."""
    return content.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0"))


def _check(document: Document) -> None:
    known = lists.known()
    for number, element in enumerate(document.root.iter(etree.Element)):
        if number == MOST:
            raise refuse(line(element), Reason.TOO_LARGE)
        if sum(1 for _ in element.iterancestors()) > DEEPEST:
            raise refuse(line(element), Reason.NOT_THIS_FORMAT, detail="nested too deeply")
        if etree.QName(element).namespace != NAMESPACE:
            document.bad(element, Reason.KEY_UNKNOWN, str(element.tag))
            continue
        name, value = tag(element), said(element)
        _check_children(document, element, name)
        if _UNSTORABLE.search(value):
            document.bad(element, Reason.CONTROL_CHARACTER)
        code = lists.name(value)
        if name not in known or len(element) or (name in LABELLED and code is None):
            continue
        if code is None or code not in known[name]:
            document.bad(element, Reason.CODE_UNKNOWN, name)
    _check_ids(document)


def _check_children(document: Document, element: Element, name: str) -> None:
    """Only what the schema has there, and once where it has it once: what we wouldn't look at can't get lost."""
    seen = set[str]()
    for inner in element if name in shape.INSIDE else ():
        what = tag(inner)
        if what not in shape.INSIDE[name]:
            document.bad(inner, Reason.KEY_UNKNOWN, what)
        elif what in seen and what in shape.ONCE.get(name, ()):
            document.bad(inner, Reason.NUMBER_TWICE, what)
        seen.add(what)


def _check_ids(document: Document) -> None:
    seen = set[str]()
    for clause in document.root.iter(f"{{{NAMESPACE}}}TextElement"):
        identifier = clause.get("id", "")
        if not identifier or identifier in seen:
            reason = Reason.NUMBER_TWICE if identifier else Reason.VALUE_MISSING
            document.bad(clause, reason, f"id {identifier}", value="")
        seen.add(identifier)


def tag(element: Element) -> str:
    """Its name, without the namespace."""
    return etree.QName(element).localname


def said(element: Element) -> str:
    return (element.text or "").strip()


def line(element: Element) -> int:
    return element.sourceline or 0


def path(element: Element) -> str:
    """Where it stands: `UsageTerms/Usage[3]/UsageStatus`; the root isn't named."""
    steps = []
    while (above := element.getparent()) is not None:
        same = [child for child in above if child.tag == element.tag]
        steps.append(tag(element) if len(same) == 1 else f"{tag(element)}[{same.index(element) + 1}]")
        element = above
    return "/".join(reversed(steps)) or EXPRESSION


def children(element: Element, *names: str) -> Iterator[Element]:
    """The children of these names, in their order."""
    return (child for child in element if tag(child) in names)


def child(element: Element, name: str) -> Element | None:
    return next(children(element, name), None)


def text(element: Element, *steps: str) -> str:
    """What stands under this path; empty where there is nothing."""
    found: Element | None = element
    for step in steps:
        found = child(found, step) if found is not None else None
    return said(found) if found is not None else ""


def texts(element: Element, name: str) -> list[str]:
    return [said(found) for found in children(element, name)]
