"""The pages of signing in in a real browser: usable by keyboard, on a phone, in the dark and by assistive technology,
and nothing that their own policy forbids.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from domain import roles
from domain.discovery import BINDINGS
from models.vocabulary import Role
from tests.discovery.conftest import Place
from tests.discovery.test_refused import FOREIGN, HELP, LITTLE
from tests.saml.corpus.maker import PAIRWISE_ID, SCOPED_AFFILIATION
from tests.support import axe
from tests.support.chromium import chromium

REDIRECT, POST = BINDINGS
Looks = Sequence[tuple[str, dict[str, int]]]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
LOOKS = (("light", DESK), ("light", PHONE), ("dark", DESK), ("dark", PHONE))
ANSWERED = "Failed to load resource"
"""What Chromium says of any answer with a status of 400 or more."""


@dataclass
class Tabs:
    """Tabs of one browser, each with cookies of its own. What their pages complain about is noted."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)

    async def open(self, language: str = "en", **options: object) -> Page:
        context = await self.browser.new_context(locale=language, viewport=DESK, **options)  # type: ignore[arg-type]
        page = await context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(ANSWERED):
            self.complaints.append(message.text)


@pytest.fixture
async def tabs() -> AsyncIterator[Tabs]:
    """None of the pages may do what its policy forbids, or break."""
    async with chromium() as browser:
        opened = Tabs(browser)
        yield opened
        assert opened.complaints == []


async def check(page: Page, name: str, looks: Looks) -> None:
    for scheme, size in looks:
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        assert await axe.flaws(page) == [], (name, scheme)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, scheme)


@pytest.mark.parametrize(
    ("language", "looks"),
    [
        ("zh-CN", LOOKS[1:2]),
        ("en", LOOKS[3:4]),
        *(pytest.param(language, LOOKS, marks=pytest.mark.long) for language in ("zh-CN", "en")),
    ],
)
async def test_axe_finds_nothing_on_any_page_of_signing_in(
    place: Place, tabs: Tabs, language: str, looks: Looks
) -> None:
    object.__setattr__(place.mutua.site, "discovery_url", "https://ds.example/")
    await place.saml("whu", error_url=HELP)
    said = dict(FOREIGN)
    await place.campus("lzu", REDIRECT, said)
    await place.campus("whu", POST, LITTLE)
    async with place.mutua.everybody() as session:
        invited = await roles.invite_as(
            session, place.mutua.site.keys, "cli:test", place.member("lzu"), Role.MEMBER_LIBRARIAN
        )
    page = await tabs.open(language)

    async def at(path: str, name: str) -> None:
        await page.goto(place.mutua.url + path)
        await check(page, name, looks)

    await at("/login?q=univ", "searched")
    await at("/login?q=nothing", "nothing found")
    await at(f"/login?resource={place.resource('journal')}", "for a resource")
    await at("/login/attributes", "to test")
    await at(f"/invitation/{invited.token}", "invitation")
    await at("/login?entityID=https://evil.example", "unknown")
    await page.goto(f"{place.mutua.url}/login")
    await page.locator("#choices a", has_text="Lanzhou").click()
    await expect(page.locator("code").last).to_have_text("SCOPE_MISMATCH")
    await check(page, "wrong scope", looks)
    await page.goto(f"{place.mutua.url}/login")
    await expect(page.locator("#again a")).to_have_count(1)
    await check(page, "chosen before", looks)
    await page.route("**/static/post.js", lambda route: route.abort())
    await page.locator("#choices a", has_text="Wuhan").click()
    await check(page, "on the way", looks)
    await page.locator("form .button").click()
    await expect(page.locator("code").last).to_have_text("ATTRIBUTES_MISSING")
    await check(page, "too little", looks)
    await page.goto(f"{place.mutua.url}/login/attributes?entityID={place.issuers['lzu']}")
    await check(page, "released", looks)
    said[SCOPED_AFFILIATION] = ["student@lzu.example"]
    await page.goto(f"{place.mutua.url}/login?entityID={place.issuers['lzu']}&target=/roles")
    await check(page, "roles", looks)
    await at("/logout", "signing out")
    await page.locator("form .button").last.click()
    await expect(page.locator("form")).to_have_count(0)
    await check(page, "signed out", looks)


async def test_a_reader_chooses_by_keyboard_and_signs_in_by_a_form_that_sends_itself(place: Place, tabs: Tabs) -> None:
    said = {SCOPED_AFFILIATION: ["student@lzu.example"], PAIRWISE_ID: ["ADA@lzu.example"]}
    await place.campus("lzu", POST, said)
    page = await tabs.open()
    await page.goto(f"{place.mutua.url}/login?target=/viewer")
    box, found = page.locator("#q"), page.locator("#choices a")
    await expect(box).to_be_focused()
    await page.keyboard.type("蘭州")
    await expect(found).to_have_count(1)
    await expect(page.locator("#count")).to_have_text("1 institution")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("univ")
    await expect(found).to_have_count(2)
    await page.keyboard.press("ArrowDown")
    await expect(found.nth(0)).to_be_focused()
    assert await found.nth(0).evaluate("(link) => getComputedStyle(link).outlineStyle") == "solid"
    for key, focused in (("ArrowDown", 1), ("ArrowDown", 1), ("ArrowUp", 0), ("End", 1), ("ArrowUp", 0)):
        await page.keyboard.press(key)
        await expect(found.nth(focused)).to_be_focused()
    for key in ("ArrowUp", "ArrowDown", "Escape"):
        await page.keyboard.press(key)
    await expect(box).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.type("x")
    await expect(box).to_have_value("univx")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("lanzh")
    await expect(found).to_have_count(1)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{place.mutua.url}/viewer")
    await expect(page.locator("body")).to_contain_text('"signed_in":true')
    await page.goto(f"{place.mutua.url}/login?target=/viewer")
    await expect(page.locator("#again a")).to_be_focused()
    await page.locator("#again button").click()
    await page.wait_for_url("**/login?target=*")
    await expect(page.locator("#again")).to_have_count(0)


async def test_everything_works_without_script(place: Place, tabs: Tabs) -> None:
    await place.campus("lzu", POST, {SCOPED_AFFILIATION: ["student@lzu.example"]})
    page = await tabs.open(java_script_enabled=False)
    await page.goto(f"{place.mutua.url}/login?target=/viewer")
    await page.fill("#q", "lanzhou")
    await page.click("form.search button")
    await expect(page.locator("#choices a")).to_have_count(1)
    await page.click("#choices a")
    await expect(page.locator("h1")).to_have_text("On the way to your institution")
    policy = await (await page.context.request.get(page.url)).text()
    assert "<script>" not in policy
    assert await page.locator("form .button").is_visible()
