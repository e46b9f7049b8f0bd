"""Erasing: what leads to the person goes, nothing of anybody else's, and her next sign-in is a new person's."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text
from sqlmodel import col

from domain import privacy
from domain.principal import Principal, Viewer
from models import content as files
from models import identity as rows
from models.record import Change, IdempotencyKey
from models.vocabulary import Role
from tests.api.persons import ERASE, NAME, Browser, Town, town
from tests.content.library import library

TO_NOBODY = {"change", "refused_act", "invitation"}
"""Tables that go on naming her pseudonym, which is no row's any more."""


@pytest.fixture
async def city(app: FastAPI) -> AsyncIterator[Town]:
    async with library(app) as opened:
        made = await town(opened)
        yield made
        for client in made.opened:
            await client.aclose()


async def erase(browser: Browser, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await browser.ask(ERASE, confirm=True, **more))["viewerErase"]
    return answer


async def pseudonyms(city: Town, browser: Browser) -> set[str]:
    async with city.library.everybody() as session:
        membership = rows.SessionMembership
        of_hers = select(col(membership.pseudonym_id)).where(col(membership.session_id) == browser.id)
        return {str(key) for key in await session.scalars(of_hers) if key}


def changed(before: dict[str, set[str]], after: dict[str, set[str]]) -> dict[str, tuple[int, int]]:
    """Of each table: how many rows went, and how many came. One that is different went and came."""
    found = {name: (len(rows - after[name]), len(after[name] - rows)) for name, rows in before.items()}
    return {name: numbers for name, numbers in found.items() if numbers != (0, 0)}


async def test_row_by_row_what_leads_to_her_goes_and_nothing_of_anybody_else(city: Town) -> None:
    both, one = await city.of_everything("ada")
    bobs = [*await city.of_everything("bob"), await city.sign_in(None, "pku")]
    hers = await pseudonyms(city, both)
    assert len(hers) == 2
    before = await city.rows()
    answer = await erase(one)
    assert answer == {
        "erased": {"signIns": 2, "pseudonyms": 2, "roles": 1, "names": 2, "readings": 2, "answers": 1},
        "problems": [],
    }
    after = await city.rows()
    assert changed(before, after) == {
        "session": (2, 0),
        "session_membership": (3, 0),
        "pseudonym": (2, 0),
        "role_assignment": (1, 0),
        "client_authorization": (2, 0),
        "consent": (2, 0),
        "idempotency_key": (1, 0),
        "reading": (2, 2),
        "change": (2, 2),
    }
    for key in (str(both.id), str(one.id)):
        assert {name for name, texts in after.items() if any(key in text for text in texts)} == set()
    for key in hers:
        left = {name for name, texts in after.items() if any(key in text for text in texts)}
        assert left <= TO_NOBODY
    assert [text for name, texts in after.items() for text in texts if NAME in text and name != "role_assignment"] == [
        text for text in after["change"] if NAME in text
    ], "bob's acts are signed as before"
    assert len([text for text in after["change"] if NAME in text]) == 2
    assert [await browser.signed_in() for browser in (both, one, *bobs)] == [False, False, True, True, True]


async def test_her_readings_stop_at_once_and_are_tied_to_nobody(city: Town) -> None:
    both, one = await city.of_everything("ada")
    (bob,) = [await city.sign_in("bob", "pku")]
    theirs = {browser.id: await city.read(browser) for browser in (both, one, bob)}
    unused = await link(both)
    assert [(await both.client.get(where)).status_code for where in theirs.values()] == [200, 200, 200]
    await erase(both)
    assert [(await both.client.get(where)).status_code for where in theirs.values()] == [403, 403, 200]
    assert (await both.client.get(unused)).status_code == 403, "a link that was made before begins nothing now"
    async with city.library.everybody() as session:
        reading = files.Reading
        untied = select(func.count()).where(col(reading.session_id).is_(None), col(reading.ended_at).is_not(None))
        assert await session.scalar(untied) == 4
        assert await session.scalar(select(func.count()).where(col(reading.session_id) == bob.id)) == 1


async def link(browser: Browser) -> str:
    found = await browser.ask("{ resources(first: 9) { nodes { contents { nodes { id } } } } }")
    (item,) = [one["id"] for node in found["resources"]["nodes"] for one in node["contents"]["nodes"]]
    document = "mutation($id: ID!) { contentOpen(input: {contentItem: $id}) { link { url } } }"
    url: str = (await browser.ask(document, id=item))["contentOpen"]["link"]["url"]
    return url.partition("8000")[2]


