"""The demo's SAML universities: the same people and login page as the OpenID ones, the answer as a signed form.

A small federation describes them in signed metadata, which Mutua loads as it would a real one's.
"""

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import jinja2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from fastapi import APIRouter
from lxml import etree
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from auth.saml import ourselves, redirect, requests
from auth.saml.metadata import TRANSIENT
from auth.saml.names import ASSERTION, DS, PROTOCOL, SUCCESS, XENC, XENC11
from auth.saml.ourselves import Pair
from auth.saml.refused import Invalid
from demo import identity
from demo.identity import PREFIX, Campus
from demo.identity_people import Person, University
from domain.keys import KeyStore, Purpose

LIFE = timedelta(minutes=5)
FEDERATION = "demo"
"""The name of the metadata source."""
NAMES = {
    "eduPersonScopedAffiliation": "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
    "eduPersonEntitlement": "urn:oid:1.3.6.1.4.1.5923.1.1.1.7",
    "pairwise-id": "urn:oasis:names:tc:SAML:attribute:pairwise-id",
}

_FORM = jinja2.Environment(autoescape=True).from_string("""<!doctype html>
<html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mutua</title>
<form method="post" action="{{ action }}"><input type="hidden" name="SAMLResponse" value="{{ response }}">
<p><button>继续 Continue</button></p></form>
<script nonce="{{ nonce }}">document.forms[0].submit()</script></html>""")


@dataclass(frozen=True, slots=True)
class Service:
    """Mutua, as the universities know it from its metadata."""

    campus: Campus
    keys: KeyStore

    @property
    def entity_id(self) -> str:
        return ourselves.entity_id(self.campus.mutua)

    def certificates(self) -> list[bytes]:
        return [one.certificate for one in ourselves.published(self.campus.mutua, self.keys, Purpose.SAML_SIGNING)]

    def encryption(self) -> RSAPublicKey:
        return ourselves.published(self.campus.mutua, self.keys, Purpose.SAML_DECRYPTION)[0].key.public_key()


def router(campus: Campus, keys: KeyStore) -> APIRouter:
    """Every handler gets the service first; FastAPI reads its other parameters from the request."""
    routes, service = APIRouter(include_in_schema=False), Service(campus, keys)
    handlers: tuple[tuple[str, str, Callable[..., Any]], ...] = (
        ("GET", PREFIX + "/{university}/saml/sso", _ask),
        ("POST", PREFIX + "/{university}/saml/sso", _check),
        ("GET", PREFIX + "/{university}/saml/slo", _log_out),
    )
    for method, path, handler in handlers:
        routes.add_api_route(path, partial(handler, service), methods=[method], name=handler.__name__)
    return routes


def metadata(campus: Campus) -> tuple[bytes, str]:
    """Of every SAML university, signed; and the certificate to pin, PEM."""
    federation = pair(campus, FEDERATION)
    entities = "".join(_entity(campus, one) for one in campus.people.universities.values() if one.saml)
    until = requests.instant(datetime.now(UTC) + timedelta(days=30))
    root = etree.fromstring(
        '<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
        'xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui" xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" '
        f'xmlns:ds="{DS}" ID="_demo" Name="urn:example:mutua-demo" validUntil="{until}">'
        f"{entities}</md:EntitiesDescriptor>"
    )
    certificate = x509.load_der_x509_certificate(federation.certificate).public_bytes(Encoding.PEM).decode()
    return etree.tostring(requests.signed(root, federation)), certificate


def pair(campus: Campus, owner: str) -> Pair:
    """A university's signing key, or the federation's, with a certificate for it."""
    key = campus.secrets.signing[owner].private_key
    assert isinstance(key, RSAPrivateKey)  # noqa: S101 as all that the demo makes
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Mutua demo {owner}")])
    made = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, made, made.replace(year=2046))
    return Pair(key, builder.sign(key, SHA256()).public_bytes(Encoding.DER))


def _entity(campus: Campus, university: University) -> str:
    base = f"{campus.issuer(university.id)}/saml"
    certificate = base64.b64encode(pair(campus, university.id).certificate).decode()
    names = "".join(
        f'<mdui:DisplayName xml:lang="{lang}">{escape(text)}</mdui:DisplayName>'
        for lang, text in university.name.items()
    )
    scopes = "".join(f'<shibmd:Scope regexp="false">{one}</shibmd:Scope>' for one in university.scopes)
    return (
        f"<md:EntityDescriptor entityID={quoteattr(campus.issuer(university.id))}>"
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"<md:Extensions>{scopes}<mdui:UIInfo>{names}</mdui:UIInfo></md:Extensions>"
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}'
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        f'<md:SingleLogoutService Binding="{requests.REDIRECT}" Location="{base}/slo"/>'
        f'<md:SingleSignOnService Binding="{requests.REDIRECT}" Location="{base}/sso"/>'
        "</md:IDPSSODescriptor></md:EntityDescriptor>"
    )


async def _ask(service: Service, request: Request, university: str) -> Response:
    campus = service.campus
    known, asked = _asked(service, request, university)
    if known is None or asked is None:
        return _refused()
    person = campus.tickets.pop(request.cookies.get(identity.TICKET, ""), None)
    if person is None or person.university != university:
        return identity.login_page(campus, known, wrong=False)
    answer = _answer(service, known, person, asked)
    answer.delete_cookie(identity.TICKET, path=PREFIX)
    return answer


