"""From a PDF to a refusal that quotes it in a browser, by every door that people use, with the clock beside it.

`pytest -s tests/api/test_document_shown.py` prints how long each step took.
"""

import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import expect

from api.commands.importing import perform
from domain.intake.term_sheet import TermSheet
from models import content as files
from models.vocabulary import Affiliation, Role
from schema.kit import ids
from tests.api.persons import Town, town
from tests.content.library import address, library
from tests.documents import maker
from tests.documents.test_to_enforced import filled
from tests.support.chromium import chromium

CONTRACT = maker.pdf(
    [
        ["数据库许可协议 LICENCE", "第一条 授权", "（一）授权用户可在线阅读许可内容。", "Page 1 of 3"],
        ["数据库许可协议 LICENCE", "（二）任何人不得下载许可内容的全文。", "Page 2 of 3"],
        ["数据库许可协议 LICENCE", "第二条 费用", "年费由联盟统一支付，各成员馆不再另行支付任何费用。", "Page 3 of 3"],
    ]
)
HEAD = {"code": "press-2027", "name_zh": "出版社许可", "name_en": "The press's licence", "licensor": "press"}
TERMS = {
    "view": {"status": "permitted_explicit", "clause": "第一条（一）", "affiliations": "student"},
    "download": {"status": "prohibited_explicit", "clause": "第一条（二）"},
}
FOUND = """{ licences(filter: {statuses: [DRAFT]}) { nodes { id version } } }"""
TOLD = """mutation($id: ID!, $version: Int!) { clauseSet(input: {
  licence: $id, version: $version, number: "第一条（二）", summary: {zh: "全文不得下载。"}
}) { licence { version } problems { code } } }"""
ACTIVATE = """mutation($id: ID!, $version: Int!) { licenceActivate(input: {id: $id, version: $version}) {
  licence { status } problems { code } } }"""
AGREE = """mutation($input: AgreementCreateInput!) { agreementCreate(input: $input) {
  agreement { id version } problems { code } } }"""
JOIN = """mutation($input: ParticipationStartInput!) { participationStart(input: $input) {
  agreement { version } problems { code } } }"""
GIVE = """mutation($input: EntitlementGrantInput!) { entitlementGrant(input: $input) {
  agreement { version } problems { code } } }"""
CONCLUDE = """mutation($input: AgreementActivateInput!) { agreementActivate(input: $input) {
  agreement { status } problems { code } } }"""


@pytest.fixture
async def city(app: FastAPI) -> AsyncIterator[Town]:
    async with library(app) as opened:
        made = await town(opened)
        yield made
        for client in made.opened:
            await client.aclose()


class Watch:
    """What took how long."""

    def __init__(self) -> None:
        self._since = self._began = time.perf_counter()
        self.lines: list[str] = []

    def lap(self, what: str) -> None:
        now = time.perf_counter()
        self.lines.append(f"{(now - self._since) * 1000:8.0f} ms  {what}")
        self._since = now

    def told(self) -> str:
        return "\n".join([*self.lines, f"{(time.perf_counter() - self._began) * 1000:8.0f} ms  in all"])


async def test_a_pdf_becomes_a_quoted_refusal_in_a_browser(city: Town, tmp_path: Path) -> None:
    admin = await city.sign_in("root", "pku")
    await city.invited(admin, "pku", Role.CONSORTIUM_ADMIN)
    world, watch = city.library.world, Watch()

    async def act(document: str, **variables: Any) -> Any:
        (payload,) = (await admin.ask(document, **variables)).values()
        assert payload["problems"] == []
        return payload

    posted = await admin.client.post(
        "/documents?name=press.pdf", content=CONTRACT, headers={"Content-Type": "application/pdf"}
    )
    watch.lap("POST /documents: read apart, clauses found, kept")
    assert [clause["number"] for clause in posted.json()["clauses"]] == [
        *("第一条", "第一条（一）", "第一条（二）", "第二条")
    ]
    sheet = (await admin.client.get(f"/documents/{posted.json()['id']}/terms.csv")).content
    watch.lap("GET terms.csv: every use silent, with hints")
    path = filled(sheet, tmp_path / "press.csv", HEAD, TERMS)
    outcome = await perform(city.library.everybody, TermSheet(), path, actor="cli:test")
    watch.lap("mutua import licence: a draft")
    assert outcome.refused is None
    (licence,) = (await admin.ask(FOUND))["licences"]["nodes"]
    version = (await act(TOLD, **licence))["licence"]["version"]
    await act(ACTIVATE, id=licence["id"], version=version)
    watch.lap("clauseSet, licenceActivate")
    days = [{"startDate": "2020-01-01", "endDate": "2099-12-31"}]
    wanted = {"code": "press-2027", "name": "Press", "periods": days, "licences": [{"licence": licence["id"]}]}
    agreement = (await act(AGREE, input=wanted))["agreement"]
    of_it: dict[str, Any] = {"agreement": agreement["id"]}
    joins = of_it | {"version": agreement["version"], "startDate": "2020-01-01"}
    lzu, journals = world.id("member", "lzu"), world.id("package", "journals")
    version = (await act(JOIN, input=joins | {"member": ids.encode("Member", lzu)}))["agreement"]["version"]
    gives = of_it | {"version": version, "target": {"package": ids.encode("Package", journals)}}
    version = (await act(GIVE, input=gives))["agreement"]["version"]
    await act(CONCLUDE, input={"id": agreement["id"], "version": version})
    watch.lap("agreementCreate, participationStart, entitlementGrant, agreementActivate")

    (item,) = await city.library.all(files.ContentItem)
    cookie = (await city.library.sign_in("lzu", Affiliation.STUDENT))["Cookie"].partition("=")
    async with chromium() as browser:
        context = await browser.new_context(locale="zh-CN")
        await context.add_cookies([{"name": cookie[0], "value": cookie[2], "url": city.library.url}])
        page = await context.new_page()
        watch.lap("a browser is started")
        await page.goto(f"{city.library.url}{address(item)}?action=download")
        await expect(page.locator("main")).to_contain_text("第一条（二）")
        await expect(page.locator("main")).to_contain_text("全文不得下载。")
        watch.lap("the reader is refused, with the clause")
        answer = await context.request.get(f"{city.library.url}{address(item)}")
        assert answer.status == 200, "reading online is permitted"
    sys.stdout.write(f"\n{watch.told()}\n")