async def test_her_next_sign_in_is_a_new_persons(city: Town) -> None:
    both, _ = await city.of_everything("ada")
    before = await pseudonyms(city, both)
    await erase(both)
    again = await city.sign_in("ada", "pku", "lzu")
    assert await pseudonyms(city, again) & before == set()
    told = await again.ask(
        "{ viewer { memberships { roles } personalData { roles { id } acts { totalCount } readings { totalCount }"
        " signIns { totalCount } keptAnswers pseudonyms { id } } } }"
    )
    known = told["viewer"]["personalData"]
    assert (known["roles"], known["acts"], known["keptAnswers"]) == ([], {"totalCount": 0}, 0)
    assert (known["readings"], known["signIns"]) == ({"totalCount": 0}, {"totalCount": 1})
    assert {one["id"] for one in known["pseudonyms"]} == await pseudonyms(city, again)


async def test_somebody_whose_institution_sends_no_pseudonym_is_erased_with_this_sign_in(city: Town) -> None:
    mine, hers = await city.sign_in(None, "pku"), await city.sign_in(None, "pku")
    where = await city.read(mine)
    before = await city.rows()
    answer = await erase(mine)
    nothing = {"pseudonyms": 0, "roles": 0, "names": 0, "answers": 0}
    assert answer == {"erased": {"signIns": 1, "readings": 1, **nothing}, "problems": []}
    after = await city.rows()
    assert changed(before, after) == {"session": (1, 0), "session_membership": (1, 0), "reading": (1, 1)}
    assert (await mine.client.get(where)).status_code == 403
    assert (await mine.signed_in(), await hers.signed_in()) == (False, True)


async def test_a_sign_in_at_one_of_her_members_is_found_from_another(city: Town) -> None:
    """lzu alone and pku alone have nothing in common but the sign-in at both."""
    lzu, pku = await city.sign_in("ada", "lzu"), await city.sign_in("ada", "pku")
    assert (await count_sign_ins(lzu), await count_sign_ins(pku)) == (1, 1), "nothing ties them"
    both = await city.sign_in("ada", "pku", "lzu")
    assert [await count_sign_ins(browser) for browser in (lzu, pku, both)] == [3, 3, 3]
    assert (await erase(lzu))["erased"]["signIns"] == 3
    assert [await browser.signed_in() for browser in (lzu, pku, both)] == [False] * 3


async def count_sign_ins(browser: Browser) -> int:
    told = await browser.ask("{ viewer { personalData { signIns { totalCount } } } }")
    number: int = told["viewer"]["personalData"]["signIns"]["totalCount"]
    return number


async def test_what_isnt_confirmed_isnt_done_nor_what_nobody_asks(city: Town) -> None:
    both, _ = await city.of_everything("ada")
    before = await city.rows()
    refused = (await both.ask(ERASE, confirm=False))["viewerErase"]
    assert (refused["erased"], refused["problems"][0]["code"]) == (None, "NOT_CONFIRMED")
    assert refused["problems"][0]["path"] == ["input", "confirm"]
    assert changed(before, await city.rows()) == {"refused_act": (0, 1)}
    both.client.headers["Origin"] = "https://evil.example"
    answer = await both.client.post("/graphql", json={"query": ERASE, "variables": {"confirm": True}})
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    del both.client.headers["Cookie"]
    nobody = await erase(both)
    assert (nobody["erased"], nobody["problems"][0]["code"]) == (None, "UNAUTHENTICATED")
    assert changed(before, await city.rows()) == {"refused_act": (0, 1)}


async def test_erasing_twice_erases_once(city: Town) -> None:
    both, _ = await city.of_everything("ada")
    viewer = Viewer(Principal(), both.id)
    async with city.library.everybody() as session:
        assert (await privacy.erase(session, viewer)).sign_ins == 2
        again = await privacy.erase(session, viewer)
    assert again == privacy.Erased(0, 0, 0, 0, 0, 0)
    assert (await erase(both))["problems"][0]["code"] == "UNAUTHENTICATED"


async def test_the_key_of_the_request_that_erases_is_not_kept_either(city: Town) -> None:
    browser = await city.sign_in("ada", "pku")
    assert (await erase(browser, key="once"))["erased"]["signIns"] == 1
    async with city.library.everybody() as session:
        assert await session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0


async def test_who_has_erased_does_nothing_more_in_the_same_request(city: Town) -> None:
    both, _ = await city.of_everything("ada")
    document = """mutation($input: PackageCreateInput!) {
      viewerErase(input: {confirm: true}) { problems { code } }
      packageCreate(input: $input) { package { id } problems { code } }
    }"""
    provider = (await both.ask("{ members { nodes { id } } }"))["members"]["nodes"][0]["id"]
    answer = await both.ask(document, input={"code": "late", "name": {"en": "x"}, "provider": provider})
    assert answer["viewerErase"]["problems"] == []
    assert answer["packageCreate"] == {"package": None, "problems": [{"code": "UNAUTHENTICATED"}]}


