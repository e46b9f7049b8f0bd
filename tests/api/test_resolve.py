"""The link resolver: OpenURLs as services send them, answered as the API answers, for whoever follows them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import httpx2
import pytest
import pytest_asyncio

from api import resolve
from auth import targets
from domain import decisions
from domain.decisions import Explained
from domain.keys import KeyStore
from tests.api.demo_house import CAMPUS, HOME, PAGE, DemoHouse, fill, open_house
from tests.support.databases import Databases

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEWERS: list[tuple[str | None, str]] = [
    (None, HOME),
    (None, CAMPUS),
    ("student", HOME),
    ("student", CAMPUS),
    ("professor", HOME),
    ("alumna", HOME),
    ("alumna", CAMPUS),
    ("two-members", HOME),
    ("suspended-student", HOME),
]
PLANT_BIOLOGY = "rft.issn=1435-8603&rft.date=2024-03"
SUCCESSION = "rft.eissn=1438-8677"
"""Shared by four titles that continue each other."""
BOOK = "rft.isbn=978-1-84755-910-4&rft.genre=book"
EMBARGOED = "rft.issn=0254-9948&rft.date=2026-03"
FREE = "rft.issn=0272-8397&rft.date=1990"
OURS = "identifier=demo:LZSR-R01"
"""Open content that we hold."""

PRIMO = (
    "ctx_enc=info:ofi/enc:UTF-8&ctx_id=10_1&ctx_tim=2026-11-20T10%3A24%3A17IST&ctx_ver=Z39.88-2004&"
    "url_ctx_fmt=info:ofi/fmt:kev:mtx:ctx&url_ver=Z39.88-2004&rfr_id=info:sid/primo.exlibrisgroup.com-crossref&req_id=&"
    "rft_val_fmt=info:ofi/fmt:kev:mtx:journal&rft.genre=article&rft.atitle=Roots%20and%20shoots&"
    "rft.jtitle=Plant%20Biology&rft.btitle=&rft.au=Li,%20X.&rft.au=Chen,%20J.&rft.date=2024-03-01&rft.volume=26&"
    "rft.issue=2&rft.part=&rft.ssn=&rft.spage=201&rft.epage=212&rft.pages=201-212&rft.issn=1435-8603&rft.eissn=1438-8677&"
    "rft.isbn=&rft_id=info:doi/10.1111%2Fplb.13500&rft.object_id=&rft.eisbn=&rft_id=info:bibcode/&rft_id=info:hdl/&"
    "rft_id=info:lccn/&rft_id=info:oclcnum/&rft_id=info:pmid/&rft_id=info:eric/((addata/eric}}&"
    "rft_dat=%3Ccrossref%3E10_1111_plb_13500%3C/crossref%3E,language=eng&svc_dat=viewit"
)
EDS = (
    "genre=article&isbn=&issn=14358603&title=Plant%20Biology&volume=26&issue=2&date=20240301&"
    "atitle=Roots%20and%20shoots%3A%20does%20soil%20matter%3F&aulast=Li,%20X.&spage=201&"
    "sid=EBSCO:Academic%20Search%20Complete&pid=Li,%20X.143586032024030126"
)
WEB_OF_SCIENCE = (
    "url_ver=Z39.88-2004&url_ctx_fmt=info:ofi/fmt:kev:mtx:ctx&rft.atitle=Roots+and+shoots&rft.aufirst=X&rft.auinit=X&"
    "rft.aulast=Li&rft.date=2024&rft_id=info:doi/10.1111%2Fplb.13500&rft.eissn=1438-8677&rft.epage=212&"
    "rft.genre=article&rft.issn=1435-8603&rft.issue=2&rft.jtitle=PLANT+BIOLOGY&"
    "rft_val_fmt=info:ofi/fmt:kev:mtx:journal&rft.pages=201-212&rfr_id=info:sid/webofscience.com:WOS:WOSCC&"
    "rft.spage=201&rft.stitle=PLANT+BIOL&rft.volume=26&rft.au=Li%2C+X"
)
GOOGLE_SCHOLAR = (
    "sid=google&auinit=X&aulast=Li&atitle=Roots+and+shoots&title=Plant+Biology&volume=26&issue=2&date=2024&spage=201&"
    "issn=1435-8603&id=doi:10.1111%2Fplb.13500"
)
GOOGLE_SCHOLAR_WITHOUT_ISSN = "sid=google&auinit=X&aulast=Li&atitle=Roots+and+shoots&id=doi:10.1111%2Fplb.13500"
PUBMED = "sid=Entrez:PubMed&id=pmid:38353465"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DemoHouse]:
    """One server for all of them: resolving changes nothing."""
    folder: Path = tmp_path_factory.mktemp("resolve")
    with databases.clone() as urls:
        await fill(urls, folder)
        async with open_house(urls, folder) as opened:
            yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def anybody(house: DemoHouse, stack: AsyncExitStack) -> httpx2.AsyncClient:
    return await stack.enter_async_context(await house.browser())


@pytest_asyncio.fixture(loop_scope="module")
async def student(house: DemoHouse, stack: AsyncExitStack) -> httpx2.AsyncClient:
    return await stack.enter_async_context(await house.browser("student"))


async def told(client: httpx2.AsyncClient, query: str) -> dict[str, Any]:
    answer = await client.get(f"/resolve?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
    body: dict[str, Any] = answer.json()
    return body


def explained(keys: KeyStore, decision_id: str) -> Explained:
    """A decision but for the moment at which it was made."""
    found = decisions.explain(keys, decision_id)
    assert found
    return replace(found, asked=replace(found.asked, at=datetime.min.replace(tzinfo=UTC)))


@pytest.mark.parametrize(("person", "address"), VIEWERS)
@pytest.mark.parametrize("query", [PLANT_BIOLOGY, SUCCESSION, BOOK, EMBARGOED, FREE, OURS])
async def test_it_says_what_the_api_says_to_the_same_person(
    house: DemoHouse, stack: AsyncExitStack, person: str | None, address: str, query: str
) -> None:
    client = await stack.enter_async_context(await house.browser(person, address))
    accesses = (await told(client, query))["accesses"]
    published = dict(parse_qsl(query)).get("rft.date")
    inputs = [{"resource": {"id": one["resource"]["id"]}, "for": {}, "published": published} for one in accesses]
    answer = (await client.post("/graphql", json={"query": resolve.QUESTION, "variables": {"inputs": inputs}})).json()
    keys = house.app.state.keys
    for ours, the_apis in zip(accesses, answer["data"]["accesses"], strict=True):
        assert explained(keys, ours.pop("decisionId")) == explained(keys, the_apis.pop("decisionId"))
        assert list(ours) == list(the_apis)
        assert ours == the_apis


@pytest.mark.parametrize(
    ("person", "address", "query", "granted", "reason"),
    [
        (None, HOME, PLANT_BIOLOGY, False, "SIGN_IN_REQUIRED"),
        (None, CAMPUS, PLANT_BIOLOGY, True, None),
        ("student", HOME, PLANT_BIOLOGY, True, None),
        ("alumna", HOME, PLANT_BIOLOGY, False, "TERM_PROHIBITS"),
        ("alumna", CAMPUS, PLANT_BIOLOGY, True, None),
        ("two-members", HOME, PLANT_BIOLOGY, True, None),
        ("suspended-student", HOME, PLANT_BIOLOGY, False, "MEMBER_SUSPENDED"),
        (None, HOME, FREE, True, None),
        (None, HOME, OURS, True, None),
        ("student", HOME, EMBARGOED, False, "EMBARGOED"),
        ("student", HOME, "issn=0254-9948&date=1990", True, None),
        ("student", HOME, "issn=0254-9948&date=1950-06", False, "OUT_OF_COVERAGE"),
    ],
)
async def test_person_place_and_date_decide(
    house: DemoHouse, stack: AsyncExitStack, person: str | None, address: str, query: str, granted: bool, reason: str
) -> None:
    client = await stack.enter_async_context(await house.browser(person, address))
    (access,) = (await told(client, query))["accesses"]
    assert (access["granted"], access.get("reason")) == (granted, reason)


@pytest.mark.parametrize("query", [PRIMO, EDS, WEB_OF_SCIENCE, GOOGLE_SCHOLAR], ids=["primo", "eds", "wos", "google"])
async def test_a_service_that_names_the_journal_leads_to_it(student: httpx2.AsyncClient, query: str) -> None:
    body = await told(student, query)
    first = body["accesses"][0]
    assert (first["resource"]["title"], first["granted"]) == ("Plant Biology", True)
    assert body["asked"]["published"].startswith("2024")
    assert (body["asked"]["volume"], body["asked"]["issue"]) == ("26", "2")
    assert [one["granted"] for one in body["accesses"][1:]].count(True) == 0


async def test_a_service_that_names_an_article_alone_is_told_what_was_looked_for(anybody: httpx2.AsyncClient) -> None:
    answer = await anybody.get(f"/resolve?{GOOGLE_SCHOLAR_WITHOUT_ISSN}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert answer.json()["asked"]["identifiers"] == [{"namespace": "doi", "value": "10.1111/plb.13500"}]
    answer = await anybody.get(f"/resolve?{PUBMED}")
    assert (answer.status_code, answer.json()["asked"]["unused"]) == (404, ["pmid:38353465"])


async def test_all_titles_that_share_a_number_are_judged_and_those_granted_come_first(
    student: httpx2.AsyncClient,
) -> None:
    for date, first in (
        ("1890", "Berichte"),
        ("1960", "Berichte"),
        ("1990", "Botanica Acta"),
        ("2020", "Plant Biology"),
    ):
        accesses = (await told(student, f"{SUCCESSION}&rft.date={date}"))["accesses"]
        assert len(accesses) == 4
        granted = [one["granted"] for one in accesses]
        assert granted == sorted(granted, reverse=True)
        titles = [one["resource"]["title"] for one in accesses if one["granted"]]
        assert any(title.startswith(first) for title in titles), (date, titles)
        assert {one["reason"] for one in accesses if not one["granted"]} == {"OUT_OF_COVERAGE"}
    undated = (await told(student, SUCCESSION))["accesses"]
    assert (len(undated), undated[0]["resource"]["title"]) == (4, "Plant Biology")


@pytest.mark.parametrize(
    ("person", "address", "query", "location"),
    [
        ("student", HOME, PLANT_BIOLOGY, "https://northlight.example/journals/NL0072"),
        ("student", HOME, f"{SUCCESSION}&date=1990", "https://northlight.example/journals/NL0071"),
        (
            "professor",
            HOME,
            "issn=0254-9948&date=1990",
            "https://proxy.pku.example/login?url=https%3A%2F%2Fwenyuan.example%2Fjournal%2FWY0099",
        ),
        ("professor", CAMPUS, "issn=0254-9948&date=1990", "https://wenyuan.example/journal/WY0099"),
        (
            "professor",
            HOME,
            "issn=1000-4106&date=2019-06",
            "https://zhilan.example/carsi?scope=pku.edu.cn&target=https%3A%2F%2Fzhilan.example%2Fqikan%2FZL0001",
        ),
        (
            "student",
            HOME,
            BOOK,
            "https://shulin.example/wayfless?idp=https%3A%2F%2Fidp.example&"
            "target=https%3A%2F%2Fshulin.example%2Fbook%2FSL0001",
        ),
        (None, HOME, OURS, "http://127.0.0.1:8000/content/"),
    ],
)
async def test_who_is_granted_it_is_led_there_in_her_own_members_way(
    house: DemoHouse, stack: AsyncExitStack, person: str | None, address: str, query: str, location: str
) -> None:
    client = await stack.enter_async_context(await house.browser(person, address))
    for headers in (PAGE, {}):
        answer = await client.get(f"/resolve?{query}&redirect=1", headers=headers)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(location)
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    assert (await client.head(f"/resolve?{query}&redirect=1")).status_code == 303
    assert (await client.get(f"/resolve?{query}&redirect=0")).status_code == 200


async def test_our_own_content_opens_where_it_leads(anybody: httpx2.AsyncClient) -> None:
    led = await anybody.get(f"/resolve?{OURS}&redirect=1")
    opened = await anybody.get(led.headers["location"], follow_redirects=True)
    assert (opened.status_code, opened.content[:5]) == (200, b"%PDF-")


@pytest.mark.parametrize("person", [None, "alumna", "suspended-student"])
async def test_who_is_refused_is_led_nowhere(house: DemoHouse, stack: AsyncExitStack, person: str | None) -> None:
    client = await stack.enter_async_context(await house.browser(person))
    (access,) = (await told(client, f"{PLANT_BIOLOGY}&redirect=1"))["accesses"]
    assert not access["granted"]
    shown = await client.get(f"/resolve?{PLANT_BIOLOGY}&redirect=1", headers=PAGE)
    assert (shown.status_code, "This cannot be opened" in shown.text) == (200, True)


@pytest.mark.parametrize(
    "added",
    [
        "url=https://evil.example/",
        "target=https://evil.example/",
        "rft_id=https://evil.example/",
        "svc_dat=https://evil.example/",
        "rft.jtitle=https://evil.example/",
        "res_id=//evil.example/",
    ],
)
async def test_nothing_that_a_link_says_leads_elsewhere(
    anybody: httpx2.AsyncClient, student: httpx2.AsyncClient, added: str
) -> None:
    led = await student.get(f"/resolve?{PLANT_BIOLOGY}&redirect=1&{added}")
    assert (led.status_code, urlsplit(led.headers["location"]).netloc) == (303, "northlight.example")
    shown = await anybody.get(f"/resolve?{PLANT_BIOLOGY}&redirect=1&{added}", headers=PAGE)
    assert (shown.status_code, 'href="https://evil' in shown.text, 'href="//' in shown.text) == (200, False, False)


@pytest.mark.parametrize("value", ["https://evil.example/", "2", "true", "1&redirect=1", "1&redirect=0"])
async def test_redirect_is_a_switch_and_no_address(student: httpx2.AsyncClient, value: str) -> None:
    assert (await student.get(f"/resolve?{PLANT_BIOLOGY}&redirect={value}")).status_code == 400


@pytest.mark.parametrize("query", [PRIMO, EDS, WEB_OF_SCIENCE, f"{PLANT_BIOLOGY}&redirect=1&lang=zh", SUCCESSION])
async def test_signing_in_leads_back_to_the_same_question(
    anybody: httpx2.AsyncClient, student: httpx2.AsyncClient, query: str
) -> None:
    body = await told(anybody, query)
    site = "http://127.0.0.1:8000"
    (target,) = parse_qs(urlsplit(body["signInUrl"]).query)["target"]
    assert body["signInUrl"].startswith(f"{site}/login?")
    assert target.startswith("/resolve?")
    assert targets.own_path(target, site) == target
    assert f'href="/login?target={quote(target, safe="")}"'.replace("%20", "+") in (
        await anybody.get(f"/resolve?{query}", headers=PAGE)
    ).text.replace("&amp;", "&")
    again = await anybody.get(target)
    assert again.json()["asked"] == {**body["asked"], "unused": []}
    assert (await student.get(target)).status_code == (303 if "redirect=1" in query else 200)


async def test_a_long_title_does_not_cost_the_way_back(anybody: httpx2.AsyncClient) -> None:
    title = quote("植物生物学" * 80)
    body = await told(anybody, f"{PLANT_BIOLOGY}&rft.jtitle={title}&rft.atitle={title[:2700]}")
    (target,) = parse_qs(urlsplit(body["signInUrl"]).query)["target"]
    assert targets.own_path(target, "http://127.0.0.1:8000") == target
    assert parse_qs(urlsplit(target).query) == {"id": ["urn:ISSN:1435-8603"], "date": ["2024-03"]}


async def test_no_query_reaches_the_log(anybody: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for query in (f"{PLANT_BIOLOGY}&rft.atitle=a-private-interest", "issn=1&rft.atitle=a-private-interest"):
            for headers in (PAGE, {}):
                await anybody.get(f"/resolve?{query}", headers=headers)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("mutua")]
    assert len([line for line in lines if line.startswith("GET /resolve ")]) == 4
    assert not any("private-interest" in line or "1435" in line or "?" in line for line in lines)


async def test_many_ask_at_once(anybody: httpx2.AsyncClient, student: httpx2.AsyncClient) -> None:
    asked = [client.get(f"/resolve?{SUCCESSION}") for _ in range(8) for client in (anybody, student)]
    answers = await asyncio.gather(*asked)
    assert [answer.status_code for answer in answers] == [200] * 16
    assert [answer.json()["accesses"][0]["granted"] for answer in answers] == [False, True] * 8
