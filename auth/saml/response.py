"""A SAML response, the way from a form field to what may be believed of it. Neither database nor web.

`read` tells whose keys to look for; `verify` believes only what their signature covers: it reads the very bytes that
were digested, and of an unsigned envelope nothing but what makes it refuse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from auth.saml import attributes, documents, encryption, names, profile, signatures
from auth.saml.documents import Element
from auth.saml.names import ds, saml, samlp
from auth.saml.refused import Failed, Invalid

ENVELOPE = (
    saml("Issuer"),
    ds("Signature"),
    samlp("Extensions"),
    samlp("Status"),
    (saml("Assertion"), saml("EncryptedAssertion")),
)
"""Children in the schema's order."""
CONTENT = (
    saml("Issuer"),
    ds("Signature"),
    saml("Subject"),
    saml("Conditions"),
    saml("Advice"),
    (saml("AuthnStatement"), saml("AttributeStatement"), saml("AuthzDecisionStatement")),
)
SUBJECT = ((saml("BaseID"), saml("NameID"), saml("EncryptedID")), saml("SubjectConfirmation"))


@dataclass(frozen=True, slots=True)
class Party:
    """An identity provider, as verified metadata describes it."""

    entity_id: str
    certificates: tuple[bytes, ...]
    """DER, for signing; several during a rollover."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Us."""

    entity_id: str
    acs: str
    """Where responses must be addressed to, in the envelope and in the assertion."""
    decryption_keys: tuple[RSAPrivateKey, ...]
    """The newest first."""


@dataclass(frozen=True, slots=True)
class NameId:
    value: str
    format: str
    qualifier: str | None
    sp_qualifier: str | None


@dataclass(frozen=True, slots=True)
class Verified:
    """Only what a signature covered."""

    issuer: str
    response_id: str | None
    """None where the response itself isn't signed."""
    assertion_id: str
    in_response_to: str | None
    expires_at: datetime
    """Until when a replay must be remembered: afterwards it is too old anyway."""
    name_id: NameId | None
    session_index: str | None
    session_until: datetime | None
    authn_instant: datetime
    authn_context: str | None
    authorities: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Response:
    """What came, none of it verified: good to look its alleged sender up, and for nothing else."""

    root: Element
    id: str
    issuer: str | None
    in_response_to: str | None
    status: str


def read(form_value: str) -> Response:
    """Raises Invalid."""
    root = documents.parsed(documents.decode(form_value))
    if root.tag != samlp("Response"):
        raise Invalid("not a Response")
    parts = documents.in_order(root, *ENVELOPE)
    issuer = documents.one_or_none(parts, saml("Issuer"))
    return Response(
        root,
        documents.id_of(root),
        documents.text(issuer) if issuer is not None else None,
        root.get("InResponseTo"),
        _status_code(documents.one(parts, samlp("Status"))).get("Value", ""),
    )


def verify(response: Response, party: Party, recipient: Recipient, now: datetime) -> Verified:
    """Raises Invalid; Failed where the provider says that it signed nobody in."""
    root = response.root
    if signatures.strays(root):
        raise Invalid("a signature out of place")
    signed = signatures.covered(root, party.certificates)
    envelope = root if signed is None else signed
    _check_envelope(envelope, party, recipient, now, signed=signed is not None)
    assertion = _assertion(root, signed, party, recipient)
    return _verified(assertion, envelope, party, recipient, now, signed=signed is not None)


def _check_envelope(envelope: Element, party: Party, recipient: Recipient, now: datetime, *, signed: bool) -> None:
    """Core §3.2.2, Bindings §3.5.5.2. Unsigned, it can only be refused for what it says."""
    parts = documents.in_order(envelope, *ENVELOPE)
    profile.check_issued(envelope, now)
    issuer = documents.one_or_none(parts, saml("Issuer"))
    if issuer is not None:
        profile.check_issuer(issuer, party.entity_id)
    destination = envelope.get("Destination")
    if destination is None and signed:
        raise Invalid("a signed Response without Destination")
    if destination is not None and destination != recipient.acs:
        raise Invalid("the Response's Destination is another address")
    _check_status(documents.one(parts, samlp("Status")))


