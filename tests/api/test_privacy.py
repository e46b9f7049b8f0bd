"""What is known of a person, as she sees it: in GraphQL, on the page, in the file; and nobody else of her."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, text

from api.settings import Settings
from domain import messages, personal_file, privacy, retention
from domain.principal import Membership, Principal, Viewer
from models.record import Change
from models.vocabulary import Kept, Role
from tests.api.persons import APP, ENTITLEMENT, NAME, Browser, Town, town
from tests.content.library import library

KNOWN = """query($first: Int) { viewer { personalData {
  signIns(first: $first) { totalCount pageInfo { hasNextPage endCursor } nodes {
    id provider current startedAt lastSeenAt until memberships { member { name } affiliations entitlements recognised }
  } }
  pseudonyms { id member { name } firstSeenOn lastSeenOn }
  roles { role displayName member { name } validFrom validUntil endedAt }
  invitationsAccepted { role member { name } createdAt expiresAt acceptedAt }
  invitationsMade { role acceptedAt }
  rolesEnded { role member { name } endedAt reason }
  readings { totalCount nodes { contentItem { resource { title } } action startedAt lastSeenAt } }
  apps {
    client { name clientId redirectUris grantedScopes } scopes consents { member { name } scopes givenAt }
    authorizations { totalCount nodes { id scopes since until revokedFor } }
  }
  acts { totalCount nodes { at act thing name reason } }
  refusedActs { totalCount nodes { at act problem } }
  keptAnswers
  retention { what period description(lang: "en") }
} } }"""
PAGE = {"Accept": "text/html"}


@pytest.fixture
async def city(app: FastAPI) -> AsyncIterator[Town]:
    async with library(app) as opened:
        made = await town(opened)
        yield made
        for client in made.opened:
            await client.aclose()


async def known(browser: Browser, **variables: Any) -> Any:
    return (await browser.ask(KNOWN, **variables))["viewer"]["personalData"]


async def export(browser: Browser) -> Any:
    answer = await browser.client.get("/privacy/export")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_she_sees_everything_and_only_of_herself(city: Town) -> None:
    both, one = await city.of_everything("ada")
    await city.of_everything("bob")
    told = await known(both)
    newest, first = told["signIns"]["nodes"]
    assert (newest["id"], newest["current"], first["id"], first["current"]) == (str(one.id), False, str(both.id), True)
    assert first["provider"] == "The sign-in"
    assert sorted(at["member"]["name"] for at in first["memberships"]) == ["lzu", "pku"]
    (membership,) = newest["memberships"]
    assert (membership["affiliations"], membership["entitlements"]) == (["STUDENT"], [ENTITLEMENT])
    assert membership["recognised"] is True
    today = datetime.now(UTC).date().isoformat()
    assert [(one["firstSeenOn"], one["lastSeenOn"]) for one in told["pseudonyms"]] == [(today, today)] * 2
    (role,) = told["roles"]
    assert (role["role"], role["displayName"], role["member"]["name"]) == ("MEMBER_LIBRARIAN", NAME, "pku")
    (accepted,) = told["invitationsAccepted"]
    assert accepted["acceptedAt"]
    (made,) = told["invitationsMade"]
    assert (made["role"], made["acceptedAt"]) == ("MEMBER_LIBRARIAN", None)
    assert [one["contentItem"]["resource"]["title"] for one in told["readings"]["nodes"]] == ["journal"] * 2
    assert [(one["act"], one["thing"], one["name"], one["reason"]) for one in told["acts"]["nodes"]] == [
        ("packageCreate", "package", NAME, "because of ada-2"),
        ("packageCreate", "package", NAME, "because of ada"),
    ]
    refused = [(one["act"], one["problem"]) for one in told["refusedActs"]["nodes"]]
    assert refused == [("packageCreate", "forbidden"), ("roleInvite", "forbidden")]
    (app,) = told["apps"]
    client = {"name": APP, "clientId": str(city.app), "redirectUris": None, "grantedScopes": None}
    assert app["client"] == client, "what it is called, and no more of it"
    assert sorted(one["member"]["name"] for one in app["consents"]) == ["lzu", "pku"]
    assert app["scopes"] == app["consents"][0]["scopes"] == ["access:decisions:read", "openid"]
    assert [one["revokedFor"] for one in app["authorizations"]["nodes"]] == [None, None]
    assert [one["until"] for one in app["authorizations"]["nodes"]] == [newest["until"], first["until"]]
    assert told["keptAnswers"] == 1
    for moment in re.findall(r"\d{4}-\d\d-\d\dT[^'\"]+", str(told)):
        assert datetime.fromisoformat(moment).utcoffset() == timedelta(0), moment


async def test_both_of_her_browsers_see_the_same_but_for_which_one_asks(city: Town) -> None:
    both, one = await city.of_everything("ada")
    here, there = await known(both), await known(one)
    for told in (here, there):
        for sign_in in told["signIns"]["nodes"]:
            del sign_in["current"]
    assert here == there


async def test_nobody_knows_anything_of_nobody(city: Town) -> None:
    await city.of_everything("ada")
    async with httpx2.AsyncClient(base_url=city.library.url, trust_env=False) as nobody:
        answer = await nobody.post("/graphql", json={"query": KNOWN})
        assert answer.json() == {"data": {"viewer": {"personalData": None}}}
    browser = await city.sign_in("eve", "pku")
    linked = await browser.client.get("/graphql", params={"query": "{ viewer { personalData { keptAnswers } } }"})
    assert linked.json() == {"data": {"viewer": {"personalData": None}}}, "a link acts as nobody"


async def test_somebody_without_a_pseudonym_sees_this_sign_in_alone(city: Town) -> None:
    await city.sign_in(None, "pku")
    mine = await city.sign_in(None, "pku")
    told = await known(mine)
    assert [one["id"] for one in told["signIns"]["nodes"]] == [str(mine.id)]
    assert told["signIns"]["nodes"][0]["memberships"][0]["recognised"] is False
    assert (told["pseudonyms"], told["acts"]["totalCount"]) == ([], 0)


async def test_what_she_read_on_another_members_network_is_hers_to_see(city: Town) -> None:
    """Row-level security hides that member's rows from her, but not this one."""
    browser = await city.sign_in("ada", "lzu")
    other = await city.sign_in("bob", "pku")
    await city.read(other)
    async with city.library.everybody() as session:
        await session.execute(text("UPDATE reading SET session_id = :hers"), {"hers": browser.id})
    assert (await known(browser))["readings"]["totalCount"] == 1
    assert len((await export(browser))["readings"]) == 1


