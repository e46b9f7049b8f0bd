"""`/metrics` for Prometheus: what this process counted, and how it stands at this moment.

A process counts for itself: where several serve, each is scraped at its own address. Every label has few values, all
of them ours: routes instead of paths, codes instead of messages, never a member, a title or a person.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from starlette.responses import Response

from api import database
from auth.address import client_address
from domain import decisions
from domain.acts import refusals
from domain.content import readings
from domain.rights.current import Current

FORWARDING = ("x-forwarded-for", "forwarded", "via")
"""What a proxy adds: whoever comes through one comes from outside, though the proxy itself may stand on loopback."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
REQUESTS = Counter("mutua_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "mutua_request_seconds",
    "From a request's head to the last byte of its answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
OPERATIONS = Counter("mutua_graphql_operations", "GraphQL operations run, by type.", ["type"], registry=REGISTRY)
ERRORS = Counter("mutua_graphql_errors", "Entries of errors[] in GraphQL answers.", ["code"], registry=REGISTRY)

_OPEN = text("""
    SELECT count(*) FROM reading
    WHERE id > (SELECT uuidv7(INTERVAL '-1 day')) AND ended_at IS NULL
        AND last_seen_at > now() - CAST(:idle AS interval)""")
"""Found by the key, which is ordered by time, however many readings there have been."""

router = APIRouter(include_in_schema=False)


def answered(method: str, route: str | None, status: int, seconds: float, operation: str | None) -> None:
    """Count a request. `route`: the template of its path; None: no route of ours. `operation`: type of GraphQL's."""
    route = route or OTHER
    REQUESTS.labels(method if method in METHODS else OTHER, route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)
    if operation is not None:
        OPERATIONS.labels(operation).inc()


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Only for the networks that the settings name; to everybody else this address doesn't exist."""
    state = request.app.state
    if not allowed(request, state.settings.metrics_networks):
        raise HTTPException(404)
    present = CollectorRegistry()
    present.register(_Families(await _present(state.sessions, state.pool, state.gate.rights)))
    return Response(generate_latest(REGISTRY) + generate_latest(present), media_type=CONTENT_TYPE_LATEST)


def allowed(request: Request, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """By the connection's own address; whatever came through a proxy is refused."""
    address = client_address(request, ())
    return (
        address is not None
        and any(address in network for network in networks)
        and not any(header in request.headers for header in FORWARDING)
    )


class _Families(Collector):
    """What was measured a moment ago."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[Metric]:
        yield from self._families


async def _present(sessions: database.Sessions, pool: AsyncEngine, rights: Current) -> list[Metric]:
    return [*_decisions(), *_refusals(), *_rights(rights), *_pool(pool), *await _stored(sessions)]


def _decisions() -> Iterator[Metric]:
    """Of the content gate. Those shown in lists aren't counted."""
    family = CounterMetricFamily(
        "mutua_decisions", "Openings of content granted, by basis, and refused, by reason.", labels=["answer", "why"]
    )
    for (granted, why), number in decisions.decided.items():
        family.add_metric(["granted" if granted else "refused", why], number)
    yield family


def _refusals() -> Iterator[Metric]:
    """Of acts, to nobody signed in: those refused to somebody are in the table `refused_act`."""
    family = CounterMetricFamily("mutua_refused_acts_anonymous", "Acts refused to nobody signed in.", labels=["act"])
    for name, number in refusals.anonymous.items():
        family.add_metric([name], number)
    yield family


def _rights(rights: Current) -> Iterator[Metric]:
    compiled = rights.compiled
    if compiled is None:
        return
    yield GaugeMetricFamily("mutua_rights_epoch", "The epoch of the rights in memory.", compiled.epoch)
    age = time.monotonic() - compiled.at
    yield GaugeMetricFamily("mutua_rights_age_seconds", "Since the rights in memory were compiled.", age)
    yield GaugeMetricFamily("mutua_rights_compile_seconds", "What their compilation took.", compiled.seconds)


def _pool(pool: AsyncEngine) -> Iterator[Metric]:
    queue: Any = pool.pool  # a queue's counters, which the base class doesn't declare
    family = GaugeMetricFamily("mutua_pool_connections", "Connections to the database.", labels=["state"])
    family.add_metric(["busy"], queue.checkedout())
    family.add_metric(["idle"], queue.checkedin())
    yield family
    most = queue.size() + database.MAX_OVERFLOW
    yield GaugeMetricFamily("mutua_pool_connections_limit", "Connections that the pool may open.", most)


async def _stored(sessions: database.Sessions) -> list[Metric]:
    """What the database knows; nothing of it where it can't be reached, which `mutua_database_up` tells."""
    try:
        async with database.as_everybody(sessions)() as session:
            found = [await _readings(session), await _imports(session)]
    except (SQLAlchemyError, OSError):
        found = []
    return [GaugeMetricFamily("mutua_database_up", "1: the database answers.", int(bool(found))), *found]


async def _readings(session: AsyncSession) -> Metric:
    number = (await session.execute(_OPEN, {"idle": readings.IDLE})).scalar_one()
    return GaugeMetricFamily("mutua_readings_open", "Readings of the last day that go on.", number)


async def _imports(session: AsyncSession) -> Metric:
    family = GaugeMetricFamily("mutua_import_runs", "Import runs on record.", labels=["kind", "status"])
    for kind, status, number in await session.execute(
        text("SELECT kind, status, count(*) FROM import_run GROUP BY kind, status")
    ):
        family.add_metric([kind, status], number)
    return family
