"""A client's public keys (RFC 7517), by which its signed assertions are verified (RFC 7523)."""

import base64
import binascii
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa

MOST = 10
LONGEST = 20_000
LEAST_BITS = 2048
MOST_BITS = 8192
"""Verifying with longer ones costs more than whom it serves."""
LONGEST_ID = 200

_SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of private and symmetric keys (RFC 7518 §6)."""
_CURVES: dict[str, tuple[type[ec.EllipticCurve], str]] = {
    "P-256": (ec.SECP256R1, "ES256"),
    "P-384": (ec.SECP384R1, "ES384"),
    "P-521": (ec.SECP521R1, "ES512"),
}
_OF_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


class Wrong(StrEnum):
    """What is wrong with a set of keys; an entry of the message catalogue each."""

    UNREADABLE = "keys_unreadable"
    SECRET = "keys_secret"  # noqa: S105 a problem's name
    WEAK = "keys_weak"
    UNNAMED = "keys_unnamed"


class KeysWrong(ValueError):
    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong)
        self.wrong = wrong


Jwks = dict[str, Any]


def read(text: str) -> Jwks:
    """The keys of a JWK Set's text, without what verifying doesn't need. Raises KeysWrong."""
    if len(text) > LONGEST:
        raise KeysWrong(Wrong.UNREADABLE)
    try:
        entries = orjson.loads(text)["keys"]
    except (ValueError, KeyError, TypeError):
        raise KeysWrong(Wrong.UNREADABLE) from None
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST:
        raise KeysWrong(Wrong.UNREADABLE)
    keys = [_key(entry) for entry in entries]
    names = [key.get("kid") for key in keys]
    if len(keys) > 1 and (None in names or len(set(names)) < len(names)):
        raise KeysWrong(Wrong.UNNAMED)
    return {"keys": keys}


def names(jwks: Jwks | None) -> list[str]:
    """What the keys are called; the only one may have no name."""
    return [key.get("kid", "") for key in (jwks or {"keys": []})["keys"]]


def _key(entry: Any) -> dict[str, str]:
    if not isinstance(entry, dict) or not all(isinstance(name, str) for name in entry):
        raise KeysWrong(Wrong.UNREADABLE)
    if _SECRET & entry.keys() or entry.get("kty") == "oct":
        raise KeysWrong(Wrong.SECRET)
    read_as: dict[Any, Callable[[dict[str, Any]], dict[str, str]]] = {"RSA": _rsa, "EC": _ec}
    if entry.get("kty") not in ("RSA", "EC") or entry.get("use", "sig") != "sig":
        raise KeysWrong(Wrong.UNREADABLE)
    try:
        key = read_as[entry["kty"]](entry)
    except (ValueError, KeyError, TypeError) as error:
        raise error if isinstance(error, KeysWrong) else KeysWrong(Wrong.UNREADABLE) from None
    name = entry.get("kid")
    if name is not None and not (isinstance(name, str) and 0 < len(name) <= LONGEST_ID and name.isprintable()):
        raise KeysWrong(Wrong.UNNAMED)
    return key | ({"kid": name} if name else {})


def _rsa(entry: dict[str, Any]) -> dict[str, str]:
    modulus, exponent = _number(entry["n"]), _number(entry["e"])
    if not LEAST_BITS <= modulus.bit_length() <= MOST_BITS or exponent < 3:
        raise KeysWrong(Wrong.WEAK)
    rsa.RSAPublicNumbers(exponent, modulus).public_key()
    _require_algorithm(entry, _OF_RSA)
    return {"kty": "RSA", "n": entry["n"], "e": entry["e"]}


def _ec(entry: dict[str, Any]) -> dict[str, str]:
    """Of a point that lies on its curve."""
    curve, algorithm = _CURVES[entry["crv"]]
    ec.EllipticCurvePublicNumbers(_number(entry["x"]), _number(entry["y"]), curve()).public_key()
    _require_algorithm(entry, frozenset({algorithm}))
    return {"kty": "EC", "crv": entry["crv"], "x": entry["x"], "y": entry["y"]}


def _require_algorithm(entry: dict[str, Any], fitting: frozenset[str]) -> None:
    if "alg" in entry and entry["alg"] not in fitting:
        raise KeysWrong(Wrong.UNREADABLE)


def _number(text: str) -> int:
    """Base64urlUInt (RFC 7518 §2). Raises ValueError."""
    if not _BASE64URL.fullmatch(text):
        raise ValueError
    try:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except binascii.Error as error:
        raise ValueError from error
