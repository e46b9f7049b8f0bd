"""The single-page app on another site than Mutua: `localhost`, where Mutua is `127.0.0.1`."""

import contextlib
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from demo.clients import APP_ORIGIN
from tests.examples.conftest import PHONE, REPOSITORY, Demo

LEDGER = "Ledger of the Guest House"
PORT = APP_ORIGIN.rpartition(":")[2]


@pytest.fixture
def spa(demo: Demo, tmp_path: Path) -> Iterator[str]:
    """As docs/apps.md starts it; of its files only the server's address is another."""
    folder = tmp_path / "spa"
    shutil.copytree(REPOSITORY / "examples" / "spa", folder)
    config = folder / "config.js"
    config.write_text(config.read_text().replace("http://127.0.0.1:8000", demo.address))
    command = [sys.executable, "-m", "http.server", PORT, "--bind", "127.0.0.1", "-d", str(folder)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", int(PORT)), 1):
                break
            assert running.poll() is None
            time.sleep(0.05)
        yield f"{APP_ORIGIN}/"
    finally:
        running.terminate()
        running.wait(timeout=10)


async def sign_in(page: Page, demo: Demo, person: str, university: str) -> None:
    await page.click("#sign-in")
    await page.fill("#q", university)
    await page.click(f"#choices li:not([hidden]) a:has-text('{university}')")
    await page.fill("#username", person)
    await page.fill("#password", demo.passwords[person])
    await page.click("button")


async def test_a_reader_signs_in_reads_and_signs_out_across_sites(
    page: Page, demo: Demo, spa: str, pictures: Path
) -> None:
    await page.goto(spa)
    await expect(page.locator("#who")).to_have_text("You are not signed in.")
    await sign_in(page, demo, "student", "Lanzhou")
    await expect(page.get_by_role("heading")).to_contain_text(["Allow this app?", "It will be able to"])
    assert page.url.startswith(f"{demo.address}/oauth/authorize?")
    await page.screenshot(path=pictures / "consent.png", full_page=True)
    await page.click("button[value=yes]")
    await expect(page.locator("#who")).to_contain_text("Lanzhou University: ")
    assert page.url == spa, "nothing of the answer is left in the address bar"
    await page.fill("#words", "Ledger Guest House")
    await page.click("#search button")
    item = page.locator("#results li").filter(has_text=LEDGER)
    await expect(item.locator(".granted")).to_contain_text("Open to you")
    await page.screenshot(path=pictures / "spa.png", full_page=True)
    async with page.expect_request(re.compile(r"/content/.*[?]link=")) as opened:
        await item.get_by_role("button", name="Read").click()
    answer = await (await opened.value).response()
    assert answer
    assert answer.status in {200, 206}
    page = await page.context.new_page()  # the first one may still be busy with the file
    await page.goto(spa)
    await page.click("#sign-in")
    await expect(page.locator("#sign-out")).to_be_visible()
    await page.click("#sign-out")
    await expect(page.locator("#sign-in")).to_be_visible()
    assert page.url == spa
    await page.goto(f"{demo.address}/privacy")
    await expect(page.locator("body")).not_to_contain_text("Lanzhou")


async def test_whoever_says_no_comes_back_and_is_told_so(page: Page, demo: Demo, spa: str) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.goto(spa)
    await sign_in(page, demo, "alumna", "Peking")
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await page.click("button[value=no]")
    await expect(page.locator("#trouble")).to_contain_text("did not allow")
    await expect(page.locator("#who")).to_have_text("You are not signed in.")


async def test_a_page_elsewhere_may_not_even_ask(browser: Browser, demo: Demo, spa: str) -> None:
    """The same page on an origin that nobody registered."""
    context = await browser.new_context()
    other = await context.new_page()
    await other.goto(spa.replace("localhost", "127.0.0.1"))
    await expect(other.locator("#trouble")).to_have_text("Failed to fetch")
    await context.close()
