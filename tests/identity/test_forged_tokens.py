"""B06, B07, B11: an ID token is believed only when everything about it fits, an answer once and in its own browser."""

import time
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from tests.identity.conftest import Town
from tests.identity.forger import KEYS, PEOPLE, SECRETS, Bend, encode, unsigned
from tests.identity.house import browser

YEARS = 10 * 365 * 86400


def claim(name: str, value: Any, *, ahead: bool = False) -> Bend:
    """Give a claim another value; `ahead`: seconds from now."""

    def bend(header: dict[str, Any], claims: dict[str, Any]) -> None:
        claims[name] = int(time.time()) + value if ahead else value

    return bend


def without(name: str) -> Bend:
    return lambda header, claims: claims.pop(name)


def head(**said: Any) -> Bend:
    return lambda header, claims: header.update(said)


async def refused(town: Town, reader: httpx2.AsyncClient, status: int = 401, code: str = "TOKEN_INVALID") -> None:
    """Nobody is signed in, and a page says so in words that tell a forger nothing."""
    page = await town.sign_in(reader)
    assert page.status_code == status, page.text
    assert code in page.text
    assert "Traceback" not in page.text
    assert not (await reader.get("/viewer")).json()["signed_in"]
    async with town.mutua.everybody() as session:
        assert (await session.execute(text("SELECT count(*) FROM session"))).scalar_one() == 0


async def accepted(town: Town, reader: httpx2.AsyncClient) -> None:
    page = await town.sign_in(reader)
    assert page.url.path == "/viewer", page.text
    assert page.json()["signed_in"]


@pytest.mark.parametrize(
    "bend",
    [
        pytest.param(claim("exp", -61, ahead=True), id="expired"),
        pytest.param(claim("exp", -YEARS, ahead=True), id="expired long ago"),
        pytest.param(without("exp"), id="no exp"),
        pytest.param(claim("exp", "tomorrow"), id="exp in words"),
        pytest.param(claim("exp", None), id="exp null"),
        pytest.param(claim("nbf", 70, ahead=True), id="not yet"),
        pytest.param(claim("iat", 70, ahead=True), id="issued in the future"),
        pytest.param(claim("iat", YEARS, ahead=True), id="issued in ten years"),
        pytest.param(without("iat"), id="no iat"),
        pytest.param(claim("iss", "https://alpha.example"), id="another issuer"),
        pytest.param(without("iss"), id="no iss"),
        pytest.param(claim("iss", ["x"]), id="a list of issuers"),
        pytest.param(claim("aud", "another-client"), id="for another client"),
        pytest.param(claim("aud", ["mutua", "another-client"]), id="for others as well"),
        pytest.param(claim("aud", []), id="for nobody"),
        pytest.param(without("aud"), id="no aud"),
        pytest.param(claim("azp", "another-client"), id="obtained by another client"),
        pytest.param(claim("nonce", "another"), id="another sign-in's nonce"),
        pytest.param(without("nonce"), id="no nonce"),
        pytest.param(without("sub"), id="no sub"),
        pytest.param(claim("sub", 7), id="sub a number"),
        pytest.param(claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), id="another access token's"),
        pytest.param(head(kid="unknown"), id="unknown key"),
        pytest.param(head(kid="../../dev/null"), id="kid a path"),
        pytest.param(head(crit=["x"], x=1), id="critical and unknown"),
    ],
)
async def test_a_token_with_one_flaw_signs_nobody_in(town: Town, reader: httpx2.AsyncClient, bend: Bend) -> None:
    town.campus.bend = bend
    await refused(town, reader)
    town.campus.bend = lambda header, claims: None
    await accepted(town, reader)


