"""What an identity provider says of a person, cut down to what it may say: what lies within its registered scopes."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from auth.refusals import Error, Refusal
from domain.principal import Membership
from domain.pseudonyms import Subject
from models.vocabulary import Affiliation

AFFILIATIONS = ("eduperson_scoped_affiliation", "eduPersonScopedAffiliation")
ENTITLEMENTS = ("eduperson_entitlement", "eduPersonEntitlement")
IDENTIFIERS = (("pairwise_id", "pairwise-id"), ("subject_id", "subject-id"))
"""SAML V2.0 Subject Identifier Attributes Profile 1.0: `unique@scope`, best first. Never an e-mail address."""
COMMON_LIB_TERMS = "urn:mace:dir:entitlement:common-lib-terms"
"""Its licensee is the issuer itself: it says nothing where the issuer speaks for several members."""

MAX_VALUES = 100
MAX_LENGTH = 512
"""Of values of one attribute, and of characters of one value; what goes beyond is left out."""
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}:[!-~]+")
_STABLE = frozenset({"public", "pairwise"})
_KNOWN = frozenset(Affiliation)


@dataclass(frozen=True, slots=True)
class Asserted:
    """Who signed in. `subject` is None where the provider sends nothing stable: everything but roles works without."""

    memberships: tuple[Membership, ...]
    subject: Subject | None


def read(
    claims: Mapping[str, Any], issuer: str, registered: Mapping[str, UUID], subject_types: object = ("public",)
) -> Asserted:
    """The memberships that the issuer may vouch for; `registered` names the member of each of its scopes.

    Raises Refusal: SCOPE_MISMATCH where it spoke for other scopes only, ATTRIBUTES_MISSING where it said nothing.
    """
    affiliations: dict[UUID, set[Affiliation]] = {}
    foreign: set[str] = set()
    for value in _values(claims, AFFILIATIONS):
        affiliation, at, scope = value.lower().partition("@")
        if not at or affiliation not in _KNOWN:
            continue
        if value.isascii() and scope in registered:
            affiliations.setdefault(registered[scope], set()).add(Affiliation(affiliation))
        else:
            foreign.add(scope)
    entitled = _entitled(list(_values(claims, ENTITLEMENTS)), frozenset(registered.values()), affiliations.keys())
    members = affiliations.keys() | entitled.keys()
    if foreign and not affiliations:
        raise Refusal(Error.SCOPE_MISMATCH, f"scopes {sorted(foreign)}")
    if not members:
        raise Refusal(Error.ATTRIBUTES_MISSING)
    return Asserted(
        tuple(
            Membership(member, frozenset(affiliations.get(member, ())), entitled.get(member, frozenset()))
            for member in sorted(members)
        ),
        _subject(claims, issuer, registered, subject_types),
    )


def _entitled(values: list[str], served: frozenset[UUID], belongs_to: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Entitlements carry no scope. They count for the issuer's own member; where the issuer speaks for several, those
    of a person who belongs to one of them alone count there, and an ambiguous one nowhere.
    """
    entitlements = frozenset(value for value in values if _URI.fullmatch(value))
    if len(served) == 1:
        return dict.fromkeys(served, entitlements) if entitlements else {}
    members = list(belongs_to)
    entitlements -= {COMMON_LIB_TERMS}
    return {members[0]: entitlements} if len(members) == 1 and entitlements else {}


def _subject(
    claims: Mapping[str, Any], issuer: str, registered: Mapping[str, UUID], subject_types: object
) -> Subject | None:
    """The best identifier that stays the same at the next sign-in. OpenID Connect's own `sub` does unless the provider
    offers neither public nor pairwise ones (Core 1.0 §8).
    """
    for names in IDENTIFIERS:
        for value in _values(claims, names):
            unique, _, scope = value.lower().partition("@")
            if value.isascii() and unique and scope in registered:
                return Subject(issuer, names[0], f"{unique}@{scope}")
    sub = claims.get("sub")
    stable = isinstance(subject_types, (list, tuple)) and not _STABLE.isdisjoint(map(str, subject_types))
    if stable and isinstance(sub, str) and 0 < len(sub) <= MAX_LENGTH:
        return Subject(issuer, "sub", sub)
    return None


def _values(claims: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    """The usable values of an attribute: some providers send one string where others send a list."""
    for name in names:
        said = claims.get(name)
        for value in (said if isinstance(said, list) else [said])[:MAX_VALUES]:
            if isinstance(value, str) and 0 < len(value) <= MAX_LENGTH:
                yield value
