"""A university whose tokens a test bends: a real provider over HTTP that lies in exactly one way."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey

from demo.identity import Campus
from demo.identity_people import People, Person, Secrets, University

ADA = Person("ada", {"en": "Ada"}, "alpha", ("student@alpha.edu", "member@alpha.edu"), ("urn:example:law",), (), {})
BOB = Person("bob", {"en": "Bob"}, "beta", ("staff@beta.edu",), (), (), {})
UNIVERSITIES = {
    "alpha": University("alpha", {"en": "Alpha sign-in"}, ("alpha.edu",)),
    "beta": University("beta", {"en": "Beta sign-in"}, ("beta.edu",)),
}
PEOPLE = People(UNIVERSITIES, {"ada": ADA, "bob": BOB})
KEYS = {
    one: RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": f"{one}-1"}, private=True)
    for one in (*UNIVERSITIES, "stranger")
}
SECRETS = Secrets("the-client-secret", {"ada": "pw-ada", "bob": "pw-bob"}, {one: KEYS[one] for one in UNIVERSITIES})

Bend = Callable[[dict[str, Any], dict[str, Any]], None]
"""Changes header and claims of an ID token before it is signed."""


@dataclass
class Forger(Campus):
    """`bend` changes a token before `key` signs it; `token` then takes its place, as `told` does of the answer's parts.

    A `key` of bytes signs as HMAC, whatever the header says.
    """

    bend: Bend = lambda header, claims: None
    key: RSAKey | bytes | None = None
    token: Callable[[str], str] = lambda signed: signed
    told: dict[str, str | None] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def id_token(self, person: Person, nonce: str | None) -> str:
        own = self.secrets.signing[person.university]
        header: dict[str, Any] = {"alg": "RS256", "kid": own.kid}
        claims = self.claims(person, nonce)
        self.bend(header, claims)
        signed = self.token(sign(header, claims, self.key or own))
        self.made.append(signed)
        return signed

    def answer(self, university: str, state: str | None, **told: str) -> str:
        address = super().answer(university, state, **told)
        for name, value in self.told.items():
            kept = [pair for pair in address.partition("?")[2].split("&") if pair.partition("=")[0] != name]
            address = f"{self.redirect_uri}?{'&'.join(kept + ([f'{name}={value}'] if value is not None else []))}"
        return address


def sign(header: dict[str, Any], claims: dict[str, Any], key: RSAKey | bytes) -> str:
    """A JWS by hand: libraries refuse to make most of what a forger sends."""
    message = f"{encode(header)}.{encode(claims)}"
    if isinstance(key, bytes):
        signature = hmac.digest(key, message.encode(), "sha256")
    else:
        signature = key.private_key.sign(message.encode(), PKCS1v15(), SHA256())  # type: ignore[union-attr]
    return f"{message}.{_base64url(signature)}"


def unsigned(signed: str) -> str:
    """The same claims under `alg: none`."""
    return f"{encode({'alg': 'none'})}.{signed.split('.')[1]}."


def encode(part: dict[str, Any]) -> str:
    return _base64url(json.dumps(part).encode())


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
