"""Elements of ONIX-PL, made."""

import re
from collections.abc import Iterable, Sequence

from lxml import etree

from domain.exchange.onixpl.documents import NAMESPACE, Element, tag

_UNFIT = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_END = re.compile("\r\n|\r|\x85")


def element(name: str, *content: Element | str, **attributes: str) -> Element:
    """Its texts as they can be read back."""
    made = etree.Element(f"{{{NAMESPACE}}}{name}", {key: fit(value) for key, value in attributes.items()})
    for part in content:
        if isinstance(part, str):
            made.text = fit(part)
        else:
            made.append(part)
    return made


def fit(text: str) -> str:
    """What can be read back: every end of a line is one line feed, and a character that XML can't hold, or that we take
    from no document, becomes U+FFFD."""
    return _UNFIT.sub("\ufffd", _LINE_END.sub("\n", text))


def ordered(elements: Iterable[Element], order: Sequence[str]) -> list[Element]:
    """In the order of the schema; those of one name as they come."""
    return sorted(elements, key=lambda made: order.index(tag(made)))
