"""Sign-in through a real Keycloak, by its real pages: two realms, one of which claims the other's scope."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from playwright.async_api import expect
from sqlalchemy import text

from api.database import Urls
from auth.saml import ourselves
from domain import members, roles
from domain.keys import KeyStore, Purpose
from models.vocabulary import Role
from tests.identity import federated
from tests.identity.house import House, browser, form_of, house, member
from tests.identity.keycloak import server
from tests.identity.keycloak.realms import CLIENT_ID, CLIENT_SECRET, COMMON_LIB_TERMS, LAW, Service, password
from tests.support.chromium import chromium
from tests.support.keys import lay
from tests.support.ports import free_ports


@pytest.fixture(scope="module")
def port() -> int:
    """Mutua's, which the realms know."""
    (port,) = free_ports(1)
    return port


@pytest.fixture(scope="module")
def shared_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay(tmp_path_factory.mktemp("mutua") / "keys")


@pytest.fixture(scope="module")
def keycloak(port: int, shared_keys: Path) -> Iterator[str]:
    url = f"http://127.0.0.1:{port}"
    signing = ourselves.signing(url, KeyStore(shared_keys, demo=True)).certificate
    with server.running(Service(url, signing)) as running:
        yield running


@dataclass
class Federation:
    mutua: House
    keycloak: str
    alpha: UUID
    beta: UUID

    def issuer(self, realm: str) -> str:
        return f"{self.keycloak}/realms/{realm}"


@pytest.fixture
async def federation(keycloak: str, database: Urls, port: int, shared_keys: Path) -> AsyncIterator[Federation]:
    """Mutua as two realms know it, each registered for its own scope; no demo."""
    keys = KeyStore(shared_keys, demo=True)
    async with house(database, keys, port, demo=False) as mutua:
        async with mutua.everybody() as session:
            made = Federation(
                mutua,
                keycloak,
                await member(session, "alpha", "alpha.edu"),
                await member(session, "beta", "beta.edu"),
            )
            for realm in ("alpha", "beta"):
                await members.register_provider(
                    session,
                    issuer=made.issuer(realm),
                    name={"en": f"Keycloak {realm}"},
                    client_id=CLIENT_ID,
                    sealed_secret=keys.seal(Purpose.PROVIDERS, CLIENT_SECRET.encode()),
                    scopes=[f"{realm}.edu"],
                )
        yield made


async def sign_in(
    federation: Federation, reader: httpx2.AsyncClient, name: str, realm: str = "alpha", target: str = "/viewer"
) -> httpx2.Response:
    page = await reader.get("/login", params={"issuer": federation.issuer(realm), "target": target})
    assert page.url.path == f"/realms/{realm}/protocol/openid-connect/auth", page.text
    return await fill_in(reader, page, name)


async def fill_in(reader: httpx2.AsyncClient, page: httpx2.Response, name: str) -> httpx2.Response:
    where, fields = form_of(page)
    return await reader.post(where, data=fields | {"username": name, "password": password(name)})


@pytest.mark.parametrize(
    ("name", "affiliations", "entitlements"),
    [
        ("alice", ["member", "staff"], [COMMON_LIB_TERMS]),
        ("bob", ["member", "student"], [COMMON_LIB_TERMS, LAW]),
        ("walkin", ["library-walk-in"], []),
        ("alumna", ["alum"], []),
        ("carol", ["student"], []),
    ],
)
async def test_people_sign_in_with_what_their_university_may_say(
    federation: Federation, name: str, affiliations: list[str], entitlements: list[str]
) -> None:
    """Carol is also called faculty of beta, by alpha: that is dropped."""
    async with browser(federation.mutua.url) as reader:
        seen = (await sign_in(federation, reader, name)).json()
    assert seen["signed_in"]
    [(member_id, membership)] = seen["memberships"].items()
    assert member_id == str(federation.alpha)
    assert membership["affiliations"] == affiliations
    assert membership["entitlements"] == sorted(entitlements)
    assert membership["pseudonym"]


async def test_a_realm_that_claims_the_other_ones_scope_signs_nobody_in(federation: Federation) -> None:
    """B08."""
    async with browser(federation.mutua.url) as reader:
        page = await sign_in(federation, reader, "mallory")
        assert page.status_code == 403
        assert "SCOPE_MISMATCH" in page.text
        assert not (await reader.get("/viewer")).json()["signed_in"]
    async with federation.mutua.everybody() as session:
        for table in ("session", "pseudonym"):
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0


