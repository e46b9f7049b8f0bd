"""The demo's universities: a person signs in through hers by password or by a link, and never with another's."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from api.database import Urls
from demo import saml
from demo.identity import Campus, origin_beside, router
from demo.identity_people import People, load, secrets_in
from demo.identity_setup import install, load_metadata
from domain.keys import KeyStore
from tests.identity.house import House, browser, form_of, house, member, posted_on
from tests.support.keys import lay

PEOPLE = load()


@pytest.fixture
def people() -> People:
    return PEOPLE


@pytest.fixture
async def town(database: Urls, tmp_path: Path, people: People) -> AsyncIterator[tuple[House, Campus]]:
    """Mutua with every demo university, each at its members' scopes."""
    keys = KeyStore(lay(tmp_path / "keys"), demo=True)
    async with house(database, keys) as mutua:
        campus = Campus(people, secrets_in(tmp_path, people), mutua.url, origin_beside(mutua.url))
        mutua.app.include_router(router(campus))
        mutua.app.include_router(saml.router(campus, keys))
        await load_metadata(mutua.everybody, campus)
        async with mutua.everybody() as session:
            for university in people.universities.values():
                for scope in university.scopes:
                    await member(session, scope.partition(".")[0], scope)
            await install(session, keys, campus)
        yield mutua, campus


async def test_a_student_signs_in_with_her_password(town: tuple[House, Campus]) -> None:
    mutua, campus = town
    async with browser(mutua.url) as reader:
        page = await reader.get("/login", params={"scope": "lzu.edu.cn", "target": "/viewer"})
        assert page.url.host == "localhost"
        where, fields = form_of(page)
        wrong = await reader.post(str(page.url), data=fields | {"username": "student", "password": "guess"})
        assert wrong.status_code == 401
        seen = await reader.post(
            str(page.url), data=fields | {"username": "student", "password": campus.secrets.passwords["student"]}
        )
        assert seen.url.path == "/viewer"
        [membership] = seen.json()["memberships"].values()
    assert membership["affiliations"] == ["member", "student"]
    assert membership["entitlements"] == ["urn:mace:dir:entitlement:common-lib-terms"]
    assert membership["roles"] == []
    assert where.startswith("http://localhost")


async def test_a_link_signs_in_as_every_person_through_the_real_flow(town: tuple[House, Campus]) -> None:
    mutua, campus = town
    for person in campus.people.persons.values():
        async with browser(mutua.url) as reader:
            page = await reader.get(f"/demo/as/{person.id}", params={"target": "/viewer"})
            seen = await posted_on(reader, page)
            hops = [str(one.url) for one in (*page.history, page, *seen.history)]
            if campus.people.universities[person.university].saml:
                assert any("/saml/sso?" in hop and "Signature=" in hop for hop in hops)
                assert any("/saml/finish?" in hop for hop in hops)
            else:
                assert any("/authorize?" in hop and "code_challenge=" in hop for hop in hops)
                assert any("/login/callback?" in hop for hop in hops)
            memberships = seen.json()["memberships"].values()
            assert {one for held in memberships for one in held["affiliations"]} == {
                one.partition("@")[0] for one in person.affiliations
            }
            assert {one for held in memberships for one in held["roles"]} == {role for role, _ in person.roles}


async def test_one_issuer_speaks_for_two_members(town: tuple[House, Campus]) -> None:
    mutua, _ = town
    async with browser(mutua.url) as reader:
        page = await reader.get("/demo/as/two-members", params={"target": "/viewer"})
        seen = (await posted_on(reader, page)).json()["memberships"]
    assert sorted(one["affiliations"] for one in seen.values()) == [
        ["employee", "member", "staff"],
        ["member", "student"],
    ]
    pseudonyms = {one["pseudonym"] for one in seen.values()}
    assert len(pseudonyms) == 2
    assert None not in pseudonyms


async def test_a_link_is_good_for_one_sign_in(town: tuple[House, Campus]) -> None:
    mutua, _ = town
    async with browser(mutua.url) as reader:
        await reader.get("/demo/as/student", params={"target": "/viewer"})
        again = await reader.get("/login", params={"scope": "lzu.edu.cn"})
    assert again.url.path.endswith("/authorize")
    assert 'type="password"' in again.text


async def test_a_program_signs_in_with_the_plain_cookie(town: tuple[House, Campus]) -> None:
    mutua, _ = town
    async with httpx2.AsyncClient(base_url=mutua.url, follow_redirects=True, trust_env=False) as program:
        seen = await program.get("/demo/as/professor", params={"target": "/viewer"})
        assert seen.json()["signed_in"]
        assert "mutua_demo" in program.cookies


async def test_a_person_of_one_university_is_nobody_at_another(town: tuple[House, Campus]) -> None:
    mutua, campus = town
    async with browser(mutua.url) as reader:
        page = await reader.get("/login", params={"scope": "pku.edu.cn"})
        answer = await reader.post(
            str(page.url), data={"username": "student", "password": campus.secrets.passwords["student"]}
        )
        assert answer.status_code == 401


def test_secrets_are_made_once_and_private(tmp_path: Path, people: People) -> None:
    first = secrets_in(tmp_path, people)
    again = secrets_in(tmp_path, people)
    assert first.passwords == again.passwords
    assert len(set(first.passwords.values())) == len(people.persons)
    assert {one: key.kid for one, key in first.signing.items()} == {one: key.kid for one, key in again.signing.items()}
    assert [file.stat().st_mode & 0o777 for file in tmp_path.iterdir()] == [0o600]


async def test_at_another_port_the_old_addresses_no_longer_count(town: tuple[House, Campus], tmp_path: Path) -> None:
    mutua, campus = town
    moved = Campus(campus.people, campus.secrets, "http://127.0.0.1:1", "http://localhost:1")
    async with browser(mutua.url) as reader:
        assert (await reader.get("/demo/as/student", params={"target": "/viewer"})).json()["signed_in"]
        async with mutua.everybody() as session:
            await install(session, mutua.site.keys, moved)
        assert not (await reader.get("/viewer")).json()["signed_in"]
        assert (await reader.get("/login", params={"issuer": campus.issuer("lzu")})).status_code == 404
