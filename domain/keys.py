"""The file key store: one key per purpose, so that a leak or a rotation of one touches nothing else.

A purpose's file holds its keys, the newest last. The newest seals and signs; the older ones stay readable, so that a
rotation overlaps. Everything made carries the id of the key that made it.
"""

import base64
import binascii
import contextlib
import hmac
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12


class Purpose(StrEnum):
    SESSION = "session"
    PSEUDONYM = "pseudonym"
    LINKS = "links"
    DECISIONS = "decisions"
    PROVIDERS = "providers"
    CURSORS = "cursors"
    LOGIN = "login"
    ANSWERS = "answers"
    READERS = "readers"
    CLIENTS = "clients"
    TOKENS = "tokens"
    SUBJECTS = "subjects"
    OAUTH = "oauth"
    SAML_SIGNING = "saml_signing"
    SAML_DECRYPTION = "saml_decryption"


PAIRED = frozenset({Purpose.OAUTH, Purpose.SAML_SIGNING, Purpose.SAML_DECRYPTION})
"""Purposes whose keys are RSA pairs: others verify what they sign, or encrypt to them."""
RSA_BITS = 2048


class KeysUnusable(Exception):
    """The process must not start; the text is one line for the operator."""


class Unreadable(Exception):
    """The text was not sealed by us for this purpose, or was altered, or its key is gone. Deliberately says no more."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a purpose. Sealing and authenticating use keys of their own, derived after RFC 5869."""

    id: str
    made: datetime
    cipher: AESGCM
    mac: bytes
    pair: RSAPrivateKey | None = None
    """Of paired purposes."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A key as an operator may see it: everything but the key."""

    id: str
    made: datetime
    demo: bool


def listed(folder: Path, purpose: Purpose, *, demo: bool = False) -> tuple[Listed, ...]:
    """What a folder holds for a purpose, the newest first. Raises KeysUnusable for what would stop a process."""
    path = folder / f"{purpose}.json"
    entries = _read(path, purpose, demo)
    try:
        made = [
            Listed(str(one["id"]), datetime.fromisoformat(str(one["made"])), bool(one.get("demo"))) for one in entries
        ]
    except (KeyError, ValueError):
        raise KeysUnusable(f"the key file {path} is damaged") from None
    return tuple(reversed(made))


class KeyStore:
    """Keys of a folder, read once when the process starts.

    `create`: make the folder and missing keys; off where keys are mounted, so that a lost key is noticed.
    `demo`: keys made in demo settings are marked, and a store that isn't a demo refuses them.
    """

    def __init__(self, folder: Path, *, create: bool = True, demo: bool = False) -> None:
        self._folder = folder
        self._demo = demo
        if create:
            _make_folder(folder)
        self._keys = {purpose: self._open(purpose, create) for purpose in Purpose}
        self._read_at = {purpose: self._changed_at(purpose) for purpose in PAIRED}

    def seal(self, purpose: Purpose, plain: bytes) -> str:
        """Encrypt and authenticate (AES-256-GCM). The answer is safe in addresses and headers."""
        key = self._current(purpose)
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + key.cipher.encrypt(nonce, plain, _bound_to(purpose, key.id))
        return f"{key.id}.{base64.urlsafe_b64encode(sealed).rstrip(b'=').decode()}"

    def unseal(self, purpose: Purpose, text: str) -> bytes:
        """The plain bytes; raises Unreadable."""
        key_id, _, body = text.partition(".")
        key = self._keys[purpose].get(key_id)
        if key is None:
            raise Unreadable
        try:
            sealed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
            return key.cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound_to(purpose, key_id))
        except (ValueError, binascii.Error, InvalidTag) as error:
            raise Unreadable from error

    def mac(self, purpose: Purpose, message: bytes, key_id: str | None = None) -> bytes:
        """HMAC-SHA-256 under the newest key, or under the one named; raises Unreadable for a key that is gone."""
        key = self._current(purpose) if key_id is None else self._keys[purpose].get(key_id)
        if key is None:
            raise Unreadable
        return hmac.digest(key.mac, message, "sha256")

    def mint(self, purpose: Purpose) -> str:
        """A new unguessable token for a cookie or a one-time link; kept on our side is only its fingerprint."""
        return f"{self.current_id(purpose)}.{secrets.token_urlsafe(KEY_BYTES)}"

    def fingerprint(self, purpose: Purpose, token: str) -> bytes:
        """What a minted token is looked up by; raises Unreadable for what we never minted."""
        return self.mac(purpose, token.encode(errors="replace"), token.partition(".")[0])

    def current_id(self, purpose: Purpose) -> str:
        return self._current(purpose).id

    def key_ids(self, purpose: Purpose) -> tuple[str, ...]:
        """The newest first: the order in which something made earlier is looked for."""
        return tuple(reversed(self._keys[purpose]))

    def pairs(self, purpose: Purpose) -> dict[str, RSAPrivateKey]:
        """A paired purpose's key pairs by id, the newest last. Raises KeysUnusable."""
        return {key.id: key.pair for key in self.paired(purpose) if key.pair}

    def paired(self, purpose: Purpose) -> tuple[Key, ...]:
        """A paired purpose's keys, the newest last. One that another process added is among them at once: what it signs
        must be verified everywhere. Raises KeysUnusable."""
        changed_at = self._changed_at(purpose)
        if changed_at != self._read_at[purpose]:
            self._keys[purpose] = self._open(purpose, create=False)
            self._read_at[purpose] = changed_at
        return tuple(self._keys[purpose].values())

    def rotate(self, purpose: Purpose) -> str:
        """Add a key, which is the newest from now on. Other processes see it at their next start, those that sign at
        once."""
        entries = _read(self._path(purpose), purpose, self._demo)
        entries.append(_new_entry(purpose, self._demo))
        _replace(self._path(purpose), entries)
        self._keys[purpose] = _parse(purpose, entries)
        return self.current_id(purpose)

    def _current(self, purpose: Purpose) -> Key:
        return next(reversed(self._keys[purpose].values()))

    def _path(self, purpose: Purpose) -> Path:
        return self._folder / f"{purpose}.json"

    def _open(self, purpose: Purpose, create: bool) -> dict[str, Key]:
        path = self._path(purpose)
        if create and not path.exists():
            _create(path, [_new_entry(purpose, self._demo)])
        return _parse(purpose, _read(path, purpose, self._demo))

    def _changed_at(self, purpose: Purpose) -> int:
        try:
            return self._path(purpose).stat().st_mtime_ns
        except OSError as error:
            raise KeysUnusable(f"the key file {self._path(purpose)} can't be read: {error.strerror}") from error


