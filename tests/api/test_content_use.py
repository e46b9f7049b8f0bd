"""What a reader says that it is for, where the licence tells uses apart: the gate opens by it, and goes on by it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from schema.kit import ids
from tests.content.library import PDF, Library, library, reader

PURPOSES = (
    "UPDATE term SET status = 'prohibited_explicit', purposes = ARRAY['onixPL:CommercialUse'] WHERE action = 'download'"
)
VIEWING = "UPDATE term SET action = 'view' WHERE action = 'download'"
STUDY = {"purpose": "onixPL:AcademicUse"}


@pytest.fixture
async def mutua(app: FastAPI) -> AsyncIterator[Library]:
    """What may be viewed may not be viewed for commerce."""
    async with library(app) as opened:
        await opened.change(PURPOSES)
        await opened.change(VIEWING)
        yield opened


async def test_a_licence_that_asks_for_the_purpose_opens_to_who_says_it(mutua: Library) -> None:
    item = await mutua.item("journals/journal")
    path = f"/content/{ids.encode('ContentItem', item.id)}"
    async with reader(mutua.url) as student:
        student.headers.update(await mutua.sign_in())
        unsaid = await student.get(path)
        assert (unsaid.status_code, unsaid.json()["reason"]) == (403, "ATTRIBUTE_MISSING")
        commerce = await student.get(path, params={"purpose": " onixpl:commercialuse"})
        assert (commerce.status_code, commerce.json()["reason"]) == (403, "TERM_PROHIBITS")
        opened = await student.get(path, params=STUDY)
        assert opened.content == PDF
        link = str(opened.url)
        await mutua.change("UPDATE term SET note = 'looked at again'")
        again = await student.get(link, headers={"Range": "bytes=0-9"})
        assert again.status_code == 206, "the link carries what was said"
        await mutua.change("UPDATE term SET purposes = ARRAY['onixPL:AcademicUse'] WHERE purposes IS NOT NULL")
        assert (await student.get(link)).status_code == 403


async def test_a_fact_said_twice_or_endlessly_is_told(mutua: Library) -> None:
    item = await mutua.item("journals/journal")
    path = f"/content/{ids.encode('ContentItem', item.id)}"
    async with reader(mutua.url) as student:
        student.headers.update(await mutua.sign_in())
        for wrong in ("purpose=a&purpose=b", f"purpose={'a' * 501}"):
            answer = await student.get(f"{path}?{wrong}")
            assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


async def test_signing_in_leads_back_with_what_was_said(mutua: Library) -> None:
    item = await mutua.item("journals/journal")
    path = f"/content/{ids.encode('ContentItem', item.id)}"
    async with reader(mutua.url) as nobody:
        answer = await nobody.get(path, params=STUDY)
        assert answer.status_code == 401
        assert "purpose%3DonixPL%253AAcademicUse" in answer.json()["remedies"][0]["url"]


async def test_content_open_takes_the_use(mutua: Library) -> None:
    item = await mutua.item("journals/journal")
    asked = """mutation($input: ContentOpenInput!) { contentOpen(input: $input) {
      link { url } access { ... on AccessRefused { reason } } problems { code } } }"""

    async def opening(student: httpx2.AsyncClient, **more: Any) -> Any:
        given = {"contentItem": ids.encode("ContentItem", item.id), **more}
        origin = {"Origin": mutua.app.state.site.public_url, "Sec-Fetch-Site": "same-origin"}
        answer = await student.post("/graphql", json={"query": asked, "variables": {"input": given}}, headers=origin)
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]["contentOpen"]

    async with reader(mutua.url) as student:
        student.headers.update(await mutua.sign_in())
        assert (await opening(student))["access"]["reason"] == "ATTRIBUTE_MISSING"
        made = await opening(student, use=STUDY)
        signed = made["link"]["url"].removeprefix(mutua.app.state.site.public_url)
        assert (await student.get(signed)).content == PDF
