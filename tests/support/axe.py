"""axe-core, which finds what keeps people with assistive technology from using a page."""

from functools import cache
from importlib.resources import files

import pytest
from playwright.async_api import Page

_RUN = """async () => (await axe.run()).violations.flatMap(
    (found) => found.nodes.map((node) => `${found.id}: ${node.target.join(" ")}: ${node.failureSummary}`))"""


@cache
def _source() -> str:
    try:
        return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    except ModuleNotFoundError:
        pytest.skip("the package axe-playwright-python is missing")


async def flaws(page: Page) -> list[str]:
    """What every rule of axe-core finds on the page as it stands. The page's own policy stays in force."""
    await page.evaluate(_source())
    found: list[str] = await page.evaluate(_RUN)
    return found
