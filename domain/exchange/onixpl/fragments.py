"""What of a document isn't modelled: kept as it was written, under the path where it stood.

A path names the element that it belongs in: `SupplyTerms` for one of its terms, `UsageTerms/Usage[3.1.3.4 print 1]` for
what the first term of that clause and action doesn't say, `LicenseDocumentText/TextElement[3.1.3]` for what a clause
doesn't.
"""

import re
from collections.abc import Iterable, Sequence

from lxml import etree

from domain.exchange.onixpl.documents import NAMESPACE, Element, parsed, said, tag

Fragment = dict[str, str]
"""`path` and `content`: elements without namespace, links by the ids that `clause_id` makes."""

_UNFIT = re.compile(r"[^0-9A-Za-z.\-\u4e00-\u9fff]")
_MARK = "c."
_ENCODED = re.compile(r"_([0-9a-f]{1,5})_")
_BRACKETED = re.compile(r"(?P<above>[^\[]+)\[(?P<key>.*)\]", re.DOTALL)


def clause_id(number: str) -> str:
    """A clause's id in a document (an NCName), the same whenever it is made."""
    return _MARK + _UNFIT.sub(lambda found: f"_{ord(found[0]):x}_", number)


def numbered(identifier: str) -> str | None:
    """The number of the clause that `clause_id` gave this id; None where it didn't."""
    if not identifier.startswith(_MARK):
        return None
    number = _ENCODED.sub(lambda found: chr(int(found[1], 16)), identifier.removeprefix(_MARK))
    return number if clause_id(number) == identifier else None


def usage_path(clause: str | None, action: str, nth: int) -> str:
    return f"UsageTerms/Usage[{clause or '-'} {action} {nth}]"


def clause_path(number: str) -> str:
    return f"LicenseDocumentText/TextElement[{number}]"


def document_path(number: str) -> str:
    """Of the document whose first clause this is."""
    return f"LicenseDocumentText[{number}]"


def key(path: str) -> tuple[str, str | None]:
    """The path without what stands in brackets, and that."""
    found = _BRACKETED.fullmatch(path)
    return (found["above"], found["key"]) if found else (path, None)


def keep(path: str, elements: Iterable[Element], numbers: dict[str, str]) -> Fragment:
    return {"path": path, "content": "".join(written(element, numbers) for element in elements)}


def written(element: Element, numbers: dict[str, str]) -> str:
    """An element as it is kept: without namespace, comments and the blanks between elements."""
    return etree.tostring(_bare(element, numbers), encoding="unicode")


def _bare(element: Element, numbers: dict[str, str]) -> Element:
    bare = etree.Element(tag(element))
    for name, value in element.attrib.items():
        bare.set(
            etree.QName(name).localname, clause_id(numbers[value]) if name == "href" and value in numbers else value
        )
    if len(element):
        for inner in element:
            bare.append(_bare(inner, numbers))
    else:
        bare.text = said(element)
    return bare


def read(content: str) -> Sequence[Element]:
    """The elements of a fragment, in the namespace of the standard.

    Raises:
        FileRefused: it isn't XML any more.
    """
    return list(parsed(f'<kept xmlns="{NAMESPACE}">{content}</kept>'.encode()))
