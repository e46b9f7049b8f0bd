"""A browser, and the application behind a real port for it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, ConsoleMessage, Page

from api.commands import serving
from tests.support.chromium import chromium

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
ANSWERED = "Failed to load resource"
"""What Chromium says of any answer with a status of 400 or more."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: kept by pytest beside the failure, never in the repository."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """The application on a port of its own."""
    with serving.listening("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, ws="none"))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield "http://{}:{}".format(*listener.getsockname()[:2])
        finally:
            server.should_exit = True
            await running


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A tab in English at a desk. Whatever its pages complain about, the content security policy included, fails."""
    context = await browser.new_context(locale="en-GB", viewport=DESK)  # type: ignore[arg-type]
    opened = await context.new_page()
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(ANSWERED):
            complaints.append(message.text)

    opened.on("console", complain)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    await context.close()
    assert complaints == []
