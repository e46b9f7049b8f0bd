"""A librarian redeems her invitation in a browser: from a form of ours to her university on another site and back."""

import re
from pathlib import Path

from playwright.async_api import Page, expect

from tests.examples.conftest import Demo

ROLES = """async () => {
  const body = JSON.stringify({query: "{ viewer { memberships { roles } } }"});
  const answer = await fetch("/graphql", {method: "POST", headers: {"Content-Type": "application/json"}, body});
  return (await answer.json()).data.viewer.memberships[0].roles;
}"""


async def test_an_invitation_is_accepted_once(page: Page, demo: Demo, pictures: Path) -> None:
    told = demo.mutua("invite", "--role", "librarian", "--member", "lzu")
    (link,) = re.findall(r"http\S+/invitation/\S+", told)
    await page.goto(link)
    await expect(page.locator("main")).to_contain_text("librarian of a member")
    await page.screenshot(path=pictures / "invitation.png")
    await page.fill("#name", "Zhao at the desk")
    await page.get_by_role("button", name="Sign in and accept").click()
    await page.fill("#username", "walkin")
    await page.fill("#password", demo.passwords["walkin"])
    await page.click("button")
    await expect(page.locator("h1")).to_have_text("Your roles")
    await expect(page.locator("main")).to_contain_text("librarian of a member")
    await expect(page.locator("main")).to_contain_text("Lanzhou University")
    await page.screenshot(path=pictures / "roles.png")
    assert await page.evaluate(ROLES) == ["MEMBER_LIBRARIAN"]
    again = await page.goto(link)
    assert again
    assert again.status == 404
    await expect(page.locator("h1")).to_contain_text("The invitation is not valid")
