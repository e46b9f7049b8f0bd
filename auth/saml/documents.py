"""XML from outside, read so that nothing in it can reach out, blow up or be understood in two ways.

The parser gets UTF-8 without a declaration and without a DOCTYPE, whatever came. Processing instructions are refused.
Comments stay until a canonical form drops them, and `text` refuses an element that still has one: no value is ever cut
or joined by a comment.
"""

import base64
import codecs
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from lxml import etree

from auth.saml.refused import Invalid

Element = etree._Element

MAX_BYTES = 256 * 1024
"""Of one response. Real ones have 5 to 50 KiB; whatever is read costs processor time before anybody is known."""
MAX_ELEMENTS = 5_000
MAX_ATTRIBUTES = 40
"""Of one element; canonicalisation sorts them in quadratic time."""
MAX_NAMESPACES = 2_000
"""Declarations in a document; canonicalisation looks through those in scope at every element."""
_WHITESPACE = " \t\r\n"
_DECLARATION = re.compile(
    r"<\?xml[ \t\r\n]+version=(?:\"1\.0\"|'1\.0')(?:[ \t\r\n]+encoding=(?:\"([\w.-]{1,20})\"|'([\w.-]{1,20})'))?"
    r"(?:[ \t\r\n]+standalone=(?:\"(?:yes|no)\"|'(?:yes|no)'))?[ \t\r\n]*\?>",
    re.ASCII,
)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,12})?(?:Z|\+00:00)", re.ASCII)
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,255}", re.ASCII)


def decode(form_value: str) -> bytes:
    """What a form field or a CipherValue holds in base64, lines broken or not."""
    if len(form_value) > MAX_BYTES * 3 // 2:
        raise Invalid("larger than 256 KiB")
    try:
        decoded = base64.b64decode(form_value.encode("ascii").translate(None, b" \t\r\n"), validate=True)
    except ValueError as error:
        raise Invalid("not base64") from error
    if len(decoded) > MAX_BYTES:
        raise Invalid("larger than 256 KiB")
    return decoded


def parsed(content: bytes) -> Element:
    """A document of a stranger."""
    text = _unicode(content)
    declaration = _DECLARATION.match(text)
    if "<!DOCTYPE" in text:
        raise Invalid("a DOCTYPE")
    if text.count("xmlns") > MAX_NAMESPACES:
        raise Invalid("too many namespaces")
    root = reread(text[declaration.end() if declaration else 0 :].encode())
    _look_through(root)
    return root


def parsed_within(content: bytes, namespaces: Mapping[str | None, str]) -> Element:
    """The one element that an encrypted part held, within the namespaces around it (XML Encryption §4.3.3)."""
    around = etree.Element("around", nsmap={prefix: uri for prefix, uri in namespaces.items() if prefix != "xml"})
    around.text = " "
    opening, closing = etree.tostring(around, encoding="utf-8").split(b" </")
    around = parsed(opening + content + b"</" + closing)
    inside = children(around)
    if len(inside) != 1:
        raise Invalid("not one element")
    return inside[0]


def reread(content: bytes) -> Element:
    """UTF-8 that has been looked at, or a canonical form of ours."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8")
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Invalid("not well-formed XML") from error


def _unicode(content: bytes) -> str:
    """UTF-8 or UTF-16, as its declaration says if there is one: nobody may read it as something else."""
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)) else "utf-8"
    try:
        text = content.decode(encoding).removeprefix("" if encoding == "utf-16" else "\ufeff")
    except UnicodeDecodeError as error:
        raise Invalid(f"not {encoding}") from error
    declaration = _DECLARATION.match(text)
    if re.match(r"<\?xml[ \t\r\n]", text) and not declaration:
        raise Invalid("a strange XML declaration")
    declared = (declaration[1] or declaration[2]) if declaration else None
    if declared and declared.lower() != encoding:
        raise Invalid("another encoding than declared")
    if not text.startswith("<"):
        raise Invalid("not well-formed XML")
    return text


def _look_through(root: Element) -> None:
    """Nothing but elements, text and comments, not too many of them, and each ID once whatever it is called."""
    ids: set[str] = set()
    for count, node in enumerate(root.iter()):
        if count >= MAX_ELEMENTS:
            raise Invalid("too many elements")
        if isinstance(node, etree._Comment):
            continue
        if not isinstance(node.tag, str):
            raise Invalid("a processing instruction or an entity")
        attributes = node.attrib
        if len(attributes) > MAX_ATTRIBUTES:
            raise Invalid("too many attributes of one element")
        for name, value in attributes.items():
            if str(name).rpartition("}")[2].lower() == "id":
                if value in ids:
                    raise Invalid("the same ID twice")
                ids.add(str(value))
    for beside in (*root.itersiblings(preceding=True), *root.itersiblings()):
        if not isinstance(beside, etree._Comment):
            raise Invalid("a processing instruction or an entity")


def children(element: Element) -> list[Element]:
    """The elements directly inside; comments between them mean nothing."""
    return [child for child in element if isinstance(child.tag, str)]


def in_order(element: Element, *names: str | tuple[str, ...]) -> dict[str, list[Element]]:
    """The children by name; each must be one of `names`, which stand as the schema orders them (a tuple: any order)."""
    places = {name: place for place, some in enumerate(names) for name in ((some,) if isinstance(some, str) else some)}
    found: dict[str, list[Element]] = {name: [] for name in places}
    reached = 0
    for child in children(element):
        place = places.get(str(child.tag), -1)
        if place < reached:
            raise Invalid(f"{local(child)} out of place in {local(element)}")
        reached = place
        found[str(child.tag)].append(child)
    return found


def one(found: Mapping[str, list[Element]], name: str) -> Element:
    if len(found[name]) != 1:
        raise Invalid(f"{len(found[name]) or 'no'} {name.rpartition('}')[2]}")
    return found[name][0]


def one_or_none(found: Mapping[str, list[Element]], name: str) -> Element | None:
    return one(found, name) if found[name] else None


def text(element: Element) -> str:
    """All of its text, which nothing interrupts."""
    if len(element):
        raise Invalid(f"{local(element)} holds more than text")
    return (element.text or "").strip(_WHITESPACE)


def local(element: Element) -> str:
    """Its name for the log, of a vocabulary or at least short and harmless."""
    name = str(element.tag).rpartition("}")[2]
    return name if name.isascii() and len(name) < 50 else "an element"


def instant(value: str) -> datetime:
    """Core §1.3.3: in UTC. Fractions of a second don't matter here."""
    match = _INSTANT.fullmatch(value)
    if not match:
        raise Invalid("a time that is none")
    try:
        return datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid("a time that is none") from error


def instant_of(element: Element, attribute: str) -> datetime:
    value = element.get(attribute)
    if value is None:
        raise Invalid(f"{local(element)} without {attribute}")
    return instant(value)


def id_of(element: Element) -> str:
    value = element.get("ID")
    if value is None or not _ID.fullmatch(value):
        raise Invalid(f"{local(element)} without a usable ID")
    return value
