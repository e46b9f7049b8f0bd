"""Idempotency-Key: one effect, the same answer (F01)."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Urls
from tests.schema.conftest import House, Person
from tests.schema.test_acts import CREATE, licence

EFFECTS = text("SELECT count(*) FROM change WHERE act = 'licenceCreate'")


async def send(person: Person, key: str, **wanted: Any) -> httpx2.Response:
    body = {"query": CREATE, "variables": {"input": wanted}}
    return await person.client.post("/graphql", json=body, headers={"Idempotency-Key": key})


def alter(database: Urls, what: str) -> None:
    assert database.owner
    engine = create_engine(database.owner)
    with engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE change {what}"))
    engine.dispose()


async def effects(session: AsyncSession) -> int:
    return int((await session.execute(EFFECTS)).scalar_one())


async def test_a_hundred_at_once_are_one_effect_and_one_answer(
    house: House, librarian: Person, session: AsyncSession
) -> None:
    answers = await asyncio.gather(*(send(librarian, "k1", **licence(house)) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["data"]["licenceCreate"]["problems"] == []
    assert await effects(session) == 1


async def test_the_same_key_for_another_request_is_refused(
    house: House, librarian: Person, session: AsyncSession
) -> None:
    await send(librarian, "k1", **licence(house))
    other = await send(librarian, "k1", **licence(house, code="another"))
    assert other.status_code == 422
    assert other.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await effects(session) == 1


async def test_somebody_elses_key_of_the_same_name_is_another_key(
    house: House, librarian: Person, admin: Person, session: AsyncSession
) -> None:
    await send(librarian, "k1", **licence(house))
    other = await send(admin, "k1", **licence(house, code="another"))
    assert other.json()["data"]["licenceCreate"]["problems"] == []
    assert await effects(session) == 2


async def test_a_problem_is_an_answer_too(house: House, librarian: Person) -> None:
    await send(librarian, "k1", **licence(house))
    refused = await send(librarian, "k2", **licence(house))
    assert refused.json()["data"]["licenceCreate"]["problems"][0]["code"] == "TAKEN"
    assert (await send(librarian, "k2", **licence(house))).content == refused.content


async def test_the_order_of_variables_makes_no_other_request(house: House, librarian: Person) -> None:
    wanted = licence(house)
    first = await send(librarian, "k1", **wanted)
    again = await send(librarian, '"k1"', **dict(reversed(wanted.items())))
    assert again.content == first.content


@pytest.mark.parametrize("key", ["", " ", '""', "k" * 256, "schlüssel"])
async def test_a_key_that_cant_be_one_is_refused(
    house: House, librarian: Person, session: AsyncSession, key: str
) -> None:
    body = {"query": CREATE, "variables": {"input": licence(house)}}
    headers = [(b"Idempotency-Key", key.encode())]
    answer = await librarian.client.post("/graphql", json=body, headers=headers)
    assert answer.status_code == 400
    assert await effects(session) == 0


async def test_keys_are_for_somebody_signed_in(house: House, anonymous: Person) -> None:
    answer = await send(anonymous, "k1", **licence(house))
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_what_a_fault_undid_can_be_tried_again(house: House, librarian: Person, database: Urls) -> None:
    alter(database, "ADD CONSTRAINT broken CHECK (act <> 'licenceCreate') NOT VALID")
    failed = await send(librarian, "k1", **licence(house))
    assert failed.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    alter(database, "DROP CONSTRAINT broken")
    assert (await send(librarian, "k1", **licence(house))).json()["data"]["licenceCreate"]["problems"] == []


async def test_the_answer_kept_is_sealed(house: House, librarian: Person, session: AsyncSession) -> None:
    await send(librarian, "k1", **licence(house))
    kept = (await session.execute(text("SELECT answer FROM idempotency_key"))).scalar_one()
    assert "licenceCreate" not in kept
