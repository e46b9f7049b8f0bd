"""Partners' systems in their own name: client credentials by secret and by signed assertion; B13, B15, B20."""

import json
import time
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from sqlalchemy import func, select, update
from sqlmodel import col

from domain.keys import Purpose
from models import client as rows
from models.vocabulary import ClientAuthentication
from tests.identity import forger
from tests.identity.apps import App, app
from tests.identity.conftest import Town

SCOPES = ("access:decisions:read", "licences:terms:read", "content:files:open")
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
async def http(town: Town) -> Any:
    async with httpx2.AsyncClient(base_url=town.mutua.url, trust_env=False) as opened:
        yield opened


@pytest.fixture
async def library(town: Town) -> App:
    """A library system of alpha's."""
    alpha = town.members["alpha"]
    return await app(town.mutua, member_id=alpha, secret=True, redirect_uris=[], scopes=SCOPES)


async def test_a_system_gets_what_needs_no_person(town: Town, http: httpx2.AsyncClient, library: App) -> None:
    answer = await library.token(http, grant_type="client_credentials")
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"access_token", "expires_in", "scope", "token_type"}
    assert answer.json()["scope"] == "access:decisions:read licences:terms:read"
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    seen = (await http.get("/viewer", headers=bearer)).json()
    assert (seen["signed_in"], seen["client"], seen["memberships"]) == (False, str(library.id), {})
    assert (await http.get("/oauth/userinfo", headers=bearer)).status_code == 403
    revoked = await http.post("/oauth/revoke", data={"token": answer.json()["access_token"]}, auth=library.auth)
    assert revoked.status_code == 200
    assert (await http.get("/viewer", headers=bearer)).status_code == 401


async def test_the_secret_may_stand_in_the_form(http: httpx2.AsyncClient, library: App) -> None:
    form = {"grant_type": "client_credentials", "client_id": str(library.id), "client_secret": str(library.secret)}
    assert (await http.post("/oauth/token", data=form)).status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "content:files:open"}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, "unauthorized_client"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "unauthorized_client"),
        ({"client_secret": "x"}, "invalid_request"),
        ({"client_id": "another"}, "invalid_request"),
        ({"dpop_jkt": "x"}, "invalid_request"),
    ],
)
async def test_what_a_system_cant_have(
    http: httpx2.AsyncClient, library: App, form: dict[str, str], error: str
) -> None:
    answer = await library.token(http, **{"grant_type": "client_credentials", **form})
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_request_that_makes_no_sense_is_refused(http: httpx2.AsyncClient, library: App) -> None:
    secret = {"client_id": str(library.id), "client_secret": str(library.secret)}
    form = {"grant_type": "client_credentials", **secret}
    in_address = await http.post("/oauth/token", params=secret, data={"grant_type": "client_credentials"})
    as_json = await http.post("/oauth/token", json=form)
    twice = await http.post("/oauth/token", content=b"grant_type=x&grant_type=y", headers=FORM)
    long = await http.post("/oauth/token", content=b"a=" + b"x" * 70_000, headers=FORM)
    not_text = await http.post("/oauth/token", content=b"grant_type=%ff", headers=FORM)
    dpop = await http.post("/oauth/token", data=form, headers={"DPoP": "eyJ"})
    for answer in (in_address, as_json, twice, long, not_text, dpop):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "DPoP" in dpop.json()["error_description"]
    assert (await http.get("/oauth/token", params=form)).status_code == 405
    for header in ("Basic", "Basic !", "Basic eA==", "Basic /w==", "Bearer x", "Negotiate y"):
        answer = await http.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header}
        )
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic ")


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_a_public_app_has_no_name_of_its_own(town: Town, http: httpx2.AsyncClient) -> None:
    public = await app(town.mutua)
    answer = await public.token(http, grant_type="client_credentials")
    assert answer.json()["error"] == "invalid_client"


