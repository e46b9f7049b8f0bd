"""Authorization codes with PKCE, from the app's first redirect to its tokens: B09, B10, B11, B15, B20."""

import asyncio
import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select, update
from sqlmodel import col

from models import client as rows
from tests.identity.apps import CALLBACK, App, app
from tests.identity.conftest import Town
from tests.identity.house import browser, form_of

NOT_REGISTERED = [
    f"{CALLBACK}/more",
    f"{CALLBACK}?x=1",
    f"{CALLBACK}#x",
    "http://localhost:5174/callback",
    "http://localhost.evil.example:5173/callback",
    "http://user@localhost:5173/callback",
    "http://localhost:5173/../callback",
    "http://localhost:5173/callbac%6B",
    "https://localhost:5173/callback",
    "HTTP://localhost:5173/callback",
    "http://loсalhost:5173/callback",
    "javascript:alert(1)",
    '"><script>',
    "http://127.0.0.1:5173/callback",
]
NOT_OFFERED: list[tuple[dict[str, str | None], str]] = [
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": None}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"response_mode": "form_post"}, "invalid_request"),
    ({"scope": "openid admin"}, "invalid_scope"),
    ({"scope": "licences:terms:read"}, "invalid_scope"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "dance"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"resource": "https://elsewhere.example"}, "invalid_target"),
    ({"request": "eyJ.e30."}, "request_not_supported"),
    ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"dpop_jkt": "x"}, "invalid_request"),
]
NONSENSE = [
    "",
    "client_id=x",
    "client_id={id}&client_id={id}",
    "client_id={id}&response_type=code&redirect_uri={back}&state=a&state=b",
    "client_id={id}&redirect_uri={back}&client_secret=x&response_type=code",
    "client_id={id}&redirect_uri={back}&state=%00",
    "client_id={id}&redirect_uri={back}&state=%ff",
    "client_id={id}&redirect_uri={back}&state=%22",
    "client_id={ID}",
    "client_id={id}&" + "&".join(f"x{number}=1" for number in range(60)),
]


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


@pytest.fixture
async def reading_room(town: Town, reader: httpx2.AsyncClient) -> App:
    """An app of everybody's, and Ada signed in."""
    await town.sign_in(reader)
    return await app(town.mutua)