async def test_whoever_has_no_affiliation_is_told_what_is_missing(federation: Federation) -> None:
    async with browser(federation.mutua.url) as reader:
        page = await sign_in(federation, reader, "nobody")
    assert page.status_code == 403
    assert "ATTRIBUTES_MISSING" in page.text


async def test_each_realm_speaks_for_its_own_member(federation: Federation) -> None:
    async with browser(federation.mutua.url) as reader:
        seen = (await sign_in(federation, reader, "dora", "beta")).json()
    assert list(seen["memberships"]) == [str(federation.beta)]


async def test_nothing_personal_is_kept(federation: Federation) -> None:
    async with browser(federation.mutua.url) as reader:
        await sign_in(federation, reader, "alice")
    async with federation.mutua.everybody() as session:
        kept = ""
        for table in ("sign_in", "session", "session_membership", "pseudonym"):
            kept += "".join((await session.execute(text(f"SELECT t::text FROM {table} t"))).scalars())
    for personal in ("alice", "Alice", "PWALICE7", "@"):
        assert personal not in kept


async def test_one_realms_answer_is_nothing_for_the_others_sign_in(federation: Federation) -> None:
    """B07, mix-up: beta's code arrives where alpha's was awaited."""
    async with browser(federation.mutua.url) as reader:
        awaited = await reader.get("/login", params={"issuer": federation.issuer("alpha")})
        other = await reader.get("/login", params={"issuer": federation.issuer("beta")})
        where, fields = form_of(other)
        answer = await reader.post(
            where, data=fields | {"username": "dora", "password": password("dora")}, follow_redirects=False
        )
        callback = httpx2.URL(answer.headers["location"])
        mixed = callback.copy_set_param("state", awaited.url.params["state"])
        page = await reader.get(mixed)
        assert page.status_code == 401
        assert "TOKEN_INVALID" in page.text


async def test_an_answer_works_once(federation: Federation) -> None:
    """B11."""
    async with browser(federation.mutua.url) as reader:
        page = await sign_in(federation, reader, "bob")
        [callback] = [hop.url for hop in page.history if hop.url.path == "/login/callback"]
        again = await reader.get(callback)
        assert again.status_code == 400


async def test_a_librarian_redeems_her_invitation(federation: Federation) -> None:
    mutua = federation.mutua
    async with mutua.everybody() as session:
        invited = await roles.invite_as(session, mutua.site.keys, "cli:test", federation.alpha, Role.MEMBER_LIBRARIAN)
    async with browser(mutua.url) as reader:
        where, fields = form_of(await reader.get(f"/invitation/{invited.token}"))
        login = await reader.post(where, data=fields | {"display_name": "Alice"}, headers={"Origin": mutua.url})
        await fill_in(reader, login, "alice")
        [membership] = (await reader.get("/viewer")).json()["memberships"].values()
    assert membership["roles"] == ["member_librarian"]


async def test_the_provider_demands_pkce(federation: Federation, keycloak: str) -> None:
    """The realms insist on S256, so that signing in at all shows that we send it."""
    async with httpx2.AsyncClient(trust_env=False) as plain:
        answer = await plain.get(
            f"{federation.issuer('alpha')}/protocol/openid-connect/auth",
            params={
                "client_id": CLIENT_ID,
                "response_type": "code",
                "scope": "openid",
                "redirect_uri": f"{federation.mutua.url}/login/callback",
            },
        )
    assert "code_challenge" in answer.headers["location"]
    assert "error=invalid_request" in answer.headers["location"]


async def join(federation: Federation, folder: Path) -> str:
    """Alpha's realm as a federation's SAML provider from now on; its entityID."""
    issuer = federation.issuer("alpha")
    names = {"zh": "阿尔法大学", "en": "Alpha University"}
    told = federated.described(f"{issuer}/protocol/saml/descriptor", "alpha.edu", names=names)
    await federated.join(federation.mutua, folder, told)
    return told.entity_id


