"""A document's own signature, by a key that an operator pinned (SAML Metadata §3, XML Signature).

Only this form is believed: one ds:Signature as the root's own child, one reference that names the root's ID, an
enveloped signature under exclusive canonicalisation, SHA-256 or better. Then everything in the document but that
signature itself is signed. What KeyInfo says is not looked at: the pinned certificates carry keys, as the SAML Metadata
Interoperability Profile has it, so that one of them may have expired.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from auth.federation.refusals import Refused, Wrong

DS = "{http://www.w3.org/2000/09/xmldsig#}"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_INCLUSIVE_NAMESPACES = f"{{{EXCLUSIVE}}}InclusiveNamespaces"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_XMLENC = "http://www.w3.org/2001/04/xmlenc#"
SIGNATURES = frozenset(f"{_MORE}{kind}-sha{size}" for kind in ("rsa", "ecdsa") for size in (256, 384, 512))
DIGESTS = frozenset({f"{_XMLENC}sha256", f"{_MORE}sha384", f"{_XMLENC}sha512"})
LEAST_RSA_BITS = 2048
LEAST_EC_BITS = 256

_SAME_VALUE = etree.XPath("count(//@*[. = $id])")
_SAME_ID = etree.XPath("count(//@ID[. = $id] | //@Id[. = $id] | //@id[. = $id] | //@xml:id[. = $id])")


class UnusableCertificate(Exception):
    """Its key is too short or of another kind; the text says which."""


def key_of(certificate: bytes) -> bytes:
    """The public key of a PEM certificate, as PEM. Raises UnusableCertificate."""
    try:
        key = x509.load_pem_x509_certificate(certificate).public_key()
    except ValueError as error:
        raise UnusableCertificate("no certificate in PEM") from error
    if not strong(key):
        raise UnusableCertificate(f"its key must be RSA of {LEAST_RSA_BITS} bits or more, or on an elliptic curve")
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def pinned(content: bytes) -> list[str]:
    """Every certificate of a PEM file, each alone. Raises UnusableCertificate."""
    try:
        found = x509.load_pem_x509_certificates(content)
    except ValueError as error:
        raise UnusableCertificate("no certificate in PEM") from error
    alone = [one.public_bytes(Encoding.PEM) for one in found]
    for one in alone:
        key_of(one)
    return [one.decode() for one in alone]


def described(certificate: bytes) -> tuple[str, datetime]:
    """A PEM certificate's SHA-256 fingerprint in hexadecimal, and until when it is good."""
    read = x509.load_pem_x509_certificate(certificate)
    return read.fingerprint(hashes.SHA256()).hex(":"), read.not_valid_after_utc


def strong(key: object) -> bool:
    """Whether a signature by this key counts, in metadata and in what a university says."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= LEAST_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= LEAST_EC_BITS


def check(root: etree._Element, keys: Sequence[bytes]) -> None:
    """That one of the keys (PEM) signed the whole document. Raises Refused."""
    signature = _own(root)
    _formed(root, signature)
    if not any(_signed_by(root, signature, key) for key in keys):
        raise Refused(Wrong.OTHER_KEY)


def _own(root: etree._Element) -> etree._Element:
    found = root.findall(f"{DS}Signature")
    if not found:
        raise Refused(Wrong.UNSIGNED)
    if len(found) > 1:
        raise Refused(Wrong.SIGNATURE_FORM, "two signatures")
    return found[0]


def _formed(root: etree._Element, signature: etree._Element) -> None:
    """Everything that decides what is signed and how, before any cryptography."""
    info = _only(signature, "SignedInfo")
    if [part.tag for part in signature if isinstance(part.tag, str)][:2] != [f"{DS}SignedInfo", f"{DS}SignatureValue"]:
        raise Refused(Wrong.SIGNATURE_FORM, "SignedInfo and SignatureValue must come first")
    if signature.find(f"{DS}Object") is not None:
        raise Refused(Wrong.SIGNATURE_FORM, "ds:Object")
    reference = _only(info, "Reference")
    _algorithm(_only(info, "CanonicalizationMethod"), {EXCLUSIVE})
    _algorithm(_only(info, "SignatureMethod"), SIGNATURES)
    _algorithm(_only(reference, "DigestMethod"), DIGESTS)
    transforms = list(_only(reference, "Transforms"))
    if [one.tag for one in transforms] != [f"{DS}Transform"] * 2:
        raise Refused(Wrong.SIGNATURE_FORM, "other transforms than an enveloped signature and exclusive c14n")
    for transform, wanted in zip(transforms, (ENVELOPED, EXCLUSIVE), strict=True):
        _algorithm(transform, {wanted})
        if any(part.tag != _INCLUSIVE_NAMESPACES for part in transform):
            raise Refused(Wrong.SIGNATURE_FORM, "a transform with content")
    identity = root.get("ID")
    if not identity or reference.get("URI") != f"#{identity}":
        raise Refused(Wrong.SIGNATURE_FORM, "the reference isn't to the whole document")
    if _SAME_VALUE(root, id=identity) != 1 and _SAME_ID(root, id=identity) != 1:  # the first is the faster
        raise Refused(Wrong.SIGNATURE_FORM, "the document's ID occurs twice")


def _only(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(f"{DS}{name}")
    if len(found) != 1:
        raise Refused(Wrong.SIGNATURE_FORM, f"{len(found)} {name}")
    return found[0]


def _algorithm(element: etree._Element, allowed: Collection[str]) -> None:
    named = element.get("Algorithm", "none")
    if named not in allowed:
        raise Refused(Wrong.ALGORITHM, named)


def _signed_by(root: etree._Element, signature: etree._Element, key: bytes) -> bool:
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key, xmlsec.constants.KeyDataFormatPem)
    context.register_id(root, "ID")
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True
