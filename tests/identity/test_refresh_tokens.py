"""Refresh tokens: good once, and a family that is stolen from dies (B12); revocation and introspection."""

import asyncio

import httpx2
import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from models import client as rows
from models import identity
from tests.identity.apps import App, app
from tests.identity.conftest import Town


@pytest.fixture
async def reading_room(town: Town, reader: httpx2.AsyncClient) -> App:
    await town.sign_in(reader)
    return await app(town.mutua)


async def refresh(one: App, http: httpx2.AsyncClient, token: str, **form: str) -> httpx2.Response:
    return await one.token(http, grant_type="refresh_token", refresh_token=token, **form)


async def good(http: httpx2.AsyncClient, access_token: str) -> bool:
    answer = await http.get("/viewer", headers={"Authorization": f"Bearer {access_token}"})
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


async def test_a_token_that_comes_twice_ends_all_of_its_family(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    first = await reading_room.tokens(reader)
    second = (await refresh(reading_room, reader, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    third = (await refresh(reading_room, reader, second["refresh_token"])).json()
    assert all([await good(reader, one["access_token"]) for one in (first, second, third)])
    stolen = await refresh(reading_room, reader, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert not any([await good(reader, one["access_token"]) for one in (first, second, third)])
    assert (await refresh(reading_room, reader, third["refresh_token"])).json()["error"] == "invalid_grant"
    async with town.mutua.everybody() as session:
        assert await session.scalar(select(col(rows.Authorization.revoked_for))) == "refresh_token_replayed"


async def test_two_at_once_are_a_theft(reader: httpx2.AsyncClient, reading_room: App) -> None:
    first = await reading_room.tokens(reader)
    answers = await asyncio.gather(*(refresh(reading_room, reader, first["refresh_token"]) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert not await good(reader, won["access_token"])


async def test_less_may_be_asked_for_and_never_more(reader: httpx2.AsyncClient, reading_room: App) -> None:
    first = await reading_room.tokens(reader, scope="openid access:decisions:read")
    more = await refresh(reading_room, reader, first["refresh_token"], scope="openid content:files:open")
    assert more.json()["error"] == "invalid_scope"
    less = await refresh(reading_room, reader, first["refresh_token"], scope="openid")
    assert less.json()["scope"] == "openid"
    seen = await reader.get("/viewer", headers={"Authorization": f"Bearer {less.json()['access_token']}"})
    assert seen.json()["scopes"] == ["openid"]


async def test_another_client_gets_nothing_for_it(town: Town, reader: httpx2.AsyncClient, reading_room: App) -> None:
    other, first = await app(town.mutua), await reading_room.tokens(reader)
    assert (await refresh(other, reader, first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await refresh(reading_room, reader, first["access_token"])).json()["error"] == "invalid_grant"
    assert (await refresh(reading_room, reader, first["refresh_token"])).status_code == 200


async def test_signing_out_ends_an_apps_tokens_at_once(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    first = await reading_room.tokens(reader)
    await reader.post("/logout", headers={"Origin": town.mutua.url})
    assert not await good(reader, first["access_token"])
    assert (await refresh(reading_room, reader, first["refresh_token"])).json()["error"] == "invalid_grant"


async def test_suspending_a_client_ends_its_tokens_at_once(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    first = await reading_room.tokens(reader)
    async with town.mutua.everybody() as session:
        await session.execute(update(rows.Client).values(suspended_at=func.now()))
    assert not await good(reader, first["access_token"])
    assert (await refresh(reading_room, reader, first["refresh_token"])).json()["error"] == "invalid_client"
    page = await reader.get("/oauth/authorize", params=reading_room.question(), follow_redirects=False)
    assert (page.status_code, "location" in page.headers) == (400, False)


async def test_a_client_that_may_less_now_may_less_with_its_old_tokens(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    first = await reading_room.tokens(reader)
    async with town.mutua.everybody() as session:
        await session.execute(update(rows.Client).values(scopes=["openid"]))
    seen = await reader.get("/viewer", headers={"Authorization": f"Bearer {first['access_token']}"})
    assert seen.json()["scopes"] == ["openid"]
    assert (await refresh(reading_room, reader, first["refresh_token"])).json()["scope"] == "openid"


async def test_a_provider_that_is_out_of_use_ends_them_too(
    town: Town, reader: httpx2.AsyncClient, reading_room: App
) -> None:
    first = await reading_room.tokens(reader)
    async with town.mutua.everybody() as session:
        await session.execute(update(identity.IdentityProvider).values(enabled=False))
    assert not await good(reader, first["access_token"])


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_revoking_either_token_ends_both(
    town: Town, reader: httpx2.AsyncClient, reading_room: App, kind: str
) -> None:
    first = await reading_room.tokens(reader)
    other = await app(town.mutua)
    form = {"token": first[kind], "client_id": str(other.id)}
    assert (await reader.post("/oauth/revoke", data=form)).json()["error"] == "invalid_grant"
    assert await good(reader, first["access_token"])
    for _ in range(2):
        answer = await reader.post("/oauth/revoke", data={**form, "client_id": str(reading_room.id)})
        assert (answer.status_code, answer.json()) == (200, {})
    assert not await good(reader, first["access_token"])
    assert (await refresh(reading_room, reader, first["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_token_that_is_none_is_revoked_already(reader: httpx2.AsyncClient, reading_room: App) -> None:
    form = {"client_id": str(reading_room.id)}
    assert (await reader.post("/oauth/revoke", data={**form, "token": "x"})).status_code == 200
    assert (await reader.post("/oauth/revoke", data=form)).json()["error"] == "invalid_request"
    hint = {**form, "token": "x", "token_type_hint": "cookie"}
    assert (await reader.post("/oauth/revoke", data=hint)).json()["error"] == "unsupported_token_type"


async def test_a_client_asks_about_its_own_tokens(town: Town, reader: httpx2.AsyncClient) -> None:
    await town.sign_in(reader)
    library, other = await app(town.mutua, secret=True), await app(town.mutua, secret=True)
    told = await library.tokens(reader)

    async def asked(one: App, token: str) -> dict[str, object]:
        answer = await reader.post("/oauth/introspect", data={"token": token}, auth=one.auth)
        assert answer.status_code == 200, answer.text
        said: dict[str, object] = answer.json()
        return said

    access = await asked(library, told["access_token"])
    assert (access["active"], access["client_id"], access["aud"]) == (True, str(library.id), town.mutua.url)
    assert (await asked(library, told["refresh_token"]))["active"] is True
    for one, token in ((other, told["access_token"]), (library, "x"), (library, told["id_token"])):
        assert await asked(one, token) == {"active": False}
    await refresh(library, reader, told["refresh_token"])
    assert await asked(library, told["refresh_token"]) == {"active": False}
    await reader.post("/logout", headers={"Origin": town.mutua.url})
    assert await asked(library, told["access_token"]) == {"active": False}
    public = await app(town.mutua)
    answer = await reader.post("/oauth/introspect", data={"token": "x", "client_id": str(public.id)})
    assert answer.json()["error"] == "invalid_client"
