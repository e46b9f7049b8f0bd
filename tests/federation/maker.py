"""A federation of our own: keys, and signed metadata about identity providers that a test makes up."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
NAMESPACES = {
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "mdui": "urn:oasis:names:tc:SAML:metadata:ui",
    "mdrpi": "urn:oasis:names:tc:SAML:metadata:rpi",
    "mdattr": "urn:oasis:names:tc:SAML:metadata:attribute",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "shibmd": "urn:mace:shibboleth:metadata:1.0",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def certificate_of(key: PrivateKey, name: str = "signer", days: int = 3650) -> x509.Certificate:
    """Self-signed. `days` < 0: it expired that long ago."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=min(days, 0) - 1))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The same for the same number: making one takes a tenth of a second."""
    return rsa.generate_private_key(65537, bits)


@cache
def base64_certificate(number: int = 1, bits: int = 2048) -> str:
    """Base64 of DER, as metadata has it."""
    pem = certificate_of(rsa_key(number, bits)).public_bytes(Encoding.PEM).decode()
    return "".join(pem.splitlines()[1:-1])


@dataclass(frozen=True)
class University:
    """An identity provider. `scopes` beginning with ^ are regular expressions."""

    entity_id: str
    scopes: tuple[str, ...] = ()
    sso: dict[str, str] = field(default_factory=dict)
    """Address by binding; default: redirect and POST at the entity's own host."""
    slo: dict[str, str] = field(default_factory=dict)
    certificates: tuple[str, ...] = ()
    """Base64 of DER; default: one of the maker's."""
    names: dict[str, str] = field(default_factory=lambda: {"zh": "某大学", "en": "Some University"})
    keywords: dict[str, str] = field(default_factory=dict)
    authority: str | None = "https://fed.example"
    categories: tuple[str, ...] = ()
    error_url: str | None = None
    valid_until: str | None = None
    logo: str | None = None
    extra: str = ""
    """XML among the role's extensions."""

    def xml(self, declared: str = "") -> str:
        sso = self.sso or {REDIRECT: f"{self.entity_id}/sso", POST: f"{self.entity_id}/sso"}
        endpoints = "".join(
            f"<md:{name} Binding={quoteattr(binding)} Location={quoteattr(location)}/>"
            for name, by_binding in (("SingleLogoutService", self.slo), ("SingleSignOnService", sso))
            for binding, location in by_binding.items()
        )
        keys = "".join(
            f'<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{one}</ds:X509Certificate>'
            "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            for one in self.certificates or (base64_certificate(),)
        )
        registered = self.authority and f"<mdrpi:RegistrationInfo registrationAuthority={quoteattr(self.authority)}/>"
        return (
            f"<md:EntityDescriptor {declared} entityID={quoteattr(self.entity_id)}"
            f"{_attribute('validUntil', self.valid_until)}>"
            f"<md:Extensions>{registered or ''}{self._attributes()}</md:Extensions>"
            '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"'
            f"{_attribute('errorURL', self.error_url)}>"
            f"<md:Extensions>{self._scopes()}{self._ui()}{self.extra}</md:Extensions>"
            f"{keys}{endpoints}</md:IDPSSODescriptor></md:EntityDescriptor>"
        )

    def _attributes(self) -> str:
        if not self.categories:
            return ""
        values = "".join(f"<saml:AttributeValue>{escape(one)}</saml:AttributeValue>" for one in self.categories)
        attribute = f'<saml:Attribute Name="http://macedir.org/entity-category">{values}</saml:Attribute>'
        return f"<mdattr:EntityAttributes>{attribute}</mdattr:EntityAttributes>"

    def _scopes(self) -> str:
        return "".join(
            f'<shibmd:Scope regexp="{str(one.startswith("^")).lower()}">{escape(one)}</shibmd:Scope>'
            for one in self.scopes
        )

    def _ui(self) -> str:
        said = {"DisplayName": self.names, "Keywords": self.keywords}
        texts = "".join(
            f'<mdui:{name} xml:lang="{lang}">{escape(text)}</mdui:{name}>'
            for name, by_lang in said.items()
            for lang, text in by_lang.items()
        )
        logo = f'<mdui:Logo height="60" width="80">{escape(self.logo)}</mdui:Logo>' if self.logo else ""
        return f"<mdui:UIInfo>{texts}{logo}</mdui:UIInfo>"


def _attribute(name: str, value: str | None) -> str:
    return "" if value is None else f" {name}={quoteattr(value)}"


def in_days(days: float) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Federation:
    """Who signs. Its `pem` is what an operator pins."""

    key: PrivateKey = field(default_factory=rsa_key)
    days: int = 3650

    @cached_property
    def pem(self) -> str:
        return certificate_of(self.key, days=self.days).public_bytes(Encoding.PEM).decode()

    def aggregate(self, *universities: University, valid_until: str | None = "", more: str = "", **how: Any) -> bytes:
        """Signed. `valid_until` "": in a week; None: it doesn't say. `more`: XML behind the entities."""
        until = in_days(7) if valid_until == "" else valid_until
        body = "".join(one.xml() for one in universities)
        group = f'<md:EntitiesDescriptor {DECLARED} ID="_all" Name="urn:test"{_attribute("validUntil", until)}>'
        return self.sign(f"{group}{body}{more}</md:EntitiesDescriptor>", **how)

    def entity(self, university: University, valid_until: str | None = "", **how: Any) -> bytes:
        """One entity alone, signed, as an MDQ server answers."""
        until = in_days(7) if valid_until == "" else valid_until
        root = etree.fromstring(university.xml(DECLARED))
        root.set("ID", "_one")
        if until is not None:
            root.set("validUntil", until)
        return self.sign(etree.tostring(root, encoding="unicode"), **how)

    def sign(
        self,
        document: str,
        *,
        signature: str = RSA_SHA256,
        digest: str = SHA256,
        transforms: tuple[str, ...] = (ENVELOPED, EXCLUSIVE),
        reference: str | None = None,
    ) -> bytes:
        """The document with an enveloped signature as its root's first child."""
        root = etree.fromstring(document)
        template = etree.fromstring(
            f'<ds:Signature xmlns:ds="{NAMESPACES["ds"]}"><ds:SignedInfo>'
            f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/><ds:SignatureMethod Algorithm="{signature}"/>'
            f'<ds:Reference URI="{"#" + root.get("ID", "") if reference is None else reference}"><ds:Transforms>'
            + "".join(f'<ds:Transform Algorithm="{one}"/>' for one in transforms)
            + f'</ds:Transforms><ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>'
            "<ds:SignatureValue/></ds:Signature>"
        )
        root.insert(0, template)
        context = xmlsec.SignatureContext()
        private = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        context.key = xmlsec.Key.from_memory(private, xmlsec.constants.KeyDataFormatPem)
        context.register_id(root, "ID")
        context.sign(root[0])
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def written(folder: Path, content: bytes, name: str = "metadata.xml") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
