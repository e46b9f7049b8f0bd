"""The qualifiers of a term: within which bounds a clause speaks (design §4, rule 2).

Each is one bound. Asked about a person and a use it answers yes, no, or that the fact it needs isn't known.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import ClassVar, Literal, Protocol

from domain.rights.answer import Use
from domain.rights.order import Check
from models.vocabulary import AccessReason, Affiliation, LimitKind


class Fit(Enum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Person:
    """One affiliation of one membership, judged alone, with the `member` that it implies.

    No affiliation = the identity provider told none. `on_site`: on the network of the member whose right is used.
    """

    affiliations: frozenset[Affiliation] = frozenset()
    entitlements: frozenset[str] = frozenset()
    on_site: bool = False
    territory: str | None = None


class Qualifier(Protocol):
    """`check` is its place in the printed order, `reason` what a refusal by it says, `fact` what it needs to know."""

    @property
    def check(self) -> Check: ...
    @property
    def reason(self) -> AccessReason: ...
    @property
    def fact(self) -> str: ...
    def fits(self, person: Person, use: Use) -> Fit: ...


@dataclass(frozen=True, slots=True)
class AffiliationIn:
    """eduPersonAffiliation (eduPerson 202208 §2.2.1)."""

    check: ClassVar = Check.AFFILIATION
    reason: ClassVar = AccessReason.USER_CLASS_NOT_AUTHORISED
    fact: ClassVar = "affiliation"
    allowed: frozenset[Affiliation]

    def fits(self, person: Person, use: Use) -> Fit:
        if not person.affiliations:
            return Fit.UNKNOWN
        return Fit.NO if self.allowed.isdisjoint(person.affiliations) else Fit.YES


@dataclass(frozen=True, slots=True)
class UserClassIn:
    """Whoever asserts one of the entitlement URIs of a class is of that class (eduPersonEntitlement, §2.2.2)."""

    check: ClassVar = Check.AFFILIATION
    reason: ClassVar = AccessReason.USER_CLASS_NOT_AUTHORISED
    fact: ClassVar = "entitlement"
    uris: frozenset[str]

    def fits(self, person: Person, use: Use) -> Fit:
        return Fit.NO if self.uris.isdisjoint(person.entitlements) else Fit.YES


@dataclass(frozen=True, slots=True)
class OnSite:
    """On the network of the member whose grant is used (ONIX-PL onix:AuthorizedPlace)."""

    check: ClassVar = Check.PLACE
    reason: ClassVar = AccessReason.REMOTE_NOT_ALLOWED
    fact: ClassVar = "place"

    def fits(self, person: Person, use: Use) -> Fit:
        return Fit.YES if person.on_site else Fit.NO


@dataclass(frozen=True, slots=True)
class TerritoryIn:
    """The country of the member's site, never guessed from an address (design §4, rule 9)."""

    check: ClassVar = Check.TERRITORY
    reason: ClassVar = AccessReason.TERRITORY_NOT_ALLOWED
    fact: ClassVar = "territory"
    allowed: frozenset[str]

    def fits(self, person: Person, use: Use) -> Fit:
        if person.territory is None:
            return Fit.UNKNOWN
        return Fit.YES if person.territory in self.allowed else Fit.NO


@dataclass(frozen=True, slots=True)
class UseIn:
    """What the use is for: a purpose, recipient or method (ONIX-PL). Words are compared without regard to case."""

    check: ClassVar = Check.TERM
    reason: ClassVar = AccessReason.TERM_PROHIBITS
    fact: Literal["purpose", "recipient", "method"]
    allowed: frozenset[str]

    def fits(self, person: Person, use: Use) -> Fit:
        said: str | None = getattr(use, self.fact)
        if said is None:
            return Fit.UNKNOWN
        return Fit.YES if said.strip().lower() in self.allowed else Fit.NO


@dataclass(frozen=True, slots=True)
class PartIn:
    """Which part: a percentage, or a description such as "one chapter". A permission of 10 % holds for less as well,
    a prohibition of 10 % for more."""

    check: ClassVar = Check.TERM
    reason: ClassVar = AccessReason.TERM_PROHIBITS
    fact: ClassVar = "part"
    allowed: frozenset[str]
    prohibits: bool

    def fits(self, person: Person, use: Use) -> Fit:
        if use.part is None:
            return Fit.UNKNOWN
        said = use.part.strip().lower()
        if said in self.allowed:
            return Fit.YES
        asked = percent(said)
        bounds = [bound for word in self.allowed if (bound := percent(word)) is not None]
        if asked is None or not bounds:
            return Fit.NO
        return Fit.YES if (asked >= min(bounds) if self.prohibits else asked <= max(bounds)) else Fit.NO


@dataclass(frozen=True, slots=True)
class UnknownClass:
    """A term names a user class that nobody defined: a rule that can't be read must not decide."""

    check: ClassVar = Check.AFFILIATION
    reason: ClassVar = AccessReason.RULE_ERROR
    fact: ClassVar = "entitlement"
    code: str

    def fits(self, person: Person, use: Use) -> Fit:
        raise LookupError(f"user class {self.code} is not defined")


_UNITS = {
    LimitKind.PERCENT: ("%", "percent", "per cent"),
    LimitKind.PAGES: ("page", "pages", "页"),
    LimitKind.COPIES: ("copy", "copies", "份"),
}
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([a-z% 页份]+)")
ALL_OF_IT = 100


def quantity(text: str) -> tuple[LimitKind, Decimal] | None:
    """How much of something a part is: "10%", "20 pages", "2 copies"; None = it tells no number of these."""
    match = _QUANTITY.fullmatch(" ".join(unicodedata.normalize("NFKC", text).lower().split()))
    kind = next((kind for kind, units in _UNITS.items() if match and match[2] in units), None)
    return (kind, Decimal(match[1])) if match and kind else None


def more_than_all(text: str) -> bool:
    """Whether a part is a share of more than the whole, however that is written: "140%", "140 per cent", "１４０％"."""
    kind, amount = quantity(text) or (None, Decimal(0))
    return kind is LimitKind.PERCENT and amount > ALL_OF_IT


_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?%")


def percent(text: str) -> float | None:
    match = _PERCENT.fullmatch(text)
    return float(match[1]) if match else None
