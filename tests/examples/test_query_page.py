"""The query page in a real browser: it helps to write, asks only when told to, and fits a phone."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.async_api import Page, Request, expect

from auth.targets import own_path
from tests.examples.conftest import PHONE

MUTATION = 'mutation Invite { roleInvite(input: {member: "x", role: AUDITOR}) { problems { code } } }'


def asked(page: Page) -> list[str]:
    """The queries that the page sends from now on."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.post_data:
            sent.append(json.loads(request.post_data)["query"])

    page.on("request", note)
    return sent


async def test_a_query_is_written_with_completion_run_and_remembered(page: Page, address: str, pictures: Path) -> None:
    await page.goto(f"{address}/graphql")
    await expect(page.locator("#pages")).to_contain_text("viewer: Viewer!")
    await page.fill("#query", "")
    await page.click("#query")
    await page.keyboard.type("{ viewer { sig")
    await expect(page.locator("#completions li").first).to_contain_text("signedIn")
    await page.keyboard.press("Tab")
    await page.keyboard.type(" } }")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#result")).to_contain_text("signedIn: false")
    await page.screenshot(path=pictures / "query.png")
    await page.reload()
    await expect(page.locator("#query")).to_have_value("{ viewer { signedIn } }")
    assert await page.locator("#history option").count() == 2


async def test_a_link_fills_a_query_in_and_never_sends_it(page: Page, address: str) -> None:
    sent = asked(page)
    filled = urlencode({"query": MUTATION, "variables": '{"a": 1}'})
    await page.goto(f"{address}/graphql?{filled}")
    await expect(page.locator("#pages")).to_contain_text("viewer: Viewer!")
    await expect(page.locator("#query")).to_have_value(MUTATION)
    await expect(page.locator("#variables")).to_have_value('{\n  "a": 1\n}')
    assert sent
    assert not [query for query in sent if "roleInvite" in query]


async def test_markup_in_a_link_stays_text(page: Page, address: str) -> None:
    evil = "# </script><img src=x onerror=alert(1)>\n{ viewer { signedIn } }"
    page.on("dialog", lambda dialog: (_ for _ in ()).throw(AssertionError(dialog.message)))
    await page.goto(f"{address}/graphql?{urlencode({'query': evil})}")
    await expect(page.locator("#query")).to_have_value(evil)
    await page.click("#run")
    await expect(page.locator("#result")).to_contain_text("signedIn")
    assert await page.locator("img[src=x]").count() == 0


async def test_signing_in_leads_back_to_what_is_written(page: Page, address: str) -> None:
    await page.goto(f"{address}/graphql")
    await page.fill("#query", "{ viewer { expiresAt } }")
    await page.fill("#variables", '{"a": "敦煌"}')
    await page.click("#sign-in")
    await expect(page.locator("h1")).to_have_text("Choose your institution")
    (target,) = parse_qs(urlsplit(page.url).query)["target"]
    assert own_path(target, address) == target
    assert parse_qs(urlsplit(target).query) == {
        "query": ["{ viewer { expiresAt } }"],
        "variables": ['{"a": "敦煌"}'],
    }


async def test_errors_are_shown_with_their_code(page: Page, address: str) -> None:
    await page.goto(f"{address}/graphql?{urlencode({'query': '{ viewer { nothing } }'})}")
    failed = page.expect_response(lambda answer: answer.request.method == "POST")
    async with failed:
        await page.click("#run")
    await expect(page.locator("#result")).to_contain_text("BAD_USER_INPUT")


async def test_tidying_changes_nothing_but_blanks(page: Page, address: str) -> None:
    query = (
        "query A($a:Int=1){viewer{signedIn,...on Viewer{expiresAt}}"
        "resources(first:$a,filter:{kinds:[SERIAL]}){totalCount}} #end"
    )
    await page.goto(f"{address}/graphql?{urlencode({'query': query})}")
    await page.click("#prettify")
    once = await page.input_value("#query")
    assert "".join(once.split()).replace(",", "") == "".join(query.split()).replace(",", "")
    assert once.startswith("query A($a: Int=1) {\n  viewer {\n    signedIn")
    await page.click("#prettify")
    assert await page.input_value("#query") == once


async def test_types_are_found_and_read(page: Page, address: str) -> None:
    await page.goto(f"{address}/graphql")
    await page.fill("#find", "viewerMay")
    await page.click("#pages button:has-text('ResourceFilter')")
    await expect(page.locator("#pages")).to_contain_text("Only what the viewer may use")


async def test_it_fits_a_phone(page: Page, address: str, pictures: Path) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.goto(f"{address}/graphql?{urlencode({'query': '{ viewer { signedIn signInUrl } }'})}")
    await page.click("#run")
    await expect(page.locator("#result")).to_contain_text("signInUrl")
    await page.screenshot(path=pictures / "phone.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
