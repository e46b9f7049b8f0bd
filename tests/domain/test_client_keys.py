"""Which public keys of a client are taken: those that its signatures can be verified with, and never a private one."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from domain import client_keys
from domain.client_keys import KeysWrong, Wrong

Entry = dict[str, Any]


def number(value: int, length: int | None = None) -> str:
    octets = value.to_bytes(length or (value.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def of_rsa(bits: int = 2048, **more: Any) -> Entry:
    public = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    return {"kty": "RSA", "n": number(public.n), "e": number(public.e), **more}


def of_ec(curve: ec.EllipticCurve, name: str, **more: Any) -> Entry:
    public = ec.generate_private_key(curve).public_key().public_numbers()
    length = (curve.key_size + 7) // 8
    return {"kty": "EC", "crv": name, "x": number(public.x, length), "y": number(public.y, length), **more}


RSA = of_rsa()
EC = of_ec(ec.SECP256R1(), "P-256")


def read(*entries: Any) -> Any:
    return client_keys.read(json.dumps({"keys": entries}))["keys"]


def test_public_keys_are_kept_without_what_verifying_does_not_need() -> None:
    entries = [
        RSA | {"kid": "a", "use": "sig", "alg": "PS256", "x5c": ["x"], "key_ops": ["verify"]},
        EC | {"kid": "b", "alg": "ES256"},
        of_ec(ec.SECP384R1(), "P-384", kid="c"),
        of_ec(ec.SECP521R1(), "P-521", kid="d"),
    ]
    kept = read(*entries)
    assert kept[0] == RSA | {"kid": "a"}
    assert kept[1] == EC | {"kid": "b"}
    assert client_keys.names({"keys": kept}) == ["a", "b", "c", "d"]
    assert client_keys.names(None) == []


def test_the_only_key_needs_no_name() -> None:
    assert read(RSA) == [RSA]
    assert client_keys.names({"keys": [RSA]}) == [""]


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ([RSA | {"d": "x"}], Wrong.SECRET),
        ([EC | {"d": "x"}], Wrong.SECRET),
        ([RSA | {"kid": "a"}, {"kty": "oct", "k": "c2VjcmV0", "kid": "b"}], Wrong.SECRET),
        ([{"kty": "oct"}], Wrong.SECRET),
        ([{"k": "c2VjcmV0"}], Wrong.SECRET),
        ([of_rsa(1024)], Wrong.WEAK),
        ([RSA | {"e": "AQ"}], Wrong.WEAK),
        ([RSA | {"n": number((1 << 9000) + 1)}], Wrong.WEAK),
        ([RSA, EC], Wrong.UNNAMED),
        ([RSA | {"kid": "a"}, EC], Wrong.UNNAMED),
        ([RSA | {"kid": "a"}, EC | {"kid": "a"}], Wrong.UNNAMED),
        ([RSA | {"kid": ""}], Wrong.UNNAMED),
        ([RSA | {"kid": 7}], Wrong.UNNAMED),
        ([RSA | {"kid": "a\nb"}], Wrong.UNNAMED),
        ([RSA | {"kid": "a" * 201}], Wrong.UNNAMED),
        ([], Wrong.UNREADABLE),
        ([RSA | {"kid": str(n)} for n in range(11)], Wrong.UNREADABLE),
        ([7], Wrong.UNREADABLE),
        ([{}], Wrong.UNREADABLE),
        ([{"kty": ["RSA"]}], Wrong.UNREADABLE),
        ([RSA | {"use": "enc"}], Wrong.UNREADABLE),
        ([RSA | {"alg": "none"}], Wrong.UNREADABLE),
        ([RSA | {"alg": "HS256"}], Wrong.UNREADABLE),
        ([EC | {"alg": "ES512"}], Wrong.UNREADABLE),
        ([EC | {"crv": "secp256k1"}], Wrong.UNREADABLE),
        ([EC | {"x": number(1)}], Wrong.UNREADABLE),
        ([EC | {"y": "!!"}], Wrong.UNREADABLE),
        ([EC | {"y": 7}], Wrong.UNREADABLE),
        ([EC | {"y": EC["y"] + "="}], Wrong.UNREADABLE),
        ([{"kty": "RSA", "e": "AQAB"}], Wrong.UNREADABLE),
        ([{"kty": "OKP", "crv": "Ed25519", "x": "x"}], Wrong.UNREADABLE),
    ],
)
def test_keys_that_verify_nothing_safely_are_refused_with_the_reason(entries: list[Any], wrong: Wrong) -> None:
    with pytest.raises(KeysWrong) as refused:
        read(*entries)
    assert refused.value.wrong is wrong


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "7", "null", '{"keys": {}}', json.dumps(RSA), '{"keys": [' + "[" * 9000, " " * 20_001]
)
def test_what_is_no_set_of_keys_is_refused(text: str) -> None:
    with pytest.raises(KeysWrong) as refused:
        client_keys.read(text)
    assert refused.value.wrong is Wrong.UNREADABLE