async def test_guessing_gets_slow_for_the_guesser_alone(town: Town, http: httpx2.AsyncClient, library: App) -> None:
    secret, library.secret = library.secret, town.mutua.site.keys.mint(Purpose.CLIENTS)
    statuses = [(await library.token(http, grant_type="client_credentials")).status_code for _ in range(12)]
    assert statuses == [400] * 0 + [401] * 10 + [429] * 2
    library.secret = secret
    locked = await library.token(http, grant_type="client_credentials")
    assert locked.status_code == 429, "not even the right secret is looked at"
    assert 0 < int(locked.headers["retry-after"]) <= 60
    other = await app(town.mutua, secret=True, redirect_uris=[], scopes=SCOPES)
    assert (await other.token(http, grant_type="client_credentials")).status_code == 200
    async with town.mutua.everybody() as session:
        await session.execute(
            update(rows.FailedAttempt).values(window_started_at=func.now() - func.make_interval(0, 0, 0, 0, 0, 1))
        )
    assert (await library.token(http, grant_type="client_credentials")).status_code == 200


async def test_an_old_secret_goes_on_as_long_as_it_was_given(
    town: Town, http: httpx2.AsyncClient, library: App
) -> None:
    new = town.mutua.site.keys.mint(Purpose.CLIENTS)
    digest = town.mutua.site.keys.fingerprint(Purpose.CLIENTS, new)
    hour = func.make_interval(0, 0, 0, 0, 1)
    async with town.mutua.everybody() as session:
        await session.execute(update(rows.ClientSecret).values(expires_at=func.now() + hour))
        session.add(rows.ClientSecret(client_id=library.id, hash=digest))
    for secret in (library.secret, new):
        answer = await http.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, auth=(str(library.id), str(secret))
        )
        assert answer.status_code == 200
    async with town.mutua.everybody() as session:
        await session.execute(
            update(rows.ClientSecret)
            .where(col(rows.ClientSecret.expires_at).is_not(None))
            .values(expires_at=func.now() - hour)
        )
    assert (await library.token(http, grant_type="client_credentials")).json()["error"] == "invalid_client"


KEY = RSAKey.generate_key(2048, {"kid": "one"})
CURVE = ECKey.generate_key("P-256", {"kid": "two"})


@pytest.fixture
async def signing(town: Town) -> App:
    """A system that signs instead of telling a secret."""
    jwks = KeySet([KEY, CURVE]).as_dict(private=False)
    return await app(
        town.mutua,
        authentication=ClientAuthentication.PRIVATE_KEY_JWT,
        redirect_uris=[],
        scopes=SCOPES,
        jwks=jwks,
    )


