"""The demo's universities and people as `persons.yaml` describes them, and the secrets that their first start makes."""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey
from ruamel.yaml import YAML

from models.columns import Localised
from models.vocabulary import Role

PERSONS = Path(__file__).parent / "persons.yaml"
SECRETS = "demo-identity.json"
CLIENT_ID = "mutua"


@dataclass(frozen=True, slots=True)
class University:
    """An identity provider of the demo. `scopes` are those that it is registered for with Mutua."""

    id: str
    name: Localised
    scopes: tuple[str, ...]
    saml: str | None = None
    """`plain` or `encrypted`; None: it speaks OpenID Connect."""


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person. `roles` are pairs (role, member's code) that she holds in Mutua; no provider sends them."""

    id: str
    name: Localised
    university: str
    affiliations: tuple[str, ...]
    entitlements: tuple[str, ...]
    roles: tuple[tuple[Role, str], ...]
    shows: Localised


@dataclass(frozen=True, slots=True)
class People:
    universities: dict[str, University]
    persons: dict[str, Person]


def load(path: Path = PERSONS) -> People:
    with path.open(encoding="utf-8") as file:
        written: dict[str, Any] = YAML(typ="safe", pure=True).load(file)
    universities = [
        University(one["id"], one["name"], tuple(one["scopes"]), one.get("saml")) for one in written["issuers"]
    ]
    persons = [
        Person(
            id=one["id"],
            name=one["name"],
            university=one["issuer"],
            affiliations=tuple(one["assertions"]),
            entitlements=tuple(one["entitlements"]),
            roles=tuple((Role(held["role"]), held["member"]) for held in one["roles"]),
            shows=one["shows"],
        )
        for one in written["persons"]
    ]
    return People({one.id: one for one in universities}, {one.id: one for one in persons})


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the providers keep: Mutua's client secret, everybody's password, signing keys of each university and of the
    demo federation."""

    client_secret: str
    passwords: dict[str, str]
    signing: dict[str, RSAKey]

    def pairwise_id(self, person: Person) -> str:
        """The same at every sign-in, and of no meaning anywhere else."""
        digest = hmac.digest(self.client_secret.encode(), person.id.encode(), "sha256")
        return base64.b32encode(digest[:20]).decode() + "@" + person.affiliations[0].partition("@")[2]


def secrets_in(folder: Path, people: People) -> Secrets:
    """The secrets kept in the folder; what isn't there yet is made and kept, readable by nobody else."""
    path = folder / SECRETS
    known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    client_secret = known.get("client_secret") or secrets.token_urlsafe(32)
    passwords = {one: known.get("passwords", {}).get(one) or secrets.token_urlsafe(9) for one in people.persons}
    signing = {
        one: RSAKey.import_key(known["signing"][one]) if one in known.get("signing", {}) else _new_key()
        for one in (*people.universities, "demo")
    }
    kept = {
        "client_secret": client_secret,
        "passwords": passwords,
        "signing": {one: key.as_dict(private=True) for one, key in signing.items()},
    }
    if kept != known:
        beside = path.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file, indent=1)
        beside.replace(path)
    return Secrets(client_secret, passwords, signing)


def _new_key() -> RSAKey:
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True)
    key.ensure_kid()
    return key


def s256(verifier: str) -> str:
    """RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
