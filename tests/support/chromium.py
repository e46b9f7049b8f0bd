"""A real browser: Debian's Chromium, driven by Playwright, which brings no browser of its own here."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

SWITCHES = ("--disable-dev-shm-usage", "--disable-gpu")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Started headless; skips where it isn't installed."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Debian's package chromium is missing")
    # Chromium's own sandbox can't start as root.
    switches = [*SWITCHES, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=path, args=switches)
        try:
            yield browser
        finally:
            await browser.close()
