"""What an identity provider says of a person, cut down to what it may say: what lies within its registered scopes.

Attributes of SAML and claims of OpenID Connect mean the same and are read by the same rules.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from auth.refusals import Error, Refusal
from auth.release import Fate, Line, Missing, Release
from domain.principal import Membership
from domain.pseudonyms import Subject
from models.vocabulary import Affiliation

SCOPED_AFFILIATIONS = ("eduperson_scoped_affiliation", "eduPersonScopedAffiliation")
AFFILIATIONS = ("eduperson_affiliation", "eduPersonAffiliation")
HOME = ("schac_home_organization", "schacHomeOrganization")
ENTITLEMENTS = ("eduperson_entitlement", "eduPersonEntitlement")
SCOPED_IDENTIFIERS = {"pairwise_id": ("pairwise_id", "pairwise-id"), "subject_id": ("subject_id", "subject-id")}
"""SAML V2.0 Subject Identifier Attributes Profile 1.0: `unique@scope`, best first. Never an e-mail address."""
PERSISTENT = ("name_id", "eduPersonTargetedID")
"""A persistent NameID (SAML Core §8.3.7), alone or as an attribute: `provider!service!value`."""
COMMON_LIB_TERMS = "urn:mace:dir:entitlement:common-lib-terms"
"""Its licensee is the issuer itself: it says nothing where the issuer speaks for several members."""

MAX_VALUES = 100
MAX_LENGTH = 512
"""Of values of one attribute, and of characters of one value; what goes beyond is left out."""
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}:[!-~]+")
_KNOWN = frozenset(Affiliation)
OPENID_NAMES = frozenset(
    {
        *("eduperson_scoped_affiliation", "eduperson_affiliation", "schac_home_organization", "eduperson_entitlement"),
        *("pairwise_id", "subject_id", "name_id", "sub"),
    }
)
"""What a SAML attribute of that very name doesn't mean: there names are URIs (MACE-Dir SAML Attribute Profiles)."""
_OF_THE_TOKEN = {
    *("iss", "aud", "exp", "iat", "nbf", "nonce", "azp", "at_hash", "c_hash", "jti", "sid", "acr", "amr"),
    *("auth_time", "typ", "session_state"),
}
"""Claims that say nothing of the person."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A provider, and what it may speak of."""

    issuer: str
    registered: Mapping[str, UUID]
    """The scopes that it is registered for, each with its member."""
    audience: str | None = None
    """What it knows us by (SAML: our entityID)."""
    stable_sub: bool = False
    """Whether its `sub` stays the same at the next sign-in (OpenID Connect Core 1.0 §8)."""


@dataclass(frozen=True, slots=True)
class Asserted:
    """Who signed in. `subject` is None where the provider sends nothing stable: everything but roles works without."""

    memberships: tuple[Membership, ...]
    subject: Subject | None


def read(said: Mapping[str, Any], speaker: Speaker) -> Asserted:
    """The memberships that the issuer may vouch for.

    Raises Refusal: SCOPE_MISMATCH where it spoke for other scopes only, ATTRIBUTES_MISSING where it said nothing.
    """
    release = examine(said, speaker)
    if release.memberships and Missing.AFFILIATION not in release.missing:
        return Asserted(release.memberships, release.subject)
    if foreign := foreign_scopes(release):
        raise Refusal(Error.SCOPE_MISMATCH, f"scopes {foreign}", release=release)
    came = sorted({line.attribute for line in release.lines})
    raise Refusal(Error.ATTRIBUTES_MISSING, f"came: {', '.join(came) or 'nothing'}", release=release)


def foreign_scopes(release: Release) -> list[str]:
    """Those that the provider spoke for and isn't registered for."""
    return sorted(
        {
            line.value.lower().partition("@")[2]
            for line in release.lines
            if line.attribute in SCOPED_AFFILIATIONS and line.fate is Fate.OTHER_SCOPE
        }
    )


def examine(said: Mapping[str, Any], speaker: Speaker) -> Release:
    """What became of every value, and what is missing."""
    return _Examination(said, speaker).release()


