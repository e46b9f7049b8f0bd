"""What universities send by redirect: requests to sign out, and answers to ours (SAML 2.0 Bindings §3.4).

The signature covers the query as it was written, so that the query is taken apart by hand: decoding and encoding again
could write it otherwise.
"""

import base64
import binascii
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.x509 import load_der_x509_certificate
from lxml import etree

from auth.saml import documents
from auth.saml.refused import Invalid

LONGEST = 16 * 1024
"""Of the inflated message: a logout request has a few hundred bytes."""
FEWEST_BITS = 2048
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_RSA: dict[str, HashAlgorithm] = {
    _MORE + "rsa-sha256": SHA256(),
    _MORE + "rsa-sha384": SHA384(),
    _MORE + "rsa-sha512": SHA512(),
}
_ECDSA: dict[str, HashAlgorithm] = {
    _MORE + "ecdsa-sha256": SHA256(),
    _MORE + "ecdsa-sha384": SHA384(),
    _MORE + "ecdsa-sha512": SHA512(),
}


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came. Nothing in it is to be believed before `check`."""

    message: etree._Element
    relay_state: str | None
    signed: bytes
    """The part of the query that the signature covers."""
    algorithm: str | None
    signature: bytes | None


def read(query: str, kind: str) -> Received:
    """The message of a query. `kind`: SAMLRequest or SAMLResponse. Raises Invalid."""
    parts: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name in parts:
            raise Invalid("a parameter twice")
        parts[name] = value
    if parts.get("SAMLEncoding", _quoted(_DEFLATE)) not in (_DEFLATE, _quoted(_DEFLATE)):
        raise Invalid("another encoding than DEFLATE")
    covered = [f"{name}={parts[name]}" for name in (kind, "RelayState", "SigAlg") if name in parts]
    relay_state = unquote_plus(parts["RelayState"]) if "RelayState" in parts else None
    signature = _decoded(parts["Signature"]) if "Signature" in parts else None
    algorithm = unquote_plus(parts["SigAlg"]) if "SigAlg" in parts else None
    message = documents.parsed(_inflated(_decoded(parts.get(kind, ""))))
    return Received(message, relay_state, "&".join(covered).encode(), algorithm, signature)


_DEFLATE = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"


def check(received: Received, certificates: Sequence[bytes]) -> None:
    """That one of the keys signed it. Raises Invalid."""
    if received.signature is None or received.algorithm is None:
        raise Invalid("not signed")
    if received.algorithm not in _RSA and received.algorithm not in _ECDSA:
        raise Invalid("signed with an algorithm that isn't accepted")
    for certificate in certificates:
        try:
            key = load_der_x509_certificate(certificate).public_key()
            _verify(key, received.signature, received.signed, received.algorithm)
            return
        except (InvalidSignature, ValueError):
            continue
    raise Invalid("signed by none of the provider's keys")


def _verify(key: object, signature: bytes, signed: bytes, algorithm: str) -> None:
    if isinstance(key, rsa.RSAPublicKey) and algorithm in _RSA and key.key_size >= FEWEST_BITS:
        key.verify(signature, signed, padding.PKCS1v15(), _RSA[algorithm])
    elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm in _ECDSA:
        key.verify(signature, signed, ec.ECDSA(_ECDSA[algorithm]))
    else:
        raise InvalidSignature


def _quoted(text: str) -> str:
    return text.replace(":", "%3A")


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(unquote_plus(value).replace(" ", "+"), validate=True)
    except (ValueError, binascii.Error) as error:
        raise Invalid("no base64") from error


def _inflated(packed: bytes) -> bytes:
    """Bounded while it grows: a few bytes can inflate to gigabytes."""
    inflate = zlib.decompressobj(-15)
    try:
        message = inflate.decompress(packed, LONGEST)
    except zlib.error as error:
        raise Invalid("not deflated") from error
    if inflate.unconsumed_tail or not inflate.eof:
        raise Invalid("too long, or cut off")
    return message
