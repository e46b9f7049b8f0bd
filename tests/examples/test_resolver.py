"""The link resolver in a browser, as somebody meets it who follows a link of a discovery service: on a phone and at a
desk, in both languages, by the keyboard alone."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.examples.conftest import DESK, PHONE, Demo

ARTICLE = "ctx_ver=Z39.88-2004&rft_val_fmt=info:ofi/fmt:kev:mtx:journal&rft.genre=article&rft.atitle=Roots+and+shoots"
PLANT_BIOLOGY = f"{ARTICLE}&rft.jtitle=Plant+Biology&rft.issn=1435-8603&rft.date=2024-03&rft.volume=26&rft.issue=2"
SUCCESSION = f"{ARTICLE}&rft.jtitle=Botanica+Acta&rft.eissn=1438-8677&rft.date=1990-06&rft.volume=103"


async def test_a_reader_signs_in_and_comes_back_to_what_she_wanted(page: Page, demo: Demo) -> None:
    await page.goto(f"{demo.address}/resolve?{PLANT_BIOLOGY}")
    await expect(page.locator("h1")).to_have_text("Roots and shoots")
    await expect(page.locator(".verdict")).to_have_text("This cannot be opened")
    await page.get_by_role("link", name="Sign in").focus()
    await page.keyboard.press("Enter")
    await page.fill("#q", "Lanzhou")
    await page.click("#choices li:not([hidden]) a:has-text('Lanzhou')")
    await page.fill("#username", "student")
    await page.fill("#password", demo.passwords["student"])
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Roots and shoots")
    assert page.url.startswith(f"{demo.address}/resolve?")
    await expect(page.locator(".verdict")).to_have_text("Open to you")
    link = page.get_by_role("link", name="Go to Demo Northlight Platform")
    await expect(link).to_have_attribute("href", "https://northlight.example/journals/NL0072")


async def test_other_titles_under_the_number_open_by_the_keyboard(page: Page, demo: Demo) -> None:
    await page.goto(f"{demo.address}/demo/student")
    await page.goto(f"{demo.address}/resolve?{SUCCESSION}")
    await expect(page.get_by_role("heading", name="Botanica Acta")).to_be_visible()
    await expect(page.get_by_role("heading", name="Plant Biology")).not_to_be_visible()
    await page.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Plant Biology")).to_be_visible()


@pytest.mark.parametrize(("language", "size"), [("zh", PHONE), ("en", DESK)], ids=["zh-phone", "en-desk"])
@pytest.mark.parametrize(
    ("person", "query"),
    [
        ("student", SUCCESSION),
        ("alumna", PLANT_BIOLOGY),
        (None, PLANT_BIOLOGY),
        (None, "id=pmid:1&title=Plant+Biology"),
    ],
    ids=["granted", "refused", "anonymous", "nothing"],
)
async def test_an_answer_fits_and_is_whole_in_both_languages(
    browser: Browser,
    demo: Demo,
    pictures: Path,
    person: str | None,
    query: str,
    language: str,
    size: dict[str, int],
) -> None:
    context = await browser.new_context(viewport=size)  # type: ignore[arg-type]
    page = await context.new_page()
    if person:
        await page.goto(f"{demo.address}/demo/{person}")
    await page.goto(f"{demo.address}/resolve?{query}&lang={language}")
    await expect(page.locator("h1")).not_to_be_empty()
    assert await page.evaluate("document.documentElement.scrollWidth") == size["width"]
    words = " ".join(await page.locator("dt, .verdict, summary, .button").all_inner_texts())
    assert bool(re.search("[\u4e00-\u9fff]", words)) == (language == "zh")
    levels = await page.locator("main :is(h1, h2)").evaluate_all("all => all.map(one => one.tagName)")
    assert levels[0] == "H1"
    assert levels.count("H1") == 1
    await page.screenshot(path=pictures / "resolve.png", full_page=True)
    await context.close()
