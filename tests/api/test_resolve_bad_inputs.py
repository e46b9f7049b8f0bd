"""What careless and hostile links send to /resolve: told what to change, in both languages; never a 500."""

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI
from hypothesis import event, given
from hypothesis import strategies as st

from api import database as edge
from api import pages, resolve
from api.app import create_app
from api.settings import Settings
from domain import epoch
from models import resource as rows
from models.vocabulary import ResourceKind
from schema.access_question import MOST_QUESTIONS
from tests.api.demo_house import PAGE
from tests.support.databases import Databases

pytestmark = pytest.mark.asyncio(loop_scope="module")

ISSN, ISBN, DOI = "1435-8603", "9781847559104", "10.1000/182"
EVIL = "<script>alert(1)</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FastAPI]:
    """A catalogue in which more titles share an ISSN than are judged at once, and one has a title that is markup."""
    with databases.clone() as urls:
        state = tmp_path_factory.mktemp("var")
        application = create_app(Settings(database_url=urls.app, state_dir=state, demo=True))
        async with application.router.lifespan_context(application):
            async with edge.as_everybody(application.state.sessions)() as session:
                shared = [(f"Title {n}", "issn", ISSN) for n in range(MOST_QUESTIONS + 1)]
                for title, namespace, value in [*shared, (EVIL, "isbn", ISBN)]:
                    row = rows.Resource(kind=ResourceKind.SERIAL, title={"en": title}, sort_title="a", search="")
                    session.add(row)
                    await session.flush()
                    session.add(rows.ResourceIdentifier(resource_id=row.id, namespace=namespace, value=value))
                await epoch.raise_(session)
            yield application


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app, client=("127.0.0.1", 50000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "parameter", "english", "chinese"),
    [
        ("issn=1435-8604", "issn", "check digit", "校验位"),
        ("rft.isbn=978", "rft.isbn", "10 or 13 digits", "13 位"),
        ("rft_id=info:doi/10.1000", "rft_id", "has a slash", "含有斜线"),
        ("issn=1435-8603&date=2020-13", "date", "write 2024, 2024-03", "请写成 2024"),
        ("issn=1435-8603&issn=1438-8677", "issn", "more than once", "不止一次"),
        ("issn=1435-8603&rft.issn=1438-8677", "rft.issn", "different things", "内容不同"),
        ("issn=1435-8603&redirect=https://evil.example/", "redirect", "is 1 (go there at once) or 0", "只能是 1"),
        ("issn=1435-8603&rft.atitle=a%00b", None, "%00", "%00"),
        ("rft.atitle=" + "a" * resolve.LONGEST_QUERY, None, "are enough", "只需保留"),
        ("", None, "give a DOI", "请给出 DOI"),
    ],
)
async def test_a_link_that_cannot_be_read_says_what_to_change(
    client: httpx2.AsyncClient, query: str, parameter: str | None, english: str, chinese: str
) -> None:
    for language, said in (("en", english), ("zh", chinese)):
        address = f"/resolve?{query}"
        told = await client.get(address, headers={"Accept": "application/json", "Accept-Language": language})
        assert (told.status_code, told.headers["content-type"]) == (400, "application/problem+json")
        assert (told.json()["code"], told.json()["parameter"]) == ("BAD_REQUEST", parameter)
        assert said in told.json()["detail"]
        shown = await client.get(address, headers={**PAGE, "Accept-Language": language})
        assert (shown.status_code, shown.headers["content-language"]) == (400, language)
        assert said in shown.text


async def test_what_is_wrong_is_shown_as_text(client: httpx2.AsyncClient) -> None:
    for query in (f"issn={EVIL}", f"rft.date={EVIL}&issn={ISSN}", f"title={EVIL}", f"isbn={ISBN}&atitle={EVIL}"):
        shown = await client.get(f"/resolve?{query}", headers=PAGE)
        assert "<script>alert" not in shown.text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=", shown.text)
        for name, value in pages.HEADERS.items():
            assert shown.headers[name] == value


