"""What an app does for a person beside GraphQL: as far as its token goes, and no longer than it stands (B14)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, update

from models import client as clients
from models import content as rows
from models.vocabulary import Affiliation
from schema.kit import ids
from tests.content.library import PDF, Library, address, library, reader
from tests.identity.apps import App, app
from tests.identity.house import House

OPEN = """
mutation ($item: ID!) {
  contentOpen(input: {contentItem: $item}) { link { url } access { __typename } problems { code } }
}
"""


@dataclass
class Reading:
    library: Library
    app: App
    person: httpx2.AsyncClient
    program: httpx2.AsyncClient

    async def bearer(self, scope: str | None = None) -> dict[str, str]:
        changes = {"scope": scope} if scope else {}
        token = (await self.app.tokens(self.person, **changes))["access_token"]
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
async def room(app_: App, mutua: Library) -> AsyncIterator[Reading]:
    cookie = await mutua.sign_in("pku", Affiliation.STUDENT)
    async with reader(mutua.url, **cookie) as person, reader(mutua.url) as program:
        yield Reading(mutua, app_, person, program)


@pytest.fixture
async def mutua(app: FastAPI) -> AsyncIterator[Library]:
    async with library(app) as opened:
        yield opened


@pytest.fixture
async def app_(mutua: Library) -> App:
    return await app(House(mutua.app, mutua.url, mutua.everybody))


async def test_an_app_opens_what_its_person_may_read(room: Reading) -> None:
    item, bearer = await room.library.item("journals/journal"), await room.bearer()
    assert (await room.program.get(address(item), headers=bearer)).content == PDF
    opened = await room.program.post(
        "/graphql", json={"query": OPEN, "variables": {"item": ids.encode("ContentItem", item.id)}}, headers=bearer
    )
    link = httpx2.URL(opened.json()["data"]["contentOpen"]["link"]["url"])
    assert (await room.program.get(link.raw_path.decode())).content == PDF
    events = await room.library.all(rows.UsageEvent)
    assert {event.member_id for event in events} == {room.library.world.id("member", "pku")}


@pytest.mark.parametrize("end", ["suspended", "revoked", "signed out"])
async def test_a_reading_ends_with_what_it_rests_on(room: Reading, end: str) -> None:
    item, bearer = await room.library.item("journals/journal"), await room.bearer()
    begun = await room.program.get(address(item), headers={**bearer, "Range": "bytes=0-8"})
    assert begun.status_code == 206
    if end == "signed out":
        await room.person.post("/logout", headers={"Origin": room.library.app.state.site.public_url})
    else:
        table, column = (
            (clients.Client, "suspended_at") if end == "suspended" else (clients.Authorization, "revoked_at")
        )
        async with room.library.everybody() as session:
            await session.execute(update(table).values({column: func.now()}))
    again = await room.program.get(begun.url, headers={"Range": "bytes=0-8"})
    assert again.status_code == 403
    assert (await room.program.get(address(item), headers=bearer)).status_code == 401


async def test_a_token_without_the_scope_opens_nothing_not_even_what_is_open(room: Reading) -> None:
    bearer = await room.bearer("openid access:decisions:read")
    partner = await app(room.app.house, secret=True, redirect_uris=[], scopes=("access:decisions:read",))
    own = {"Authorization": f"Bearer {await partner.own_token(room.program)}"}
    for title in ("free/open", "journals/journal"):
        item = await room.library.item(title)
        for token in (bearer, own):
            answer = await room.program.get(address(item), headers=token)
            assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING")
            assert 'scope="content:files:open"' in answer.headers["www-authenticate"]
            asked = {"query": OPEN, "variables": {"item": ids.encode("ContentItem", item.id)}}
            told = (await room.program.post("/graphql", json=asked, headers=token)).json()
            assert told["errors"][0]["extensions"]["code"] == "INSUFFICIENT_SCOPE"
    assert await room.library.counts() == (0, 0, 0)


async def test_an_app_brings_in_licences_documents_only_with_the_scope_and_for_who_may(room: Reading) -> None:
    """POST /documents by a token: without the scope nothing is looked at, and with it the person's own rights count."""
    sent = {"Content-Type": "application/pdf"}
    member = {"member": ids.encode("Member", room.library.world.id("member", "pku"))}
    wrong = await room.bearer("openid access:decisions:read")
    answer = await room.program.post("/documents", content=PDF, params=member, headers=wrong | sent)
    assert (answer.status_code, answer.json()["scope"]) == (403, "licences:terms:write")
    partner = await app(room.app.house, secret=True, redirect_uris=[], scopes=("licences:terms:read",))
    own = {"Authorization": f"Bearer {await partner.own_token(room.program)}"}
    assert (await room.program.post("/documents", content=PDF, params=member, headers=own | sent)).status_code == 403
    assert (await room.program.get("/documents/x", headers=wrong)).json()["scope"] == "licences:terms:read"
    assert (await room.program.get("/documents/x", headers=own)).status_code == 404


async def test_a_suspended_members_reader_keeps_nothing_of_the_pools(room: Reading) -> None:
    item, bearer = await room.library.item("journals/journal"), await room.bearer()
    begun = await room.program.get(address(item), headers={**bearer, "Range": "bytes=0-8"})
    await room.library.change(
        "INSERT INTO standing_change (member_id, standing, cause, actor) "
        "VALUES (:member, 'suspended', 'manual', 'cli:test')",
        member=room.library.world.id("member", "pku"),
    )
    again = await room.program.get(begun.url, headers={"Range": "bytes=0-8"})
    assert (again.status_code, again.json()["reason"]) == (403, "MEMBER_SUSPENDED")


async def test_our_own_pages_are_nothing_that_an_app_may_do(room: Reading) -> None:
    """A token signs nobody in there, whatever its scopes; not even with headers that only browsers send honestly."""
    bearer = await room.bearer()
    for path in ("/privacy/export", "/roles", "/privacy"):
        answer = await room.program.get(path, headers={**bearer, "Accept": "application/json"})
        assert "pku" not in answer.text
        assert "Peking" not in answer.text
    page = {"Origin": room.library.app.state.site.public_url, "Sec-Fetch-Site": "same-origin"}
    ours = {**bearer, **page}
    assert (await room.program.get("/privacy/export", headers=ours)).status_code == 401
    for path in ("/privacy/erase", "/privacy/sign-out", "/logout"):
        await room.program.post(path, headers=ours, data={"confirm": "yes"})
    still = await room.person.get("/privacy/export", headers=page)
    assert still.status_code == 200, "she is still signed in, and known"


async def test_a_link_resolver_asked_by_token_needs_its_scope(room: Reading) -> None:
    bearer = await room.bearer("openid")
    refused = await room.program.get("/resolve?issn=1435-8603", headers=bearer)
    assert (refused.status_code, refused.json()["scope"]) == (403, "access:decisions:read")
    able = await room.bearer("openid access:decisions:read")
    assert (await room.program.get("/resolve?issn=1435-8603", headers=able)).status_code in {200, 404}


async def test_one_apps_kept_answer_is_nothing_for_another(room: Reading) -> None:
    item = await room.library.item("journals/journal")
    other = await app(room.app.house)
    asked = {"query": OPEN, "variables": {"item": ids.encode("ContentItem", item.id)}}
    answers = []
    for one in (room.app, room.app, other):
        token = (await one.tokens(room.person))["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "once"}
        answers.append(await room.program.post("/graphql", json=asked, headers=headers))
    first, again, others = answers
    assert first.json() == again.json()
    assert others.status_code == 422
