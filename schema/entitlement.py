"""Entitlements: the lines of an agreement, each for one package, title or resource."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlmodel import col

from domain.catalogue import contracts
from models import agreement as rows
from schema.kit.connection import Connection, Listing
from schema.kit.context import Info
from schema.kit.rows import belonging, by_key
from schema.kit.source import computed, identity, noun, relation
from schema.node import Node, lookup
from schema.package import Coverage, Package, PackageTitle
from schema.sight import sees_agreement

if TYPE_CHECKING:
    from schema.agreement import Agreement
    from schema.resource import Resource

by_key("entitlement", rows.Entitlement)
belonging(
    "coverage_of_entitlement",
    col(rows.EntitlementCoverage.entitlement_id),
    select(col(rows.EntitlementCoverage.entitlement_id), rows.EntitlementCoverage).order_by(
        col(rows.EntitlementCoverage.position), col(rows.EntitlementCoverage.id)
    ),
)

ENTITLEMENTS = Listing("entitlements", "entitlement", col(rows.Entitlement.id), contracts.AS_ENTERED)

EntitlementTarget = Annotated[
    Package | PackageTitle | Annotated["Resource", strawberry.lazy("schema.resource")],
    strawberry.union("EntitlementTarget", description="What an entitlement is for."),
]


async def target_of(
    info: Info, package_id: UUID | None, package_title_id: UUID | None, resource_id: UUID | None
) -> Any:
    """The one of the three that is there."""
    if package_id:
        return await info.context.loaders.load("package", package_id)
    if package_title_id:
        return await info.context.loaders.load("package_title", package_title_id)
    return await info.context.loaders.load("resource", resource_id)


async def _target(root: strawberry.Parent[rows.Entitlement], info: Info) -> Any:
    return await target_of(info, root.package_id, root.package_title_id, root.resource_id)


def first_day(during: Range[date] | None) -> date | None:
    """None = open. PostgreSQL gives spans of days as [first, day after the last)."""
    return during.lower if during else None


def last_day(during: Range[date] | None) -> date | None:
    return during.upper - timedelta(days=1) if during and during.upper else None


def _first(root: strawberry.Parent[rows.Entitlement]) -> date | None:
    return first_day(root.during)


def _last(root: strawberry.Parent[rows.Entitlement]) -> date | None:
    return last_day(root.during)


async def _coverage(root: strawberry.Parent[rows.Entitlement], info: Info) -> Any:
    return [line for line in await _lines(info, root.id) if not line.perpetual] or None


async def _perpetual(root: strawberry.Parent[rows.Entitlement], info: Info) -> Any:
    return [line for line in await _lines(info, root.id) if line.perpetual]


async def _lines(info: Info, entitlement_id: UUID) -> Sequence[rows.EntitlementCoverage]:
    found: Sequence[rows.EntitlementCoverage] = await info.context.loaders.load(
        "coverage_of_entitlement", entitlement_id
    )
    return found


@noun(rows.Entitlement, "A line of an agreement: what its members get. Shown to whoever sees the agreement.")
class Entitlement(Node):
    id: strawberry.ID = identity(rows.Entitlement)
    agreement: Annotated["Agreement", strawberry.lazy("schema.agreement")] = relation(
        rows.Entitlement.agreement_id, "agreement", "The agreement that it is a line of."
    )
    target: EntitlementTarget = computed(
        _target,
        "What it is for.",
        rows.Entitlement.package_id,
        rows.Entitlement.package_title_id,
        rows.Entitlement.resource_id,
    )
    start_date: date | None = computed(
        _first, "Its first day; null = as the agreement's periods say.", rows.Entitlement.during
    )
    end_date: date | None = computed(
        _last, "Its last day; null = as the agreement's periods say.", rows.Entitlement.during
    )
    coverage: list[Coverage] | None = computed(
        _coverage,
        "What of the target it is narrowed to; null = all that the target covers.",
        rows.EntitlementCoverage.perpetual,
    )
    perpetual_coverage: list[Coverage] = computed(
        _perpetual, "What the members keep for ever.", rows.EntitlementCoverage.perpetual
    )


@strawberry.type(description="A page of an agreement's lines.")
class EntitlementConnection(Connection[Entitlement]):
    pass


async def _visible(info: Info, row: rows.Entitlement) -> bool:
    return await sees_agreement(info, row.agreement_id)


async def seen(info: Info, entitlement_id: UUID | None) -> Any:
    """The entitlement, where the viewer sees its agreement."""
    row = await info.context.loaders.load("entitlement", entitlement_id) if entitlement_id else None
    return row if row and await _visible(info, row) else None


lookup("Entitlement", "entitlement", _visible)
