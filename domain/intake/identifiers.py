"""Identifiers of resources as files write them: one that can't be proven is refused, with the reason."""

import re

from stdnum.exceptions import InvalidChecksum, ValidationError

from domain.catalogue.identifiers import LONGEST, proven
from domain.intake.reasons import Reason

_NAMESPACE = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class IdentifierRefused(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def normal(namespace: str, written: str) -> tuple[str, str]:
    """(namespace, value) as stored.

    Raises:
        IdentifierRefused: a check digit is wrong, or it isn't an identifier of that namespace.
    """
    namespace, value = namespace.strip().lower(), written.strip()
    if not _NAMESPACE.fullmatch(namespace) or not value or len(value) > LONGEST:
        raise IdentifierRefused(Reason.IDENTIFIER_UNREADABLE)
    try:
        return namespace, proven(namespace, value)
    except InvalidChecksum as error:
        raise IdentifierRefused(Reason.IDENTIFIER_CHECK_DIGIT) from error
    except ValidationError as error:
        raise IdentifierRefused(Reason.IDENTIFIER_UNREADABLE) from error
