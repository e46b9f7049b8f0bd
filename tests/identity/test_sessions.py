"""B18, B19, B21: cookies, targets, addresses; and what ends a session."""

import asyncio
import logging
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import func, select, text, update
from sqlmodel import col
from starlette.responses import Response

from auth import cookies
from auth.site import Site
from domain.keys import Purpose
from models import identity as rows
from models import party
from tests.identity.conftest import Town
from tests.identity.house import browser

CAMPUS = "202.38.64.1"


def cookies_set(answer: httpx2.Response) -> dict[str, list[str]]:
    """Name of each cookie that the answer gives, and its attributes in lower case."""
    given = [line.split("; ") for line in answer.headers.get_list("set-cookie")]
    return {line[0].partition("=")[0]: [attribute.lower() for attribute in line[1:]] for line in given}


async def signed_in(reader: httpx2.AsyncClient) -> bool:
    return bool((await reader.get("/viewer")).json()["signed_in"])


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "javascript:alert(1)", "\\evil.example", "/\\evil.example"]
)
async def test_a_sign_in_never_leads_off_the_site(town: Town, reader: httpx2.AsyncClient, target: str) -> None:
    page = await town.sign_in(reader, target=target)
    assert str(page.url) == f"{town.mutua.url}/"


async def test_cookies_are_locked_to_this_host(town: Town) -> None:
    async with httpx2.AsyncClient(base_url=town.mutua.url, trust_env=False, follow_redirects=True) as program:
        page = await town.sign_in(program)
    given: dict[str, list[str]] = {}
    for hop in [*page.history, page]:
        if hop.url.host == "127.0.0.1":
            given |= {name: said for name, said in cookies_set(hop).items() if "max-age=0" not in said}
    assert given.keys() == {"__Host-mutua", "__Host-mutua-sign-in", "mutua_demo", "mutua_demo_sign_in"}
    for name, attributes in given.items():
        assert {"httponly", "path=/", "samesite=lax"} <= set(attributes)
        assert ("secure" in attributes) == name.startswith("__Host-")
        assert not any(attribute.startswith("domain") for attribute in attributes)


async def test_outside_the_demo_no_cookie_travels_in_the_clear(town: Town) -> None:

    for public_url, demo in (("https://mutua.example.org", False), ("http://127.0.0.1:8000", False)):
        site = town.mutua.site
        site = Site(public_url, site.keys, site.transaction, site.session_idle, site.session_absolute, demo=demo)
        answer = Response()
        cookies.give(answer, site, cookies.SESSION, "token")
        [line] = answer.headers.getlist("set-cookie")
        assert line.startswith("__Host-mutua=token;")
        assert "Secure" in line


async def test_a_planted_session_is_not_taken_over(town: Town, reader: httpx2.AsyncClient) -> None:
    """Session fixation: the victim signs in with the attacker's cookie in her browser."""
    async with browser(town.mutua.url) as attacker:
        await town.sign_in(attacker, "bob")
        planted = attacker.cookies["__Host-mutua"]
        reader.cookies.set("__Host-mutua", planted, domain="127.0.0.1", path="/")
        await town.sign_in(reader)
        [membership] = (await reader.get("/viewer")).json()["memberships"]
        assert membership == str(town.members["alpha"])
        assert not await signed_in(attacker)


@pytest.mark.parametrize("token", ["", "x", "a.b", "é", "x" * 8000])
async def test_a_made_up_cookie_is_nobody(town: Town, token: str) -> None:
    async with httpx2.AsyncClient(base_url=town.mutua.url, trust_env=False) as program:
        answer = await program.get("/viewer", headers=[(b"Cookie", f"mutua_demo={token}".encode())])
    assert answer.status_code == 200
    assert not answer.json()["signed_in"]