async def by_saml(federation: Federation, reader: httpx2.AsyncClient, entity_id: str, name: str) -> httpx2.Response:
    page = await reader.get("/login", params={"entityID": entity_id, "target": "/viewer"})
    page = await fill_in(reader, page, name)
    where, fields = form_of(page)
    assert where == f"{federation.mutua.url}/saml/acs", page.text
    return await reader.post(where, data={"SAMLResponse": fields["SAMLResponse"]})


async def test_people_sign_in_by_saml_and_out_at_either_end(federation: Federation, tmp_path: Path) -> None:
    """The realm checks the signatures of our requests."""
    entity_id = await join(federation, tmp_path)
    async with browser(federation.mutua.url) as reader:
        seen = (await by_saml(federation, reader, entity_id, "bob")).json()["memberships"][str(federation.alpha)]
        assert seen["affiliations"] == ["member", "student"]
        assert seen["entitlements"] == sorted([COMMON_LIB_TERMS, LAW])
        out = await reader.post("/logout", data={"everywhere": "1"}, headers={"Origin": federation.mutua.url})
        assert out.url.path == "/saml/logout", out.text
        assert not (await reader.get("/viewer")).json()["signed_in"]
        again = await by_saml(federation, reader, entity_id, "bob")
        assert again.json()["memberships"][str(federation.alpha)]["pseudonym"] == seen["pseudonym"]
        await sign_out_there(federation, reader)
        assert not (await reader.get("/viewer")).json()["signed_in"]
    async with browser(federation.mutua.url) as reader:
        assert "SCOPE_MISMATCH" in (await by_saml(federation, reader, entity_id, "mallory")).text
    async with browser(federation.mutua.url) as reader:
        assert "ATTRIBUTES_MISSING" in (await by_saml(federation, reader, entity_id, "nobody")).text


async def sign_out_there(federation: Federation, reader: httpx2.AsyncClient) -> None:
    """At the university's own page, which asks."""
    page = await reader.get(f"{federation.issuer('alpha')}/protocol/openid-connect/logout")
    where, fields = form_of(page)
    await reader.post(where, data=fields)


async def test_signing_out_at_the_realm_ends_our_session_from_server_to_server(federation: Federation) -> None:
    async with browser(federation.mutua.url) as reader:
        assert (await sign_in(federation, reader, "bob")).json()["signed_in"]
        await sign_out_there(federation, reader)
        assert not (await reader.get("/viewer")).json()["signed_in"]


async def test_signing_out_here_reaches_the_realm(federation: Federation) -> None:
    async with browser(federation.mutua.url) as reader:
        await sign_in(federation, reader, "bob")
        out = await reader.post("/logout", data={"everywhere": "1"}, headers={"Origin": federation.mutua.url})
        assert out.url.path == "/logout/done", out.text
        page = await reader.get("/login", params={"issuer": federation.issuer("alpha"), "target": "/viewer"})
        assert "password" in page.text, "the realm asks again"
        await fill_in(reader, page, "bob")
        await reader.post("/logout", headers={"Origin": federation.mutua.url})
        page = await reader.get("/login", params={"issuer": federation.issuer("alpha"), "target": "/viewer"})
        assert page.json()["signed_in"], "signed out here only, the realm remembers her"


async def test_in_a_browser_she_signs_in_by_either_protocol_and_leaves_at_either_end(
    federation: Federation, tmp_path: Path
) -> None:
    mutua, realm = federation.mutua.url, federation.issuer("alpha")
    async with chromium() as opened:
        page = await opened.new_page(locale="zh-CN")
        for out_there, done in ((False, "/logout/done"), (True, None), (False, "/saml/logout?*"), (True, None)):
            if done == "/saml/logout?*":
                await join(federation, tmp_path)
            await page.goto(f"{mutua}/login?target=/viewer")
            await page.get_by_role("link", name="alpha大学").last.click()
            await page.fill("[name=username]", "bob")
            await page.fill("[name=password]", password("bob"))
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"{mutua}/viewer")
            await expect(page.locator("body")).to_contain_text('"signed_in":true')
            if out_there:
                await page.goto(f"{realm}/protocol/openid-connect/logout")
                await page.click("#kc-logout")
                await page.wait_for_load_state("networkidle")
            else:
                await page.goto(f"{mutua}/logout")
                await page.click("button[name=everywhere]")
                await page.wait_for_url(f"{mutua}{done}")
            await page.goto(f"{mutua}/viewer")
            await expect(page.locator("body")).to_contain_text('"signed_in":false')
