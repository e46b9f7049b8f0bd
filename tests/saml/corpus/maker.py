"""A small identity provider that says and signs what a test wants.

idp = Maker("https://idp.alpha.example/idp", pair("alpha"))
form_value = idp.form(recipient, in_response_to="_r1", sign="both", seal=GCM)
verify(read(form_value), idp.party, recipient, datetime.now(UTC))
"""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from auth.saml.response import Party, Recipient
from tests.saml.corpus import sealing, signing
from tests.saml.corpus.keys import Pair
from tests.saml.corpus.sealing import Seal
from tests.saml.corpus.signing import SOUND, Element, Manner

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
SCOPED_AFFILIATION = "urn:oid:1.3.6.1.4.1.5923.1.1.1.9"
ENTITLEMENT = "urn:oid:1.3.6.1.4.1.5923.1.1.1.7"
PAIRWISE_ID = "urn:oasis:names:tc:SAML:attribute:pairwise-id"
TARGETED_ID = "urn:oid:1.3.6.1.4.1.5923.1.1.1.10"
ADA = {
    SCOPED_AFFILIATION: ("student@alpha.example", "member@alpha.example"),
    ENTITLEMENT: ("urn:mace:dir:entitlement:common-lib-terms",),
    PAIRWISE_ID: ("ADA0123456789@alpha.example",),
}
"""A student of Alpha."""

Bend = Callable[[Element], None]


def _as_it_is(element: Element) -> None:
    pass


@dataclass(frozen=True)
class Maker:
    entity_id: str
    pair: Pair
    others: Sequence[Pair] = field(default=())
    """Further keys in its metadata."""

    @property
    def party(self) -> Party:
        return Party(self.entity_id, tuple(one.certificate for one in (self.pair, *self.others)))

    def form(self, to: Recipient, **options: object) -> str:
        """What the browser posts as SAMLResponse; options as of `response`."""
        return encoded(self.response(to, **options))  # type: ignore[arg-type]

    def response(
        self,
        to: Recipient,
        *,
        in_response_to: str | None = None,
        now: datetime | None = None,
        sign: str = "assertion",
        manner: Manner = SOUND,
        seal: Seal | None = None,
        bend_assertion: Bend = _as_it_is,
        bend_signed_assertion: Bend = _as_it_is,
        bend_response: Bend = _as_it_is,
        bend_signed_response: Bend = _as_it_is,
        **said: object,
    ) -> bytes:
        """`sign`: assertion, response, both or none. What is bent before signing is signed as bent."""
        moment = now or datetime.now(UTC)
        assertion = self.assertion(to, moment, in_response_to, **said)  # type: ignore[arg-type]
        bend_assertion(assertion)
        if sign in ("assertion", "both"):
            signing.sign(assertion, self.pair, manner)
        bend_signed_assertion(assertion)
        response = self.envelope(to, moment, in_response_to)
        response.append(sealing.seal(assertion, to.decryption_keys[0].public_key(), seal) if seal else assertion)
        bend_response(response)
        if sign in ("response", "both"):
            signing.sign(response, self.pair, manner)
        bend_signed_response(response)
        return etree.tostring(response, encoding="utf-8")

    def envelope(self, to: Recipient, now: datetime, in_response_to: str | None, status: str = SUCCESS) -> Element:
        return etree.fromstring(
            f'<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="{new_id()}" Version="2.0" '
            f'IssueInstant="{instant(now)}" Destination={quoteattr(to.acs)}{_answers(in_response_to)}>'
            f"<saml:Issuer>{escape(self.entity_id)}</saml:Issuer>"
            f'<samlp:Status><samlp:StatusCode Value="{status}"/></samlp:Status></samlp:Response>'
        )

    def failure(
        self,
        to: Recipient,
        status: str,
        below: str | None = None,
        message: str | None = None,
        now: datetime | None = None,
    ) -> bytes:
        """Unsigned, as most providers send it."""
        response = self.envelope(to, now or datetime.now(UTC), None, status)
        code = response[1][0]
        if below:
            etree.SubElement(code, f"{{{SAMLP}}}StatusCode", Value=below)
        if message:
            etree.SubElement(response[1], f"{{{SAMLP}}}StatusMessage").text = message
        return etree.tostring(response)

    def assertion(
        self,
        to: Recipient,
        now: datetime,
        in_response_to: str | None = None,
        *,
        attributes: Mapping[str, Sequence[str]] = ADA,
        name_id: str | None = "_ada-in-this-session",
        name_id_format: str = TRANSIENT,
        session_index: str = "_session-1",
        session_until: datetime | None = None,
        context: str = PASSWORD,
        authorities: Sequence[str] = (),
        minutes: int = 5,
    ) -> Element:
        until = instant(now + timedelta(minutes=minutes))
        session = f' SessionNotOnOrAfter="{instant(session_until)}"' if session_until else ""
        named = (
            f'<saml:NameID Format="{name_id_format}" NameQualifier={quoteattr(self.entity_id)} '
            f"SPNameQualifier={quoteattr(to.entity_id)}>{escape(name_id or '')}</saml:NameID>"
        )
        helped = "".join(
            f"<saml:AuthenticatingAuthority>{escape(one)}</saml:AuthenticatingAuthority>" for one in authorities
        )
        return etree.fromstring(
            f'<saml:Assertion xmlns:saml="{SAML}" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="{new_id()}" Version="2.0" '
            f'IssueInstant="{instant(now)}"><saml:Issuer>{escape(self.entity_id)}</saml:Issuer>'
            f"<saml:Subject>{named if name_id else ''}"
            f'<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f'<saml:SubjectConfirmationData NotOnOrAfter="{until}" Recipient={quoteattr(to.acs)}'
            f"{_answers(in_response_to)}/></saml:SubjectConfirmation></saml:Subject>"
            f'<saml:Conditions NotBefore="{instant(now)}" NotOnOrAfter="{until}"><saml:AudienceRestriction>'
            f"<saml:Audience>{escape(to.entity_id)}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
            f'<saml:AuthnStatement AuthnInstant="{instant(now)}" SessionIndex="{session_index}"{session}>'
            f"<saml:AuthnContext><saml:AuthnContextClassRef>{context}</saml:AuthnContextClassRef>{helped}"
            f"</saml:AuthnContext></saml:AuthnStatement>{_statement(attributes)}</saml:Assertion>"
        )