@pytest.mark.parametrize(
    "bend",
    [
        pytest.param(claim("exp", -50, ahead=True), id="expired within the leeway"),
        pytest.param(claim("iat", 50, ahead=True), id="a clock ahead"),
        pytest.param(claim("nbf", 50, ahead=True), id="not before, a clock ahead"),
        pytest.param(claim("aud", ["mutua"]), id="a list of one"),
        pytest.param(claim("azp", "mutua"), id="obtained by us"),
        pytest.param(head(jku="https://evil.example/keys", x5u="https://evil.example/x"), id="jku is never fetched"),
    ],
)
async def test_what_the_standard_allows_signs_in(town: Town, reader: httpx2.AsyncClient, bend: Bend) -> None:
    town.campus.bend = bend
    await accepted(town, reader)


async def test_an_unsigned_token_signs_nobody_in(town: Town, reader: httpx2.AsyncClient) -> None:
    town.campus.token = unsigned
    await refused(town, reader)


@pytest.mark.parametrize("alg", ["None", "nOnE", "NONE", "", "RS257"])
async def test_an_algorithm_by_another_name_signs_nobody_in(town: Town, reader: httpx2.AsyncClient, alg: str) -> None:
    town.campus.token = lambda signed: f"{encode({'alg': alg, 'kid': 'alpha-1'})}.{signed.split('.', 1)[1]}"
    await refused(town, reader)


@pytest.mark.parametrize("secret", [KEYS["alpha"].as_pem(private=False), SECRETS.client_secret.encode()])
async def test_a_symmetric_signature_signs_nobody_in(town: Town, reader: httpx2.AsyncClient, secret: bytes) -> None:
    """With the provider's public key (CVE-2024-37568) or with the client secret taken for the key."""
    town.campus.bend = head(alg="HS256")
    town.campus.key = secret
    await refused(town, reader)


async def test_a_strangers_signature_signs_nobody_in(town: Town, reader: httpx2.AsyncClient) -> None:
    town.campus.key = KEYS["stranger"]
    await refused(town, reader)


async def test_a_key_that_the_token_brings_along_counts_for_nothing(town: Town, reader: httpx2.AsyncClient) -> None:
    """CVE-2026-27962."""
    town.campus.key = KEYS["stranger"]
    town.campus.bend = head(jwk=KEYS["stranger"].as_dict(private=False), kid="stranger-1")
    await refused(town, reader)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "....", "é.é.é", "A" * 400_000])
async def test_rubbish_signs_nobody_in(town: Town, reader: httpx2.AsyncClient, token: str) -> None:
    town.campus.token = lambda signed: token
    await refused(town, reader)


async def test_an_answer_longer_than_honest_ones_is_not_read(town: Town, reader: httpx2.AsyncClient) -> None:
    town.campus.token = lambda signed: "A" * 2_000_000
    await refused(town, reader, 502, "IDENTITY_PROVIDER_UNAVAILABLE")


async def test_a_rotated_key_is_fetched_once_and_at_once(town: Town, reader: httpx2.AsyncClient) -> None:
    await accepted(town, reader)
    fetched = [path for path in town.paths if path.endswith("/jwks")]
    assert len(fetched) == 1
    rotated = {**SECRETS.signing, "alpha": KEYS["stranger"]}
    town.campus.secrets = type(SECRETS)(SECRETS.client_secret, SECRETS.passwords, rotated)
    await accepted(town, reader)
    await accepted(town, reader)
    assert len([path for path in town.paths if path.endswith("/jwks")]) == 2


async def test_an_unknown_key_costs_one_fetch(town: Town, reader: httpx2.AsyncClient) -> None:
    town.campus.bend = head(kid="unknown")
    await refused(town, reader)
    assert len([path for path in town.paths if path.endswith("/jwks")]) == 2


@pytest.mark.parametrize("sender", [None, "https://evil.example", "", "{site}/demo/idp/beta"])
async def test_an_answer_that_another_issuer_sent_is_refused(
    town: Town, reader: httpx2.AsyncClient, sender: str | None
) -> None:
    """RFC 9207: the mix-up attack, and the answer without `iss` from a provider that announces it."""
    town.campus.told = {"iss": sender.format(site=town.campus.site) if sender else sender}
    await refused(town, reader)


