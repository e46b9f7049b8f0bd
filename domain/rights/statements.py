"""What open content may be used for beyond viewing and downloading: its rights statement says (design §4, rule 6)."""

import re

from domain.rights.answer import Condition
from models.vocabulary import Action

ALWAYS = frozenset({Action.VIEW, Action.DOWNLOAD})

_CREATIVE_COMMONS = re.compile(
    r"https?://creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-sa|-nd)?)|publicdomain/(?:zero|mark))/.*"
)
_CHANGES = frozenset({Action.COURSE_PACK, Action.AI_USE})
"""Uses that make something new of a work, which a no-derivatives licence leaves out."""


def permitted(action: Action, rights: str | None) -> tuple[Condition, ...] | None:
    """The conditions of a use of open content; None = its statement doesn't permit it."""
    if action in ALWAYS:
        return ()
    match = _CREATIVE_COMMONS.fullmatch(rights or "")
    if match is None:
        return None
    elements = (match[1] or "").split("-")
    if "nd" in elements and action in _CHANGES:
        return None
    return (Condition(code="rights_statement"),) if match[1] else ()
