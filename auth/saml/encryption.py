"""XML Encryption of assertions and name identifiers (Core §6): RSA-OAEP for the key, AES for the content.

Whatever goes wrong with a key or a ciphertext ends in one refusal, after the same steps: a sender learns nothing about
why (Bleichenbacher, Manger, Vaudenay). CBC, which others can change unnoticed, counts only inside what was signed.
"""

import os
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from auth.saml import documents, names
from auth.saml.documents import Element
from auth.saml.names import XENC11, ds, xenc
from auth.saml.refused import Invalid

GCM = {f"http://www.w3.org/2009/xmlenc11#aes{bits}-gcm": bits // 8 for bits in (128, 192, 256)}
CBC_MODES = {f"http://www.w3.org/2001/04/xmlenc#aes{bits}-cbc": bits // 8 for bits in (128, 192, 256)}
"""Bytes of the key by algorithm."""
OAEP_MGF1_SHA1 = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
OAEP_ANY = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "http://www.w3.org/2000/09/xmldsig#sha1": hashes.SHA1,
    "http://www.w3.org/2001/04/xmlenc#sha256": hashes.SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384,
    "http://www.w3.org/2001/04/xmlenc#sha512": hashes.SHA512,
}
"""SHA-1 too: OAEP needs no collision resistance, and many providers know nothing else."""
MASKS: dict[str, type[hashes.HashAlgorithm]] = {
    "http://www.w3.org/2009/xmlenc11#mgf1sha1": hashes.SHA1,
    "http://www.w3.org/2009/xmlenc11#mgf1sha256": hashes.SHA256,
    "http://www.w3.org/2009/xmlenc11#mgf1sha384": hashes.SHA384,
    "http://www.w3.org/2009/xmlenc11#mgf1sha512": hashes.SHA512,
}
ELEMENT = "http://www.w3.org/2001/04/xmlenc#Element"
MAX_KEYS = 4
"""Encrypted keys for us in one part, and keys of ours: each pair may cost an RSA operation."""
IV = 16
NONCE = 12
TAG = 16


def opened(encrypted: Element, keys: Sequence[RSAPrivateKey], recipient: str, *, signed: bool) -> Element:
    """What an EncryptedAssertion or EncryptedID holds. `signed`: whether a verified signature covers it."""
    parts = documents.in_order(encrypted, xenc("EncryptedData"), xenc("EncryptedKey"))
    data = documents.one(parts, xenc("EncryptedData"))
    if data.get("Type", ELEMENT) != ELEMENT:
        raise Invalid("encrypted content instead of an element")
    inside = documents.in_order(
        data, xenc("EncryptionMethod"), ds("KeyInfo"), xenc("CipherData"), xenc("EncryptionProperties")
    )
    algorithm = documents.one(inside, xenc("EncryptionMethod")).get("Algorithm", "")
    if algorithm in CBC_MODES and not signed:
        raise Invalid("AES-CBC outside of a signed response")
    size = GCM.get(algorithm) or CBC_MODES.get(algorithm)
    if size is None:
        raise Invalid("an encryption that isn't accepted")
    wrapped = [*_inside(documents.one_or_none(inside, ds("KeyInfo"))), *parts[xenc("EncryptedKey")]]
    ours = [one for one in wrapped if one.get("Recipient", recipient) == recipient]
    if not ours or len(ours) > MAX_KEYS:
        raise Invalid("not encrypted for us")
    content = _cipher_value(inside)
    tries = [(_padding(one), _cipher_value(_parts(one))) for one in ours]
    content_key = _content_key(tries, keys, size)
    return _element(_decrypted(algorithm, content_key, content), encrypted)


def _inside(key_info: Element | None) -> Iterator[Element]:
    """The encrypted keys in KeyInfo. A RetrievalMethod points at those beside the data, which are tried anyway."""
    for child in documents.children(key_info) if key_info is not None else ():
        if child.tag == xenc("EncryptedKey"):
            yield child


def _parts(encrypted_key: Element) -> dict[str, list[Element]]:
    return documents.in_order(
        encrypted_key,
        xenc("EncryptionMethod"),
        ds("KeyInfo"),
        xenc("CipherData"),
        xenc("EncryptionProperties"),
        xenc("ReferenceList"),
        xenc("CarriedKeyName"),
    )


def _padding(encrypted_key: Element) -> OAEP:
    method = documents.one(_parts(encrypted_key), xenc("EncryptionMethod"))
    algorithm = method.get("Algorithm")
    if algorithm not in (OAEP_MGF1_SHA1, OAEP_ANY):
        raise Invalid("a key encryption that isn't accepted")
    said = {str(child.tag): child for child in documents.children(method)}
    if not said.keys() <= {ds("DigestMethod"), xenc("OAEPparams"), f"{{{XENC11}}}MGF", xenc("KeySize")}:
        raise Invalid("a parameter of the key encryption")
    digest = DIGESTS.get(_algorithm(said.get(ds("DigestMethod"))) or "http://www.w3.org/2000/09/xmldsig#sha1")
    mask = said.get(f"{{{XENC11}}}MGF") if algorithm == OAEP_ANY else None
    generator = MASKS.get(_algorithm(mask) or "http://www.w3.org/2009/xmlenc11#mgf1sha1")
    if digest is None or generator is None:
        raise Invalid("a digest of the key encryption that isn't accepted")
    label = said.get(xenc("OAEPparams"))
    return OAEP(MGF1(generator()), digest(), documents.decode(documents.text(label)) if label is not None else None)


def _algorithm(element: Element | None) -> str | None:
    return element.get("Algorithm") if element is not None else None


def _cipher_value(parts: dict[str, list[Element]]) -> bytes:
    inside = documents.in_order(documents.one(parts, xenc("CipherData")), xenc("CipherValue"))
    return documents.decode(documents.text(documents.one(inside, xenc("CipherValue"))))


def _content_key(tries: Sequence[tuple[OAEP, bytes]], keys: Sequence[RSAPrivateKey], size: int) -> bytes:
    """The content's key, or one that opens nothing: a wrong key must not show before the content is tried."""
    for padding, cipher in tries:
        for key in keys[:MAX_KEYS]:
            try:
                found = key.decrypt(cipher, padding)
            except ValueError:
                continue
            if len(found) == size:
                return found
    return os.urandom(size)


def _decrypted(algorithm: str, key: bytes, content: bytes) -> bytes:
    if algorithm in GCM:
        if len(content) < NONCE + TAG:
            raise _closed()
        try:
            return AESGCM(key).decrypt(content[:NONCE], content[NONCE:], None)
        except InvalidTag:
            raise _closed() from None
    if len(content) < 2 * IV or len(content) % IV:
        raise _closed()
    opening = Cipher(AES(key), CBC(content[:IV])).decryptor()
    padded = opening.update(content[IV:]) + opening.finalize()
    if not 1 <= padded[-1] <= IV:
        raise _closed()
    return padded[: -padded[-1]]


def _element(plain: bytes, encrypted: Element) -> Element:
    namespaces = {prefix: uri for prefix, uri in encrypted.nsmap.items() if uri != names.XENC}
    try:
        return documents.parsed_within(plain, namespaces)
    except Invalid:
        raise _closed() from None


def _closed() -> Invalid:
    return Invalid("it can't be decrypted")