async def test_afterwards_the_transaction_sees_her_own_members_again(city: Town) -> None:
    browser = await city.sign_in("ada", "pku")
    await city.invited(browser, "pku", Role.CONSORTIUM_ADMIN)
    viewer = Viewer(Principal((Membership(city.member("pku")),)), browser.id)
    async with city.library.everybody() as session:

        async def entered() -> str | None:
            now: str | None = await session.scalar(text("SELECT current_setting('mutua.members')"))
            return now

        assert await privacy.known(session, viewer)
        assert await entered() == str(city.member("pku"))
        with pytest.raises(privacy.LastAdmin):
            await privacy.erase(session, viewer)
        assert await entered() == str(city.member("pku"))
        await privacy.sign_out(session, viewer)
        assert await entered() == str(city.member("pku"))


async def test_roles_of_others_that_she_ended_are_told(city: Town) -> None:
    ada, bob = await city.sign_in("ada", "pku"), await city.sign_in("bob", "pku")
    await city.invited(ada, "pku", Role.CONSORTIUM_ADMIN)
    await city.invited(bob, "pku", Role.MEMBER_LIBRARIAN, "Bob")
    held = (await ada.ask("{ members { nodes { name roles { id displayName } } } }"))["members"]["nodes"]
    (role,) = [role["id"] for one in held for role in one["roles"] if role["displayName"] == "Bob"]
    end = 'mutation($role: ID!) { roleEnd(input: {role: $role, reason: "left"}) { problems { code } } }'
    assert (await ada.ask(end, role=role))["roleEnd"]["problems"] == []
    (ended,) = (await known(ada))["rolesEnded"]
    assert (ended["role"], ended["reason"], ended["member"]["name"]) == ("MEMBER_LIBRARIAN", "left", "pku")
    assert (await known(bob))["rolesEnded"] == []
    assert "Bob" not in (await ada.client.get("/privacy/export")).text, "the other's name is the other's"


