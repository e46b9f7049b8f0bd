"""The printed order of checks (design §4, rule 11). A refusal names the candidate that came furthest in it."""

from datetime import date
from enum import IntEnum
from uuid import UUID

from domain.rights.value import value
from models.vocabulary import AccessReason


class Check(IntEnum):
    ENTITLEMENT = 1
    AGREEMENT = 2
    COVERAGE = 3
    EMBARGO = 4
    IDENTITY = 5
    TERM = 6
    AFFILIATION = 7
    PLACE = 8
    TERRITORY = 9
    STANDING = 10
    ABUSE_HOLD = 11
    CONTENT_THERE = 12
    LIMIT = 13
    RULE_ERROR = 99
    """Not a check: a rule that failed. It outranks every refusal, since it may hide a right."""


@value
class Failure:
    """The check at which a candidate fell, and why."""

    check: Check
    reason: AccessReason
    term_id: UUID | None = None
    clause_id: UUID | None = None
    licence_id: UUID | None = None
    available_on: date | None = None
    until: date | None = None
    """The last day on which it is known to fall here for this reason; None = no known end."""

    def lasting(self, until: date | None) -> "Failure":
        """The same, known until this day."""
        if until is self.until:
            return self
        return Failure(self.check, self.reason, self.term_id, self.clause_id, self.licence_id, self.available_on, until)
