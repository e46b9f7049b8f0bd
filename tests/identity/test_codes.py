"""Authorization codes with PKCE: from the app's first redirect to its tokens."""

from urllib.parse import urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.identity.apps import app
from tests.identity.conftest import Town
from tests.identity.house import form_of


async def test_an_app_gets_tokens_for_whoever_allows_it(town: Town, reader: httpx2.AsyncClient) -> None:
    reading_room = await app(town.mutua)
    await town.sign_in(reader)
    back = await reading_room.authorize(reader)
    assert back["iss"] == town.mutua.url
    answer = await reading_room.exchange(reader, back)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told.keys() == {"access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"}
    keys = KeySet.import_key_set((await reader.get("/oauth/jwks")).json())
    access = jwt.decode(told["access_token"], keys, algorithms=["RS256"])
    assert access.header["typ"] == "at+jwt"
    assert (access.claims["iss"], access.claims["aud"]) == (town.mutua.url, town.mutua.url)
    identity = jwt.decode(told["id_token"], keys, algorithms=["RS256"]).claims
    assert (identity["sub"], identity["aud"]) == (access.claims["sub"], str(reading_room.id))
    assert identity["eduperson_scoped_affiliation"] == ["member@alpha.edu", "student@alpha.edu"]
    async with httpx2.AsyncClient(base_url=town.mutua.url, trust_env=False) as program:
        seen = await program.get("/viewer", headers={"Authorization": f"Bearer {told['access_token']}"})
        userinfo = await program.get("/oauth/userinfo", headers={"Authorization": f"Bearer {told['access_token']}"})
    assert seen.json()["client"] == str(reading_room.id)
    assert seen.json()["memberships"].keys() == {str(town.members["alpha"])}
    assert userinfo.json()["sub"] == identity["sub"]


async def test_whoever_isnt_signed_in_signs_in_first_and_comes_back(town: Town, reader: httpx2.AsyncClient) -> None:
    reading_room = await app(town.mutua)
    page = await reader.get("/oauth/authorize", params=reading_room.question())
    assert urlsplit(str(page.url)).path == "/login"
    target = page.url.params["target"]
    await town.sign_in(reader, target=target)
    asked = await reader.get(target)
    action, fields = form_of(asked)
    assert urlsplit(action).path == "/oauth/consent"
    assert fields.keys() == {"note"}
