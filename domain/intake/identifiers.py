"""Identifiers of resources as files write them, brought to the form in which they are stored, check digits proven."""

import re

from stdnum import isbn, issn
from stdnum.exceptions import InvalidChecksum, ValidationError

from domain.intake.reasons import Reason

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+)", re.I)
_NAMESPACE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
LONGEST_VALUE = 400
"""Characters; an index entry holds a few times that."""

ISSN = ("issn", "eissn", "issnl")
ISBN = ("isbn", "eisbn")
_FAMILIES = {name: family for family in (ISSN, ISBN) for name in family}


class IdentifierRefused(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def normal(namespace: str, written: str) -> tuple[str, str]:
    """(namespace, value) as stored: ISSN 1234-5679, ISBN-13 without hyphens, DOI in lower case without a resolver.

    Raises:
        IdentifierRefused: a check digit is wrong, or it isn't an identifier of that namespace.
    """
    namespace, value = namespace.strip().lower(), written.strip()
    if not _NAMESPACE.fullmatch(namespace) or not value or len(value) > LONGEST_VALUE:
        raise IdentifierRefused(Reason.IDENTIFIER_UNREADABLE)
    try:
        if namespace in ISSN:
            return namespace, str(issn.format(issn.validate(value)))
        if namespace in ISBN:
            return namespace, str(isbn.validate(value, convert=True))
    except InvalidChecksum as error:
        raise IdentifierRefused(Reason.IDENTIFIER_CHECK_DIGIT) from error
    except ValidationError as error:
        raise IdentifierRefused(Reason.IDENTIFIER_UNREADABLE) from error
    if namespace == "doi":
        match = _DOI.fullmatch(value)
        if not match:
            raise IdentifierRefused(Reason.IDENTIFIER_UNREADABLE)
        return namespace, match.group(1).lower()
    return namespace, value


def family(namespace: str) -> tuple[str, ...]:
    """The namespaces in which the same number may stand: providers mix up print and electronic ones."""
    return _FAMILIES.get(namespace, (namespace,))
