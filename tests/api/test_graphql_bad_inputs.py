"""What careless and hostile callers send to /graphql. Never a 500, never anything of our insides, never slow."""

import gc
import json
import time
import weakref
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from graphql import DocumentNode, get_introspection_query

from api import graphql_limits, limits
from api.app import create_app
from api.graphql import documents
from api.graphql_documents import KEPT_CHARACTERS, MOST_CHARACTERS, Documents
from api.settings import Settings
from schema import build
from tests.api.test_graphql_http import code, post
from tests.support.databases import Databases

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSAL_SECONDS = 0.25
"""Of this process alone: how busy the machine is with other things says nothing."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx2.AsyncClient]:
    """One server for all of them: none of these requests may change anything."""
    with databases.clone() as urls:
        state = tmp_path_factory.mktemp("var")
        application = create_app(Settings(database_url=urls.app, state_dir=state, demo=True))
        async with application.router.lifespan_context(application):
            transport = httpx2.ASGITransport(app=application, client=("127.0.0.1", 50000))
            async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
                yield opened


def fan(levels: int) -> str:
    """Fragments that each spread the next one twice: 2^levels fields when put in place."""
    spreads = [f"fragment A{n} on Query{{...A{n + 1} ...A{n + 1}}}" for n in range(levels)]
    return " ".join(["{...A0}", *spreads, f"fragment A{levels} on Query{{__typename}}"])


def nested(levels: int) -> str:
    """`levels` fields deep, all of them real."""
    pairs = (levels - 4) // 4
    opening = "resources{nodes{" + "packageTitles{nodes{resource{" * pairs
    return "{" + opening + "id" + "}}}" * pairs + "}}" + "}"


def cycle(length: int) -> str:
    return "{...A0} " + " ".join(f"fragment A{n} on Query{{...A{(n + 1) % length}}}" for n in range(length))


def deep_in_fragments(levels: int) -> str:
    """Depth that no single selection set shows."""
    spreads = [f"fragment A{n} on Resource{{packageTitles{{nodes{{resource{{...A{n + 1}}}}}}}}}" for n in range(levels)]
    return " ".join(["query{resources{nodes{...A0}}}", *spreads, f"fragment A{levels} on Resource{{id}}"])


def deep_inline(levels: int) -> str:
    return "{resources{nodes" + "{...{packageTitles{nodes{resource" * levels + "{id}" + "}}}}" * levels + "}}"


def terms(times: int) -> str:
    """A licence's terms, whose licence's terms … : each level multiplies what there is to answer."""
    return '{node(id:"a"){... on Licence{' + "terms{licence{" * times + "id" + "}}" * times + "}}}"


CIRCULAR = "{__schema{types{fields{type{fields{type{fields{type{fields{type{name}}}}}}}}}}}"
TYPES = "fragment A on __Schema{types{name fields{name args{name}}}}"
MORE_TYPES = "fragment B on Query{" + " ".join(f"c{n}:__schema{{...A}}" for n in range(4)) + "}"
ONE_ID = "query($id:ID!){node(id:$id){id}}"

DOCUMENTS: list[tuple[str, str, str]] = [
    ("A01", fan(20), "TOO_COMPLEX"),
    ("A02", fan(60), "TOO_COMPLEX"),
    ("A03", "{...A} fragment A on Query{...B} fragment B on Query{...A}", "BAD_USER_INPUT"),
    ("A04", cycle(500), "TOKEN_LIMIT"),
    ("A05", nested(60), "DEPTH_LIMIT"),
    ("A06", "{a" * 3000 + "}" * 3000, "DEPTH_LIMIT"),
    ("A06 within the tokens", "{a" * 300 + "}" * 300, "DEPTH_LIMIT"),
    ("A07", deep_in_fragments(6), "DEPTH_LIMIT"),
    ("A08", deep_inline(6), "DEPTH_LIMIT"),
    ("A09", "{" + " ".join(f"a{n}:__typename" for n in range(101)) + "}", "ALIAS_LIMIT"),
    (
        "A09 spread",
        "{" + "...A " * 8 + "} fragment A on Query{a:__typename b:__typename c:__typename d:__typename}",
        "ALIAS_LIMIT",
    ),
    ("A10", "{" + "__typename " * 10_000 + "}", "TOKEN_LIMIT"),
    ("A10 within the tokens", "{" + "__typename " * 300 + "}", "TOO_COMPLEX"),
    ("A10 of one object", "{members{nodes{" + "id " * 950 + "}}}", "TOO_COMPLEX"),
    ("A11 include", "{__typename " + "@include(if:true) " * 120 + "}", "TOO_COMPLEX"),
    ("A11 unknown", "{__typename " + "@a " * 300 + "}", "TOO_COMPLEX"),
    ("A12 circular", CIRCULAR, "DEPTH_LIMIT"),
    ("A12 over and over", "{" + " ".join(f"a{n}:__schema{{...A}}" for n in range(6)) + "} " + TYPES, "TOO_COMPLEX"),
    ("A12 hidden in fragments", "{a:__schema{...A} ...B b:__schema{...A}} " + TYPES + MORE_TYPES, "TOO_COMPLEX"),
    ("A13", "{resorces{nodes{id}}}", "BAD_USER_INPUT"),
    (
        "A23",
        "{resources(first:100){nodes{packageTitles(first:100){nodes{package{packageTitles(first:100){nodes{id}}}}}}}}",
        "COST_LIMIT",
    ),
    ("A23 lists without pages", terms(5), "COST_LIMIT"),
    ("A25 1e400", "{resources(first:1e400){nodes{id}}}", "BAD_USER_INPUT"),
    ("A25 too large", "{resources(first:9223372036854775808){nodes{id}}}", "BAD_USER_INPUT"),
    ("A25 string", '{resources(first:"1"){nodes{id}}}', "BAD_USER_INPUT"),
    ("a relative address", '{viewer{signInUrl(target:"/")}}', "BAD_USER_INPUT"),
    ("a month too many", '{resource(by:{doi:"x"}){viewerAccess(on:"2026-13-01"){granted}}}', "BAD_USER_INPUT"),
    ("no partial date", '{resource(by:{doi:"x"}){viewerAccess(published:"20"){granted}}}', "BAD_USER_INPUT"),
    ("A26 escaped", '{node(id:"a\\u0000b"){id}}', "BAD_USER_INPUT"),
    ("A26 braced", '{node(id:"a\\u{0}b"){id}}', "BAD_USER_INPUT"),
    ("A27", '{node(id:"a\\ud800b"){id}}', "BAD_USER_INPUT"),
    ("A30 empty", "", "BAD_USER_INPUT"),
    ("A30 comment", "# nothing", "BAD_USER_INPUT"),
    ("A30 two anonymous", "{__typename} {__typename}", "BAD_USER_INPUT"),
    ("A30 no operation", "fragment A on Query{__typename}", "BAD_USER_INPUT"),
]


@pytest.mark.parametrize(("document", "expected"), [pytest.param(d, c, id=n) for n, d, c in DOCUMENTS])
async def test_a_bad_document_is_refused_with_one_code(
    client: httpx2.AsyncClient, document: str, expected: str
) -> None:
    took = []
    for number in range(3):  # each another text, so that none is known; the collector may come in between once
        began = time.process_time()
        response = await post(client, {"query": f"{document}\n#{number}"})
        took.append(time.process_time() - began)
    assert response.status_code == 400
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {expected}
    assert "data" not in response.json()
    assert len(response.content) < 2000
    assert min(took) < REFUSAL_SECONDS


@pytest.mark.parametrize("document", [fan(20), fan(60), "{__typename " + "@a " * 300 + "}"])
async def test_a_document_too_large_gives_one_error(client: httpx2.AsyncClient, document: str) -> None:
    assert code(await post(client, {"query": document})) == "TOO_COMPLEX"


async def test_a_misspelt_field_is_told_its_neighbour(client: httpx2.AsyncClient) -> None:
    response = await post(client, {"query": "{resorces{nodes{id}}}"})
    assert "Did you mean 'resources'" in response.json()["errors"][0]["message"]


async def test_introspection_is_open_to_everybody(client: httpx2.AsyncClient) -> None:
    response = await post(client, {"query": get_introspection_query(input_value_deprecation=True)})
    assert response.status_code == 200
    assert response.json()["data"]["__schema"]["queryType"]["name"] == "Query"


async def test_a_licences_terms_are_asked_for_by_the_page(client: httpx2.AsyncClient) -> None:
    """What a list without pages costs leaves room for honest questions."""
    document = "{resources(first:100){nodes{viewerAccess{licence{terms{action status} clauses{number}}}}}}"
    assert "errors" not in (await post(client, {"query": document})).json()


BODIES: list[tuple[str, Any, int]] = [
    ("A14 batch", [{"query": "{__typename}"}] * 1000, 400),
    ("no query", {}, 400),
    ("a number", 7, 400),
    ("query of another type", {"query": {"a": 1}}, 400),
    ("operationName of another type", {"query": "{__typename}", "operationName": 7}, 400),
    ("variables of another type", {"query": "{__typename}", "variables": "x"}, 400),
    ("extensions of another type", {"query": "{__typename}", "extensions": []}, 400),
    ("A26 variable", {"query": ONE_ID, "variables": {"id": "a\0b"}}, 400),
    ("A26 name", {"query": ONE_ID, "variables": {"a\0b": 1}}, 400),
    ("A30 unknown operation", {"query": "query A{__typename}", "operationName": "B"}, 400),
    ("A30 which operation", {"query": "query A{__typename} query B{__typename}"}, 400),
    ("A31 missing", {"query": ONE_ID}, 400),
    ("A31 null", {"query": ONE_ID, "variables": {"id": None}}, 400),
    ("A31 another type", {"query": ONE_ID, "variables": {"id": {"a": 1}}}, 400),
    ("A31 of an input", {"query": "query($b:ResourceBy!){resource(by:$b){id}}", "variables": {"b": {"x": 1}}}, 400),
    (
        "two of oneOf",
        {"query": "query($b:ResourceBy!){resource(by:$b){id}}", "variables": {"b": {"doi": "a", "issn": "b"}}},
        400,
    ),
    ("none of oneOf", {"query": "query($b:ResourceBy!){resource(by:$b){id}}", "variables": {"b": {}}}, 400),
]


@pytest.mark.parametrize(("body", "status"), [pytest.param(b, s, id=n) for n, b, s in BODIES])
async def test_a_bad_body_is_refused(client: httpx2.AsyncClient, body: Any, status: int) -> None:
    response = await post(client, body)
    assert response.status_code == status
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"BAD_USER_INPUT"}
    assert "data" not in response.json()


RAW: list[tuple[str, bytes, dict[str, str], int, str]] = [
    ("A15 length told", b'"' + b"a" * limits.BODY_BYTES + b'"', {}, 413, "BODY_TOO_LARGE"),
    ("A17", b"[" * 100_000, {}, 400, "BAD_USER_INPUT"),
    (
        "A17 within variables",
        b'{"query":"{a}","variables":' + b'{"a":' * 500 + b"1" + b"}" * 501,
        {},
        400,
        "BAD_USER_INPUT",
    ),
    ("A18 gzip", b"\x1f\x8b\x08\x00", {"content-encoding": "gzip"}, 415, "BAD_USER_INPUT"),
    ("A19", '{"query":"{__typename}"}'.encode("utf-16"), {}, 400, "BAD_USER_INPUT"),
    (
        "A19 declared",
        '{"query":"{__typename}"}'.encode("utf-16"),
        {"content-type": "application/json; charset=utf-16"},
        415,
        "BAD_USER_INPUT",
    ),
    ("A20 text", b'{"query":"{__typename}"}', {"content-type": "text/plain"}, 415, "BAD_USER_INPUT"),
    (
        "A20 form",
        b"query=%7B__typename%7D",
        {"content-type": "application/x-www-form-urlencoded"},
        415,
        "BAD_USER_INPUT",
    ),
    ("A20 multipart", b"--x--", {"content-type": "multipart/form-data; boundary=x"}, 415, "BAD_USER_INPUT"),
    ("A20 none", b'{"query":"{__typename}"}', {"content-type": ""}, 415, "BAD_USER_INPUT"),
    ("A25 1e400", b'{"query":"{__typename}","variables":{"a":1e400}}', {}, 400, "BAD_USER_INPUT"),
    ("A25 NaN", b'{"query":"{__typename}","variables":{"a":NaN}}', {}, 400, "BAD_USER_INPUT"),
    ("A27 variable", b'{"query":"{__typename}","variables":{"a":"\\ud800"}}', {}, 400, "BAD_USER_INPUT"),
    (
        "a malformed variable",
        b'{"query":"query($d:Date){resource(by:{doi:\\"x\\"}){viewerAccess(on:$d){granted}}}","variables":{"d":"2026-02-30"}}',
        {},
        400,
        "BAD_USER_INPUT",
    ),
    ("A28", b'{"query":"{node(id:\\"' + b"a" * 5_000_000 + b'\\"){id}}"}', {}, 413, "BODY_TOO_LARGE"),
    ("not JSON", b"query", {}, 400, "BAD_USER_INPUT"),
    ("null", b"null", {}, 400, "BAD_USER_INPUT"),
    ("empty", b"", {}, 400, "BAD_USER_INPUT"),
    ("a length that isn't one", b"{}", {"content-length": "-1"}, 400, "BAD_USER_INPUT"),
]


@pytest.mark.parametrize(
    ("content", "headers", "status", "expected"), [pytest.param(b, h, s, c, id=n) for n, b, h, s, c in RAW]
)
async def test_bytes_that_are_no_request_are_refused(
    client: httpx2.AsyncClient, content: bytes, headers: dict[str, str], status: int, expected: str
) -> None:
    response = await client.post("/graphql", content=content, headers={"content-type": "application/json"} | headers)
    assert response.status_code == status
    assert code(response) == expected
    assert len(response.content) < 2000


async def test_a_body_without_length_is_refused_before_it_is_read_whole(client: httpx2.AsyncClient) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 60:
            sent += 1
            yield b"a" * 1024 * 1024

    response = await client.post("/graphql", content=endless(), headers={"content-type": "application/json"})
    assert (response.status_code, code(response)) == (413, "BODY_TOO_LARGE")


PAGES = ["first:200000", "first:2147483647", "first:-1", "first:0", "last:0", "last:101", "first:2, last:2"]


@pytest.mark.parametrize("size", PAGES)
@pytest.mark.parametrize("field", ["resources", "packages", "members"])
async def test_a_page_size_out_of_bounds_is_the_callers_fault(
    client: httpx2.AsyncClient, field: str, size: str
) -> None:
    assert code(await post(client, {"query": f"{{{field}({size}){{nodes{{id}}}}}}"})) == "BAD_USER_INPUT"


async def test_get_never_writes(client: httpx2.AsyncClient) -> None:
    mutation = 'mutation{roleEnd(input:{role:"a",reason:"b"}){problems{code}}}'
    response = await client.get("/graphql", params={"query": mutation})
    assert (response.status_code, code(response)) == (405, "BAD_USER_INPUT")
    assert response.headers["allow"] == "POST"


async def test_get_answers_queries(client: httpx2.AsyncClient) -> None:
    variables = json.dumps({"id": "nothing"})
    response = await client.get("/graphql", params={"query": ONE_ID, "variables": variables, "operationName": ""})
    assert (response.status_code, response.json()) == (200, {"data": {"node": None}})


@pytest.mark.parametrize("variables", ["{", "7", '{"id":"a\\u0000"}', "[" * 2000])
async def test_get_refuses_variables_that_are_no_object(client: httpx2.AsyncClient, variables: str) -> None:
    response = await client.get("/graphql", params={"query": ONE_ID, "variables": variables})
    assert (response.status_code, code(response)) == (400, "BAD_USER_INPUT")


async def test_an_answer_that_nobody_accepts_is_not_made(client: httpx2.AsyncClient) -> None:
    response = await post(client, {"query": "{__typename}"}, accept="text/csv")
    assert (response.status_code, code(response)) == (406, "BAD_USER_INPUT")


async def test_clients_of_plain_json_read_faults_of_a_document_under_200(client: httpx2.AsyncClient) -> None:
    response = await post(client, {"query": "{nothing}"}, accept="application/json")
    assert (response.status_code, code(response)) == (200, "BAD_USER_INPUT")
    assert (await post(client, {}, accept="application/json")).status_code == 400


async def test_a_document_is_prepared_once_unless_it_is_long() -> None:
    text = "{viewer{signedIn} __typename}"
    assert documents.prepare(text) is documents.prepare(text)
    long = text.ljust(KEPT_CHARACTERS + 1)
    assert documents.prepare(long) is not documents.prepare(long)


async def test_documents_kept_do_not_fill_the_memory() -> None:
    """Prepared they take some hundred times their length: 512 of them, sent by anybody, held 340 MiB."""
    flood = [f"query Q{n}{{viewer{{signedIn}}}}".ljust(3000) for n in range(60)]
    kept = Documents(build.SCHEMA)
    held = [weakref.ref(_document(kept, text)) for text in flood]
    gc.collect()
    alive = [text for text, document in zip(flood, held, strict=True) if document()]
    assert 0 < sum(map(len, alive)) <= MOST_CHARACTERS
    assert alive == flood[-len(alive) :]


def _document(kept: Documents, text: str) -> DocumentNode:
    document = kept.prepare(text).document
    assert document
    return document


async def test_the_limits_are_those_of_the_documentation() -> None:
    assert (graphql_limits.TOKENS, graphql_limits.DEPTH, graphql_limits.INTROSPECTION_DEPTH) == (1000, 15, 20)
    assert (graphql_limits.ALIASES, graphql_limits.DIRECTIVES, graphql_limits.ROOT_FIELDS) == (30, 50, 20)
    assert limits.BODY_BYTES == 1024 * 1024
