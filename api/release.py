"""What a university released, told in words: which attributes are missing, by their official names, and what to write
to whoever runs its sign-in service.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from auth import error_url, sign_in
from auth.authentication import REFEDS_MFA
from auth.claims import foreign_scopes
from auth.discovery import ATTRIBUTES
from auth.refusals import Error, Refusal
from auth.release import Missing
from auth.saml import ourselves
from auth.saml.attributes import KNOWN
from domain import messages
from domain.discovery import Institution
from models.vocabulary import IdentityProtocol

OFFICIAL = {name: uri for uri, name in KNOWN.items() if uri.startswith(("urn:oid:", "urn:oasis:"))}
"""Of SAML, by the name that people say (MACE-Dir SAML Attribute Profiles; Subject Identifier Attributes Profile)."""

_WANTED = {
    Missing.AFFILIATION: ("eduPersonScopedAffiliation", "eduperson_scoped_affiliation"),
    Missing.IDENTIFIER: ("pairwise-id", "pairwise_id"),
}
"""What answers each want: as SAML and as OpenID Connect name it."""
_ABOUT = {
    Error.ATTRIBUTES_MISSING: Missing.AFFILIATION,
    Error.SCOPE_MISMATCH: Missing.AFFILIATION,
    Error.PSEUDONYM_MISSING: Missing.IDENTIFIER,
}


class Attribute(NamedTuple):
    """`official`: how the protocol spells it."""

    name: str
    official: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A refusal that an institution can mend: the facts, for its page and for programs."""

    error: Error
    at: datetime
    number: str | None
    """Of the request, as the log has it."""
    institution: Institution
    wanted: Attribute | None
    sent: Sequence[str]
    """Scopes that it spoke for and isn't registered for."""
    us: str
    test: str
    """Where whoever runs it sees what it releases."""
    error_url: str | None

    @property
    def registered(self) -> list[str]:
        return sorted(scope for member in self.institution.members for scope in member.scopes)


def trouble(refusal: Refusal, public_url: str, at: datetime, number: str | None) -> Trouble | None:
    """None: it is about no institution in particular."""
    institution = refusal.institution
    if institution is None:
        return None
    missing = _ABOUT.get(refusal.error)
    wanted = attribute(missing, institution.protocol) if missing else None
    ours = us(institution, public_url)
    context = REFEDS_MFA if refusal.error is Error.MFA_MISSING else wanted.name if wanted else ""
    return Trouble(
        refusal.error,
        at,
        number,
        institution,
        wanted,
        foreign_scopes(refusal.release) if refusal.release else (),
        ours,
        test_address(institution, public_url),
        error_url.filled(institution.error_url, refusal.error, at=at, us=ours, number=number, context=context),
    )


def told(about: Trouble | None, number: str | None) -> dict[str, Any]:
    """The same facts for programs."""
    facts = {"requestId": number} | (_facts(about) if about else {})
    return {name: fact for name, fact in facts.items() if fact}


def _facts(about: Trouble) -> dict[str, Any]:
    wanted = about.wanted
    return {
        "institution": about.institution.issuer,
        "service": about.us,
        "missing": {"name": wanted.name, "official": wanted.official} if wanted else None,
        "scopesSent": list(about.sent) or None,
        "scopesRegistered": about.registered if about.sent else None,
        "errorUrl": about.error_url,
        "testUrl": about.test if wanted else None,
    }


def attribute(missing: Missing, protocol: IdentityProtocol) -> Attribute:
    of_saml, claim = _WANTED[missing]
    return Attribute(of_saml, OFFICIAL[of_saml] if protocol is IdentityProtocol.SAML else claim)


def us(institution: Institution, public_url: str) -> str:
    """What its sign-in service knows us by: our entityID; of OpenID Connect, our redirect address."""
    if institution.protocol is IdentityProtocol.SAML:
        return ourselves.entity_id(public_url)
    return public_url + sign_in.CALLBACK


def test_address(institution: Institution, public_url: str) -> str:
    return f"{public_url}{ATTRIBUTES}?{urlencode({'entityID': institution.issuer})}"


def letter(told: Trouble, lang: messages.Language) -> str | None:
    """What to write to the institution, which any reader can send: it says nothing of her. None: there is nothing."""
    if told.wanted is None:
        return None
    return messages.sentence(
        f"release.letter.{told.error}",
        lang,
        time=f"{told.at:%Y-%m-%d %H:%M} UTC",
        institution=messages.localised(name(told.institution), lang),
        service=told.us,
        name=told.wanted.name,
        official=told.wanted.official,
        example=f"member@{(*told.registered, 'example.edu')[0]}",
        number=told.number or "–",
        test=told.test,
        sent=list(told.sent),
        registered=told.registered,
    )


def name(institution: Institution) -> dict[str, str]:
    """What to call it: its member, where it has only one."""
    return institution.members[0].name if len(institution.members) == 1 else institution.name