@dataclass(slots=True)
class _Examination:
    said: Mapping[str, Any]
    speaker: Speaker
    lines: list[Line] = field(default_factory=list)

    def release(self) -> Release:
        affiliations, foreign = self._affiliations()
        entitlements = self._entitlements(affiliations.keys())
        members = affiliations.keys() | entitlements.keys()
        subject = self._subject()
        self._rest()
        missing = [
            *([Missing.AFFILIATION] if not members or (foreign and not affiliations) else []),
            *([Missing.IDENTIFIER] if subject is None else []),
        ]
        memberships = tuple(
            Membership(member, frozenset(affiliations.get(member, ())), entitlements.get(member, frozenset()))
            for member in sorted(members)
        )
        return Release(self.speaker.issuer, tuple(self.lines), memberships, subject, tuple(missing))

    def _affiliations(self) -> tuple[dict[UUID, set[Affiliation]], bool]:
        """By member, and whether some were of scopes that are not the provider's."""
        found: dict[UUID, set[Affiliation]] = {}
        foreign = scoped = False
        for name, value in self._values(SCOPED_AFFILIATIONS):
            scoped = True
            affiliation, at, scope = value.lower().partition("@")
            if not at or affiliation not in _KNOWN:
                self._note(name, value, Fate.UNKNOWN_WORD)
            elif value.isascii() and scope in self.speaker.registered:
                self._note(name, value, Fate.COUNTS)
                found.setdefault(self.speaker.registered[scope], set()).add(Affiliation(affiliation))
            else:
                foreign = True
                self._note(name, value, Fate.OTHER_SCOPE)
        for name, value in self._values(AFFILIATIONS):
            member, fate = (None, Fate.SCOPED_COUNTS) if scoped else self._home()
            if value.lower() not in _KNOWN:
                fate = Fate.UNKNOWN_WORD
            elif member:
                found.setdefault(member, set()).add(Affiliation(value.lower()))
            self._note(name, value, fate)
        return found, foreign

    def _home(self) -> tuple[UUID | None, Fate]:
        """Whose people those are whose affiliation comes without a scope: of the home organisation (SCHAC), where it is
        told; else the provider's own, where it speaks for one member.
        """
        served = set(self.speaker.registered.values())
        told = [value.lower() for _, value in self._values(HOME)]
        if told:
            at = {self.speaker.registered.get(scope) if scope.isascii() else None for scope in told}
            member = at.pop() if len(at) == 1 else None
            return member, Fate.COUNTS if member else Fate.OTHER_SCOPE
        return (served.pop(), Fate.COUNTS) if len(served) == 1 else (None, Fate.SEVERAL_MEMBERS)

    def _entitlements(self, belongs_to: Collection[UUID]) -> dict[UUID, frozenset[str]]:
        """Entitlements carry no scope. They count for the issuer's own member; where the issuer speaks for several,
        those of a person who belongs to one of them alone count there, and an ambiguous one nowhere.
        """
        served = set(self.speaker.registered.values())
        own = served if len(served) == 1 else set()
        theirs = own or (set(belongs_to) if len(belongs_to) == 1 else set())
        counted = set()
        for name, value in self._values(ENTITLEMENTS):
            if not _URI.fullmatch(value):
                self._note(name, value, Fate.MALFORMED)
            elif not theirs or (value == COMMON_LIB_TERMS and not own):
                self._note(name, value, Fate.SEVERAL_MEMBERS)
            else:
                self._note(name, value, Fate.COUNTS)
                counted.add(value)
        return {member: frozenset(counted) for member in theirs} if counted else {}

    def _subject(self) -> Subject | None:
        """The best identifier that stays the same at the next sign-in."""
        best: Subject | None = None
        for name, value, subject, why_not in self._identifiers():
            if subject is None:
                self._note(name, value, why_not)
            else:
                self._note(name, value, Fate.BETTER_ONE if best else Fate.IDENTIFIES)
                best = best or subject
        return best

    def _identifiers(self) -> Iterator[tuple[str, str, Subject | None, Fate]]:
        """Every identifier that came, best first; those that don't count with the reason."""
        issuer = self.speaker.issuer
        for kind, names in SCOPED_IDENTIFIERS.items():
            for name, value in self._values(names):
                unique, _, scope = value.lower().partition("@")
                ours = value.isascii() and scope in self.speaker.registered
                good = Subject(issuer, kind, f"{unique}@{scope}") if ours and unique else None
                yield name, value, good, Fate.OTHER_SCOPE if unique and scope and not ours else Fate.MALFORMED
        for name, value in self._values(PERSISTENT):
            provider, _, rest = value.partition("!")
            service, _, unique = rest.partition("!")
            ours = provider in ("", issuer) and service in ("", self.speaker.audience)
            good = Subject(issuer, "persistent", unique) if ours and unique else None
            yield name, value, good, Fate.NOT_FOR_US if unique else Fate.MALFORMED
        for name, value in self._values(("sub",)):
            yield name, value, Subject(issuer, "sub", value) if self.speaker.stable_sub else None, Fate.UNUSED

    def _rest(self) -> None:
        """What came and isn't asked for, and where the home organisation lies."""
        noted = {line.attribute for line in self.lines}
        for name in self.said:
            for _, value in self._values((name,)) if name not in noted and name not in _OF_THE_TOKEN else ():
                fate = Fate.UNUSED
                if name in HOME:
                    fate = Fate.COUNTS if value.lower() in self.speaker.registered else Fate.OTHER_SCOPE
                self._note(name, value, fate)

    def _note(self, name: str, value: str, fate: Fate) -> None:
        self.lines.append(Line(name, value, fate))

    def _values(self, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """The usable values of an attribute: some providers send one string where others send a list."""
        for name in names:
            said = self.said.get(name)
            for value in (said if isinstance(said, (list, tuple)) else [said])[:MAX_VALUES]:
                if isinstance(value, str) and 0 < len(value) <= MAX_LENGTH:
                    yield name, value