async def test_long_lists_come_in_pages_and_the_file_is_whole(city: Town) -> None:
    browser = await city.sign_in("ada", "pku")
    pseudonym = await city.invited(browser, "pku", Role.MEMBER_LIBRARIAN)
    for _ in range(3):
        await city.sign_in("ada", "pku")
    acts = [
        {
            "subject": "package",
            "subject_id": pseudonym,
            "act": f"act{n}",
            "actor": f"pseudonym:{pseudonym}",
            "version": n,
        }
        for n in range(3000)
    ]
    async with city.library.everybody() as session:
        await session.execute(insert(Change), acts)
    first = (await known(browser, first=3))["signIns"]
    assert (first["totalCount"], len(first["nodes"]), first["pageInfo"]["hasNextPage"]) == (4, 3, True)
    more = """query($after: String) { viewer { personalData { signIns(after: $after) { nodes { current } }
      acts(last: 2) { totalCount nodes { act } } } } }"""
    rest = (await browser.ask(more, after=first["pageInfo"]["endCursor"]))["viewer"]["personalData"]
    assert rest["signIns"]["nodes"] == [{"current": True}]
    assert rest["acts"] == {"totalCount": 3000, "nodes": [{"act": "act1"}, {"act": "act0"}]}
    told = await export(browser)
    assert sorted(one["act"] for one in told["acts"]) == sorted(f"act{n}" for n in range(3000))
    page = await browser.client.get("/privacy", headers=PAGE)
    assert len(re.findall(r"<code>act\d+</code>", page.text)) == 20
    assert "the file has all of them" in page.text


async def test_how_long_each_is_kept_comes_from_the_settings(city: Town) -> None:
    browser = await city.sign_in("ada", "pku")
    defaults = Settings().retention
    kept = {one["what"].lower(): one for one in (await known(browser))["retention"]}
    assert set(kept) == {what.value for what in Kept}
    assert kept["sign_ins"]["period"] == "P1D"
    assert kept["reading_links"]["period"] == "P2D"
    assert kept["acts"]["period"] is None
    assert kept["usage_events"]["period"] == f"P{defaults.usage_events.days}D"
    assert kept["answers"]["description"] == messages.word(Kept.ANSWERS, "en")
    limits = Settings(retention_sessions=timedelta(hours=36), retention_refused_acts=timedelta(seconds=90)).retention
    told = {what: retention.period(span) for what, span in privacy.kept(limits).items() if span}
    assert (told[Kept.SIGN_INS], told[Kept.REFUSED_ACTS]) == ("PT36H", "PT90S")


async def test_the_file_has_all_of_it_in_the_documented_shape(city: Town) -> None:
    both, one = await city.of_everything("ada")
    await city.of_everything("bob")
    answer = await both.client.get("/privacy/export")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    today = datetime.now(UTC).date().isoformat()
    assert answer.headers["content-disposition"] == f'attachment; filename="mutua-personal-data-{today}.json"'
    told, seen = answer.json(), await known(both)
    assert (told["format"], told["version"]) == (personal_file.FORMAT, personal_file.VERSION)
    assert [sign_in["id"] for sign_in in told["sign_ins"]] == [str(one.id), str(both.id)]
    assert {sign_in["id"] for sign_in in told["pseudonyms"]} == {sign_in["id"] for sign_in in seen["pseudonyms"]}
    assert [role["display_name"] for role in told["roles"]] == [NAME]
    assert (len(told["acts"]), told["acts_count"], told["acts"][0]["reason"]) == (2, 2, "because of ada-2")
    assert told["refused_acts_count"] == len(told["refused_acts"]) == seen["refusedActs"]["totalCount"]
    assert [reading["file_name"] for reading in told["readings"]] == ["An article.pdf"] * 2
    (app,) = told["apps"]
    assert (app["client_id"], app["name"], len(app["consents"])) == (str(city.app), APP, 2)
    assert [allowed["sign_in"] for allowed in app["authorizations"]] == [str(one.id), str(both.id)]
    assert told["kept_answers"] == 1
    assert told["kept"]["sign_ins"] == "P1D"
    assert told["kept"]["acts"] is None
    documented = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text("utf-8")
    assert [part for part in told if not re.search(rf'`"?{part}\b', documented)] == []
    assert "bob" not in answer.text
    hashes = "SELECT encode(token_hash, 'hex') FROM session UNION SELECT encode(hash, 'hex') FROM pseudonym"
    async with city.library.everybody() as session:
        secrets = (await session.execute(text(hashes))).all()
    assert all(secret not in answer.text for (secret,) in secrets)


ELSEWHERE = [
    {"Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "", "Sec-Fetch-Site": ""},
]


@pytest.mark.parametrize("headers", ELSEWHERE)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/privacy/export"),
        ("POST", "/privacy/sign-out"),
        ("POST", "/privacy/withdraw"),
        ("POST", "/privacy/erase"),
    ],
)
async def test_no_other_page_gets_the_file_or_does_anything(
    city: Town, headers: dict[str, str], method: str, path: str
) -> None:
    browser = await city.sign_in("ada", "pku")
    for name, value in headers.items():
        if value:
            browser.client.headers[name] = value
        else:
            del browser.client.headers[name]
    answer = await browser.client.request(method, path, data={"confirm": "yes"} if method == "POST" else None)
    assert answer.status_code == 403
    assert answer.json()["code"] == "REQUEST_REFUSED"
    browser.client.headers |= {"Origin": city.library.app.state.settings.public_url, "Sec-Fetch-Site": "same-origin"}
    assert await browser.signed_in()


