"""A librarian with only a browser: from her invitation to a licence that a student of hers reads by, and to its end."""

import json
import re
from pathlib import Path
from urllib.parse import urlencode

from playwright.async_api import Browser, Page, expect

from api.query_page import read
from demo import pdf
from demo.png import Canvas
from demo.run import QUERIES
from tests.examples.conftest import PHONE, Demo
from tests.examples.test_query_page import asked
from tests.examples.test_reader import sign_in

BEGIN = "Staff 1: my member, the package and its provider"
IN_FORCE = 8
"""The example after which readers may read."""

TITLE = "Atlantic Economic Journal"
CLAUSE = "Students and faculty may read, from anywhere."
LICENCE = "Demo business licence, Lanzhou University's own (invented)"


async def test_a_licence_is_entered_opens_a_title_and_ends(
    browser: Browser, page: Page, demo: Demo, tmp_path: Path, pictures: Path
) -> None:
    _deliver(demo, tmp_path)
    context = await browser.new_context(locale="en-GB")
    student = await context.new_page()
    await student.goto(f"{demo.address}/?q={TITLE.replace(' ', '+')}")
    await sign_in(student, demo, "student", "Lanzhou")
    title = student.locator("#results li").filter(has=student.get_by_role("heading", name=TITLE, exact=True))
    await expect(title).to_contain_text("✕ Closed")
    await student.screenshot(path=pictures / "1-before.png")

    await _redeem(page, demo)
    await page.screenshot(path=pictures / "2-roles.png")
    await page.get_by_role("link", name="Query page").click()
    await page.select_option("#saved", label=BEGIN)
    for step in range(1, IN_FORCE + 1):
        await _done(page)
        await page.screenshot(path=pictures / f"3-{step}.png")
        await page.click("#next")

    await student.reload()
    await expect(title).to_contain_text("✓ Readable")
    await expect(title).to_contain_text(f"Clause C-1: {CLAUSE}")
    await student.screenshot(path=pictures / "4-readable.png")
    link = await title.get_by_role("link", name=re.compile("^Open:")).first.get_attribute("href")
    assert link
    answer = await student.context.request.get(link)
    assert answer.status == 200
    assert (await answer.body()).startswith(b"%PDF-")

    await _done(page)
    await expect(page.locator("#result")).to_contain_text(CLAUSE)
    await page.screenshot(path=pictures / "5-look.png")
    await page.click("#next")
    await page.click("#next")
    await _done(page)
    await page.screenshot(path=pictures / "5-ended.png")
    refusal = await student.goto(link)
    assert refusal
    assert refusal.status == 403
    await expect(student.locator("h1")).to_contain_text("Lanzhou University's right ended on")
    await expect(student.locator("main")).to_contain_text(LICENCE)
    await expect(student.locator(".clause")).to_contain_text(f"C-1 兰州大学学生和教师可在校内外阅读。{CLAUSE}")
    await student.screenshot(path=pictures / "6-refused.png", full_page=True)
    await student.goto(f"{demo.address}/?q={TITLE.replace(' ', '+')}")
    await expect(title).to_contain_text("✕ Closed")
    await expect(title).to_contain_text("Clause C-1")

    await page.click("#next")
    await _done(page)
    await page.select_option("#saved", label="Staff 10: who changed what, when and why")
    await _done(page)
    for act in ("licenceCreate", "clauseSet", "termSet", "licenceActivate", "licenceTerminate", "agreementClose"):
        await expect(page.locator("#result")).to_contain_text(f'act: "{act}"')
    await expect(page.locator("#result")).to_contain_text('by: "Zhao at the desk"')
    await page.screenshot(path=pictures / "7-history.png")
    await context.close()


