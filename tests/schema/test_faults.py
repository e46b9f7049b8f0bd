"""What goes wrong on our side: told by a number, never by its cause."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import graphql
from schema.kit import loaders
from tests.schema.conftest import House, Person

MEMBERS = "{ members { nodes { name identifiers { value } } } packages { nodes { name provider { name } } } }"


@contextmanager
def broken(name: str, batch: loaders.Batch) -> Iterator[None]:
    """Another batch in place of a loader's own."""
    whole = loaders._BATCHES[name]
    loaders._BATCHES[name] = batch, whole[1]
    try:
        yield
    finally:
        loaders._BATCHES[name] = whole


async def secret(_session: AsyncSession, _keys: Sequence[Any]) -> dict[Any, Any]:
    raise RuntimeError("secret /etc/path")


async def sleepy(session: AsyncSession, _keys: Sequence[Any]) -> dict[Any, Any]:
    await session.execute(text("SELECT pg_sleep(5)"))
    return {}


async def wrong(session: AsyncSession, _keys: Sequence[Any]) -> dict[Any, Any]:
    await session.execute(text("SELECT secret FROM nowhere"))
    return {}


@pytest.mark.parametrize("batch", [secret, wrong])
async def test_a_fault_is_masked_and_logged_under_its_number(
    anonymous: Person, caplog: pytest.LogCaptureFixture, batch: loaders.Batch
) -> None:
    """A29."""
    with broken("member_identifiers", batch), caplog.at_level(logging.ERROR, "mutua.fault"):
        response = await anonymous.client.post("/graphql", json={"query": MEMBERS})
    assert response.status_code == 200
    (error, *_) = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": response.headers["x-request-id"]}
    assert "secret" not in response.text
    assert "nowhere" not in response.text
    assert error["extensions"]["requestId"] in caplog.text


async def test_the_callers_own_mistakes_stay_readable(anonymous: Person) -> None:
    answer = await anonymous.post("{ members(first: 0) { nodes { id } } }")
    assert answer["errors"][0]["message"] == "first is between 1 and 100"


async def test_what_takes_too_long_is_stopped(house: House, anonymous: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql, "EXECUTION_SECONDS", 0.5)
    with broken("member_identifiers", sleepy):
        response = await anonymous.client.post("/graphql", json={"query": MEMBERS})
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
    assert (await anonymous.ask("{ members { totalCount } }"))["members"]["totalCount"] == 3


async def test_a_fault_in_one_field_leaves_the_statement_of_another(anonymous: Person) -> None:
    """GraphQL cancels what nobody needs any more; the transaction must outlive it."""
    document = (
        "{ a: members { nodes { identifiers { value } } } viewer { onSiteAt { name } } b: packages { totalCount } }"
    )
    with broken("member_identifiers", secret):
        response = await anonymous.client.post("/graphql", json={"query": document})
    assert response.status_code == 200
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"INTERNAL"}


async def test_many_at_once_get_their_own_answers(house: House, anonymous: Person, student: Person) -> None:
    asked = [person.ask("{ viewer { signedIn } members { totalCount } }") for person in (anonymous, student) * 10]
    answers = await asyncio.gather(*asked)
    assert [answer["viewer"]["signedIn"] for answer in answers] == [False, True] * 10
