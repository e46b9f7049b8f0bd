"""What is registered is what the provider goes by: secrets that overlap, suspension, and what a person takes back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from sqlmodel import col

from domain import clients, privacy
from domain.acts.act import Act
from domain.clients import NewClient
from domain.principal import Principal, Viewer
from domain.scopes import Scope
from models import client as rows
from models import identity
from models.vocabulary import ClientAuthentication
from tests.identity.apps import CALLBACK, SCOPES, App
from tests.identity.conftest import Town

ACT = Act("test", reason="because", account="cli:test")


async def registered(town: Town, **facts: Any) -> App:
    new = NewClient(**{"name": "Nightly", "authentication": ClientAuthentication.CLIENT_SECRET, **facts})
    async with town.mutua.everybody() as session:
        made = await clients.register(session, town.mutua.site.keys, ACT, new)
        return App(town.mutua, made.client.id, made.secret, tuple(made.client.scopes))


async def rotated(town: Town, app: App, keep_old_until: datetime | None = None) -> App:
    async with town.mutua.everybody() as session:
        client = await session.get_one(rows.Client, app.id)
        keys = town.mutua.site.keys
        made = await clients.rotate_secret(session, keys, ACT, client.id, client.version, keep_old_until)
        return App(town.mutua, made.client.id, made.secret, app.scopes)


async def works(app: App, http: httpx2.AsyncClient) -> bool:
    answer = await app.token(http, grant_type="client_credentials")
    assert answer.status_code in {200, 401}, answer.text
    return answer.status_code == 200


@pytest.fixture
async def nightly(town: Town) -> App:
    return await registered(town, scopes=[Scope.AGREEMENTS_RIGHTS_READ], member_id=town.members["alpha"])


async def test_a_registered_partner_gets_a_token_with_its_secret(
    town: Town, reader: httpx2.AsyncClient, nightly: App
) -> None:
    assert await works(nightly, reader)
    assert not await works(App(town.mutua, nightly.id, f"{nightly.secret}x"), reader)


async def test_of_two_secrets_the_old_one_is_good_as_long_as_it_may_be(
    town: Town, reader: httpx2.AsyncClient, nightly: App
) -> None:
    newer = await rotated(town, nightly, datetime.now(UTC) + timedelta(days=1))
    assert [await works(one, reader) for one in (nightly, newer)] == [True, True]
    async with town.mutua.everybody() as session:
        (old,) = await session.scalars(select(rows.ClientSecret).where(col(rows.ClientSecret.expires_at).is_not(None)))
        old.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    assert [await works(one, reader) for one in (nightly, newer)] == [False, True]
    newest = await rotated(town, newer)
    assert [await works(one, reader) for one in (newer, newest)] == [False, True]


async def test_a_suspended_client_gets_nothing_until_it_is_resumed(
    town: Town, reader: httpx2.AsyncClient, nightly: App
) -> None:
    async with town.mutua.everybody() as session:
        await clients.suspend(session, ACT, nightly.id, 1)
    assert not await works(nightly, reader)
    async with town.mutua.everybody() as session:
        await clients.resume(session, ACT, nightly.id, 2)
    assert await works(nightly, reader)


async def test_what_a_person_takes_back_ends_the_apps_tokens_and_she_is_asked_again(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    await town.sign_in(reader)
    facts = {"authentication": ClientAuthentication.NONE, "redirect_uris": [CALLBACK], "scopes": SCOPES}
    app = await registered(town, **facts)
    tokens = await app.tokens(reader)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await reader.get("/viewer", headers=bearer)).status_code == 200
    known = await reader.get("/oauth/authorize", params=app.question(), follow_redirects=False)
    assert known.status_code == 303, "she isn't asked twice"
    async with town.mutua.everybody() as session:
        sign_in = (await session.scalars(select(col(identity.Session.id)))).one()
        withdrawn = await privacy.withdraw(session, Viewer(Principal(), sign_in), app.id)
    assert (withdrawn.consents, withdrawn.authorizations) == (1, 2)
    assert (await reader.get("/viewer", headers=bearer)).status_code == 401
    refreshed = await app.token(reader, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    asked = await reader.get("/oauth/authorize", params=app.question(), follow_redirects=False)
    assert asked.status_code == 200
