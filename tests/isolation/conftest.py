"""The world of two equal members behind the whole application, and one of each kind of viewer."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI

from api.database import Urls
from tests.isolation import walk
from tests.isolation.people import Somebody, callers, everybody
from tests.schema.conftest import Filled, House
from tests.support.databases import Databases, name_of


@pytest.fixture(scope="session")
def filled(databases: Databases) -> Iterator[Filled]:
    with databases.clone() as urls:
        yield Filled(urls, *asyncio.run(walk.fill(urls)))


@pytest.fixture
def database(databases: Databases, filled: Filled) -> Iterator[Urls]:
    with databases.clone(name_of(filled.urls)) as urls:
        yield urls


@pytest.fixture
def house(app: FastAPI, filled: Filled) -> House:
    return House(app, filled.world, filled.provider_id)


@pytest.fixture
async def people(house: House) -> AsyncIterator[list[Somebody]]:
    async with everybody(house) as somebodies:
        yield somebodies


@pytest.fixture
async def askers(house: House, people: list[Somebody]) -> AsyncIterator[list[Somebody]]:
    """People in their browsers, and clients with their tokens."""
    async with callers(house) as clients:
        yield [*people, *clients]
