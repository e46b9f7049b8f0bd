"""The same in a real browser: redirects across sites, cookies marked Secure on loopback, our page's own policy."""

from playwright.async_api import expect

from domain import roles
from models.vocabulary import Role
from tests.identity.conftest import Town
from tests.support.chromium import chromium


async def test_a_librarian_accepts_signs_in_and_signs_out_in_chromium(town: Town) -> None:
    mutua = town.mutua
    async with mutua.everybody() as session:
        invited = await roles.invite_as(
            session, mutua.site.keys, "cli:test", town.members["alpha"], Role.MEMBER_LIBRARIAN
        )
    async with chromium() as browser:
        page = await browser.new_page(locale="en")
        await page.goto(f"{mutua.url}/invitation/{invited.token}")
        await page.fill("[name=display_name]", "Ada L.")
        await page.click("button.button")
        await page.wait_for_url("http://localhost:*/**")
        await page.fill("[name=username]", "ada")
        await page.fill("[name=password]", "pw-ada")
        await page.click("button")
        await page.wait_for_url(f"{mutua.url}/roles")
        cookies = {cookie["name"]: cookie for cookie in await page.context.cookies(mutua.url)}
        assert cookies["__Host-mutua"]["secure"]
        assert cookies["__Host-mutua"]["httpOnly"]
        assert cookies["__Host-mutua"]["sameSite"] == "Lax"
        await page.goto(f"{mutua.url}/viewer")
        await expect(page.locator("body")).to_contain_text("member_librarian")
        await page.goto(f"{mutua.url}/logout")
        await page.click("form button")
        await expect(page.locator("h1")).to_have_text("Signed out")
        await page.goto(f"{mutua.url}/viewer")
        await expect(page.locator("body")).to_contain_text('"signed_in":false')


async def test_a_foreign_page_cant_sign_her_out_in_chromium(town: Town) -> None:
    """A form on the site `localhost` that posts to ours: the cookie stays at home, and so does the session."""
    async with chromium() as browser:
        page = await browser.new_page(locale="en")
        await page.goto(f"{town.mutua.url}/demo/as/ada?target=/viewer")
        await expect(page.locator("body")).to_contain_text('"signed_in":true')
        await page.goto(f"{town.campus.site}/demo/idp/alpha/jwks")
        await page.evaluate(
            """(url) => { const form = document.createElement('form'); form.method = 'post'; form.action = url;
            document.body.append(form); form.submit(); }""",
            f"{town.mutua.url}/logout",
        )
        await page.wait_for_url(f"{town.mutua.url}/logout")
        await expect(page.locator("body")).to_contain_text("REQUEST_REFUSED")
        await page.goto(f"{town.mutua.url}/viewer")
        await expect(page.locator("body")).to_contain_text('"signed_in":true')
