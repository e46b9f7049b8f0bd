"""Where the licence asks what a use is for, the refusal says so, and the reader's own answer opens the file or not."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest
from fastapi import FastAPI
from playwright.async_api import Page

from domain import messages
from models.content import Decision
from tests.content.library import PDF, Library, address, library, reader
from tests.support import axe
from tests.support.chromium import chromium

CLAUSE = """INSERT INTO clause (id, licence_id, number, position, text, summary, visibility)
    SELECT gen_random_uuid(), licence_id, '4.1.5', 1, 'Confidential words.',
        '{"zh": "不得用于商业", "en": "No commerce"}', 'staff' FROM term WHERE action = 'download'"""
PROHIBITED = """UPDATE term SET action = 'view', status = 'prohibited_explicit',
    purposes = ARRAY['onixPL:CommercialUse'], clause_id = (SELECT id FROM clause WHERE number = '4.1.5')
    WHERE action = 'download'"""
PERMITTED = """UPDATE term SET purposes = ARRAY['onixPL:ResearchUse', 'onixpl:commercialuse']
    WHERE status = 'permitted_explicit'"""
PAGE = {"Accept": "text/html"}


@pytest.fixture
async def mutua(app: FastAPI) -> AsyncIterator[Library]:
    """What may be viewed may not be viewed for commerce, clause 4.1.5."""
    async with library(app) as opened:
        await opened.change(CLAUSE)
        await opened.change(PROHIBITED)
        yield opened


def options(page: str) -> dict[str, str]:
    """What the form lets choose: each value with its name."""
    found = re.findall(r'type="radio" name="purpose" value="([^"]*)" required> <bdi>([^<]*)</bdi>', page)
    return {unescape(value): unescape(name) for value, name in found}


async def test_a_refusal_names_the_fact_that_is_missing_and_how_to_send_it(mutua: Library) -> None:
    path = address(await mutua.item("journals/journal"))
    async with reader(mutua.url) as student:
        student.headers.update(await mutua.sign_in())
        refused = (await student.get(path, headers={"Accept-Language": "en"})).json()
        commerce = (await student.get(path, params={"purpose": "onixPL:CommercialUse", "lang": "en"})).json()
    assert refused["detail"] == (
        "The licence asks what you use it for, which was not said; clause 4.1.5 does not permit: commercial use."
    )
    values = [
        {"value": "onixPL:CommercialUse", "name": "commercial use"},
        {"value": "mutua:Other", "name": "something else"},
    ]
    what = {"fact": "purpose", "parameter": "purpose", "message": "what you use it for", "values": values}
    assert (refused["missing"], refused["declared"]) == ([what], {})
    assert (commerce["missing"], commerce["declared"]) == ([], {"purpose": "onixPL:CommercialUse"})
    assert commerce["detail"].startswith("You declared: commercial use. Clause 4.1.5 of the licence")


@pytest.mark.parametrize(
    ("language", "question", "names"),
    [
        ("en", "clause 4.1.5 does not permit: commercial use.", ["commercial use", "something else"]),
        ("zh", "许可协议第4.1.5条不允许：商业用途。", ["商业用途", "其他"]),
    ],
)
async def test_the_page_lets_her_declare_what_opens_it(
    mutua: Library, language: str, question: str, names: list[str]
) -> None:
    path = address(await mutua.item("journals/journal"))
    async with reader(mutua.url) as student:
        student.headers.update(await mutua.sign_in())
        page = await student.get(path, headers=PAGE, params={"lang": language, "method": "own way"})
        assert page.status_code == 403
        assert question in page.text
        assert list(options(page.text).values()) == names
        assert "checked" not in page.text, "nobody answers for her"
        assert "Confidential words" not in page.text
        hidden = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text))
        assert hidden == {"action": "view", "method": "own way", "lang": language}
        assert f'<form class="declaring" method="get" action="{path}">' in page.text
        commerce, other = options(page.text)
        opened = await student.get(path, headers=PAGE, params={**hidden, "purpose": other})
        assert opened.content == PDF
        in_vain = await student.get(path, headers=PAGE, params={**hidden, "purpose": commerce})
        assert in_vain.status_code == 403
        assert re.search(f"<h1>[^<]*{names[0]}", in_vain.text), "what she declared stands on the page"
        (again,) = re.findall(r'<a href="(/content/[^"]*)">', in_vain.text)
        assert options((await student.get(unescape(again), headers=PAGE)).text), "she may answer again"
    said = [decision.facts.get("purpose") for decision in await mutua.all(Decision) if decision.granted]
    assert said == [other], "what she declared is on record"


async def test_the_choice_names_each_value_of_the_contract_once(mutua: Library) -> None:
    await mutua.change(PERMITTED)
    path = address(await mutua.item("journals/journal"))
    async with reader(mutua.url) as student:
        student.headers.update(await mutua.sign_in())
        page = await student.get(path, headers=PAGE)
        assert len(options(page.text)) == 3
        research = await student.get(path, params={"purpose": "onixPL:ResearchUse"})
        assert research.content == PDF
        refused = (await student.get(path, params={"purpose": "mutua:Other", "lang": "en"})).json()
    assert refused["reason"] == "TERM_PROHIBITS"
    assert refused["detail"].startswith("You declared: something else. ")


async def test_why_tells_the_missing_fact_and_offers_the_same_way(mutua: Library) -> None:
    path = address(await mutua.item("journals/journal"))
    async with reader(mutua.url) as student:
        student.headers.update(await mutua.sign_in())
        refused = (await student.get(path)).json()
        why = (await student.get(refused["why"], headers=PAGE, params={"lang": "en"})).text
    assert "<h1>The licence asks what you use it for, which was not said; clause 4.1.5" in why
    assert options(why) == {"onixPL:CommercialUse": "commercial use", "mutua:Other": "something else"}
    assert f'action="{path}"' in why
    async with reader(mutua.url) as stranger:
        why = (await stranger.get(refused["why"], headers=PAGE, params={"lang": "en"})).text
    assert "Confidential words" not in why


async def test_a_date_that_nobody_recorded_is_named_and_isnt_asked_of_the_reader(mutua: Library) -> None:
    path = address(await mutua.item("journals/journal", published=None))
    async with reader(mutua.url) as student:
        student.headers.update(await mutua.sign_in())
        refused = (await student.get(path, params={"lang": "en"})).json()
        page = (await student.get(path, headers=PAGE, params={"lang": "en"})).text
    assert refused["detail"].startswith("Whether this opens depends on its date of publication, which is not recorded")
    named: dict[str, Any] = {"fact": "published", "parameter": None, "message": "its date of publication", "values": []}
    assert refused["missing"] == [named]
    assert "<form" not in page


async def test_an_app_that_opens_without_saying_the_use_hears_what_is_missing(mutua: Library) -> None:
    item = await mutua.item("journals/journal")
    asked = """mutation($item: ID!) { contentOpen(input: {contentItem: $item}) {
      access { message ... on AccessRefused { reason } } } }"""
    query = {"query": asked, "variables": {"item": address(item).removeprefix("/content/")}}
    origin = {"Origin": mutua.app.state.site.public_url, "Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
    async with reader(mutua.url) as student:
        student.headers.update(await mutua.sign_in())
        answer: Any = (await student.post("/graphql", json=query, headers=origin)).json()
    access = answer["data"]["contentOpen"]["access"]
    assert access["reason"] == "ATTRIBUTE_MISSING"
    assert "what you use it for" in access["message"]


async def test_a_browser_without_script_opens_the_file_by_keyboard(mutua: Library) -> None:
    path = address(await mutua.item("journals/journal"))
    cookie = (await mutua.sign_in())["Cookie"].partition("=")
    async with chromium() as browser:
        for lang, scheme in (("zh", "dark"), ("en", "light")):
            context = await browser.new_context(locale=lang, color_scheme=scheme, base_url=mutua.url)  # type: ignore[arg-type] # one of its words
            await context.add_cookies([{"name": cookie[0], "value": cookie[2], "url": mutua.url}])
            page = await context.new_page()
            await page.goto(path)
            for width in (360, 1000):
                await page.set_viewport_size({"width": width, "height": 800})
                assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert await axe.flaws(page) == []
            said = await page.locator("legend").text_content()
            assert said == messages.sentence("word.wanted.purpose", lang)
            await context.close()
        context = await browser.new_context(java_script_enabled=False, base_url=mutua.url)
        await context.add_cookies([{"name": cookie[0], "value": cookie[2], "url": mutua.url}])
        page = await context.new_page()
        await page.goto(path)
        assert await _declares(page) == "mutua:Other"


async def _declares(page: Page) -> str:
    """The purpose that is sent where the last of the choices is made by keyboard and the button pressed."""
    await page.locator("[type=radio]").first.focus()
    await page.keyboard.press("ArrowDown")
    async with page.expect_response(lambda response: response.status == 303) as led:
        await page.keyboard.press("Enter")
    return parse_qs((await led.value).url.partition("?")[2])["purpose"][0]