async def test_what_is_not_there_is_told_with_a_search_for_its_title(app: FastAPI, client: httpx2.AsyncClient) -> None:
    query = f"doi={DOI}&rft.jtitle=植物+%26+Biology&rft.volume=26&date=2024"
    told = (await client.get(f"/resolve?{query}")).json()
    assert (told["status"], told["asked"]["volume"], told["asked"]["published"]) == (404, "26", "2024")
    address = urlsplit(told["search"])
    assert address.path == "/graphql"
    assert parse_qs(address.query)["variables"] == ['{"words":"植物 & Biology"}']
    for language, said in (("en", "catalogue"), ("zh", "目录")):
        shown = await client.get(f"/resolve?{query}", headers={**PAGE, "Accept-Language": language})
        assert (shown.status_code, said in shown.text, "10.1000/182" in shown.text) == (404, True, True)
        assert "植物 &amp; Biology" in shown.text
    assert (await client.get(f"/resolve?doi={DOI}")).json()["search"] is None


async def test_the_search_is_that_of_the_app_in_front_where_there_is_one(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("front")
    with databases.clone() as urls:
        app = create_app(Settings(database_url=urls.app, state_dir=folder, demo=True))
        app.mount("/", pages.front_end(folder))
        async with app.router.lifespan_context(app):
            transport = httpx2.ASGITransport(app=app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                told = (await client.get(f"/resolve?doi={DOI}&title=Plant+Biology")).json()
    assert told["search"] == "http://127.0.0.1:8000/?q=Plant+Biology"


async def test_as_many_titles_are_judged_as_the_api_answers_at_once(client: httpx2.AsyncClient) -> None:
    accesses = (await client.get(f"/resolve?issn={ISSN}")).json()["accesses"]
    assert [one["reason"] for one in accesses] == ["NO_ENTITLEMENT"] * MOST_QUESTIONS
    assert len({one["resource"]["id"] for one in accesses}) == MOST_QUESTIONS


async def test_a_title_that_the_rights_do_not_know_yet_is_refused(app: FastAPI, client: httpx2.AsyncClient) -> None:
    await client.get(f"/resolve?isbn={ISBN}")
    async with edge.as_everybody(app.state.sessions)() as session:
        row = rows.Resource(kind=ResourceKind.SERIAL, title={"en": "New"}, sort_title="a", search="")
        session.add(row)
        await session.flush()
        session.add(rows.ResourceIdentifier(resource_id=row.id, namespace="issn", value="0254-9948"))
    (access,) = (await client.get("/resolve?issn=0254-9948&redirect=1")).json()["accesses"]
    assert (access["resource"], access["reason"]) == (None, "RESOURCE_UNKNOWN")
    shown = await client.get("/resolve?issn=0254-9948&redirect=1", headers=PAGE)
    assert (shown.status_code, "The catalogue does not know this." in shown.text) == (200, True)


async def test_only_reading_methods_are_served(client: httpx2.AsyncClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert (await client.request(method, f"/resolve?isbn={ISBN}")).status_code == 405
    assert (await client.head(f"/resolve?isbn={ISBN}")).status_code == 200


GOOD = st.sampled_from(
    [f"isbn={ISBN}", f"doi={DOI}", f"rft_id=info:doi/{DOI}", f"rft_id=urn:ISBN:{ISBN}", "issn=0254-9948", "title=Title"]
)
MORE = st.sampled_from(
    [
        "date=2024-03",
        "rft.date=2024",
        "volume=1",
        "rft.atitle=x",
        "redirect=1",
        "lang=zh",
        "id=pmid:1",
        "rft.genre=article",
    ]
)
KEYS = st.sampled_from(
    [
        "issn",
        "rft.issn",
        "isbn",
        "doi",
        "rft_id",
        "identifier",
        "date",
        "volume",
        "title",
        "redirect",
        "lang",
        "ctx_ver",
    ]
)
WILD = st.one_of(
    st.tuples(KEYS, st.text(max_size=30)).map(lambda pair: urlencode([pair])),
    st.binary(max_size=60).map(lambda octets: quote(octets, safe="&=%+;")),
    st.text("rft.isn=&%01aF+;", max_size=40),
)
QUERIES = st.lists(st.one_of(GOOD, MORE, WILD), max_size=4).map("&".join)


@given(query=QUERIES, page=st.booleans())
async def test_no_query_is_a_fault_of_ours(client: httpx2.AsyncClient, query: str, page: bool) -> None:
    answer = await client.get(f"/resolve?{query}", headers=PAGE if page else {})
    event(str(answer.status_code))
    assert answer.status_code in {200, 400, 404}, query
