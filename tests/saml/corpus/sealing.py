"""Encrypts for a service provider, with sound algorithms or others."""

import base64
import os
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from tests.saml.corpus.signing import DS, HASHES, Element

XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"


@dataclass(frozen=True)
class Seal:
    content: str = "aes256-gcm"
    key: str = "rsa-oaep-mgf1p"
    """rsa-oaep-mgf1p, rsa-oaep (of XML Encryption 1.1) or rsa-1_5."""
    digest: str | None = None
    """sha1, sha256 … ; None: not said, which is SHA-1."""
    mask: str | None = None
    """mgf1sha1, mgf1sha256 …, of rsa-oaep."""
    beside: bool = False
    """The encrypted key stands beside the data, which points at it."""
    recipient: str | None = None
    damage: bool = False
    """One bit of the ciphertext is turned."""
    cut: int = 0
    """Bytes cut off at the end."""
    keep: int | None = None
    """Bytes kept from the beginning."""
    fill: int = 0
    """Bytes of padding, of CBC; 0: as many as there must be."""
    content_key: bytes | None = None


GCM = Seal()


def seal(element: Element, public: rsa.RSAPublicKey, how: Seal = GCM, wrapper: str = "EncryptedAssertion") -> Element:
    """An EncryptedAssertion that holds the element."""
    return seal_bytes(etree.tostring(element, with_tail=False), public, how, wrapper)


def seal_bytes(plain: bytes, public: rsa.RSAPublicKey, how: Seal = GCM, wrapper: str = "EncryptedAssertion") -> Element:
    cipher, mode = how.content.split("-")
    size = int(cipher[3:]) // 8
    key = how.content_key or os.urandom(size)
    content = _gcm(key, plain) if mode == "gcm" else _cbc(key, plain, how.fill)
    if how.damage:
        content = content[:20] + bytes([content[20] ^ 1]) + content[21:]
    content = content[: len(content) - how.cut][: how.keep]
    uri = (XENC11 if mode == "gcm" else XENC) + how.content
    key_id = f"_{os.urandom(8).hex()}"
    wrapped = _encrypted_key(key_id, key, public, how)
    points = f'<ds:RetrievalMethod URI="#{key_id}" Type="{XENC}EncryptedKey"/>'
    return etree.fromstring(
        f'<saml:{wrapper} xmlns:saml="{SAML}"><xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}Element">'
        f'<xenc:EncryptionMethod Algorithm="{uri}"/>'
        f'<ds:KeyInfo xmlns:ds="{DS}">{points if how.beside else wrapped}</ds:KeyInfo>'
        f"<xenc:CipherData><xenc:CipherValue>{_text(content)}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"
        f"{wrapped if how.beside else ''}</saml:{wrapper}>"
    )


def _encrypted_key(key_id: str, key: bytes, public: rsa.RSAPublicKey, how: Seal) -> str:
    wrapped = public.encrypt(key, _padding(how))
    uri = (XENC11 if how.key == "rsa-oaep" else XENC) + how.key
    digest = f'<ds:DigestMethod xmlns:ds="{DS}" Algorithm="{_digest(how.digest)}"/>' if how.digest else ""
    mask = f'<m:MGF xmlns:m="{XENC11}" Algorithm="{XENC11}{how.mask}"/>' if how.mask else ""
    names = f' Recipient="{how.recipient}"' if how.recipient else ""
    return (
        f'<xenc:EncryptedKey xmlns:xenc="{XENC}" Id="{key_id}"{names}>'
        f'<xenc:EncryptionMethod Algorithm="{uri}">{digest}{mask}</xenc:EncryptionMethod>'
        f"<xenc:CipherData><xenc:CipherValue>{_text(wrapped)}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"
    )


def _padding(how: Seal) -> Any:
    if how.key == "rsa-1_5":
        return padding.PKCS1v15()
    generator, digest = HASHES[(how.mask or "mgf1sha1")[4:]](), HASHES[how.digest or "sha1"]()
    return padding.OAEP(padding.MGF1(generator), digest, None)


def _digest(name: str) -> str:
    return {"sha1": DS + "sha1", "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384"}.get(name, XENC + name)


def _gcm(key: bytes, plain: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, None)


def _cbc(key: bytes, plain: bytes, fill: int) -> bytes:
    iv = os.urandom(16)
    fill = fill or 16 - len(plain) % 16
    plain += b" " * (-(len(plain) + fill) % 16)
    sealing = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return iv + sealing.update(plain + bytes(fill - 1) + bytes([fill])) + sealing.finalize()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
