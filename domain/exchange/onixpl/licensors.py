"""Who gives a licence, and by which code it can be called, where a document doesn't say so in a word."""

import re
import unicodedata
from dataclasses import dataclass

from domain.exchange.onixpl import lists
from domain.exchange.onixpl.definitions import Definitions
from domain.exchange.onixpl.documents import Element, child, children, text, texts

LONGEST_CODE = 120


@dataclass(frozen=True, slots=True)
class Licensor:
    """`name` None: the document doesn't say. `undefined`: the labels that it names and never defines."""

    name: str | None
    element: Element
    undefined: str = ""


def find(root: Element, defined: Definitions) -> Licensor:
    """What the document defines for the licensor's label; where the label leads nowhere, the one organisation that is
    nobody else's."""
    detail = child(root, "LicenseDetail")
    detail = detail if detail is not None else root
    roles: dict[str | None, tuple[Element, list[str]]] = {
        lists.name(text(related, "LicenseAgentRelator")): (related, texts(related, "RelatedAgent"))
        for related in children(detail, "LicenseRelatedAgent")
    }
    element, labels = roles.get("Licensor", (detail, []))
    found = [defined.agents[label] for label in labels if label in defined.agents]
    undefined = ", ".join(labels) if labels and not found else ""
    if undefined:
        others = {label for role, (_, names) in roles.items() if role != "Licensor" for label in names}
        found = [
            definition
            for label, definition in defined.agents.items()
            if label not in others and lists.name(text(definition, "AgentType")) == "Organization"
        ]
    names = [name for definition in found if (name := text(definition, "AgentName", "Name"))]
    return Licensor(names[0] if len(names) == 1 else None, element, undefined)


def code_of(described: str) -> str:
    """A description as a code: its Latin letters and digits."""
    words = unicodedata.normalize("NFKD", described).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:LONGEST_CODE].rstrip("-")
