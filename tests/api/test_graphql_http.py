"""POST and GET /graphql over HTTP: media types, statuses, codes."""

from typing import Any

import httpx2

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
