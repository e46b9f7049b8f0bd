"""Taking back what one allowed an app: in GraphQL and on the page, in every browser of hers, and nobody else's."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlmodel import col

from domain import messages
from models import client as rows
from schema.kit import ids
from tests.api.persons import APP, Browser, Town, town
from tests.content.library import library

WITHDRAW = """mutation($client: ID!) { viewerAppWithdraw(input: {client: $client}) {
  withdrawn { consents authorizations } problems { code path }
} }"""
APPS = """{ viewer { personalData { apps {
  client { id name } scopes consents { member { name } } authorizations { nodes { id revokedFor since until } }
} } } }"""
PAGE = {"Accept": "text/html"}


@pytest.fixture
async def city(app: FastAPI) -> AsyncIterator[Town]:
    async with library(app) as opened:
        made = await town(opened)
        yield made
        for client in made.opened:
            await client.aclose()


async def withdraw(browser: Browser, client: str) -> Any:
    return (await browser.ask(WITHDRAW, client=client))["viewerAppWithdraw"]


async def apps(browser: Browser) -> Any:
    return (await browser.ask(APPS))["viewer"]["personalData"]["apps"]


async def another(city: Town, name: str) -> UUID:
    async with city.library.everybody() as session:
        row = rows.Client(name=name, redirect_uris=["https://other.example/"])
        session.add(row)
        await session.flush()
        return row.id


async def revoked(city: Town) -> dict[UUID, str | None]:
    async with city.library.everybody() as session:
        given = rows.Authorization
        found = await session.execute(select(col(given.id), col(given.revoked_for)))
        return dict(found.all())


async def test_it_is_taken_back_in_all_of_her_browsers_from_this_app_alone(city: Town) -> None:
    both, one = await city.sign_in("ada", "pku", "lzu"), await city.sign_in("ada", "pku")
    bob = await city.sign_in("bob", "pku")
    atlas = await another(city, "An atlas")
    given = [await city.allow(browser, city.app) for browser in (both, one)]
    others = [await city.allow(both, atlas), await city.allow(bob, city.app)]
    listed = await apps(one)
    assert [app["client"]["name"] for app in listed] == ["An atlas", APP]
    assert (await withdraw(one, listed[1]["client"]["id"])) == {
        "withdrawn": {"consents": 2, "authorizations": 2},
        "problems": [],
    }
    assert await revoked(city) == dict.fromkeys(given, "by_person") | dict.fromkeys(others)
    async with city.library.everybody() as session:
        left = await session.execute(select(col(rows.Consent.client_id), col(rows.Consent.member_id)))
        pku, lzu = city.member("pku"), city.member("lzu")
        assert sorted(map(tuple, left)) == sorted([(atlas, pku), (atlas, lzu), (city.app, pku)])
    _, ended = await apps(both)
    assert ended["consents"] == []
    assert {allowed["revokedFor"] for allowed in ended["authorizations"]["nodes"]} == {"by_person"}
    assert (await apps(bob))[0]["authorizations"]["nodes"][0]["revokedFor"] is None


async def test_what_was_never_allowed_or_is_taken_back_already_is_not_found(city: Town) -> None:
    ada, bob = await city.sign_in("ada", "pku"), await city.sign_in("bob", "pku")
    await city.allow(bob, city.app)
    missing = {"withdrawn": None, "problems": [{"code": "NOT_FOUND", "path": ["input", "client"]}]}
    here = ids.encode("Client", city.app)
    for client in (here, ids.encode("Client", uuid4()), ids.encode("Member", city.member("pku")), "x"):
        assert await withdraw(ada, client) == missing
    assert (await withdraw(bob, here))["problems"] == []
    assert await withdraw(bob, here) == missing
    assert (await apps(bob))[0]["client"]["name"] == APP, "that it was allowed once is told as long as it is kept"
    del ada.client.headers["Cookie"]
    assert (await withdraw(ada, here))["problems"][0]["code"] == "UNAUTHENTICATED"


async def test_without_anything_that_lasts_it_is_taken_back_in_this_sign_in(city: Town) -> None:
    mine, hers = await city.sign_in(None, "pku"), await city.sign_in(None, "pku")
    given = [await city.allow(browser, city.app) for browser in (mine, hers)]
    answer = await withdraw(mine, ids.encode("Client", city.app))
    assert answer["withdrawn"] == {"consents": 0, "authorizations": 1}
    assert await revoked(city) == {given[0]: "by_person", given[1]: None}


@pytest.mark.parametrize("language", messages.LANGUAGES)
async def test_the_page_says_what_an_app_may_and_takes_it_back_without_script(city: Town, language: str) -> None:
    browser = await city.sign_in("ada", "pku")
    given = await city.allow(browser, city.app, "access:decisions:read", "a:scope:gone")
    page = await browser.client.get("/privacy", headers=PAGE | {"Accept-Language": language})
    for shown in (APP, messages.sentence("scope.access:decisions:read", language), "a:scope:gone"):
        assert shown in page.text
    ((action, name, value),) = re.findall(
        r'<form method="post" action="(/privacy/withdraw)"><input type="hidden" name="(\w+)" value="([^"]+)">',
        page.text,
    )
    answer = await browser.client.post(action, data={name: value}, headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/privacy")
    assert await revoked(city) == {given: "by_person"}
    again = await browser.client.get("/privacy", headers=PAGE)
    assert APP in again.text
    assert action not in again.text, "there is nothing left to take back"


@pytest.mark.parametrize(
    "sent", [{}, {"client": ""}, {"client": "x"}, {"client": str(uuid4())}, {"client": "\x00" * 9}]
)
async def test_a_form_that_names_no_app_of_hers_leads_back_and_does_nothing(city: Town, sent: dict[str, str]) -> None:
    browser = await city.sign_in("ada", "pku")
    given = await city.allow(browser, city.app)
    answer = await browser.client.post("/privacy/withdraw", data=sent, headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/privacy")
    assert await revoked(city) == {given: None}


async def test_an_apps_name_that_carries_markup_stays_text(city: Town) -> None:
    browser = await city.sign_in("ada", "pku")
    await city.allow(browser, await another(city, "<script>alert(1)</script>"))
    page = await browser.client.get("/privacy", headers=PAGE)
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


async def test_what_an_app_was_allowed_ends_with_the_sign_in_as_it_is_told(city: Town) -> None:
    browser = await city.sign_in("ada", "pku")
    await city.allow(browser, city.app)
    async with city.library.everybody() as session:
        await session.execute(text("UPDATE session SET expires_at = '2099-01-01Z'"))
    (app,) = await apps(browser)
    assert app["authorizations"]["nodes"][0]["until"].startswith("2099-01-01")
    other = await city.sign_in("ada", "pku")
    await browser.client.post("/logout")
    (app,) = await apps(other)
    (ended,) = app["authorizations"]["nodes"]
    assert ended["until"] < "2099"
    assert ended["revokedFor"] is None