async def test_nobody_gets_a_page_that_says_so_and_no_file(city: Town) -> None:
    ours = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
    async with httpx2.AsyncClient(base_url=city.library.url, headers=ours, trust_env=False) as nobody:
        page = await nobody.get("/privacy", headers=PAGE)
        assert page.status_code == 200
        assert 'href="/login?target=%2Fprivacy"' in page.text
        assert "<form" not in page.text
        refused = await nobody.get("/privacy/export")
        assert (refused.status_code, refused.json()["code"]) == (401, "UNAUTHENTICATED")
        led = await nobody.get("/privacy/export", headers=PAGE)
        assert (led.status_code, led.headers["location"]) == (303, "/login?target=%2Fprivacy")
        again = await nobody.post("/privacy/erase", data={"confirm": "yes"})
        assert (again.status_code, again.headers["location"]) == (303, "/privacy")


@pytest.mark.parametrize("language", messages.LANGUAGES)
async def test_the_page_says_it_in_her_language(city: Town, language: str) -> None:
    both, _ = await city.of_everything("ada")
    page = await both.client.get("/privacy", headers=PAGE | {"Accept-Language": language})
    assert page.headers["content-language"] == language
    assert page.headers["cache-control"] == "private, no-store"
    for word in (
        "sign_ins",
        "pseudonyms",
        "roles",
        "accepted",
        "invited",
        "readings",
        "apps",
        "acts",
        "refused",
        "erase",
    ):
        assert messages.sentence(f"page.privacy_{word}", language).replace("'", "&#39;") in page.text
    assert NAME in page.text
    assert "because of ada-2" in page.text
    assert "1826 days" in page.text or "1826 天" in page.text
    assert bool(re.search("[一-鿿]", page.text.replace("中文", ""))) == (language == "zh")


async def test_a_name_that_carries_markup_stays_text(city: Town) -> None:
    browser = await city.sign_in("ada", "pku")
    await city.invited(browser, "pku", Role.MEMBER_LIBRARIAN, "<script>alert(1)</script>")
    page = await browser.client.get("/privacy", headers=PAGE)
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


async def test_signing_out_everywhere_ends_every_browser_and_keeps_what_is_known(city: Town) -> None:
    both, one = await city.of_everything("ada")
    bob = await city.sign_in("bob", "pku")
    where = await city.read(one)
    left = await both.client.post("/privacy/sign-out")
    assert left.status_code == 200
    assert "mutua_demo=" in left.headers["set-cookie"]
    assert [await browser.signed_in() for browser in (both, one, bob)] == [False, False, True]
    assert (await one.client.get(where)).status_code == 403
    again = await city.sign_in("ada", "pku")
    assert (await known(again))["roles"][0]["displayName"] == NAME


async def test_the_form_erases_once_it_is_confirmed(city: Town) -> None:
    both, one = await city.of_everything("ada")
    page = await both.client.get("/privacy", headers=PAGE)
    forms = re.findall(r'<form method="post" action="([^"]+)"', page.text)
    assert forms == ["/privacy/withdraw", "/privacy/sign-out", "/privacy/erase"]
    unsure = await both.client.post("/privacy/erase", headers=PAGE)
    assert unsure.status_code == 400
    assert messages.sentence("problem.not_confirmed", "en").replace("'", "&#39;") in unsure.text
    assert await both.signed_in()
    done = await both.client.post("/privacy/erase", data={"confirm": "yes"}, headers=PAGE)
    assert done.status_code == 200
    assert "somebody new" in done.text
    assert "Max-Age=0" in done.headers["set-cookie"]
    assert any(line.startswith('__Host-mutua-institutions=""') for line in done.headers.get_list("set-cookie"))
    assert [await browser.signed_in() for browser in (both, one)] == [False, False]


async def test_the_form_tells_the_last_admin_what_to_do(city: Town) -> None:
    browser = await city.sign_in("ada", "pku")
    await city.invited(browser, "pku", Role.CONSORTIUM_ADMIN)
    refused = await browser.client.post("/privacy/erase", data={"confirm": "yes"}, headers=PAGE)
    assert refused.status_code == 409
    assert "invite another one first" in refused.text
    assert "set-cookie" not in refused.headers
    assert await browser.signed_in()


@pytest.mark.parametrize("path", ["/", "/login", "/help", "/roles"])
async def test_every_page_leads_to_it(city: Town, path: str) -> None:
    browser = await city.sign_in("ada", "pku")
    assert 'href="/privacy"' in (await browser.client.get(path, headers=PAGE)).text
