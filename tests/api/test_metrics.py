"""What `/metrics` counts, and who may read it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from fastapi import FastAPI

from api import metrics
from api.settings import Settings
from tests.support.databases import Databases, name_of

LOOPBACK = ("127.0.0.1", 50000)


@asynccontextmanager
async def from_address(app: FastAPI, peer: tuple[str, int] | None) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app, client=peer)  # type: ignore[arg-type] # None: a Unix socket's peer
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
        yield opened


async def told(client: httpx2.AsyncClient) -> dict[str, float]:
    """The samples by name and labels."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=1.0.0")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def test_requests_are_counted_by_route_and_never_by_path(client: httpx2.AsyncClient) -> None:
    before = await told(client)
    for path in ("/help/EMBARGOED", "/help/NO_ENTITLEMENT", "/invitation/a-secret", "/no/such-path", "/nor-this-one"):
        await client.get(path)
    await client.request("BREW", "/health/live")
    after = await told(client)
    grown = {name for name, value in after.items() if name.startswith("mutua_requests") and value > before.get(name, 0)}
    shown = "\n".join(after)
    assert 'mutua_requests_total{method="GET",route="other",status="404"}' in grown
    assert after['mutua_requests_total{method="GET",route="/help/{reason}",status="200"}'] >= 2
    assert any('route="/invitation/{token}"' in name for name in grown)
    assert any('method="other"' in name for name in grown)
    for secret in ("a-secret", "such-path", "nor-this-one", "BREW", "EMBARGOED"):
        assert secret not in shown
    assert after['mutua_request_seconds_count{route="/help/{reason}"}'] >= 2


async def test_operations_and_errors_are_counted_by_type_and_code(client: httpx2.AsyncClient) -> None:
    before = await told(client)
    await client.post("/graphql", json={"query": "query Mine { viewer { signedIn } }"})
    await client.post("/graphql", json={"query": "{ viewer { nothing } }"})
    await client.post("/graphql", content=b"x", headers={"content-type": "text/plain"})
    after = await told(client)
    for name, more in (
        ('mutua_graphql_operations_total{type="query"}', 1),
        ('mutua_graphql_errors_total{code="BAD_USER_INPUT"}', 2),
    ):
        assert after[name] == before.get(name, 0) + more
    assert "Mine" not in "\n".join(after)


async def test_it_tells_how_the_process_stands(client: httpx2.AsyncClient) -> None:
    now = await told(client)
    assert now["mutua_database_up"] == 1
    assert now["mutua_readings_open"] == 0
    assert now["mutua_pool_connections_limit"] == 20
    assert now['mutua_pool_connections{state="busy"}'] == 0
    assert now["process_resident_memory_bytes"] > 0


async def test_without_its_database_it_still_answers(
    client: httpx2.AsyncClient, databases: Databases, settings: Settings
) -> None:
    from api.database import Urls

    name = name_of(Urls(str(settings.database_url), None))
    databases.close(name)
    now = await told(client)
    databases.open(name)
    assert now["mutua_database_up"] == 0
    assert "mutua_readings_open" not in now


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        (("203.0.113.9", 40000), {}),
        (("2001:db8::1", 40000), {}),
        (LOOPBACK, {"x-forwarded-for": "127.0.0.1"}),
        (LOOPBACK, {"forwarded": "for=127.0.0.1"}),
        (LOOPBACK, {"via": "1.1 proxy"}),
        (("203.0.113.9", 40000), {"x-forwarded-for": "127.0.0.1"}),
        (None, {}),
    ],
)
async def test_from_outside_the_address_does_not_exist(
    app: FastAPI, peer: tuple[str, int] | None, headers: dict[str, str]
) -> None:
    """E06: exactly what any unknown path answers."""
    async with from_address(app, peer) as stranger:
        refused = await stranger.get("/metrics", headers=headers)
        unknown = await stranger.get("/no-such-path", headers=headers)
    assert (refused.status_code, refused.content) == (404, unknown.content)
    assert {*refused.headers} == {*unknown.headers}


async def test_a_network_named_in_the_settings_may_read_it(app: FastAPI, settings: Settings) -> None:
    app.state.settings = settings.model_copy(
        update={"metrics_networks": Settings(metrics_networks="10.9.0.0/16").metrics_networks}
    )
    for address, status in (("10.9.1.1", 200), ("::ffff:10.9.1.1", 200), ("10.8.1.1", 404), ("127.0.0.1", 404)):
        async with from_address(app, (address, 40000)) as client:
            assert (await client.get("/metrics")).status_code == status


async def test_no_name_of_ours_stands_twice(client: httpx2.AsyncClient) -> None:
    """Two parts make the page; a name in both would be refused by Prometheus."""
    names = re.findall(r"^# TYPE (\S+)", (await client.get("/metrics")).text, re.MULTILINE)
    assert len(names) == len(set(names)) > 10


def test_labels_have_few_values() -> None:
    labelled = {name for metric in (metrics.REQUESTS, metrics.SECONDS) for name in metric._labelnames}
    assert labelled == {"method", "route", "status"}
