"""Our pages on a phone, by day and by night: nothing sticks out, and no browser complains."""

import pytest
from playwright.async_api import Page, expect

from tests.examples.conftest import DESK, PHONE


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/help",
        "/help/user_class_not_authorised",
        "/login",
        "/logout",
        "/why/none",
        "/privacy",
        "/resolve?issn=1435-8604",
        f"/resolve?doi=10.1000/{'long' * 40}&title={'Untersuchungen' * 10}",
    ],
)
async def test_a_page_fits_a_phone(page: Page, address: str, path: str) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.emulate_media(color_scheme="dark")
    await page.goto(address + path)
    await expect(page.locator("h1")).not_to_be_empty()
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await page.get_by_role("link", name="中文").click()
    await expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 24, 23)"


@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_each_period_of_keeping_stands_on_one_line(page: Page, address: str, size: dict[str, int]) -> None:
    await page.set_viewport_size(size)  # type: ignore[arg-type]
    await page.goto(f"{address}/privacy")
    lines = await page.locator(".periods dd").evaluate_all(
        "all => all.map(one => { const range = document.createRange(); range.selectNodeContents(one);"
        " return range.getClientRects().length })"
    )
    assert len(lines) > 5
    assert set(lines) == {1}