async def test_tokens_are_not_kept(town: Town, reader: httpx2.AsyncClient) -> None:
    await town.sign_in(reader)
    token = reader.cookies["__Host-mutua"]
    async with town.mutua.everybody() as session:
        kept = (
            await session.execute(text("SELECT session::text || encode(token_hash, 'escape') FROM session"))
        ).scalar_one()
        [pseudonym] = (await session.execute(select(rows.Pseudonym))).scalars()
    assert token not in kept
    assert token.partition(".")[2] not in kept
    identifier = town.campus.secrets.pairwise_id(town.campus.people.persons["ada"])
    assert identifier.encode() not in pseudonym.hash


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "{own}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "{own}.evil.example"},
        {"Referer": "{own}/"},
    ],
)
async def test_another_page_cant_sign_anybody_out(
    town: Town, reader: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    await town.sign_in(reader)
    sent = {name: value.format(own=town.mutua.url) for name, value in headers.items()}
    answer = await reader.post("/logout", headers=sent)
    assert answer.status_code == 403
    assert "REQUEST_REFUSED" in answer.text
    assert await signed_in(reader)


async def test_a_session_is_over_after_signing_out_wherever_its_cookie_went(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    await town.sign_in(reader)
    token = reader.cookies["__Host-mutua"]
    answer = await reader.post("/logout", headers={"Origin": town.mutua.url})
    assert answer.status_code == 200
    assert "__Host-mutua" not in reader.cookies
    async with browser(town.mutua.url) as thief:
        thief.cookies.set("__Host-mutua", token, domain="127.0.0.1", path="/")
        assert not await signed_in(thief)
    assert (await reader.post("/logout", headers={"Origin": town.mutua.url})).status_code == 200


async def test_a_session_ends_when_it_is_not_used(town: Town, reader: httpx2.AsyncClient) -> None:
    await town.sign_in(reader)
    await _set(town, last_seen_at=func.now() - timedelta(hours=7, minutes=59))
    assert await signed_in(reader)
    async with town.mutua.everybody() as session:
        seen = (
            await session.execute(select(col(rows.Session.last_seen_at) > func.now() - timedelta(minutes=1)))
        ).scalar_one()
    assert seen, "being used keeps it alive"
    await _set(town, last_seen_at=func.now() - timedelta(hours=8, seconds=1))
    assert not await signed_in(reader)


async def test_a_session_ends_after_half_a_day_however_it_is_used(town: Town, reader: httpx2.AsyncClient) -> None:
    await town.sign_in(reader)
    async with town.mutua.everybody() as session:
        [row] = (await session.execute(select(rows.Session))).scalars()
    assert abs(row.expires_at - row.started_at - timedelta(hours=12)) < timedelta(seconds=5)
    await _set(town, expires_at=func.now() - timedelta(seconds=1))
    assert not await signed_in(reader)


async def test_signing_in_leaves_what_is_over_to_its_retention(town: Town, reader: httpx2.AsyncClient) -> None:
    """However long MUTUA_RETENTION_SESSIONS is."""
    await town.sign_in(reader)
    reader.cookies.clear()
    await _set(town, expires_at=func.now() - timedelta(days=20))
    await town.sign_in(reader)
    async with town.mutua.everybody() as session:
        assert await session.scalar(select(func.count()).select_from(rows.Session)) == 2


async def test_sign_ins_that_nobody_can_finish_any_more_are_forgotten(town: Town, reader: httpx2.AsyncClient) -> None:
    """Anybody may begin as many as she likes."""
    begin = {"issuer": town.campus.issuer("alpha")}
    for age, left in ((timedelta(minutes=9), 2), (timedelta(minutes=21), 1)):
        async with town.mutua.everybody() as session:
            await session.execute(text("DELETE FROM sign_in"))
        await reader.get("/login", params=begin, follow_redirects=False)
        async with town.mutua.everybody() as session:
            await session.execute(update(rows.SignIn).values(started_at=func.now() - age))
        await reader.get("/login", params=begin, follow_redirects=False)
        async with town.mutua.everybody() as session:
            assert (await session.execute(select(func.count()).select_from(rows.SignIn))).scalar_one() == left


async def test_what_an_answer_says_can_not_forge_the_log(
    town: Town, reader: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    issuer = town.campus.issuer("alpha")
    caplog.set_level(logging.INFO)
    sent = await reader.get("/login", params={"issuer": issuer}, follow_redirects=False)
    state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
    answer = {"state": state, "iss": issuer, "error": "denied\r\n2026-01-01 INFO \x1b[31mforged\u202e"}
    assert (await reader.get("/login/callback", params=answer)).status_code == 401
    [line] = [record.getMessage() for record in caplog.records if record.name == "mutua.sign_in"]
    assert "SIGN_IN_CANCELLED" in line
    assert line.isprintable()


async def _set(town: Town, **values: object) -> None:
    async with town.mutua.everybody() as session:
        await session.execute(update(rows.Session).values(**values))


async def test_a_provider_that_is_switched_off_takes_its_sessions_along(town: Town, reader: httpx2.AsyncClient) -> None:
    await town.sign_in(reader)
    async with town.mutua.everybody() as session:
        await session.execute(update(rows.IdentityProvider).values(enabled=False))
    assert not await signed_in(reader)
    assert (await reader.get("/login", params={"issuer": town.campus.issuer("alpha")})).status_code == 404


async def test_a_scope_taken_from_a_provider_takes_the_membership_along(town: Town, reader: httpx2.AsyncClient) -> None:
    await town.sign_in(reader)
    async with town.mutua.everybody() as session:
        await session.execute(text("DELETE FROM identity_provider_scope WHERE scope = 'alpha.edu'"))
    seen = (await reader.get("/viewer")).json()
    assert seen["memberships"] == {}


async def test_the_same_person_keeps_her_pseudonym_even_when_its_key_rotates(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    async def pseudonym() -> str:
        page = await town.sign_in(reader)
        return str(page.json()["memberships"][str(town.members["alpha"])]["pseudonym"])

    first = await pseudonym()
    assert await pseudonym() == first
    town.mutua.site.keys.rotate(Purpose.PSEUDONYM)
    assert await pseudonym() == first
    async with town.mutua.everybody() as session:
        assert (await session.execute(select(func.count()).select_from(rows.Pseudonym))).scalar_one() == 1


async def test_signing_in_works_without_any_identifier(town: Town, reader: httpx2.AsyncClient) -> None:
    def bend(header: dict[str, object], claims: dict[str, object]) -> None:
        del claims["pairwise_id"]

    town.campus.bend = bend
    known = await town.mutua.site.directory.metadata(town.campus.issuer("alpha"))
    known["subject_types_supported"] = ["ephemeral"]
    seen = (await town.sign_in(reader)).json()
    [membership] = seen["memberships"].values()
    assert seen["signed_in"]
    assert membership["pseudonym"] is None
    assert membership["affiliations"] == ["member", "student"]


async def test_two_tabs_sign_in_at_once(town: Town, reader: httpx2.AsyncClient) -> None:
    first, second = [
        await reader.get("/login", params={"issuer": town.campus.issuer("alpha"), "target": "/viewer"})
        for _ in range(2)
    ]
    for page in (first, second):
        answer = await reader.post(str(page.url), data={"username": "ada", "password": "pw-ada"})
        assert answer.json()["signed_in"]


async def _at(town: Town, first: str, last: str, code: str = "alpha", *, walk_ins: bool = True) -> None:
    async with town.mutua.everybody() as session:
        session.add(party.NetworkRange(member_id=town.members[code], first=first, last=last))
        await session.execute(
            update(party.Member).where(col(party.Member.id) == town.members[code]).values(walk_ins=walk_ins)
        )


SPOOFED = [
    {"X-Forwarded-For": CAMPUS},
    {"Forwarded": f"for={CAMPUS}"},
    {"X-Real-IP": CAMPUS},
    {"X-Client-IP": CAMPUS},
    {"X-Remote-User": "ada", "Remote-User": "ada", "eppn": "ada@alpha.edu", "Shib-Session-ID": "x"},
    {"eduPersonScopedAffiliation": "faculty@alpha.edu"},
]


@pytest.mark.parametrize("headers", SPOOFED)
async def test_headers_from_outside_a_proxy_open_nothing(
    town: Town, reader: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    await _at(town, "202.38.64.0", "202.38.64.255")
    seen = (await reader.get("/viewer", headers=headers)).json()
    assert seen == {"signed_in": False, "client": None, "scopes": None, "on_site": [], "memberships": {}}


async def test_whoever_stands_in_the_library_is_a_walk_in_there(town: Town, reader: httpx2.AsyncClient) -> None:
    await _at(town, "127.0.0.0", "127.0.0.3")
    alpha = str(town.members["alpha"])
    seen = (await reader.get("/viewer")).json()
    assert seen["on_site"] == [alpha]
    assert seen["memberships"][alpha]["affiliations"] == ["library-walk-in"]
    assert not seen["signed_in"]
    await town.sign_in(reader)
    seen = (await reader.get("/viewer")).json()
    assert seen["memberships"][alpha]["affiliations"] == ["library-walk-in", "member", "student"]


async def test_where_a_member_takes_no_walk_ins_standing_there_is_only_a_place(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    await _at(town, "127.0.0.1", "127.0.0.1", walk_ins=False)
    seen = (await reader.get("/viewer")).json()
    assert seen["on_site"] == [str(town.members["alpha"])]
    assert seen["memberships"] == {}


async def test_an_address_of_two_members_is_both_ones(town: Town, reader: httpx2.AsyncClient) -> None:
    await _at(town, "127.0.0.1", "127.0.0.1")
    await _at(town, "127.0.0.0", "127.255.255.255", "beta")
    seen = (await reader.get("/viewer")).json()
    assert seen["on_site"] == sorted(str(one) for one in town.members.values())


async def test_a_trusted_proxys_word_counts(town: Town, reader: httpx2.AsyncClient) -> None:
    await _at(town, "202.38.64.0", "202.38.64.255")
    site = town.mutua.site
    town.mutua.app.state.site = Site(
        site.public_url,
        site.keys,
        site.transaction,
        site.session_idle,
        site.session_absolute,
        (ip_network("127.0.0.0/8"),),
        site.demo,
        directory=site.directory,
    )
    seen = (await reader.get("/viewer", headers={"X-Forwarded-For": f"198.51.100.7, {CAMPUS}"})).json()
    assert seen["on_site"] == [str(town.members["alpha"])]
    seen = (await reader.get("/viewer", headers={"X-Forwarded-For": f"{CAMPUS}, 198.51.100.7"})).json()
    assert seen["on_site"] == []


async def test_concurrent_requests_of_different_people_never_mix(town: Town) -> None:
    """C03: pooled connections carry nothing of the request before."""
    async with browser(town.mutua.url) as ada, browser(town.mutua.url) as bob, browser(town.mutua.url) as nobody:
        await town.sign_in(ada)
        await town.sign_in(bob, "bob")
        answers = await asyncio.gather(*(one.get("/viewer") for _ in range(20) for one in (ada, bob, nobody)))
    expected = [{str(town.members["alpha"])}, {str(town.members["beta"])}, set()] * 20
    assert [set(answer.json()["memberships"]) for answer in answers] == expected
