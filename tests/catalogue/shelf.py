"""Titles for tests, made in one line each."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.catalogue import sorting, tokenizer
from models import package as packages
from models import party as parties
from models import resource as rows
from models.vocabulary import PackageTitleStatus, PartyKind, ResourceKind


async def title(
    session: AsyncSession,
    name: str,
    *,
    kind: ResourceKind = ResourceKind.SERIAL,
    language: str = "en",
    year: int | None = None,
    contributors: tuple[str, ...] = (),
    identifiers: tuple[tuple[str, str], ...] = (),
    subjects: tuple[rows.Subject, ...] = (),
    open_access: bool = False,
    succeeded_by: UUID | None = None,
) -> rows.Resource:
    resource = rows.Resource(
        id=uuid4(),
        kind=kind,
        title={language.split("-")[0]: name},
        sort_title=sorting.title_key(name, language),
        published=str(year) if year else None,
        published_first=date(year, 1, 1) if year else None,
        published_last=date(year, 12, 31) if year else None,
        languages=[language],
        open_access=open_access,
        succeeded_by=succeeded_by,
        search=tokenizer.document_vector(
            titles=[name], contributors=contributors, identifiers=[value for _, value in identifiers]
        ),
    )
    session.add(resource)
    await session.flush()
    session.add_all(
        [
            *(
                rows.ResourceIdentifier(resource_id=resource.id, namespace=namespace, value=value)
                for namespace, value in identifiers
            ),
            *(
                rows.Contributor(resource_id=resource.id, position=n, name=person)
                for n, person in enumerate(contributors)
            ),
            *(rows.ResourceSubject(resource_id=resource.id, subject_id=subject.id) for subject in subjects),
        ]
    )
    await session.flush()
    return resource


async def titles(session: AsyncSession, *names: str) -> list[rows.Resource]:
    return [await title(session, name) for name in names]


async def subject(session: AsyncSession, code: str, zh: str, en: str) -> rows.Subject:
    made = rows.Subject(id=uuid4(), code=code, name={"zh": zh, "en": en})
    session.add(made)
    await session.flush()
    return made


async def package(
    session: AsyncSession, code: str, *resources: rows.Resource, name: dict[str, str] | None = None
) -> packages.Package:
    """A package of its own provider with these titles."""
    party = parties.Party(id=uuid4(), kind=PartyKind.PROVIDER, code=f"provider of {code}", name={"en": code.title()})
    session.add(party)
    await session.flush()
    made = packages.Package(id=uuid4(), code=code, name=name or {"en": code}, provider_id=party.id)
    session.add(made)
    await session.flush()
    session.add_all(packages.PackageTitle(package_id=made.id, resource_id=resource.id) for resource in resources)
    await session.flush()
    return made


async def remove(session: AsyncSession, of: packages.Package) -> None:
    """Take every title out of a package."""
    held = await session.scalars(select(packages.PackageTitle).where(col(packages.PackageTitle.package_id) == of.id))
    for one in held:
        one.status = PackageTitleStatus.REMOVED
    await session.flush()


async def ordinals(session: AsyncSession, *resources: rows.Resource) -> list[int]:
    ids = [resource.id for resource in resources]
    return list(await session.scalars(select(col(rows.Resource.ordinal)).where(col(rows.Resource.id).in_(ids))))


async def stored(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(rows.Resource)) or 0
