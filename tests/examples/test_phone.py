"""Our pages on a phone, by day and by night: nothing sticks out, and no browser complains."""

import pytest
from playwright.async_api import Page, expect

from tests.examples.conftest import PHONE


@pytest.mark.parametrize("path", ["/", "/help", "/help/user_class_not_authorised", "/login", "/logout", "/why/none"])
async def test_a_page_fits_a_phone(page: Page, address: str, path: str) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.emulate_media(color_scheme="dark")
    await page.goto(address + path)
    await expect(page.locator("h1")).not_to_be_empty()
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await page.get_by_role("link", name="中文").click()
    await expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 24, 23)"
