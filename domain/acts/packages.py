"""Packages and the titles in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import epoch
from domain.acts import names
from domain.acts.act import Act, ActRefused, Problem, State, changed, created, record, state, taken_up
from domain.acts.names import Reference
from models import package as rows
from models.columns import Localised
from models.party import Party
from models.resource import Resource
from models.vocabulary import PackageTitleStatus, PartyKind


async def create(session: AsyncSession, act: Act, code: str, name: Localised, provider_id: UUID | None) -> rows.Package:
    """Name a package. One whose provider is a member is that member's collection, open to its own people at once.

    Raises ActRefused.
    """
    provider = await session.get(Party, provider_id) if provider_id else None
    if provider is None:
        raise ActRefused(Problem.NOT_FOUND, "provider")
    _require(act, provider)
    of_provider = select(1).where(col(rows.Package.provider_id) == provider.id, col(rows.Package.code) == code)
    if await session.scalar(of_provider):
        raise ActRefused(Problem.TAKEN, "code", field="code")
    package = await created(session, act, rows.Package(code=code, name=name, provider_id=provider.id))
    await epoch.raise_(session, epoch.Changed(packages={package.id}))
    return package


async def update(
    session: AsyncSession, act: Act, key: UUID | None, version: int, values: Mapping[str, Any]
) -> rows.Package:
    """Say something else of a package. Raises ActRefused."""
    return await changed(session, act, await _own(session, act, key, version), values)


@dataclass(frozen=True, slots=True)
class NewTitle:
    """A resource to be in a package. `coverage`: columns of each statement; none = all of it."""

    resource_id: UUID | None
    platform_id: UUID | None
    title_id: str | None
    url: str | None
    coverage: list[dict[str, Any]]


InPackage = tuple[rows.PackageTitle, rows.Package]


async def add_title(session: AsyncSession, act: Act, key: UUID | None, version: int, new: NewTitle) -> InPackage:
    """Put a resource into a package; one that was taken out comes back. Raises ActRefused."""
    package = await _own(session, act, key, version)
    resource = await session.get(Resource, new.resource_id) if new.resource_id else None
    if resource is None:
        raise ActRefused(Problem.NOT_FOUND, "resource")
    if new.platform_id and await session.get(rows.Platform, new.platform_id) is None:
        raise ActRefused(Problem.NOT_FOUND, "platform")
    title = await _known(session, package.id, new)
    if title is None:
        title = rows.PackageTitle(package_id=package.id, platform_id=new.platform_id, resource_id=resource.id)
        session.add(title)
        before: State = {}
    elif title.status is PackageTitleStatus.REMOVED:
        before = await _told(session, title)
    else:
        raise ActRefused(Problem.TAKEN, "resource", field="resource")
    title.title_id, title.url, title.status = new.title_id, new.url, PackageTitleStatus.CURRENT
    await session.flush()
    await session.refresh(title)
    await _cover(session, title.id, new.coverage)
    await record(session, act, package, before, await _told(session, title))
    await epoch.raise_(session, epoch.Changed(package_titles={title.id}))
    return title, package


async def remove_title(session: AsyncSession, act: Act, key: UUID | None, version: int) -> InPackage:
    """Take a title out of its package. What was kept for ever of it stays open. Raises ActRefused."""
    title = await session.get(rows.PackageTitle, key, populate_existing=True) if key else None
    if title is None:
        raise ActRefused(Problem.NOT_FOUND, "id")
    package = await _own(session, act, title.package_id, version)
    if title.status is PackageTitleStatus.REMOVED:
        raise ActRefused(Problem.NOTHING_TO_CHANGE)
    before = await _told(session, title)
    title.status = PackageTitleStatus.REMOVED
    await record(session, act, package, before, await _told(session, title))
    await epoch.raise_(session, epoch.Changed(package_titles={title.id}))
    return title, package


def _require(act: Act, provider: Party) -> None:
    """A member's collection is its own librarians' business, all else the consortium's."""
    act.require(provider.id if provider.kind is PartyKind.MEMBER else None)


async def _own(session: AsyncSession, act: Act, key: UUID | None, version: int) -> rows.Package:
    package = await taken_up(session, rows.Package, key, version)
    provider = await session.get_one(Party, package.provider_id)
    _require(act, provider)
    return package


async def _known(session: AsyncSession, package_id: UUID, new: NewTitle) -> rows.PackageTitle | None:
    title = rows.PackageTitle
    found: rows.PackageTitle | None = await session.scalar(
        select(title).where(
            col(title.package_id) == package_id,
            col(title.resource_id) == new.resource_id,
            col(title.platform_id).is_not_distinct_from(new.platform_id),
        )
    )
    return found


async def _told(session: AsyncSession, title: rows.PackageTitle) -> State:
    """The title's facts, with its coverage, by the name of its resource."""
    coverage = rows.Coverage
    statements = await session.scalars(
        select(coverage).where(col(coverage.package_title_id) == title.id).order_by(col(coverage.position))
    )
    under = f"title {await names.name(session, Reference('resource', title.resource_id))}"
    parts = [state(one, f"{under}.coverage {one.position + 1}") for one in statements]
    return {name: text for part in (state(title, under), *parts) for name, text in part.items() if text is not None}


async def _cover(session: AsyncSession, title_id: UUID, statements: list[dict[str, Any]]) -> None:
    coverage = rows.Coverage
    for old in await session.scalars(select(coverage).where(col(coverage.package_title_id) == title_id)):
        await session.delete(old)
    await session.flush()
    wanted = statements or [{}]
    session.add_all(
        rows.Coverage(package_title_id=title_id, position=position, **columns)
        for position, columns in enumerate(wanted)
    )
    await session.flush()