def _bound_to(purpose: Purpose, key_id: str) -> bytes:
    return f"mutua:{purpose}:{key_id}".encode()


def _new_entry(purpose: Purpose, demo: bool) -> dict[str, object]:
    made = datetime.now(UTC).isoformat(timespec="seconds")
    key = _new_pair() if purpose in PAIRED else secrets.token_bytes(KEY_BYTES)
    return {"id": secrets.token_hex(4), "made": made, "demo": demo, "key": base64.b64encode(key).decode()}


def _new_pair() -> bytes:
    return generate_private_key(65537, RSA_BITS).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _pair(key: bytes) -> RSAPrivateKey:
    """Raises ValueError. The file is ours, so that its numbers aren't proven prime again at each start."""
    pair = serialization.load_der_private_key(key, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(pair, RSAPrivateKey) or pair.key_size < RSA_BITS:
        raise ValueError
    return pair


def _parse(purpose: Purpose, entries: list[dict[str, object]]) -> dict[str, Key]:
    keys = {}
    for entry in entries:
        root = base64.b64decode(str(entry["key"]))
        key_id = str(entry["id"])
        pair = _pair(root) if purpose in PAIRED else None
        made = datetime.fromisoformat(str(entry["made"]))
        keys[key_id] = Key(key_id, made, AESGCM(_derive(root, purpose, "seal")), _derive(root, purpose, "mac"), pair)
    return keys


def _derive(root: bytes, purpose: Purpose, use: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"mutua:{purpose}:{use}".encode()).derive(root)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise KeysUnusable(f"the key folder {folder} can't be made: {error.strerror}") from error


def _read(path: Path, purpose: Purpose, demo: bool) -> list[dict[str, object]]:
    try:
        if path.stat().st_mode & 0o007:
            raise KeysUnusable(f"the key file {path} is open to everybody on this machine: chmod 600 it")
        entries = json.loads(path.read_bytes())["keys"]
        usable = bool(entries) and all(
            _fits(base64.b64decode(entry["key"], validate=True), purpose)
            and "." not in entry["id"]
            and datetime.fromisoformat(entry["made"])
            for entry in entries
        )
    except FileNotFoundError:
        raise KeysUnusable(f"the key file {path} is missing") from None
    except OSError as error:
        raise KeysUnusable(f"the key file {path} can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError):
        usable = False
    if not usable:
        raise KeysUnusable(f"the key file {path} is damaged")
    if not demo and any(entry.get("demo") for entry in entries):
        raise KeysUnusable(f"the key file {path} was made for a demo; MUTUA_DEMO=true uses it, else make a new one")
    return list(entries)


def _fits(key: bytes, purpose: Purpose) -> bool:
    """Raises ValueError for what is no key pair where it should be one."""
    return bool(_pair(key)) if purpose in PAIRED else len(key) == KEY_BYTES


def _write_beside(path: Path, entries: list[dict[str, object]]) -> str:
    """A complete file of mode 0600 in the same folder, so that it can take its place in one step."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w") as file:
            json.dump({"keys": entries}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise KeysUnusable(f"the key file {path} can't be written: {error.strerror}") from error
    return name


def _create(path: Path, entries: list[dict[str, object]]) -> None:
    """Whoever is first wins: two processes that start together use one key."""
    name = _write_beside(path, entries)
    with contextlib.suppress(FileExistsError):
        os.link(name, path)
    os.unlink(name)


def _replace(path: Path, entries: list[dict[str, object]]) -> None:
    os.replace(_write_beside(path, entries), path)
