"""Access tokens, forged and bent: B01 to B07, B14, B20; and what a good one makes of its sender."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import RSAKey
from sqlalchemy import func, update

from domain.keys import KeyStore, Purpose
from models import identity, party
from tests.identity import forger
from tests.identity.apps import App, app
from tests.identity.conftest import Town

Bend = Callable[[dict[str, Any], dict[str, Any]], None]


@pytest.fixture
async def reading_room(town: Town, reader: httpx2.AsyncClient) -> App:
    await town.sign_in(reader)
    return await app(town.mutua)


def ours(town: Town) -> RSAKey:
    """Our own key: what it signs is refused for the flaw alone."""
    key_id, pair = list(town.mutua.site.keys.pairs(Purpose.OAUTH).items())[-1]
    return RSAKey.import_key(pair, {"kid": key_id})


async def status(http: httpx2.AsyncClient, token: str, scheme: str = "Bearer") -> int:
    answer = await http.get("/viewer", headers={"Authorization": f"{scheme} {token}"})
    assert answer.status_code in {200, 401}, answer.text
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"].startswith('Bearer realm="Mutua", error="invalid_token"')
    return answer.status_code


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    signed = jws.extract_compact(token.encode())
    return dict(signed.headers()), json.loads(signed.payload)


def claim(name: str, value: Any) -> Bend:
    def bend(_: dict[str, Any], claims: dict[str, Any]) -> None:
        claims[name] = value(time.time()) if callable(value) else value

    return bend


def without(name: str) -> Bend:
    return lambda _, claims: claims.pop(name)


def head(**said: Any) -> Bend:
    return lambda header, _: header.update(said)


FLAWS: dict[str, Bend] = {
    "an ID token's kind": head(typ="JWT"),
    "no kind": lambda header, _: header.pop("typ"),
    "another issuer": claim("iss", "https://elsewhere.example"),
    "another audience": claim("aud", "https://elsewhere.example"),
    "a client's own audience": lambda _, claims: claims.update(aud=claims["client_id"]),
    "one more audience": lambda _, claims: claims.update(aud=[claims["aud"], "https://elsewhere.example"]),
    "expired": claim("exp", lambda now: int(now) - 1),
    "expires at infinity": claim("exp", 1e400),
    "expires some day": claim("exp", "tomorrow"),
    "valid later": claim("nbf", lambda now: int(now) + 600),
    "issued in ten years": claim("iat", lambda now: int(now) + 315_360_000),
    "no end": without("exp"),
    "no issuer": without("iss"),
    "no audience": without("aud"),
    "no id": without("jti"),
    "an id of nothing": claim("jti", "00000000-0000-0000-0000-000000000000.x"),
    "an id that is none": claim("jti", "x"),
    "no client": without("client_id"),
    "scopes as a list": claim("scope", ["openid"]),
    "an unknown key": head(kid="../../dev/null"),
    "a key by SQL": head(kid="' OR 1=1 --"),
    "a key by address": head(kid="https://evil.example/jwks"),
    "a key that is no text": head(kid=["x"]),
    "a critical header": head(crit=["x"], x=1),
}


async def test_a_token_with_one_flaw_opens_nothing(town: Town, reader: httpx2.AsyncClient, reading_room: App) -> None:
    good = (await reading_room.tokens(reader))["access_token"]
    for name, bend in FLAWS.items():
        header, claims = parts(good)
        bend(header, claims)
        assert await status(reader, forger.sign(header, claims, ours(town))) == 401, name
    header, claims = parts(good)
    assert await status(reader, forger.sign(header, claims, ours(town))) == 200, "without a flaw it is good"


async def test_a_strangers_signature_opens_nothing(town: Town, reader: httpx2.AsyncClient, reading_room: App) -> None:
    good = (await reading_room.tokens(reader))["access_token"]
    header, claims = parts(good)
    stranger = RSAKey.generate_key(2048)
    public = {"jwk": stranger.as_dict(private=False)}
    elsewhere = {"jku": "http://127.0.0.1:9/jwks", "x5u": "http://127.0.0.1:9/x"}
    pem, der = ours(town).as_pem(private=False), ours(town).as_der(private=False)
    forged = [
        forger.sign(header, claims, stranger),
        forger.sign({**header, **public}, claims, stranger),
        forger.sign({**header, **elsewhere}, claims, stranger),
        *(forger.sign({**header, "alg": "HS256"}, claims, secret) for secret in (pem, der, pem.strip(), b"")),
        *(forger.unsigned(forger.sign({**header, "alg": name}, claims, b"x")) for name in ("none", "None", "nOnE", "")),
        good[:-8] + "AAAAAAAA",
        good.replace(".", ".."),
        *("x", "a.b.c", "." * 3, "é", "[" * 3000, "x" * 100_000),
    ]
    for token in forged:
        try:
            assert await status(reader, token) == 401, token[:200]
        except (UnicodeEncodeError, httpx2.RemoteProtocolError):
            assert not token.isascii() or len(token) > 60_000
    assert await status(reader, good) == 200


async def test_a_token_is_taken_in_the_header_as_bearer_and_nowhere_else(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    told = await reading_room.tokens(reader)
    assert await status(reader, told["access_token"], "bearer") == 200
    for scheme in ("Basic", "DPoP", "Token"):
        assert await status(reader, told["access_token"], scheme) == 401
    dpop = await reader.get("/viewer", headers={"Authorization": f"DPoP {told['access_token']}"})
    assert "DPoP" in dpop.json()["message"]
    for other in ("id_token", "refresh_token"):
        assert await status(reader, told[other]) == 401
    async with httpx2.AsyncClient(base_url=town.mutua.url, trust_env=False) as program:
        in_address = await program.get("/viewer", params={"access_token": told["access_token"]})
        assert in_address.json()["signed_in"] is False


async def test_with_a_token_no_cookie_counts(town: Town, reader: httpx2.AsyncClient, reading_room: App) -> None:
    told = await reading_room.tokens(reader)
    await town.sign_in(reader, "bob")
    with_cookie = await reader.get("/viewer", headers={"Authorization": f"Bearer {told['access_token']}"})
    assert with_cookie.status_code == 401, "the session of its token has ended; Bob's cookie is beside the point"


async def test_keys_roll_over_without_a_gap(town: Town, reader: httpx2.AsyncClient, reading_room: App) -> None:
    """Another process rotates: what it signs is good here at once, and what was signed before stays so."""
    old = await reading_room.tokens(reader)
    elsewhere = KeyStore(town.mutua.site.keys._folder, demo=True)
    newest = elsewhere.rotate(Purpose.OAUTH)
    published = (await reader.get("/oauth/jwks")).json()["keys"]
    assert published[0]["kid"] == newest
    assert all(key.keys() == {"kty", "n", "e", "kid", "use", "alg"} for key in published)
    new = await reading_room.tokens(reader)
    assert parts(new["access_token"])[0]["kid"] == newest
    assert await status(reader, new["access_token"]) == await status(reader, old["access_token"]) == 200


async def test_a_clients_server_on_a_campus_makes_nobody_on_site(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    """A public app runs where the person is; the server of a confidential one stands where it stands."""
    async with town.mutua.everybody() as session:
        session.add(party.NetworkRange(member_id=town.members["alpha"], first="127.0.0.1", last="127.0.0.1"))
    confidential = await app(town.mutua, secret=True)
    partner = await app(town.mutua, secret=True, redirect_uris=[], scopes=("access:decisions:read",))
    on_site = [str(town.members["alpha"])]
    for token, expected in (
        ((await reading_room.tokens(reader))["access_token"], on_site),
        ((await confidential.tokens(reader))["access_token"], []),
        (await partner.own_token(reader), []),
    ):
        seen = await reader.get("/viewer", headers={"Authorization": f"Bearer {token}"})
        assert seen.json()["on_site"] == expected


async def test_an_app_used_keeps_its_sign_in_in_use(town: Town, reader: httpx2.AsyncClient, reading_room: App) -> None:
    told = await reading_room.tokens(reader)
    ago = func.make_interval(0, 0, 0, 0, 7)
    async with town.mutua.everybody() as session:
        await session.execute(update(identity.Session).values(last_seen_at=func.now() - ago))
    assert await status(reader, told["access_token"]) == 200
    async with town.mutua.everybody() as session:
        await session.execute(update(identity.Session).values(last_seen_at=identity.Session.last_seen_at - ago))
    assert await status(reader, told["access_token"]) == 200, "seven hours since its last use"
    async with town.mutua.everybody() as session:
        await session.execute(
            update(identity.Session).values(last_seen_at=func.now() - func.make_interval(0, 0, 0, 0, 9))
        )
    assert await status(reader, told["access_token"]) == 401
