"""Access tokens: JWTs after RFC 9068, signed with RS256, told apart from ID tokens by `typ`.

A token says which authorization it belongs to and what it is good for at most. Whether the authorization still stands
is asked of the database in every request, so that what is ended is over at once.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from domain import scopes
from domain.keys import KeyStore, Purpose
from domain.scopes import Scope

ALGORITHM = "RS256"
"""What every OpenID client can verify (Core 1.0 §15.1)."""
TYPE = "at+jwt"
SECONDS = 600
"""An access token's life. Ending it earlier needs no shorter one."""
LEEWAY = 60
LONGEST = 4096
MOST_KEPT = 4096
"""Tokens whose signature was found good and that aren't expired: verifying one takes longer than all else."""


class Invalid(Exception):
    """No token of ours, or not any more. Its text is for the log."""


@dataclass(frozen=True, slots=True)
class Token:
    authorization_id: UUID
    scopes: frozenset[Scope]
    expires_at: int


def public_keys(keys: KeyStore) -> dict[str, Any]:
    """The JWK set: each key that may have signed something still good, the newest first."""
    return {"keys": [key.as_dict(private=False) for key in reversed(_all(keys))]}


def verifying(keys: KeyStore) -> KeySet:
    return KeySet(_all(keys))


def signing(keys: KeyStore) -> KeySet:
    """The newest key alone; in a set, so that its id stands in what it signs."""
    return KeySet(_all(keys)[-1:])


def token_id(authorization_id: UUID, unique: str) -> str:
    """The `jti`: which token of which authorization."""
    return f"{authorization_id}.{unique}"


class Checker:
    """Tells good access tokens from all else. `issuer` is their audience as well: we are the API that they are for."""

    def __init__(self, issuer: str, keys: KeyStore) -> None:
        self._issuer = issuer
        self._keys = keys
        self._good: OrderedDict[str, Token] = OrderedDict()
        self._known = KeySet([])
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": issuer},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            client_id={"essential": True},
            jti={"essential": True},
        )

    def check(self, text: str) -> Token:
        """Raises Invalid."""
        token = self._good.get(text)
        if token is None:
            token = self._verified(text)
            self._good[text] = token
            if len(self._good) > MOST_KEPT:
                self._good.popitem(last=False)
        if token.expires_at <= time.time():
            self._good.pop(text, None)
            raise Invalid("expired")
        return token

    def _verifying(self) -> KeySet:
        """Made anew only where a key was added: reading keys takes longer than verifying."""
        if [key.kid for key in self._known] != list(self._keys.pairs(Purpose.OAUTH)):
            self._known = verifying(self._keys)
        return self._known

    def _verified(self, text: str) -> Token:
        if len(text) > LONGEST or not text.isascii():
            raise Invalid("too long, or not ASCII")
        try:
            decoded = jwt.decode(text, self._verifying(), algorithms=[ALGORITHM])
            if decoded.header.get("typ") != TYPE:
                raise Invalid("not an access token")
            self._claims.validate(decoded.claims)
            claims = decoded.claims
            if claims["aud"] not in (self._issuer, [self._issuer]):
                raise Invalid("meant for others as well")
            key, _, _ = claims["jti"].partition(".")
            return Token(UUID(key), scopes.known(claims.get("scope", "").split()), claims["exp"])
        except (JoseError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise Invalid(repr(error)) from error


def _all(keys: KeyStore) -> list[Any]:
    return [
        RSAKey.import_key(pair, {"kid": key_id, "use": "sig", "alg": ALGORITHM})
        for key_id, pair in keys.pairs(Purpose.OAUTH).items()
    ]