async def test_a_parameter_given_twice_is_refused(town: Town, reader: httpx2.AsyncClient) -> None:
    town.campus.told = {"code": "x&code=y"}
    await refused(town, reader, 400, "SIGN_IN_FAILED")


@pytest.mark.parametrize("state", [None, "", "guess", "é"])
async def test_an_answer_without_its_state_is_refused(
    town: Town, reader: httpx2.AsyncClient, state: str | None
) -> None:
    town.campus.told = {"state": state}
    await refused(town, reader, 400, "SIGN_IN_EXPIRED")


async def test_the_same_answer_is_worth_nothing_the_second_time(town: Town, reader: httpx2.AsyncClient) -> None:
    page = await town.sign_in(reader)
    [answer] = [str(hop.url) for hop in page.history if "/login/callback?" in str(hop.url)]
    replayed = await reader.get(answer)
    assert replayed.status_code == 400
    assert "SIGN_IN_EXPIRED" in replayed.text


async def test_an_answer_that_failed_is_used_up_too(town: Town, reader: httpx2.AsyncClient) -> None:
    town.campus.bend = claim("aud", "another-client")
    page = await town.sign_in(reader)
    assert page.status_code == 401
    town.campus.bend = lambda header, claims: None
    assert (await reader.get(str(page.url))).status_code == 400


async def test_an_answer_in_another_browser_is_refused_and_stays_good_in_its_own(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    """Sign-in CSRF: the attacker's own answer, opened by the victim."""
    page = await reader.get("/login", params={"issuer": town.campus.issuer("alpha"), "target": "/viewer"})
    answer = await reader.post(str(page.url), data={"username": "ada", "password": "pw-ada"}, follow_redirects=False)
    async with browser(town.mutua.url) as victim:
        stolen = await victim.get(answer.headers["location"])
        assert stolen.status_code == 400
        await victim.get("/login", params={"issuer": town.campus.issuer("beta")})
        stolen = await victim.get(answer.headers["location"])
        assert stolen.status_code == 400
        assert not (await victim.get("/viewer")).json()["signed_in"]
    assert (await reader.get(answer.headers["location"])).json()["signed_in"]


async def test_an_earlier_tokens_nonce_is_worth_nothing(town: Town, reader: httpx2.AsyncClient) -> None:
    await accepted(town, reader)
    earlier = town.campus.made[0]
    town.campus.token = lambda signed: earlier
    async with browser(town.mutua.url) as other:
        page = await town.sign_in(other)
        assert page.status_code == 401


async def test_an_answer_after_ten_minutes_is_refused(town: Town, reader: httpx2.AsyncClient) -> None:
    page = await reader.get("/login", params={"issuer": town.campus.issuer("alpha")})
    async with town.mutua.everybody() as session:
        await session.execute(text("UPDATE sign_in SET started_at = now() - interval '601 seconds'"))
    answer = await reader.post(str(page.url), data={"username": "ada", "password": "pw-ada"})
    assert answer.status_code == 400
    assert "SIGN_IN_EXPIRED" in answer.text


async def test_a_provider_that_says_no_is_told_as_such(town: Town, reader: httpx2.AsyncClient) -> None:
    town.campus.told = {"error": "access_denied", "code": None}
    await refused(town, reader, 401, "SIGN_IN_CANCELLED")


async def test_programs_get_a_problem_with_its_code(town: Town) -> None:
    town.campus.bend = claim("aud", "another-client")
    async with browser(town.mutua.url) as program:
        program.headers["Accept"] = "application/json"
        answer = await town.sign_in(program)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "TOKEN_INVALID"
    assert answer.json()["status"] == 401


async def test_the_secret_and_the_verifier_never_reach_the_browser(town: Town, reader: httpx2.AsyncClient) -> None:
    page = await town.sign_in(reader)
    addresses = " ".join(str(hop.url) for hop in [*page.history, page])
    assert "code_challenge_method=S256" in addresses
    assert "code_verifier" not in addresses
    assert SECRETS.client_secret not in addresses
    assert "profile" not in addresses
    assert PEOPLE.persons["ada"].id not in addresses.replace("/as/ada", "")
