"""POST and GET /graphql over HTTP: media types, statuses, codes."""

from typing import Any

import httpx2
import pytest

from api.graphql import documents
from schema import build

BOTH = "application/graphql-response+json, application/json;q=0.9"


async def post(client: httpx2.AsyncClient, body: Any, **headers: str) -> httpx2.Response:
    return await client.post("/graphql", json=body, headers=headers)


def code(response: httpx2.Response) -> str:
    """The code of the only error."""
    (error,) = response.json()["errors"]
    assert error["message"]
    return str(error["extensions"]["code"])


async def test_a_query_is_answered_with_both_media_types(client: httpx2.AsyncClient) -> None:
    body = {"query": "{ viewer { signedIn } }"}
    for accept, media_type in (
        (BOTH, "application/graphql-response+json"),
        ("*/*", "application/graphql-response+json"),
        ("application/json", "application/json"),
    ):
        response = await post(client, body, accept=accept)
        assert response.status_code == 200
        assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
        assert response.json() == {"data": {"viewer": {"signedIn": False}}}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_are_refused_with_a_code(client: httpx2.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")
    assert (response.status_code, code(response)) == (405, "BAD_USER_INPUT")
    assert response.headers["allow"] == "GET, POST"


async def test_introspection_is_worked_out_once(client: httpx2.AsyncClient) -> None:
    body = {"query": 'query A { __type(name: "Resource") { name } } query B { __typename }', "operationName": "A"}
    before = documents.introspect.cache_info().hits
    answers = [(await post(client, body)).json() for _ in range(2)]
    assert answers == [{"data": {"__type": {"name": "Resource"}}}] * 2
    assert documents.introspect.cache_info().hits == before + 1
    assert (await post(client, body | {"operationName": "B"})).json() == {"data": {"__typename": "Query"}}


async def test_the_schema_is_public(client: httpx2.AsyncClient) -> None:
    response = await client.get("/schema.graphql")
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text == build.sdl()


async def test_browsers_get_the_query_page(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert response.headers["content-type"].startswith("text/html")