def _check_status(status: Element) -> None:
    code = _status_code(status)
    if code.get("Value") == names.SUCCESS:
        return
    below = code.find(samlp("StatusCode"))
    message = status.find(samlp("StatusMessage"))
    said = documents.text(message) if message is not None else ""
    raise Failed(
        _known(code.get("Value")) or "",
        _known(below.get("Value")) if below is not None else None,
        said if attributes.readable(said) else None,
    )


def _status_code(status: Element) -> Element:
    parts = documents.in_order(status, samlp("StatusCode"), samlp("StatusMessage"), samlp("StatusDetail"))
    return documents.one(parts, samlp("StatusCode"))


def _known(value: str | None) -> str | None:
    return value if value and attributes.readable(value) else None


def _assertion(root: Element, signed: Element | None, party: Party, recipient: Recipient) -> Element:
    """The one assertion, as the innermost signature covers it."""
    envelope = root if signed is None else signed
    kinds = (saml("Assertion"), saml("EncryptedAssertion"))
    if len(list(root.iter(*kinds))) != 1:
        raise Invalid("not exactly one assertion")
    found = next((child for child in documents.children(envelope) if child.tag in kinds), None)
    if found is None:
        raise Invalid("not exactly one assertion")
    if found.tag == saml("EncryptedAssertion"):
        original = encryption.opened(found, recipient.decryption_keys, recipient.entity_id, signed=signed is not None)
        if original.tag != saml("Assertion") or len(list(original.iter(*kinds))) != 1 or signatures.strays(original):
            raise Invalid("something else than one assertion was encrypted")
        found = original
    else:
        original = next(child for child in documents.children(root) if child.tag == saml("Assertion"))
    inner = signatures.covered(original, party.certificates)
    if inner is not None:
        return inner
    if signed is None:
        raise Invalid("no signature covers the assertion")
    return found


def _verified(
    assertion: Element, envelope: Element, party: Party, recipient: Recipient, now: datetime, *, signed: bool
) -> Verified:
    parts = documents.in_order(assertion, *CONTENT)
    issued = profile.check_issued(assertion, now)
    profile.check_issuer(documents.one(parts, saml("Issuer")), party.entity_id)
    profile.check_conditions(documents.one(parts, saml("Conditions")), recipient.entity_id, now)
    subject = documents.in_order(documents.one(parts, saml("Subject")), *SUBJECT)
    confirmed = profile.confirmed(subject[saml("SubjectConfirmation")], recipient.acs, now)
    if envelope.get("InResponseTo") != confirmed.in_response_to:
        raise Invalid("Response and SubjectConfirmation answer different requests")
    authentication = profile.authentication(documents.one(parts, saml("AuthnStatement")), now)
    said = attributes.read(parts[saml("AttributeStatement")], party.entity_id, recipient.entity_id)
    return Verified(
        issuer=party.entity_id,
        response_id=documents.id_of(envelope) if signed else None,
        assertion_id=documents.id_of(assertion),
        in_response_to=confirmed.in_response_to,
        expires_at=min(confirmed.until, issued + profile.LIFETIME) + profile.SKEW,
        name_id=_name_id(subject, recipient),
        session_index=authentication.session_index,
        session_until=authentication.session_until,
        authn_instant=authentication.instant,
        authn_context=authentication.context,
        authorities=authentication.authorities,
        attributes=said,
    )


def _name_id(subject: Mapping[str, list[Element]], recipient: Recipient) -> NameId | None:
    if subject[saml("BaseID")]:
        raise Invalid("a BaseID")
    plain = documents.one_or_none(subject, saml("NameID"))
    encrypted = documents.one_or_none(subject, saml("EncryptedID"))
    if encrypted is not None:
        if plain is not None:
            raise Invalid("two name identifiers")
        plain = encryption.opened(encrypted, recipient.decryption_keys, recipient.entity_id, signed=True)
        if plain.tag != saml("NameID"):
            raise Invalid("something else than a NameID was encrypted")
    if plain is None:
        return None
    value = documents.text(plain)
    qualifiers = plain.get("NameQualifier"), plain.get("SPNameQualifier")
    if not all(attributes.readable(said) for said in (value, *qualifiers) if said is not None):
        raise Invalid("an unusable NameID")
    return NameId(value, plain.get("Format") or names.UNSPECIFIED, *qualifiers)
