"""Acts on packages and the titles in them."""

from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import packages
from domain.acts.act import Act, text
from schema.acts.coverage import TitleCoverageInput, statements
from schema.kit.acts import Part, made, perform, problems, reason, version, whole
from schema.kit.context import Info
from schema.kit.inputs import LONGEST_CODE, LocalisedInput, key, localised, optional_text
from schema.kit.problems import Problem
from schema.kit.scalars import URL
from schema.package import Package, PackageTitle

_UNSET: Any = strawberry.UNSET


@strawberry.input(description="A new package.")
class PackageCreateInput:
    code: str = strawberry.field(description="The name by which title lists call it: unique with its provider.")
    name: LocalisedInput = strawberry.field(description="Its name.")
    provider: strawberry.ID = strawberry.field(
        description="Who offers it. A member: then it is that member's collection, open to its own people at once."
    )
    reason: str | None = reason()


@strawberry.type(description="What packageCreate did.")
class PackageCreatePayload:
    package: Package | None = made("The new package.")
    problems: list[Problem] = problems()


@strawberry.input(description="What is different about a package.")
class PackageUpdateInput:
    id: strawberry.ID = strawberry.field(description="The package.")
    version: int = version()
    name: LocalisedInput = strawberry.field(description="Its name.")
    reason: str | None = reason()


@strawberry.type(description="What packageUpdate did.")
class PackageUpdatePayload:
    package: Package | None = made("The package as it stands now.")
    problems: list[Problem] = problems()


@strawberry.input(description="A title for a package.")
class PackageTitleAddInput:
    package: strawberry.ID = strawberry.field(description="The package.")
    version: int = version()
    resource: strawberry.ID = strawberry.field(description="What is put into it.")
    platform: strawberry.ID | None = strawberry.field(default=_UNSET, description="Where it is served.")
    title_id: str | None = strawberry.field(default=_UNSET, description="The provider's own key (KBART title_id).")
    url: URL | None = strawberry.field(default=_UNSET, description="Its address there.")
    coverage: list[TitleCoverageInput] | None = strawberry.field(
        default=_UNSET, description="What of it the platform holds; left out = all of it."
    )
    reason: str | None = reason()


@strawberry.type(description="What packageTitleAdd did.")
class PackageTitleAddPayload:
    package_title: PackageTitle | None = made("The title in its package.")
    package: Package | None = whole("The package.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which title leaves its package.")
class PackageTitleRemoveInput:
    id: strawberry.ID = strawberry.field(description="The title in its package.")
    version: int = strawberry.field(description="The package's version that you saw.")
    reason: str | None = reason()


@strawberry.type(description="What packageTitleRemove did.")
class PackageTitleRemovePayload:
    package_title: PackageTitle | None = made("The title, removed.")
    package: Package | None = whole("The package.")
    problems: list[Problem] = problems()


NewPackage = Annotated[PackageCreateInput, strawberry.argument(description="The package.")]
PackageChanges = Annotated[PackageUpdateInput, strawberry.argument(description="Which one, and what is different.")]
NewTitle = Annotated[PackageTitleAddInput, strawberry.argument(description="Which title, and where.")]
TitleGone = Annotated[PackageTitleRemoveInput, strawberry.argument(description="Which title.")]


async def create(info: Info, input: NewPackage) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        code, name = text(input.code, "code", LONGEST_CODE), localised(input.name, "name")
        return await packages.create(session, act, code, name, key(input.provider, "provider", "Provider", "Member"))

    return await perform(info, "packageCreate", input.reason, done)


async def update(info: Info, input: PackageChanges) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        values = {"name": localised(input.name, "name")}
        return await packages.update(session, act, key(input.id, "id", "Package"), input.version, values)

    return await perform(info, "packageUpdate", input.reason, done)


async def add_title(info: Info, input: NewTitle) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        new = packages.NewTitle(
            resource_id=key(input.resource, "resource", "Resource"),
            platform_id=key(input.platform, "platform", "Platform"),
            title_id=optional_text(input.title_id, "titleId", LONGEST_CODE),
            url=input.url or None,
            coverage=statements(input.coverage),
        )
        package_id = key(input.package, "package", "Package")
        return Part(*await packages.add_title(session, act, package_id, input.version, new))

    return await perform(info, "packageTitleAdd", input.reason, done)


async def remove_title(info: Info, input: TitleGone) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return Part(*await packages.remove_title(session, act, key(input.id, "id", "PackageTitle"), input.version))

    return await perform(info, "packageTitleRemove", input.reason, done)