def assertion(one: App, key: Any = KEY, header: dict[str, Any] | None = None, **changes: Any) -> dict[str, str]:
    now = int(time.time())
    claims = {
        "iss": str(one.id),
        "sub": str(one.id),
        "aud": f"{one.house.url}/oauth/token",
        "exp": now + 60,
        "iat": now,
        "jti": str(uuid4()),
        **changes,
    }
    head = {"alg": "ES256" if key is CURVE else "RS256", "kid": "two" if key is CURVE else "one", **(header or {})}
    told = {name: value for name, value in claims.items() if value is not None}
    text = jwt.encode(head, told, CURVE, algorithms=["ES256"]) if key is CURVE else forger.sign(head, told, key)
    return {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": text}


async def test_a_signed_assertion_is_good_once(town: Town, http: httpx2.AsyncClient, signing: App) -> None:
    for key in (KEY, CURVE):
        form = assertion(signing, key)
        assert (await http.post("/oauth/token", data=form)).status_code == 200
        assert (await http.post("/oauth/token", data=form)).json()["error"] == "invalid_client"
    at_issuer = assertion(signing, aud=town.mutua.url)
    assert (await http.post("/oauth/token", data=at_issuer)).status_code == 200
    async with town.mutua.everybody() as session:
        assert await session.scalar(select(func.count()).select_from(rows.UsedAssertion)) == 3


async def test_a_used_assertion_uses_nothing_else_up(town: Town, reader: httpx2.AsyncClient) -> None:
    """An app that signs: refused for its assertion, it keeps its refresh token."""
    await town.sign_in(reader)
    jwks = KeySet([KEY]).as_dict(private=False)
    one = await app(town.mutua, authentication=ClientAuthentication.PRIVATE_KEY_JWT, jwks=jwks)

    def proof() -> dict[str, str]:
        return {name: value for name, value in assertion(one).items() if name != "grant_type"}

    first, used = await one.exchange(reader, await one.authorize(reader), **proof()), proof()
    refresh = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"]}
    second = (await one.token(reader, **refresh, **used)).json()
    refresh["refresh_token"] = second["refresh_token"]
    assert (await one.token(reader, **refresh, **used)).json()["error"] == "invalid_client"
    assert (await one.token(reader, **refresh, **proof())).status_code == 200


async def test_every_algorithm_that_is_announced_is_taken(town: Town, http: httpx2.AsyncClient) -> None:
    curves = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
    told = (await http.get("/.well-known/openid-configuration")).json()
    for name in told["token_endpoint_auth_signing_alg_values_supported"]:
        key: Any = ECKey.generate_key(curves[name], {"kid": name}) if name in curves else KEY
        one = await app(
            town.mutua,
            authentication=ClientAuthentication.PRIVATE_KEY_JWT,
            redirect_uris=[],
            scopes=SCOPES,
            jwks=KeySet([key]).as_dict(private=False),
        )
        form = assertion(one)
        claims = json.loads(jws.extract_compact(form["client_assertion"].encode()).payload)
        head = {"alg": name, "kid": key.kid}
        form["client_assertion"] = jwt.encode(head, claims, key, algorithms=[name])
        answer = await http.post("/oauth/token", data=form)
        assert answer.status_code == 200, (name, answer.text)


async def test_an_assertion_that_isnt_right_in_everything_is_worth_nothing(
    town: Town, http: httpx2.AsyncClient, signing: App
) -> None:
    now = int(time.time())
    stranger = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256"})
    wrong = [
        assertion(signing, stranger),
        assertion(signing, KEY.as_pem(private=False), {"alg": "HS256"}),
        assertion(signing, stranger, {"jwk": stranger.as_dict(private=False)}),
        assertion(signing, exp=now - 120),
        assertion(signing, exp=None),
        assertion(signing, exp=now + 7200),
        assertion(signing, nbf=now + 600),
        assertion(signing, jti=None),
        assertion(signing, jti=7),
        assertion(signing, aud="https://elsewhere.example"),
        assertion(signing, aud=None),
        assertion(signing, iss="another"),
        assertion(signing, sub="another"),
        {**assertion(signing), "client_assertion_type": "urn:x"},
        {**assertion(signing), "client_assertion": assertion(signing)["client_assertion"][:-6]},
    ]
    for form in wrong:
        answer = await http.post("/oauth/token", data=form)
        assert answer.json()["error"] in {"invalid_client", "invalid_request"}, form
        async with town.mutua.everybody() as session:
            await session.execute(rows.FailedAttempt.__table__.delete())  # type: ignore[attr-defined]
    for text in ("x", "a.b.c", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30.", "[" * 5000 + ".[.["):
        form = {**assertion(signing), "client_assertion": text}
        assert (await http.post("/oauth/token", data=form)).json()["error"] in {"invalid_client", "invalid_request"}


async def test_who_signs_has_no_secret_and_the_other_way_round(
    http: httpx2.AsyncClient, signing: App, library: App
) -> None:
    signing.secret = library.secret
    assert (await signing.token(http, grant_type="client_credentials")).json()["error"] == "invalid_client"
    form = {"grant_type": "client_credentials", "client_id": str(library.id)}
    assert (await http.post("/oauth/token", data=form)).json()["error"] == "invalid_client"