async def test_the_last_admin_stays_until_there_is_another(city: Town) -> None:
    ada = await city.sign_in("ada", "pku", "lzu")
    await city.invited(ada, "lzu", Role.CONSORTIUM_ADMIN)
    before = await city.rows()
    refused = await erase(ada)
    assert (refused["erased"], refused["problems"][0]["code"]) == (None, "LAST_ADMIN")
    assert "invite another one first" in refused["problems"][0]["message"]
    assert changed(before, await city.rows()) == {"refused_act": (0, 1)}
    assert await ada.signed_in()
    bob = await city.sign_in("bob", "pku")
    await city.invited(bob, "pku", Role.CONSORTIUM_ADMIN)
    async with city.library.everybody() as session:
        await session.execute(
            text("UPDATE role_assignment SET valid_from = now() + interval '1 hour' WHERE member_id = :pku"),
            {"pku": city.member("pku")},
        )
    assert (await erase(ada))["problems"][0]["code"] == "LAST_ADMIN", "one who isn't in office yet is no other admin"
    async with city.library.everybody() as session:
        await session.execute(text("UPDATE role_assignment SET valid_from = now()"))
    assert (await erase(ada))["problems"] == []
    assert (await erase(bob))["problems"][0]["code"] == "LAST_ADMIN"


async def test_two_admins_who_go_at_once_dont_count_on_each_other(city: Town) -> None:
    browsers = [await city.sign_in(name, "pku") for name in ("ada", "bob")]
    for browser in browsers:
        await city.invited(browser, "pku", Role.CONSORTIUM_ADMIN)
    answers = await asyncio.gather(*(erase(browser) for browser in browsers))
    assert sorted(len(answer["problems"]) for answer in answers) == [0, 1]
    async with city.library.everybody() as session:
        assert await session.scalar(select(func.count()).select_from(rows.RoleAssignment)) == 1


async def test_nobody_signs_in_unseen_while_she_is_being_erased(city: Town) -> None:
    """A sign-in that comes meanwhile waits, and is then a new person's."""
    browser = await city.sign_in("ada", "pku")
    async with city.library.everybody() as session:
        await privacy.erase(session, Viewer(Principal(), browser.id))
        arriving = asyncio.create_task(city.sign_in("ada", "pku"))
        await asyncio.sleep(0.3)
        assert not arriving.done()
    again = await arriving
    assert len(await pseudonyms(city, again)) == 1
    assert await count_sign_ins(again) == 1


async def test_a_sign_in_that_came_just_before_is_erased_too(city: Town) -> None:
    browser = await city.sign_in("ada", "pku")
    async with city.library.everybody() as session:
        subject = await session.scalar(select(rows.Pseudonym))
        assert subject
        await session.execute(text("UPDATE pseudonym SET last_seen_at = now()"))
        erasing = asyncio.create_task(erase(browser))
        await asyncio.sleep(0.3)
        row = rows.Session(
            token_hash=b"x", provider_id=city.provider, member_ids=[city.member("pku")], expires_at=subject.last_seen_at
        )
        session.add(row)
        await session.flush()
        session.add(rows.SessionMembership(session_id=row.id, member_id=city.member("pku"), pseudonym_id=subject.id))
        await session.flush()
        assert not erasing.done()
    assert (await erasing)["erased"]["signIns"] == 2


async def test_an_invitation_being_accepted_leaves_no_name(city: Town) -> None:
    """For an hour the sign-in that accepted it has the display name, and the invitation's fingerprint."""
    both, _ = await city.of_everything("ada")
    async with city.library.everybody() as session:
        hashes = (
            await session.scalars(select(col(rows.Invitation.token_hash)).order_by(col(rows.Invitation.id)))
        ).all()
        for token_hash in (hashes[0], b"another's"):
            session.add(
                rows.SignIn(
                    state_hash=token_hash,
                    browser_hash=b"x",
                    provider_id=city.provider,
                    secrets="x",
                    target="/",
                    invitation_hash=token_hash,
                    display_name=NAME,
                )
            )
    await erase(both)
    async with city.library.everybody() as session:
        left = (await session.scalars(select(col(rows.SignIn.invitation_hash)))).all()
        assert left == [b"another's"]
        assert await session.scalar(select(func.count()).where(col(Change.actor_name).is_not(None))) == 0