async def refused(reader: httpx2.AsyncClient, asked: App, **changes: str | None) -> dict[str, str]:
    """What the app is told at its own address."""
    answer = await reader.get("/oauth/authorize", params=asked.question(**changes), follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    assert answer.headers["referrer-policy"] == "no-referrer"
    return {name: value for name, (value,) in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def test_what_was_allowed_isnt_asked_again_and_more_is(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    await reading_room.authorize(reader, scope="openid")
    again = await reader.get("/oauth/authorize", params=reading_room.question(scope="openid"), follow_redirects=False)
    assert again.status_code == 303
    more = await reader.get("/oauth/authorize", params=reading_room.question(), follow_redirects=False)
    assert more.status_code == 200
    for wish in ("consent", "login", "select_account"):
        asked = await reader.get("/oauth/authorize", params=reading_room.question(scope="openid", prompt=wish))
        assert str(asked.url.path) == ("/oauth/authorize" if wish == "consent" else "/login")


async def test_consent_outlives_the_sign_in(town: Town, reading_room: App) -> None:
    for expected in (200, 303):
        async with browser(town.mutua.url) as computer:
            await town.sign_in(computer)
            answer = await computer.get("/oauth/authorize", params=reading_room.question(), follow_redirects=False)
            assert answer.status_code == expected
            await reading_room.authorize(computer)


async def test_a_native_app_is_asked_about_each_time(town: Town, reader: httpx2.AsyncClient) -> None:
    """RFC 8252 §8.6: any program on her device could listen there."""
    await town.sign_in(reader)
    addresses = ["http://127.0.0.1/callback", "edu.example.app:/callback"]
    native = await app(town.mutua, redirect_uris=addresses)
    for address in ("http://127.0.0.1:49152/callback", addresses[1]):
        for _ in range(2):
            asked = native.question(redirect_uri=address)
            page = await reader.get("/oauth/authorize", params=asked, follow_redirects=False)
            assert page.status_code == 200
            action, fields = form_of(page)
            form = {**fields, "answer": "yes"}
            back = await reader.post(action, data=form, headers={"Origin": town.mutua.url}, follow_redirects=False)
            assert back.headers["location"].startswith(f"{address}?code=")
        silently = native.question(redirect_uri=address, prompt="none")
        told = await reader.get("/oauth/authorize", params=silently, follow_redirects=False)
        assert "error=consent_required" in told.headers["location"]


async def test_whoever_says_no_is_taken_at_her_word(reader: httpx2.AsyncClient, reading_room: App) -> None:
    told = await reading_room.authorize(reader, answer="no")
    assert told["error"] == "access_denied"
    assert {"state", "iss"} < told.keys()


async def test_an_app_that_may_not_ask_is_told_what_is_missing(reader: httpx2.AsyncClient, reading_room: App) -> None:
    assert (await refused(reader, reading_room, prompt="none"))["error"] == "consent_required"
    async with browser(reading_room.house.url) as stranger:
        assert (await refused(stranger, reading_room, prompt="none"))["error"] == "login_required"


async def test_a_new_sign_in_is_asked_for_once(town: Town, reader: httpx2.AsyncClient, reading_room: App) -> None:
    page = await reader.get("/oauth/authorize", params=reading_room.question(prompt="login", max_age="0"))
    target = page.url.params["target"]
    await town.sign_in(reader, target="/viewer")
    back = await reader.get(target, follow_redirects=False)
    assert back.status_code == 200, "signed in anew: now she is asked"


async def test_nobody_is_sent_to_an_address_that_isnt_registered(reader: httpx2.AsyncClient, reading_room: App) -> None:
    for address in NOT_REGISTERED:
        asked = reading_room.question(redirect_uri=address)
        answer = await reader.get("/oauth/authorize", params=asked, follow_redirects=False)
        assert (answer.status_code, "location" in answer.headers) == (400, False), address
        assert "<script>" not in answer.text


async def test_a_native_app_takes_whatever_port_is_free(town: Town, reader: httpx2.AsyncClient) -> None:
    """RFC 8252 §7.3: on loopback by its number, and nothing else may differ."""
    native = await app(town.mutua, redirect_uris=["http://127.0.0.1/callback"])
    await town.sign_in(reader)
    for address, expected in (
        ("http://127.0.0.1:49152/callback", 200),
        ("http://127.0.0.1:1/callback", 200),
        *((f"http://127.0.0.1:{port}/callback", 400) for port in ("", "x", "99999", "1@evil.example")),
        ("http://127.0.0.1:49152/other", 400),
        ("http://127.0.0.2:49152/callback", 400),
        ("http://localhost:49152/callback", 400),
    ):
        asked = native.question(redirect_uri=address)
        answer = await reader.get("/oauth/authorize", params=asked, follow_redirects=False)
        assert answer.status_code == expected, address


async def test_what_isnt_offered_is_refused_by_name_at_the_apps_address(
    reader: httpx2.AsyncClient, reading_room: App
) -> None:
    for changes, error in NOT_OFFERED:
        told = await refused(reader, reading_room, **{"state": "s t", **changes})
        assert told["error"] == error, changes
        assert (told["state"], told["iss"]) == ("s t", reading_room.house.url)


async def test_a_request_that_makes_no_sense_leads_nowhere(reader: httpx2.AsyncClient, reading_room: App) -> None:
    for query in NONSENSE:
        text = query.format(id=reading_room.id, ID=str(reading_room.id).upper(), back=CALLBACK)
        answer = await reader.get(f"/oauth/authorize?{text}", follow_redirects=False)
        assert (answer.status_code, "location" in answer.headers) == (400, False), query


async def test_a_code_is_good_once_and_what_it_gave_dies_with_the_second_use(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    back = await reading_room.authorize(reader)
    first = (await reading_room.exchange(reader, back)).json()
    bearer = {"Authorization": f"Bearer {first['access_token']}"}
    assert (await reader.get("/viewer", headers=bearer)).status_code == 200
    second = await reading_room.exchange(reader, back)
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    assert (await reader.get("/viewer", headers=bearer)).status_code == 401
    refreshed = await reading_room.token(reader, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    async with town.mutua.everybody() as session:
        assert await session.scalar(select(col(rows.Authorization.revoked_for))) == "code_replayed"


async def test_of_two_that_use_a_code_at_once_one_comes_second(reader: httpx2.AsyncClient, reading_room: App) -> None:
    back = await reading_room.authorize(reader)
    answers = await asyncio.gather(*(reading_room.exchange(reader, back) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400, 400]


async def test_a_code_is_worth_nothing_to_anybody_else(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    other = await app(town.mutua)
    back = await reading_room.authorize(reader)
    other.verifiers = reading_room.verifiers
    assert (await other.exchange(reader, back)).json()["error"] == "invalid_grant"
    for wrong in (
        {"code_verifier": secrets.token_urlsafe(48)},
        {"redirect_uri": "http://localhost:5173/other"},
        {"code": back["code"][:-2]},
        {"code": "x"},
    ):
        assert (await reading_room.exchange(reader, back, **wrong)).json()["error"] == "invalid_grant"
    for wrong in ({"code_verifier": "x"}, {"code_verifier": ""}):
        assert (await reading_room.exchange(reader, back, **wrong)).json()["error"] == "invalid_request"
    assert (await reading_room.exchange(reader, back)).status_code == 200


async def test_guessing_codes_gets_slow(reader: httpx2.AsyncClient, reading_room: App) -> None:
    back = await reading_room.authorize(reader)
    wrong = [await reading_room.exchange(reader, back, code=f"{back['code'][:-4]}AAA{n}") for n in range(11)]
    assert [answer.status_code for answer in wrong] == [400] * 10 + [429]
    assert "retry-after" in wrong[-1].headers
    assert (await reading_room.exchange(reader, back)).status_code == 429, "not even the right one is looked at"


async def test_a_code_is_good_for_a_minute(town: Town, reader: httpx2.AsyncClient, reading_room: App) -> None:
    back = await reading_room.authorize(reader)
    given = rows.Authorization
    async with town.mutua.everybody() as session:
        await session.execute(update(given).values(created_at=col(given.created_at) - timedelta(seconds=61)))
    assert (await reading_room.exchange(reader, back)).json()["error"] == "invalid_grant"


async def test_an_app_of_one_member_is_for_its_people_only(town: Town, reader: httpx2.AsyncClient) -> None:
    betas = await app(town.mutua, member_id=town.members["beta"])
    named = await app(town.mutua, members=(town.members["beta"],))
    await town.sign_in(reader)
    for one in (betas, named):
        told = await refused(reader, one)
        assert (told["error"], told["iss"]) == ("access_denied", town.mutua.url)


async def test_what_an_app_isnt_allowed_it_doesnt_learn(reader: httpx2.AsyncClient, reading_room: App) -> None:
    told = await reading_room.tokens(reader, scope="openid")
    identity = jwt.decode(
        told["id_token"], KeySet.import_key_set((await reader.get("/oauth/jwks")).json()), algorithms=["RS256"]
    )
    assert identity.claims.keys() == {"iss", "aud", "iat", "exp", "auth_time", "nonce", "at_hash", "sub", "sid"}
    answer = await reader.get("/oauth/userinfo", headers={"Authorization": f"Bearer {told['access_token']}"})
    assert answer.json().keys() == {"sub"}


async def test_two_apps_dont_know_that_they_have_the_same_reader(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    def subject(told: dict[str, str]) -> str:
        keys = KeySet.import_key_set(jwks)
        return str(jwt.decode(told["id_token"], keys, algorithms=["RS256"]).claims["sub"])

    other = await app(town.mutua)
    jwks = (await reader.get("/oauth/jwks")).json()
    here, there = subject(await reading_room.tokens(reader)), subject(await other.tokens(reader))
    assert here != there
    async with browser(town.mutua.url) as another_day:
        await town.sign_in(another_day)
        assert subject(await reading_room.tokens(another_day)) == here


async def test_an_answer_to_somebody_elses_question_counts_for_nothing(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    """Consent is bound to the sign-in that was asked, and comes from our own page."""
    page = await reader.get("/oauth/authorize", params=reading_room.question())
    action, fields = form_of(page)
    form = {**fields, "answer": "yes"}
    for origin in ("http://evil.example", "null", None):
        given = {"Origin": origin} if origin else {}
        answer = await reader.post(action, data=form, headers=given, follow_redirects=False)
        assert answer.status_code == 403
    async with browser(town.mutua.url) as other:
        await town.sign_in(other, "bob")
        answer = await other.post(action, data=form, headers={"Origin": town.mutua.url}, follow_redirects=False)
        assert (answer.status_code, "location" in answer.headers) == (400, False)
    for note in ("", "x", fields["note"][:-4], (await reading_room.authorize(reader))["code"]):
        answer = await reader.post(
            action, data={**form, "note": note}, headers={"Origin": town.mutua.url}, follow_redirects=False
        )
        assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_the_question_may_be_posted_and_frames_show_nothing(
    reader: httpx2.AsyncClient, reading_room: App
) -> None:
    page = await reader.post("/oauth/authorize", data=reading_room.question())
    assert page.status_code == 200
    assert page.headers["x-frame-options"] == "DENY"
    assert "form-action 'self' http://localhost:5173;" in page.headers["content-security-policy"]
