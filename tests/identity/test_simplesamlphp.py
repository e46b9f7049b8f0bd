"""Sign-in and sign-out through a real simplesamlphp by its real pages, with assertions in the clear and encrypted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from playwright.async_api import expect

from api.database import Urls
from auth.saml import ourselves
from domain.keys import KeyStore, Purpose
from tests.identity import federated
from tests.identity.house import House, browser, form_of, house, member
from tests.identity.simplesamlphp import server
from tests.identity.simplesamlphp.server import COMMON_LIB_TERMS, SCOPE, Service, password
from tests.support.chromium import chromium


@dataclass
class Campus:
    mutua: House
    idp: str
    members: dict[str, UUID]

    @property
    def entity_id(self) -> str:
        return f"{self.idp}/saml2/idp/metadata.php"


@pytest.fixture(params=[False, True], ids=["plain", "encrypted"])
async def campus(
    request: pytest.FixtureRequest, database: Urls, keys: KeyStore, tmp_path: Path
) -> AsyncIterator[Campus]:
    async with house(database, keys) as mutua:
        us = mutua.url
        service = Service(
            ourselves.entity_id(us),
            us + ourselves.ACS,
            us + ourselves.SLO,
            ourselves.signing(us, keys).certificate,
            ourselves.published(us, keys, Purpose.SAML_DECRYPTION)[0].certificate if request.param else None,
        )
        folder = tmp_path / "idp"
        folder.mkdir()
        with server.running(folder, service) as idp:
            async with mutua.everybody() as session:
                known = {one: await member(session, one, f"{one}.edu") for one in ("alpha", "gamma", "delta")}
            made = Campus(mutua, idp, known)
            names = {"zh": "伽马大学", "en": "Gamma University"}
            await federated.join(mutua, tmp_path, federated.described(made.entity_id, SCOPE, "delta.edu", names=names))
            yield made


async def sign_in(campus: Campus, reader: httpx2.AsyncClient, name: str, **asked: str) -> httpx2.Response:
    page = await reader.get("/login", params={"entityID": campus.entity_id, "target": "/viewer"} | asked)
    where, fields = form_of(page)
    page = await reader.post(where, data=fields | {"username": name, "password": password(name)})
    return await submitted(reader, page)


async def submitted(reader: httpx2.AsyncClient, page: httpx2.Response) -> httpx2.Response:
    """The form that the university's page sends by itself."""
    where, fields = form_of(page)
    assert where.endswith("/saml/acs"), page.text
    return await reader.post(where, data={"SAMLResponse": fields["SAMLResponse"]})


async def test_people_sign_in_with_what_their_university_may_say(campus: Campus) -> None:
    gamma, delta = (str(campus.members[one]) for one in ("gamma", "delta"))
    async with browser(campus.mutua.url) as reader:
        seen = (await sign_in(campus, reader, "carol")).json()["memberships"]
    assert seen[gamma]["affiliations"] == ["faculty", "member"]
    assert seen[gamma]["pseudonym"]
    async with browser(campus.mutua.url) as reader:
        seen = (await sign_in(campus, reader, "walkin")).json()["memberships"]
    assert seen == {gamma: {"affiliations": ["library-walk-in"], "entitlements": [], "roles": [], "pseudonym": None}}
    async with browser(campus.mutua.url) as reader:
        seen = (await sign_in(campus, reader, "both")).json()["memberships"]
    assert {one: said["affiliations"] for one, said in seen.items()} == {gamma: ["student"], delta: ["staff"]}
    async with browser(campus.mutua.url) as reader:
        assert "SCOPE_MISMATCH" in (await sign_in(campus, reader, "eve")).text
    async with browser(campus.mutua.url) as reader:
        assert "ATTRIBUTES_MISSING" in (await sign_in(campus, reader, "silent")).text
        assert COMMON_LIB_TERMS not in (await reader.get("/viewer")).text


async def test_signing_out_here_reaches_the_university(campus: Campus) -> None:
    async with browser(campus.mutua.url) as reader:
        await sign_in(campus, reader, "carol")
        out = await reader.post("/logout", data={"everywhere": "1"}, headers={"Origin": campus.mutua.url})
        assert out.url.path == "/saml/logout"
        assert "your institution has ended" in out.text or "所在机构的登录" in out.text
        assert not (await reader.get("/viewer")).json()["signed_in"]
        page = await reader.get("/login", params={"entityID": campus.entity_id, "target": "/viewer"})
        assert "username" in page.text, "the university asks for the password again"


async def test_signing_out_at_the_university_reaches_us(campus: Campus) -> None:
    async with browser(campus.mutua.url) as reader:
        await sign_in(campus, reader, "carol")
        assert (await reader.get("/viewer")).json()["signed_in"]
        back = f"{campus.idp}/saml2/idp/metadata.php"
        page = await reader.get(f"{campus.idp}/saml2/idp/SingleLogoutService.php", params={"ReturnTo": back})
        assert any(hop.url.path == "/saml/logout" for hop in (*page.history, page)), page.text
        assert not (await reader.get("/viewer")).json()["signed_in"]


@pytest.mark.parametrize("campus", [True], ids=["encrypted"], indirect=True)
async def test_in_a_browser_she_finds_her_university_in_chinese_and_leaves_at_either_end(campus: Campus) -> None:
    """The university is on another site: its form brings no cookie of ours, the visit after it does."""
    async with chromium() as opened:
        page = await opened.new_page(locale="zh-CN")
        for out_there in (False, True):
            await page.goto(f"{campus.mutua.url}/login?target=/viewer")
            await page.fill("[type=search]", "gamma")
            await page.get_by_role("link", name="gamma大学").last.click()
            await page.fill("[name=username]", "carol")
            await page.fill("[name=password]", password("carol"))
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"{campus.mutua.url}/viewer")
            await expect(page.locator("body")).to_contain_text('"signed_in":true')
            if out_there:
                await page.goto(f"{campus.idp}/saml2/idp/SingleLogoutService.php?ReturnTo={campus.idp}/")
            else:
                await page.goto(f"{campus.mutua.url}/logout")
                await page.click("button[name=everywhere]")
                await page.wait_for_url(f"{campus.mutua.url}/saml/logout?*")
                await expect(page.locator("main")).to_contain_text("也已退出您所在机构的登录")
            await page.goto(f"{campus.mutua.url}/viewer")
            await expect(page.locator("body")).to_contain_text('"signed_in":false')
