"""B19: logout tokens from server to server, good and forged (OpenID Connect Back-Channel Logout 1.0 §2.6)."""

import time
from typing import Any

import httpx2

from auth.oidc_logout import BACK_CHANNEL, EVENT
from demo.identity_people import CLIENT_ID
from tests.identity.apps import app
from tests.identity.conftest import Town
from tests.identity.forger import ADA, KEYS, sign, unsigned
from tests.identity.house import browser


def told(town: Town, **changes: Any) -> dict[str, Any]:
    claims = {
        "iss": town.campus.issuer("alpha"),
        "aud": CLIENT_ID,
        "iat": int(time.time()),
        "exp": int(time.time()) + 120,
        "jti": "1",
        "sub": town.campus.secrets.pairwise_id(ADA).partition("@")[0],
        "events": {EVENT: {}},
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def token(town: Town, key: Any = KEYS["alpha"], header: dict[str, Any] | None = None, **changes: Any) -> str:
    return sign(header or {"alg": "RS256", "kid": "alpha-1", "typ": "logout+jwt"}, told(town, **changes), key)


async def post(town: Town, logout_token: str) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=town.mutua.url, trust_env=False) as provider:
        return await provider.post(BACK_CHANNEL, data={"logout_token": logout_token})


async def signed_in(reader: httpx2.AsyncClient) -> bool:
    return bool((await reader.get("/viewer")).json()["signed_in"])


async def test_a_provider_ends_its_peoples_sessions_and_the_tokens_of_their_apps(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    reading_room = await app(town.mutua)
    await town.sign_in(reader)
    tokens = await reading_room.tokens(reader)
    async with browser(town.mutua.url) as bob, httpx2.AsyncClient(trust_env=False) as program:
        await town.sign_in(bob, "bob")
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await program.get(f"{town.mutua.url}/viewer", headers=bearer)).status_code == 200
        answer = await post(town, token(town))
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert not await signed_in(reader)
        assert await signed_in(bob)
        assert (await program.get(f"{town.mutua.url}/viewer", headers=bearer)).status_code == 401
    assert (await post(town, token(town))).status_code == 200, "whom it ended already, it may end again"


async def test_a_session_ends_by_its_own_number(town: Town, reader: httpx2.AsyncClient) -> None:
    def sid(number: str) -> Any:
        return lambda header, claims: claims.update(sid=number)

    async with browser(town.mutua.url) as second:
        town.campus.bend = sid("one")
        await town.sign_in(reader)
        town.campus.bend = sid("two")
        await town.sign_in(second)
        await post(town, token(town, sid="two", sub=None))
        assert (await signed_in(reader), await signed_in(second)) == (True, False)
        await post(town, token(town, sid="one", sub="somebody-else"))
        assert await signed_in(reader), "both must fit"
        await post(town, token(town, sid="one"))
        assert not await signed_in(reader)


async def test_what_is_no_logout_token_of_the_provider_ends_nothing(town: Town, reader: httpx2.AsyncClient) -> None:
    """The ID token of the sign-in itself is among them."""
    await town.sign_in(reader)
    made = [
        token(town, KEYS["stranger"]),
        token(town, KEYS["beta"]),
        unsigned(token(town)),
        token(town, KEYS["alpha"].as_bytes(private=False), {"alg": "HS256", "kid": "alpha-1"}),
        token(town, header={"alg": "RS256", "kid": "alpha-1", "typ": "at+jwt"}),
        token(town, aud="another-client"),
        token(town, iss="https://nobody.example"),
        token(town, iss=town.campus.issuer("beta")),
        token(town, exp=int(time.time()) - 3600),
        token(town, iat=None),
        token(town, jti=None),
        token(town, events=None),
        token(town, events={"http://schemas.openid.net/event/other": {}}),
        token(town, events=EVENT),
        token(town, nonce="n"),
        token(town, sub=None),
        town.campus.made[0],
        "",
        "a.b.c",
        "x" * 100_000,
    ]
    for number, forged in enumerate(made):
        answer = await post(town, forged)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"}), number
        assert await signed_in(reader), number
