"""What the Web Browser SSO Profile asks of a bearer assertion (Profiles §4.1.4.2 and §4.1.4.3, Core §2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from auth.saml import attributes, documents, names
from auth.saml.documents import Element
from auth.saml.names import saml
from auth.saml.refused import Invalid

SKEW = timedelta(seconds=60)
"""How far a provider's clock may be from ours."""
LIFETIME = timedelta(minutes=10)
"""How old a response may be on arrival, whatever it says of itself; so long a replay must be remembered."""
MAX_CONFIRMATIONS = 10
MAX_AUTHORITIES = 10


@dataclass(frozen=True, slots=True)
class Confirmed:
    """That whoever brings the assertion is its subject: as the answer to which request, and how long."""

    in_response_to: str | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Authentication:
    instant: datetime
    context: str | None
    authorities: tuple[str, ...]
    session_index: str | None
    session_until: datetime | None


def check_issued(element: Element, now: datetime) -> datetime:
    """Version and age of a response or an assertion; when it was issued."""
    if element.get("Version") != "2.0":
        raise Invalid(f"{documents.local(element)} of another version than 2.0")
    issued = documents.instant_of(element, "IssueInstant")
    if not now - LIFETIME - SKEW < issued <= now + SKEW:
        raise Invalid(f"{documents.local(element)} issued too long ago or in the future")
    return issued


def check_issuer(issuer: Element, entity_id: str) -> None:
    """Profiles §4.1.4.2: the provider's entityID. The message signed by one may not speak for another."""
    if issuer.get("Format", names.ENTITY) != names.ENTITY:
        raise Invalid("an Issuer of another format than entity")
    if any(issuer.get(name) is not None for name in ("NameQualifier", "SPNameQualifier", "SPProvidedID")):
        raise Invalid("an Issuer with qualifiers")
    if documents.text(issuer) != entity_id:
        raise Invalid(f"the Issuer of the {documents.local(next(issuer.iterancestors()))} is another provider")


def check_conditions(conditions: Element, audience: str, now: datetime) -> None:
    """Core §2.5.1: all must hold; one that we don't know makes the assertion indeterminate, which is no."""
    for child in documents.children(conditions):
        if child.tag not in (saml("AudienceRestriction"), saml("OneTimeUse"), saml("ProxyRestriction")):
            raise Invalid("an unknown condition")
    if conditions.get("NotBefore") is not None and now + SKEW < documents.instant_of(conditions, "NotBefore"):
        raise Invalid("the Conditions don't hold yet")
    if conditions.get("NotOnOrAfter") is not None and now - SKEW >= documents.instant_of(conditions, "NotOnOrAfter"):
        raise Invalid("the Conditions hold no longer")
    restrictions = conditions.findall(saml("AudienceRestriction"))
    if not restrictions:
        raise Invalid("no AudienceRestriction")
    for restriction in restrictions:
        audiences = documents.in_order(restriction, saml("Audience"))[saml("Audience")]
        if audience not in [documents.text(one) for one in audiences]:
            raise Invalid("meant for another audience")


def confirmed(confirmations: Sequence[Element], acs: str, now: datetime) -> Confirmed:
    """The first bearer confirmation that holds here and now; at least one must.

    All that hold end together: `until` is the latest of their ends.
    """
    if len(confirmations) > MAX_CONFIRMATIONS:
        raise Invalid("too many SubjectConfirmations")
    held, cause = [], "no bearer SubjectConfirmation"
    for confirmation in confirmations:
        if confirmation.get("Method") != names.BEARER:
            continue
        try:
            held.append(_bearer(confirmation, acs, now))
        except Invalid as refused:
            cause = refused.cause
    if not held:
        raise Invalid(cause)
    if len({one.in_response_to for one in held}) > 1:
        raise Invalid("SubjectConfirmations for several requests")
    return Confirmed(held[0].in_response_to, max(one.until for one in held))


def _bearer(confirmation: Element, acs: str, now: datetime) -> Confirmed:
    parts = documents.in_order(
        confirmation, saml("BaseID"), saml("NameID"), saml("EncryptedID"), saml("SubjectConfirmationData")
    )
    data = documents.one(parts, saml("SubjectConfirmationData"))
    if data.get("Recipient") != acs:
        raise Invalid("the SubjectConfirmation's Recipient is another address")
    if data.get("NotBefore") is not None:
        raise Invalid("a NotBefore in a bearer SubjectConfirmation")
    until = documents.instant_of(data, "NotOnOrAfter")
    if now - SKEW >= until:
        raise Invalid("the SubjectConfirmation holds no longer")
    return Confirmed(data.get("InResponseTo"), until)


def authentication(statement: Element, now: datetime) -> Authentication:
    """Core §2.7.2: when, how and with whose help the person was authenticated."""
    parts = documents.in_order(statement, saml("SubjectLocality"), saml("AuthnContext"))
    context = documents.in_order(
        documents.one(parts, saml("AuthnContext")),
        saml("AuthnContextClassRef"),
        saml("AuthnContextDecl"),
        saml("AuthnContextDeclRef"),
        saml("AuthenticatingAuthority"),
    )
    instant = documents.instant_of(statement, "AuthnInstant")
    if instant > now + SKEW:
        raise Invalid("authenticated in the future")
    until = None
    if statement.get("SessionNotOnOrAfter") is not None:
        until = documents.instant_of(statement, "SessionNotOnOrAfter")
        if now - SKEW >= until:
            raise Invalid("the session at the provider is over")
    reference = documents.one_or_none(context, saml("AuthnContextClassRef"))
    authorities = context[saml("AuthenticatingAuthority")]
    if len(authorities) > MAX_AUTHORITIES:
        raise Invalid("too many AuthenticatingAuthorities")
    return Authentication(
        instant,
        documents.text(reference) if reference is not None else None,
        tuple(documents.text(one) for one in authorities),
        _short(statement.get("SessionIndex")),
        until,
    )


def _short(value: str | None) -> str | None:
    if value is not None and not attributes.readable(value):
        raise Invalid("an unusable SessionIndex")
    return value
