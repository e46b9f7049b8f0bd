"""Our own metadata, as universities and federations read it: who we are, where we listen, which keys, what we ask for.

SAML 2.0 Metadata §2.4.4; mdui (MDUI 1.0); Identity Provider Discovery Service Protocol §2.3; Subject Identifier
Attributes Profile 1.0 §4; REFEDS Anonymous and Pseudonymous Access.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lxml import etree

from auth.saml import requests
from auth.saml.names import ASSERTION, DS, PROTOCOL, ds, saml
from auth.saml.ourselves import ACS, SLO, Pair, entity_id
from models.columns import Localised

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
MDUI = "urn:oasis:names:tc:SAML:metadata:ui"
MDATTR = "urn:oasis:names:tc:SAML:metadata:attribute"
ALG = "urn:oasis:names:tc:SAML:metadata:algsupport"
IDPDISC = "urn:oasis:names:tc:SAML:profiles:SSO:idp-discovery-protocol"
INIT = "urn:oasis:names:tc:SAML:profiles:SSO:request-init"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
VALID = timedelta(days=14)
KEEP = "PT12H"

ASKED = (
    ("eduPersonScopedAffiliation", "urn:oid:1.3.6.1.4.1.5923.1.1.1.9", True),
    ("eduPersonEntitlement", "urn:oid:1.3.6.1.4.1.5923.1.1.1.7", False),
    ("pairwise-id", "urn:oasis:names:tc:SAML:attribute:pairwise-id", False),
    ("schacHomeOrganization", "urn:oid:1.3.6.1.4.1.25178.1.2.9", False),
)
"""Everything that Mutua has a use for; the first is what it can't do without."""
CATEGORIES = {
    "http://macedir.org/entity-category": (
        "https://refeds.org/category/anonymous",
        "https://refeds.org/category/pseudonymous",
    ),
    "urn:oasis:names:tc:SAML:profiles:subject-id:req": ("pairwise-id",),
}
"""What we need of a person is her affiliation; a pairwise-id only to know her again."""
DATA_ENCRYPTION = tuple(f"http://www.w3.org/2009/xmlenc11#aes{bits}-gcm" for bits in (256, 192, 128))
KEY_TRANSPORT = ("http://www.w3.org/2009/xmlenc11#rsa-oaep", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p")
DIGESTS = tuple(
    f"http://www.w3.org/2001/04/{name}" for name in ("xmlenc#sha256", "xmldsig-more#sha384", "xmlenc#sha512")
)
SIGNATURES = tuple(f"http://www.w3.org/2001/04/xmldsig-more#{kind}" for kind in ("rsa-sha256", "ecdsa-sha256"))

_PREFIXES = {None: MD, "ds": DS, "saml": ASSERTION, "mdui": MDUI, "mdattr": MDATTR, "alg": ALG, "idpdisc": IDPDISC}


@dataclass(frozen=True, slots=True)
class Words:
    """What people read of us at their university, by language."""

    name: Localised
    description: Localised
    contact: str | None
    """An e-mail address."""


def document(public_url: str, words: Words, signing: Sequence[Pair], encryption: Sequence[Pair], signer: Pair) -> bytes:
    """The EntityDescriptor, signed with the key that also signs our requests."""
    root = etree.Element(_md("EntityDescriptor"), {"entityID": entity_id(public_url)}, nsmap=_PREFIXES)
    root.set("ID", requests.new_id())
    root.set("validUntil", requests.instant(datetime.now(UTC) + VALID))
    root.set("cacheDuration", KEEP)
    _categories(etree.SubElement(root, _md("Extensions")))
    _role(root, public_url, words, signing, encryption)
    _organization(root, public_url, words)
    if words.contact:
        for kind in ("technical", "support"):
            person = etree.SubElement(root, _md("ContactPerson"), {"contactType": kind})
            etree.SubElement(person, _md("EmailAddress")).text = f"mailto:{words.contact}"
    return etree.tostring(requests.signed(root, signer), xml_declaration=True, encoding="UTF-8")


def _role(
    root: etree._Element, public_url: str, words: Words, signing: Sequence[Pair], encryption: Sequence[Pair]
) -> None:
    role = etree.SubElement(root, _md("SPSSODescriptor"), {"protocolSupportEnumeration": PROTOCOL})
    role.set("AuthnRequestsSigned", "true")
    role.set("WantAssertionsSigned", "true")
    extensions = etree.SubElement(role, _md("Extensions"))
    _shown(extensions, public_url, words)
    _place(extensions, f"{{{INIT}}}RequestInitiator", INIT, public_url + "/login")
    discovered = _place(extensions, f"{{{IDPDISC}}}DiscoveryResponse", IDPDISC, public_url + "/login/discovered")
    discovered.set("index", "1")
    for algorithm in DIGESTS:
        etree.SubElement(extensions, f"{{{ALG}}}DigestMethod", {"Algorithm": algorithm})
    for algorithm in SIGNATURES:
        etree.SubElement(extensions, f"{{{ALG}}}SigningMethod", {"Algorithm": algorithm})
    for pair in signing:
        _key(role, "signing", pair)
    for pair in encryption:
        descriptor = _key(role, "encryption", pair)
        for algorithm in (*DATA_ENCRYPTION, *KEY_TRANSPORT):
            etree.SubElement(descriptor, _md("EncryptionMethod"), {"Algorithm": algorithm})
    _place(role, _md("SingleLogoutService"), requests.REDIRECT, public_url + SLO)
    for name_format in (PERSISTENT, TRANSIENT):
        etree.SubElement(role, _md("NameIDFormat")).text = name_format
    acs = _place(role, _md("AssertionConsumerService"), requests.POST, public_url + ACS)
    acs.attrib.update({"index": "1", "isDefault": "true"})
    service = etree.SubElement(role, _md("AttributeConsumingService"), {"index": "1"})
    _localised(service, _md("ServiceName"), words.name)
    _localised(service, _md("ServiceDescription"), words.description)
    for friendly, name, required in ASKED:
        asked = {"Name": name, "NameFormat": URI, "FriendlyName": friendly, "isRequired": str(required).lower()}
        etree.SubElement(service, _md("RequestedAttribute"), asked)


def _shown(extensions: etree._Element, public_url: str, words: Words) -> None:
    shown = etree.SubElement(extensions, f"{{{MDUI}}}UIInfo")
    _localised(shown, f"{{{MDUI}}}DisplayName", words.name)
    _localised(shown, f"{{{MDUI}}}Description", words.description)
    for name, path in (("InformationURL", "/help"), ("PrivacyStatementURL", "/privacy")):
        _localised(shown, f"{{{MDUI}}}{name}", {lang: f"{public_url}{path}?lang={lang}" for lang in words.name})
    logo = etree.SubElement(shown, f"{{{MDUI}}}Logo", {"height": "64", "width": "64"})
    logo.text = public_url + "/static/mutua.svg"


def _categories(extensions: etree._Element) -> None:
    attributes = etree.SubElement(extensions, f"{{{MDATTR}}}EntityAttributes")
    for name, values in CATEGORIES.items():
        attribute = etree.SubElement(attributes, saml("Attribute"), {"Name": name, "NameFormat": URI})
        for value in values:
            etree.SubElement(attribute, saml("AttributeValue")).text = value


def _organization(root: etree._Element, public_url: str, words: Words) -> None:
    organization = etree.SubElement(root, _md("Organization"))
    for name in ("OrganizationName", "OrganizationDisplayName"):
        _localised(organization, _md(name), words.name)
    _localised(organization, _md("OrganizationURL"), dict.fromkeys(words.name, public_url + "/"))


def _key(role: etree._Element, use: str, pair: Pair) -> etree._Element:
    descriptor = etree.SubElement(role, _md("KeyDescriptor"), {"use": use})
    data = etree.SubElement(etree.SubElement(descriptor, ds("KeyInfo")), ds("X509Data"))
    etree.SubElement(data, ds("X509Certificate")).text = base64.b64encode(pair.certificate).decode()
    return descriptor


def _place(parent: etree._Element, tag: str, binding: str, location: str) -> etree._Element:
    return etree.SubElement(parent, tag, {"Binding": binding, "Location": location})


def _localised(parent: etree._Element, tag: str, texts: Mapping[str, str]) -> None:
    for language, text in texts.items():
        etree.SubElement(parent, tag, {XML_LANG: language}).text = text


def _md(name: str) -> str:
    return f"{{{MD}}}{name}"
