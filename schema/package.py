"""Platforms, packages and the titles in them."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import select
from sqlmodel import col

from domain.catalogue import packages as catalogue
from models import agreement
from models import package as rows
from models import resource as resources
from models.vocabulary import AccessType, PackageTitleStatus
from schema.change import Change, history, of_staff
from schema.kit.arguments import After, Before, First, Lang, Last
from schema.kit.connection import Connection, Listing, asked, children
from schema.kit.context import Info
from schema.kit.rows import belonging, by_key
from schema.kit.scalars import URL, PartialDate
from schema.kit.source import column, computed, identity, noun, relation
from schema.node import Node, lookup
from schema.party import Party

if TYPE_CHECKING:
    from schema.resource import Resource

by_key("platform", rows.Platform)
by_key("package", rows.Package)
by_key("package_title", rows.PackageTitle)
by_key("coverage", rows.Coverage)
by_key("entitlement_coverage", agreement.EntitlementCoverage)
belonging(
    "coverage_of_title",
    col(rows.Coverage.package_title_id),
    select(col(rows.Coverage.package_title_id), rows.Coverage).order_by(col(rows.Coverage.position)),
)

PACKAGES = Listing("packages", "package", col(rows.Package.id), catalogue.BY_CODE)
TITLES = Listing("packageTitles", "package_title", col(rows.PackageTitle.id), catalogue.BY_TITLE)


def _name(root: strawberry.Parent[rows.Platform | rows.Package], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return info.context.said(root.name, lang)


@noun(rows.Platform, "Where content is served.")
class Platform(Node):
    id: strawberry.ID = identity(rows.Platform)
    name: str = computed(_name, "Its name in the language wanted.", rows.Platform.name)
    url: URL | None = column(rows.Platform.url, "Its front page.")
    version: int = column(rows.Platform.version, "Rises with every change.")
    history: Connection[Change] | None = history(rows.Platform, of_staff)


def _access_type(root: strawberry.Parent[rows.Coverage | agreement.EntitlementCoverage]) -> AccessType:
    return root.access_type if isinstance(root, rows.Coverage) else AccessType.PAID


def _depth(root: strawberry.Parent[rows.Coverage | agreement.EntitlementCoverage]) -> str | None:
    return root.depth if isinstance(root, rows.Coverage) else None


def _subscribed_only(root: strawberry.Parent[rows.Coverage | agreement.EntitlementCoverage]) -> bool:
    return isinstance(root, agreement.EntitlementCoverage) and root.subscribed_only


def _conditions(
    root: strawberry.Parent[rows.Coverage | agreement.EntitlementCoverage], info: Info, lang: Lang = strawberry.UNSET
) -> str | None:
    told = root.conditions if isinstance(root, agreement.EntitlementCoverage) else None
    return info.context.said(told, lang) or None


async def _kept_title(root: strawberry.Parent[rows.Coverage | agreement.EntitlementCoverage], info: Info) -> Any:
    title_id = root.package_title_id if isinstance(root, agreement.EntitlementCoverage) else None
    return await info.context.loaders.load("package_title", title_id) if title_id else None


def _note(root: strawberry.Parent[rows.Coverage | agreement.EntitlementCoverage]) -> str | None:
    return root.note if isinstance(root, rows.Coverage) else None


@strawberry.type(description="One coverage statement (a KBART row). embargo as KBART writes it: P1Y, R10Y, R10Y;P30D.")
class Coverage:
    start_date: PartialDate | None = column(rows.Coverage.start_date, "From when; null = from the beginning.")
    start_volume: str | None = column(rows.Coverage.start_volume, "The first volume.")
    start_issue: str | None = column(rows.Coverage.start_issue, "The first issue.")
    end_date: PartialDate | None = column(rows.Coverage.end_date, "Until when; null = to the present.")
    end_volume: str | None = column(rows.Coverage.end_volume, "The last volume.")
    end_issue: str | None = column(rows.Coverage.end_issue, "The last issue.")
    embargo: str | None = column(rows.Coverage.embargo, "What is held back: P1Y, R10Y, R10Y;P30D.")
    access_type: AccessType = computed(_access_type, "Paid, or free to read.", rows.Coverage.access_type)
    depth: str | None = computed(_depth, "How much of it: fulltext, selected articles, abstracts.", rows.Coverage.depth)
    subscribed_only: bool = computed(
        _subscribed_only,
        "Of what is kept for ever: only what was published while the member took part.",
        agreement.EntitlementCoverage.subscribed_only,
    )
    conditions: str | None = computed(
        _conditions,
        "Of what is kept for ever: what keeping it is tied to.",
        agreement.EntitlementCoverage.conditions,
    )
    package_title: Annotated["PackageTitle", strawberry.lazy("schema.package")] | None = computed(
        _kept_title,
        "Of what is kept for ever of a package: the one title; null = every title.",
        agreement.EntitlementCoverage.package_title_id,
    )
    note: str | None = computed(_note, "What else the provider says.", rows.Coverage.note)


@noun(rows.PackageTitle, "A resource in a package on a platform (KBART title, TIPP).")
class PackageTitle(Node):
    id: strawberry.ID = identity(rows.PackageTitle)
    package: Annotated["Package", strawberry.lazy("schema.package")] = relation(
        rows.PackageTitle.package_id, "package", "The package that it is in."
    )
    resource: Annotated["Resource", strawberry.lazy("schema.resource")] = relation(
        rows.PackageTitle.resource_id, "resource", "The resource that it is a copy of."
    )
    platform: Platform | None = relation(rows.PackageTitle.platform_id, "platform", "Where it is served.")
    url: URL | None = column(rows.PackageTitle.url, "Its address there.")
    coverage: list[Coverage] = relation(rows.PackageTitle.id, "coverage_of_title", "What of it the platform holds.")
    status: PackageTitleStatus = column(rows.PackageTitle.status, "Whether it is in the package.")


async def _titles_of_package(
    root: strawberry.Parent[rows.Package],
    info: Info,
    query: Annotated[
        str | None, strawberry.argument(description="Words of the titles or contributors.")
    ] = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, TITLES.name, first, after, last, before)
    found, given = catalogue.titles(query or None)
    parent = (col(rows.PackageTitle.package_id), root.id)
    return await children(info, TITLES, found, parent, part, "package", given=given)


async def titles_of_resource(
    root: strawberry.Parent[resources.Resource],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, TITLES.name, first, after, last, before)
    parent = (col(rows.PackageTitle.resource_id), root.id)
    held, _ = catalogue.titles(None)
    return await children(info, TITLES, held, parent, part, "resource")


@noun(rows.Package, "A sold or shared set of titles. One whose provider is a member is that member's collection.")
class Package(Node):
    id: strawberry.ID = identity(rows.Package)
    name: str = computed(_name, "Its name in the language wanted.", rows.Package.name)
    provider: Party = relation(rows.Package.provider_id, "party", "Who offers it.")
    version: int = column(rows.Package.version, "Rises with every change.")
    history: Connection[Change] | None = history(rows.Package, of_staff)
    package_titles: Connection[PackageTitle] = computed(
        _titles_of_package, "The titles in it, by title.", rows.PackageTitle.package_id
    )


lookup("Platform", "platform")
lookup("Package", "package")
lookup("PackageTitle", "package_title")
