"""The example app against the whole demo, as `make run` serves it: two people, one title, two answers."""

import re
from pathlib import Path

import httpx2
from playwright.async_api import Browser, Page, expect

from tests.examples.conftest import PHONE, REPOSITORY, Demo

TITLE = "Plant Biology"
LEDGER = "Ledger of the Guest House"


async def sign_in(page: Page, demo: Demo, person: str, university: str) -> None:
    """Through the app, the chooser and the university's own login page."""
    await page.click("#sign")
    await page.fill("#q", university)
    await page.click(f"#choices li:not([hidden]) a:has-text('{university}')")
    await page.fill("#username", person)
    await page.fill("#password", demo.passwords[person])
    await page.click("button")


async def search(page: Page, words: str) -> None:
    await page.fill("#words", words)
    await page.click("#search button")


async def test_the_same_title_answers_two_people_differently_and_names_the_clause(
    browser: Browser, page: Page, demo: Demo, pictures: Path
) -> None:
    await page.goto(demo.address)
    await search(page, TITLE)
    first = page.locator("#results li").filter(has=page.get_by_role("heading", name=TITLE, exact=True))
    await expect(first).to_contain_text("Please sign in")
    await sign_in(page, demo, "student", "Lanzhou")
    await expect(page.locator("#who")).to_contain_text("Lanzhou University (")
    await expect(page.locator("#words")).to_have_value(TITLE)
    await expect(first).to_contain_text("✓ Readable")
    await expect(first).to_contain_text("Clause 3.1")
    await page.screenshot(path=pictures / "student.png")

    context = await browser.new_context(locale="zh-CN")
    other = await context.new_page()
    await other.goto(f"{demo.address}/?q=Plant+Biology")
    await sign_in(other, demo, "alumna", "北京大学")
    refused = other.locator("#results li").filter(has=other.get_by_role("heading", name=TITLE, exact=True))
    await expect(refused).to_contain_text("✕ 不可读")
    await expect(refused).to_contain_text("条款 3.3")
    await refused.get_by_role("link", name="为什么").click()
    await expect(other.locator("main")).to_contain_text("校友不在授权之列")
    await other.screenshot(path=pictures / "why.png")
    await context.close()


async def test_an_explanation_opens_for_whoever_holds_its_address(browser: Browser, page: Page, demo: Demo) -> None:
    await page.goto(f"{demo.address}/?q=Plant+Biology")
    why = await page.locator("#results li a:has-text('Why?')").first.get_attribute("href")
    context = await browser.new_context(locale="zh-CN")
    librarian = await context.new_page()
    answer = await librarian.goto(f"{demo.address}{why}")
    assert answer
    assert answer.status == 200
    await expect(librarian.locator("h1")).to_contain_text("请先登录")
    await context.close()


async def test_a_pdf_opens_on_a_phone_and_one_that_is_closed_says_why(
    browser: Browser, page: Page, demo: Demo, pictures: Path
) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.goto(f"{demo.address}/?q=Ledger+Guest+House")
    await sign_in(page, demo, "student", "Lanzhou")
    item = page.locator("#results li").filter(has_text=LEDGER)
    await expect(item).to_contain_text("✓ Readable")
    await page.screenshot(path=pictures / "phone.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    link = await item.get_by_role("link", name=re.compile("^Open:")).first.get_attribute("href")
    assert link
    answer = await page.context.request.get(link)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert (await answer.body()).startswith(b"%PDF-")

    context = await browser.new_context(locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type]
    closed = await context.new_page()
    await closed.goto(f"{demo.address}/?q=Ledger+Guest+House")
    await sign_in(closed, demo, "restricted-student", "云岭")
    await expect(closed.locator("#who")).to_contain_text("云岭")
    refusal = await closed.goto(link)
    assert refusal
    assert refusal.status == 403
    await expect(closed.locator("h1")).to_contain_text("受到限制")
    await expect(closed.locator("main")).to_contain_text(re.compile("查看完整说明"))
    assert await closed.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await closed.screenshot(path=pictures / "refused.png", full_page=True)
    await context.close()


async def test_whoever_is_not_signed_in_is_offered_to(page: Page, demo: Demo) -> None:
    await page.goto(f"{demo.address}/?q=Ledger+Guest+House&lang=en")
    async with httpx2.AsyncClient(base_url=demo.address) as program:
        found = await program.post(
            "/graphql",
            json={"query": '{ resources(query: "Ledger Guest House") { nodes { contents { nodes { url } } } } }'},
        )
    url = found.json()["data"]["resources"]["nodes"][0]["contents"]["nodes"][0]["url"]
    answer = await page.goto(url)
    assert answer
    assert answer.status == 401
    await page.get_by_role("link", name="Sign in").click()
    await expect(page.locator("h1")).to_contain_text("Choose your institution")


async def test_only_what_the_reader_may_read_is_left_by_the_filter(page: Page, demo: Demo) -> None:
    await page.goto(demo.address)
    await expect(page.locator("#results li")).to_have_count(10)
    everything = await page.inner_text("#count")
    await page.check("#may")
    await expect(page.locator("#count")).not_to_have_text(everything)
    await expect(page.locator("#results li.refused")).to_have_count(0)
    await page.uncheck("#may")
    await expect(page.locator("#count")).to_have_text(everything)
    await page.click("#next")
    await expect(page.locator("#previous")).to_be_visible()
    await page.click("#previous")
    await expect(page.locator("#previous")).to_be_hidden()


EVIL = "Annals <img src=x onerror=alert(1)>"


async def test_a_titles_markup_is_shown_and_never_run(page: Page, demo: Demo, tmp_path: Path) -> None:
    science = REPOSITORY / "demo" / "data" / "packages" / "science.tsv"
    columns = science.read_text(encoding="utf-8").partition("\n")[0].split("\t")[:25]
    row = {"publication_title": EVIL, "title_id": "X1", "publication_type": "serial", "publisher_name": EVIL}
    row |= {"title_url": "https://press.example/x", "access_type": "F", "date_first_issue_online": "1999"}
    titles = tmp_path / "titles.tsv"
    titles.write_text("\t".join(columns) + "\n" + "\t".join(row.get(name, "") for name in columns) + "\n")
    demo.mutua("import", "kbart", str(titles), "--package", EVIL, "--provider", EVIL)
    await page.goto(f"{demo.address}/?q=onerror")
    await expect(page.locator("#results h2")).to_have_text(EVIL)
    await page.get_by_role("link", name="Why?").click()
    await expect(page.locator("main")).to_contain_text(EVIL)
    assert await page.locator("img[src=x]").count() == 0