def encoded(xml: bytes) -> str:
    return base64.b64encode(xml).decode()


def new_id() -> str:
    return f"_{secrets.token_hex(16)}"


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def attribute(name: str, values: Sequence[str]) -> str:
    inside = "".join(
        f'<saml:AttributeValue xsi:type="xs:string">{escape(value)}</saml:AttributeValue>' for value in values
    )
    uri = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
    return f'<saml:Attribute Name={quoteattr(name)} NameFormat="{uri}">{inside}</saml:Attribute>'


def _statement(attributes: Mapping[str, Sequence[str]]) -> str:
    inside = "".join(attribute(name, values) for name, values in attributes.items())
    return f"<saml:AttributeStatement>{inside}</saml:AttributeStatement>" if attributes else ""


def _answers(request: str | None) -> str:
    return f" InResponseTo={quoteattr(request)}" if request else ""


def metadata(maker: Maker) -> str:
    """The provider's entity, for those who need it as a document."""
    keys = "".join(
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{signing.DS}">{signing.certificate(one)}</ds:KeyInfo>'
        "</md:KeyDescriptor>"
        for one in (maker.pair, *maker.others)
    )
    return (
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID={quoteattr(maker.entity_id)}>'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="{SAMLP}"><md:Extensions>'
        f'<shibmd:Scope xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" regexp="false">alpha.example</shibmd:Scope>'
        f"</md:Extensions>{keys}"
        f'<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" '
        f"Location={quoteattr(maker.entity_id + '/sso')}/></md:IDPSSODescriptor></md:EntityDescriptor>"
    )
