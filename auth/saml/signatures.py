"""XML Signature as SAML restricts it (Core §5.4): enveloped, one reference to the parent, exclusive canonicalisation.

Everything about the form is checked here by name; signxml then computes. What it hands back are the bytes that were
digested, and those are parsed again: nothing outside them can be mistaken for signed.
"""

import logging
from collections.abc import Iterator, Sequence

import cryptography.exceptions
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, SECP521R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from auth.saml import documents, names
from auth.saml.documents import Element
from auth.saml.names import ds, saml, samlp
from auth.saml.refused import Invalid

logging.getLogger("signxml").setLevel(logging.INFO)
"""At DEBUG it writes down what people's universities say of them."""

METHODS = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.SHA256_RSA_MGF1,
        SignatureMethod.SHA384_RSA_MGF1,
        SignatureMethod.SHA512_RSA_MGF1,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
CANONICAL = frozenset({names.EXCLUSIVE, names.EXCLUSIVE_WITH_COMMENTS})
RSA_BITS = range(2048, 8192 + 1)
"""Longer keys only cost time."""
CURVES = (SECP256R1, SECP384R1, SECP521R1)
MAX_KEYS = 8
_METHODS = frozenset(method.value for method in METHODS)
_DIGESTS = frozenset(digest.value for digest in DIGESTS)
_INCLUSIVE = f"{{{names.EXCLUSIVE}}}InclusiveNamespaces"


def covered(element: Element, certificates: Sequence[bytes]) -> Element | None:
    """The element as its signature covers it; None where it has none.

    Of `certificates` (DER) only the keys count: metadata vouches for them, whatever the certificates say of dates,
    names or authorities (SAML V2.0 Metadata Interoperability Profile §2.6.1). KeyInfo is not looked at. Raises Invalid.
    """
    signature = _signature(element)
    if signature is None:
        return None
    method = _check_form(signature, documents.id_of(element))
    usable = list(_usable(certificates, method))
    if not usable:
        raise Invalid("no usable key in the metadata")
    content = etree.tostring(element, with_tail=False)
    for certificate in usable:
        signed = _verified(content, certificate)
        if signed is not None:
            break
    else:
        raise Invalid(f"the signature of the {documents.local(element)} doesn't fit")
    again = documents.reread(signed)
    if again.tag != element.tag or again.get("ID") != element.get("ID") or _signature(again) is not None:
        raise Invalid("the signature covers something else")
    return again


def strays(root: Element) -> bool:
    """Whether a signature stands where nobody looks for it."""
    holders = (samlp("Response"), saml("Assertion"))
    return any(next(signature.iterancestors()).tag not in holders for signature in root.iter(ds("Signature")))


def _signature(element: Element) -> Element | None:
    """Its own signature: directly after the Issuer, as the schema has it, and nowhere else."""
    inside = documents.children(element)
    places = [place for place, child in enumerate(inside) if child.tag == ds("Signature")]
    if not places:
        return None
    if places != [1] or inside[0].tag != saml("Issuer"):
        raise Invalid("a signature out of place")
    return inside[1]


def _check_form(signature: Element, signed_id: str) -> str:
    """Raises Invalid unless all of it is as SAML has it; gives the method's name."""
    parts = documents.in_order(signature, ds("SignedInfo"), ds("SignatureValue"), ds("KeyInfo"))
    _check_there(documents.one(parts, ds("SignatureValue")))
    info = documents.in_order(
        documents.one(parts, ds("SignedInfo")), ds("CanonicalizationMethod"), ds("SignatureMethod"), ds("Reference")
    )
    _check_canonical(documents.one(info, ds("CanonicalizationMethod")))
    method = _check_algorithm(documents.one(info, ds("SignatureMethod")), _METHODS)
    reference = documents.one(info, ds("Reference"))
    if reference.get("URI") != f"#{signed_id}":
        raise Invalid("the signature refers to something else than its parent")
    inside = documents.in_order(reference, ds("Transforms"), ds("DigestMethod"), ds("DigestValue"))
    _check_there(documents.one(inside, ds("DigestValue")))
    _check_algorithm(documents.one(inside, ds("DigestMethod")), _DIGESTS)
    transforms = documents.in_order(documents.one(inside, ds("Transforms")), ds("Transform"))[ds("Transform")]
    if len(transforms) != 2:
        raise Invalid("other transforms than enveloped-signature and exclusive canonicalisation")
    _check_algorithm(transforms[0], frozenset({names.ENVELOPED}))
    _check_canonical(transforms[1])
    return method


def _check_there(value: Element) -> None:
    if not documents.decode(documents.text(value)):
        raise Invalid(f"an empty {documents.local(value)}")


def _check_canonical(element: Element) -> None:
    if element.get("Algorithm") not in CANONICAL:
        raise _refused(element)
    for child in documents.children(element):
        if child.tag != _INCLUSIVE or len(child) or len(child.get("PrefixList", "")) > names.MEDIUM:
            raise Invalid("a parameter of the canonicalisation")


def _check_algorithm(element: Element, accepted: frozenset[str]) -> str:
    algorithm = element.get("Algorithm")
    if algorithm not in accepted:
        raise _refused(element)
    if len(element):
        raise Invalid(f"a parameter of the {documents.local(element)}")
    return algorithm


def _refused(element: Element) -> Invalid:
    algorithm = element.get("Algorithm") or "none"
    told = algorithm if algorithm.isascii() and len(algorithm) < 100 else "unknown"
    return Invalid(f"{documents.local(element)} {told} isn't accepted")


def _usable(certificates: Sequence[bytes], method: str) -> Iterator[x509.Certificate]:
    """Those whose keys are of the method's kind and strong enough."""
    for der in certificates[:MAX_KEYS]:
        try:
            certificate = x509.load_der_x509_certificate(der)
            key = certificate.public_key()
        except (ValueError, cryptography.exceptions.UnsupportedAlgorithm):
            continue
        if _strong(key, elliptic="ecdsa" in method):
            yield certificate


def _strong(key: object, *, elliptic: bool) -> bool:
    if elliptic:
        return isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, CURVES)
    return isinstance(key, RSAPublicKey) and key.key_size in RSA_BITS


def _verified(content: bytes, certificate: x509.Certificate) -> bytes | None:
    """The bytes that were digested; None where the key or the digest doesn't fit."""
    expected = SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=METHODS,
        digest_algorithms=DIGESTS,
        ignore_ambiguous_key_info=True,
        verification_time=certificate.not_valid_before_utc,
    )
    try:
        done = XMLVerifier().verify(
            content, x509_cert=certificate, expect_config=expected, id_attribute="ID", validate_schema=False
        )
    except (SignXMLException, cryptography.exceptions.InvalidSignature, etree.LxmlError, ValueError):
        return None
    return done.signed_data if not isinstance(done, list) else None