async def test_an_act_on_what_changed_meanwhile_is_told_and_mended_by_filling_in(
    page: Page, demo: Demo, pictures: Path
) -> None:
    await page.goto(f"{demo.address}/demo/librarian")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.emulate_media(color_scheme="dark")
    await page.goto(f"{demo.address}/graphql?lang=zh")
    await page.select_option("#saved", index=1 + len(read(QUERIES)))
    await _done(page)
    await page.click("#next")
    await _write(page, code="conflict")
    await _done(page)
    await page.click("#next")
    await _done(page)
    await expect(page.locator("#things")).to_contain_text("版本 2")
    await _write(page, number="C-2")
    await _run(page)
    told = page.locator("#result .told")
    await expect(told).to_have_class("told refused")
    await expect(told).to_contain_text("其间已被他人修改，请重新读取后再试。 CONFLICT · input.version")
    await page.screenshot(path=pictures / "conflict.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await page.click("#fill")
    await expect(page.locator("#fill")).to_be_hidden()
    await _done(page)
    await page.screenshot(path=pictures / "mended.png", full_page=True)


async def test_what_a_result_names_fills_no_link_and_of_several_the_reader_takes_one(page: Page, demo: Demo) -> None:
    await page.goto(f"{demo.address}/demo/librarian")
    sent = asked(page)
    await page.goto(f"{demo.address}/graphql")
    await page.select_option("#saved", label=BEGIN)
    await page.fill("#variables", '{"words": "Demo"}')
    await _run(page)
    await expect(page.locator("#things")).to_contain_text("$member Lanzhou University")
    await expect(page.locator("#things")).not_to_contain_text("$package")
    taken = page.locator("#result details", has_text="Demo Law Library").last
    await taken.get_by_role("button", name="Use as $package").click()
    await expect(page.locator("#things")).to_contain_text("$package Demo Law Library")
    await expect(page.locator("#things")).to_contain_text("$provider Demo Hengjian Law (invented)")

    evil = "mutation Evil($member: ID!) { roleInvite(input: {member: $member, role: AUDITOR}) { problems { code } } }"
    await page.goto(f"{demo.address}/graphql?{urlencode({'query': evil})}")
    await expect(page.locator("#things")).to_contain_text("$member Lanzhou University")
    await expect(page.locator("#variables")).to_have_value("")
    await page.click("#forget")
    await expect(page.locator("#things")).to_be_empty()
    await expect(page.locator("#missing")).to_have_text("Still missing: $member")
    assert not [query for query in sent if "Evil" in query]


def _deliver(demo: Demo, folder: Path) -> None:
    """The publisher's file of one volume, loaded by the operator."""
    (folder / "volume-48.pdf").write_bytes(
        pdf.write(f"{TITLE} 48 (demo)", [[pdf.Line(f"{TITLE} 48 (demo)")]], Canvas(8, 8, [(255, 255, 255)]))
    )
    columns = "file,package,identifier,label_en,published"
    row = "volume-48.pdf,Demo Business and Economics,title_id:SH0001,Volume 48,2020"
    (folder / "content.csv").write_text(f"{columns}\n{row}\n")
    demo.mutua("import", "content", str(folder))


async def _redeem(page: Page, demo: Demo) -> None:
    (link,) = re.findall(r"http\S+/invitation/\S+", demo.mutua("invite", "--role", "librarian", "--member", "lzu"))
    await page.goto(link)
    await page.fill("#name", "Zhao at the desk")
    await page.get_by_role("button", name="Sign in and accept").click()
    await page.fill("#username", "walkin")
    await page.fill("#password", demo.passwords["walkin"])
    await page.click("button")
    await expect(page.locator("h1")).to_have_text("Your roles")


async def _run(page: Page) -> None:
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        await page.click("#run")
    await expect(page.locator("#run")).to_be_enabled()


async def _done(page: Page) -> None:
    """Run what stands there, without a problem."""
    await expect(page.locator("#missing")).to_be_empty()
    await _run(page)
    await expect(page.locator("#status")).to_have_text(re.compile(r"^\d+ ms$"))
    assert await page.locator("#result .told.refused").all_text_contents() == []


async def _write(page: Page, **changed: str) -> None:
    """Change variables as somebody does by hand."""
    given = json.loads(await page.input_value("#variables"))
    await page.fill("#variables", json.dumps(given | changed, ensure_ascii=False, indent=2))
