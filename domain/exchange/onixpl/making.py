"""Elements of ONIX-PL, made."""

import re
from collections.abc import Iterable, Sequence

from lxml import etree

from domain.exchange.onixpl.documents import NAMESPACE, Element, tag

_UNFIT = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, *content: Element | str, **attributes: str) -> Element:
    """A character that XML can't hold becomes U+FFFD."""
    made = etree.Element(f"{{{NAMESPACE}}}{name}", {key: fit(value) for key, value in attributes.items()})
    for part in content:
        if isinstance(part, str):
            made.text = fit(part)
        else:
            made.append(part)
    return made


def fit(text: str) -> str:
    return _UNFIT.sub("\ufffd", text)


def ordered(elements: Iterable[Element], order: Sequence[str]) -> list[Element]:
    """In the order of the schema; those of one name as they come."""
    return sorted(elements, key=lambda made: order.index(tag(made)))
