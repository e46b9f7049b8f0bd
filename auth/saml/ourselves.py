"""Us as a SAML service provider: our name, our addresses, our keys and the certificates that carry them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from auth.saml.response import Recipient
from domain.keys import Key, KeyStore, Purpose

METADATA = "/saml/metadata"
"""Our entityID is its whole address, as is usual: who knows the one finds the other."""
ACS = "/saml/acs"
SLO = "/saml/logout"

SETTLING = timedelta(days=7)
"""How long a new signing key stands in our metadata before we sign with it: universities read it once a day or so."""
CERTIFICATE_LIFE = timedelta(days=3652)
"""Certificates only carry keys (SAML V2.0 Metadata Interoperability Profile): nobody should look at their dates."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A key with the certificate that stands in our metadata."""

    key: RSAPrivateKey
    certificate: bytes
    """DER."""


def entity_id(public_url: str) -> str:
    return public_url + METADATA


def recipient(public_url: str, keys: KeyStore) -> Recipient:
    """Us, as a response must name us. Every decryption key still opens what was encrypted to it."""
    pairs = tuple(reversed(keys.pairs(Purpose.SAML_DECRYPTION).values()))
    return Recipient(entity_id(public_url), public_url + ACS, pairs)


def signing(public_url: str, keys: KeyStore, now: datetime | None = None) -> Pair:
    """What we sign with: the newest key that universities had time to learn of; else the oldest."""
    made = keys.paired(Purpose.SAML_SIGNING)
    settled = [key for key in made if (now or datetime.now(UTC)) - key.made >= SETTLING]
    return _pair(settled[-1] if settled else made[0], public_url)


def published(public_url: str, keys: KeyStore, purpose: Purpose) -> Sequence[Pair]:
    """Every key that we sign with or will, or that opens what is encrypted to it; the newest first."""
    return [_pair(key, public_url) for key in reversed(keys.paired(purpose))]


def _pair(key: Key, public_url: str) -> Pair:
    assert key.pair  # noqa: S101 both purposes are paired
    return Pair(key.pair, _certificate(key.id, key.pair, key.made, public_url))


@lru_cache(maxsize=16)
def _certificate(key_id: str, pair: RSAPrivateKey, made: datetime, public_url: str) -> bytes:
    """Self-signed, and the same bytes in every process: everything in it follows from the key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, urlsplit(public_url).hostname or "mutua")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(pair.public_key())
        .serial_number(int(key_id, 16) or 1)
        .not_valid_before(made)
        .not_valid_after(made + CERTIFICATE_LIFE)
        .sign(pair, SHA256())
    )
    return certificate.public_bytes(Encoding.DER)
