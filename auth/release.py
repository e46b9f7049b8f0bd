"""What a provider released of a person, value by value, and what became of each: for whoever runs the provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.principal import Membership
from domain.pseudonyms import Subject


class Fate(StrEnum):
    """What became of a value. Each has its sentence in the catalogue of messages under `release.<value>`."""

    COUNTS = "counts"
    IDENTIFIES = "identifies"
    OTHER_SCOPE = "other_scope"
    """Of a scope that the provider isn't registered for, or that its metadata doesn't list."""
    UNKNOWN_WORD = "unknown_word"
    """No affiliation that eduPerson knows."""
    MALFORMED = "malformed"
    SEVERAL_MEMBERS = "several_members"
    """Without a scope, from a provider that speaks for several members."""
    SCOPED_COUNTS = "scoped_counts"
    """Without a scope, beside values with one."""
    BETTER_ONE = "better_one"
    """An identifier, beside a better one."""
    NOT_FOR_US = "not_for_us"
    """A persistent identifier that was made for another pair of provider and service."""
    UNUSED = "unused"
    """Mutua asks nothing of this attribute, and keeps nothing of it."""


class Missing(StrEnum):
    """What did not come. Each has its sentence under `release.missing.<value>`."""

    AFFILIATION = "affiliation"
    """Without it nobody is signed in, unless an entitlement makes her somebody."""
    IDENTIFIER = "identifier"
    """Without it there are no roles, and she is new at each sign-in."""


@dataclass(frozen=True, slots=True)
class Line:
    attribute: str
    """As the provider names it."""
    value: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Release:
    """`memberships` and `subject` are what the sign-in would rest on."""

    issuer: str
    lines: tuple[Line, ...]
    memberships: tuple[Membership, ...]
    subject: Subject | None
    missing: tuple[Missing, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    """Of the protocol, by keys of `release.fact.<key>`: signed, encrypted, authn_context."""
