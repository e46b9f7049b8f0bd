"""Signs as told, sound or not: nothing here is shared with what it tests but lxml and cryptography."""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from tests.saml.corpus.keys import Pair

DS = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
WITH_COMMENTS = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
DIGESTS = {
    "sha1": DS + "sha1",
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": MORE + "sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
Element = etree._Element


@dataclass(frozen=True)
class Manner:
    """How to sign. `method`: rsa, pss, ecdsa or hmac, and the digest."""

    method: str = "rsa-sha256"
    digest: str = "sha256"
    canonical: str = EXCLUSIVE
    transforms: Sequence[str] = (ENVELOPED, EXCLUSIVE)
    prefixes: str = ""
    """PrefixList of InclusiveNamespaces."""
    key_info: str = "certificate"
    """certificate, none, or XML that stands in KeyInfo."""
    uri: str | None = None
    """Another reference than to the element."""
    references: int = 1
    at: int = 1
    """Where among the children the signature goes."""
    secret: bytes | None = None
    """Of HMAC."""


SOUND = Manner()


def sign(element: Element, pair: Pair, manner: Manner = SOUND) -> Element:
    """Put a signature into the element; gives the signature."""
    content = _canonical(element, manner.transforms[-1] if manner.transforms else "", manner.prefixes)
    uri = f"#{element.get('ID')}" if manner.uri is None else manner.uri
    transforms = "".join(_transform(one, manner.prefixes) for one in manner.transforms)
    reference = (
        f'<ds:Reference URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{DIGESTS[manner.digest]}"/>'
        f"<ds:DigestValue>{_hash(manner.digest, content)}</ds:DigestValue></ds:Reference>"
    )
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{manner.canonical}"/>'
        f'<ds:SignatureMethod Algorithm="{algorithm(manner.method)}"/>{reference * manner.references}</ds:SignedInfo>'
        f"<ds:SignatureValue/>{_key_info(manner.key_info, pair)}</ds:Signature>"
    )
    element.insert(manner.at, signature)
    value_again(signature, pair, manner)
    return signature


def value_again(signature: Element, pair: Pair, manner: Manner = SOUND) -> None:
    """The signature's value over its SignedInfo as that is now."""
    info, value = signature[0], signature[1]
    prefixes = " ".join(child.get("PrefixList", "") for child in info[0])
    value.text = base64.b64encode(signed(_canonical(info, manner.canonical, prefixes), pair, manner)).decode()


def algorithm(method: str) -> str:
    kind, _, digest = method.partition("-")
    if kind == "pss":
        return f"http://www.w3.org/2007/05/xmldsig-more#{digest}-rsa-MGF1"
    return f"{DS if digest == 'sha1' and kind != 'ecdsa' else MORE}{kind}-{digest}"


def signed(content: bytes, pair: Pair, manner: Manner) -> bytes:
    kind, _, name = manner.method.partition("-")
    digest = HASHES[name]()
    if kind == "hmac":
        return hmac.digest(manner.secret or b"", content, name)
    if isinstance(pair.key, ec.EllipticCurvePrivateKey):
        size = (pair.key.key_size + 7) // 8
        r, s = decode_dss_signature(pair.key.sign(content, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    scheme: Any = padding.PSS(padding.MGF1(digest), digest.digest_size) if kind == "pss" else padding.PKCS1v15()
    assert isinstance(pair.key, rsa.RSAPrivateKey)
    return pair.key.sign(content, scheme, digest)


def _canonical(element: Element, method: str, prefixes: str = "") -> bytes:
    return etree.tostring(
        element,
        method="c14n",
        exclusive=method.startswith(EXCLUSIVE),
        with_comments=method.endswith("WithComments"),
        inclusive_ns_prefixes=prefixes.split() or None,
    )


def _hash(name: str, content: bytes) -> str:
    hasher = hashes.Hash(HASHES[name]())
    hasher.update(content)
    return base64.b64encode(hasher.finalize()).decode()


def _transform(method: str, prefixes: str) -> str:
    inside = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{prefixes}"/>' if prefixes else ""
    return f'<ds:Transform Algorithm="{method}">{inside if method.startswith(EXCLUSIVE) else ""}</ds:Transform>'


def _key_info(kind: str, pair: Pair) -> str:
    if kind == "none":
        return ""
    inside = certificate(pair) if kind == "certificate" else kind
    return f"<ds:KeyInfo>{inside}</ds:KeyInfo>"


def certificate(pair: Pair) -> str:
    text = base64.b64encode(pair.certificate).decode()
    return f"<ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data>"


def key_value(pair: Pair) -> str:
    numbers = pair.rsa.public_key().public_numbers()
    modulus, exponent = (
        base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
        for number in (numbers.n, numbers.e)
    )
    return (
        f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>{exponent}</ds:Exponent>"
        "</ds:RSAKeyValue></ds:KeyValue>"
    )