async def _check(service: Service, request: Request, university: str) -> Response:
    known, asked = _asked(service, request, university)
    if known is None or asked is None:
        return _refused()
    person = await identity.who(service.campus, request, university)
    if person is None:
        return identity.login_page(service.campus, known, wrong=True)
    return _answer(service, known, person, asked)


async def _log_out(service: Service, request: Request, university: str) -> Response:
    """Nobody stays signed in at a demo university, so that there is nothing to end; the answer is a true one."""
    try:
        received = redirect.read(request.url.query, "SAMLRequest")
        redirect.check(received, service.certificates())
    except Invalid:
        return _refused()
    us = service.campus.issuer(university)
    told = requests.logout_response(us, service.campus.mutua + ourselves.SLO, received.message.get("ID") or "")
    sent = requests.by_redirect(told, pair(service.campus, university), received.relay_state)
    return RedirectResponse(sent.address, 303)


def _asked(service: Service, request: Request, university: str) -> tuple[University | None, etree._Element | None]:
    """The university and the request, where Mutua signed it and its answer would go to Mutua."""
    known = service.campus.people.universities.get(university)
    try:
        received = redirect.read(request.url.query, "SAMLRequest")
        redirect.check(received, service.certificates())
    except Invalid:
        return known, None
    fits = received.message.get("AssertionConsumerServiceURL") == service.campus.mutua + ourselves.ACS
    return (known if known and known.saml else None), received.message if fits else None


def _answer(service: Service, university: University, person: Person, asked: etree._Element) -> Response:
    own = pair(service.campus, university.id)
    assertion = requests.signed(_assertion(service, person, asked.attrib["ID"]), own)
    if university.saml == "encrypted":
        assertion = _encrypted(assertion, service.encryption())
    now, acs = requests.instant(datetime.now(UTC)), service.campus.mutua + ourselves.ACS
    response = etree.fromstring(
        f'<samlp:Response xmlns:samlp="{PROTOCOL}" xmlns:saml="{ASSERTION}" ID="{requests.new_id()}" Version="2.0" '
        f'IssueInstant="{now}" Destination="{acs}" InResponseTo="{asked.attrib["ID"]}">'
        f"<saml:Issuer>{service.campus.issuer(university.id)}</saml:Issuer>"
        f'<samlp:Status><samlp:StatusCode Value="{SUCCESS}"/></samlp:Status>'
        "</samlp:Response>"
    )
    response.append(assertion)
    signed = base64.b64encode(etree.tostring(requests.signed(response, own))).decode()
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; form-action {service.campus.mutua}; frame-ancestors 'none'"
    )
    html = _FORM.render(action=acs, response=signed, nonce=nonce)
    return HTMLResponse(html, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})


def _assertion(service: Service, person: Person, request_id: str) -> etree._Element:
    """What the university says of a person: no name, no e-mail."""
    moment = datetime.now(UTC)
    now, until = requests.instant(moment), requests.instant(moment + LIFE)
    said = {
        "eduPersonScopedAffiliation": person.affiliations,
        "eduPersonEntitlement": person.entitlements,
        "pairwise-id": (service.campus.secrets.pairwise_id(person),),
    }
    attributes = "".join(
        f'<saml:Attribute Name="{NAMES[name]}" FriendlyName="{name}" '
        'NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">'
        + "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in values)
        + "</saml:Attribute>"
        for name, values in said.items()
        if values
    )
    acs, issuer = service.campus.mutua + ourselves.ACS, service.campus.issuer(person.university)
    return etree.fromstring(
        f'<saml:Assertion xmlns:saml="{ASSERTION}" ID="{requests.new_id()}" Version="2.0" IssueInstant="{now}">'
        f"<saml:Issuer>{issuer}</saml:Issuer>"
        f'<saml:Subject><saml:NameID Format="{TRANSIENT}">{requests.new_id()}</saml:NameID>'
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData '
        f'NotOnOrAfter="{until}" Recipient="{acs}" InResponseTo="{request_id}"/>'
        "</saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{now}" NotOnOrAfter="{until}"><saml:AudienceRestriction>'
        f"<saml:Audience>{service.entity_id}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{now}" SessionIndex="{requests.new_id()}"><saml:AuthnContext>'
        "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
    )


def _encrypted(assertion: etree._Element, key: RSAPublicKey) -> etree._Element:
    """XML Encryption 1.1: AES-256-GCM, its key by RSA-OAEP with SHA-256."""
    content_key, nonce = AESGCM.generate_key(256), os.urandom(12)
    content = nonce + AESGCM(content_key).encrypt(nonce, etree.tostring(assertion), None)
    wrapped = key.encrypt(content_key, OAEP(MGF1(SHA256()), SHA256(), None))
    told = (
        f'<saml:EncryptedAssertion xmlns:saml="{ASSERTION}" xmlns:xenc="{XENC}" xmlns:xenc11="{XENC11}" '
        f'xmlns:ds="{DS}">'
        f'<xenc:EncryptedData Type="{XENC}Element"><xenc:EncryptionMethod Algorithm="{XENC11}aes256-gcm"/>'
        f'<ds:KeyInfo><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="{XENC11}rsa-oaep">'
        f'<ds:DigestMethod Algorithm="{XENC}sha256"/><xenc11:MGF Algorithm="{XENC11}mgf1sha256"/>'
        f"</xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>{base64.b64encode(wrapped).decode()}"
        "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>"
        f"{base64.b64encode(content).decode()}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"
        "</saml:EncryptedAssertion>"
    )
    return etree.fromstring(told)


def _refused() -> Response:
    return JSONResponse({"error": "invalid_request"}, 400)
