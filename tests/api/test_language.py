"""Pages speak the consortium's language to whoever names none that we speak."""

import httpx2
import pytest
from sqlalchemy import text

from api import database as edge

PLACES = [
    *(
        "/",
        "/help",
        "/help/embargoed",
        "/login",
        "/login?resource=x",
        "/login?issuer=x",
        "/login/attributes",
        "/logout",
    ),
    *("/nothing", "/content/none", "/why/none", "/graphql"),
]


@pytest.fixture
async def english(database: edge.Urls) -> None:
    owner = edge.engine(database.owner or "")
    async with owner.begin() as connection:
        await connection.execute(text("UPDATE consortium SET language = 'en-GB'"))
    await owner.dispose()


@pytest.mark.usefixtures("english")
async def test_a_page_speaks_as_the_consortium_does(client: httpx2.AsyncClient) -> None:
    for place in PLACES:
        for asked in ({}, {"accept-language": "fr"}, {"accept-language": "*"}):
            answer = await client.get(place, headers={"accept": "text/html", **asked})
            assert answer.headers["content-language"] == "en", (place, asked)


@pytest.mark.usefixtures("english")
async def test_a_readers_own_wish_goes_first(client: httpx2.AsyncClient) -> None:
    browser = {"accept": "text/html", "accept-language": "fr, zh;q=0.5"}
    assert (await client.get("/help", headers=browser)).headers["content-language"] == "zh"
    assert (await client.get("/help?lang=zh", headers={"accept": "text/html"})).headers["content-language"] == "zh"


@pytest.mark.usefixtures("english")
async def test_what_programs_are_told_is_in_that_language_too(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/content/none")).json()["detail"].startswith("There is no such page")


@pytest.mark.parametrize("place", ["/help", "/help/embargoed", "/schema.graphql", "/health/live", "/health/ready"])
async def test_what_can_be_read_can_be_asked_about(client: httpx2.AsyncClient, place: str) -> None:
    read, asked = await client.get(place), await client.head(place)
    assert (asked.status_code, asked.headers["content-type"]) == (200, read.headers["content-type"])


async def test_a_query_is_not_asked_about(client: httpx2.AsyncClient) -> None:
    answer = await client.head("/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
