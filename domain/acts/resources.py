"""The catalogue's resources: one for each title, whoever contributes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import dates, epoch, outbox
from domain.acts.act import Act, ActRefused, Problem, State, record, state, taken_up
from domain.catalogue import sorting
from domain.catalogue.identifiers import ISBN, ISSN, family
from domain.intake import identifiers
from domain.intake.resources import subject_code
from models import resource as rows
from models.columns import Localised
from models.party import Member
from models.vocabulary import ResourceKind

OF_ONE_TITLE = frozenset({*ISSN, *ISBN, "doi"})
"""Namespaces in which a value is of one title only, but for successive titles that share an ISSN."""

Pair = tuple[str, str]
"""An identifier: namespace and value."""
Person = tuple[str, str | None]
"""A contributor: name and role."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of a resource; what isn't said (None) stays. `facts`: columns, `published` as it is written."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    contributors: Sequence[Person] | None = None
    subjects: Sequence[Localised] | None = None
    identifiers: Sequence[Pair] | None = None


async def create(
    session: AsyncSession,
    act: Act,
    kind: ResourceKind,
    said: Description,
    contributed_by: UUID | None,
    continues: UUID | None,
) -> rows.Resource:
    """Catalogue a title once for all. `continues`: the title that it follows, whose ISSN it may keep.

    Raises:
        ActRefused: among others where an identifier says that the title is there already.
    """
    act.require(contributed_by)
    if contributed_by and await session.get(Member, contributed_by) is None:
        raise ActRefused(Problem.NOT_FOUND, "contributedBy")
    former = await session.get(rows.Resource, continues) if continues else None
    if continues and (former is None or former.succeeded_by is not None):
        raise ActRefused(Problem.NOT_FOUND if former is None else Problem.TAKEN, "continues", field="continues")
    columns = _columns(said.facts)
    resource = rows.Resource(
        kind=kind,
        contributed_by=contributed_by,
        sort_title=sorting.filing_key(columns["title"]),
        search="",  # made by whoever hears of the resource
        **columns,
    )
    session.add(resource)
    await session.flush()
    await session.refresh(resource)
    await _describe(session, resource.id, said, continues)
    await record(session, act, resource, {}, await _told(session, resource), new=True)
    if former is not None:
        before = state(former)
        former.succeeded_by = resource.id
        await record(session, act, former, before, state(former))
    return await _heard(session, resource, decisive=True)


async def update(session: AsyncSession, act: Act, key: UUID | None, version: int, said: Description) -> rows.Resource:
    """Say something else of a resource: its contributor's librarians, and the consortium. Raises ActRefused."""
    resource = await taken_up(session, rows.Resource, key, version)
    act.require(resource.contributed_by)
    before = await _told(session, resource)
    facts = _decisive(resource, before)
    for name, value in _columns(said.facts).items():
        setattr(resource, name, value)
    resource.sort_title = sorting.filing_key(resource.title)
    await _describe(session, resource.id, said, None)
    after = await _told(session, resource)
    await record(session, act, resource, before, after)
    return await _heard(session, resource, decisive=_decisive(resource, after) != facts)


async def _heard(session: AsyncSession, resource: rows.Resource, *, decisive: bool) -> rows.Resource:
    """Let the search text follow; and what processes hold in memory, where it rests on what changed."""
    await outbox.tell(session, outbox.RESOURCE_CHANGED, resource.id)
    if decisive:
        await epoch.raise_(session, epoch.Changed(resources={resource.id}))
    return resource


def _decisive(resource: rows.Resource, told: State) -> tuple[object, ...]:
    """What compiled rights and the division of the catalogue hold of it."""
    return (
        resource.kind,
        tuple(resource.languages),
        told["subjects"],
        resource.published_first,
        resource.published_last,
        resource.open_access,
        resource.rights,
    )


def _columns(facts: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(facts)
    if "published" in columns:
        columns |= dates.published(columns["published"])
    return columns


async def _describe(session: AsyncSession, resource_id: UUID, said: Description, continues: UUID | None) -> None:
    if said.identifiers is not None:
        await _identify(session, resource_id, said.identifiers, continues)
    if said.contributors is not None:
        await session.execute(delete(rows.Contributor).where(col(rows.Contributor.resource_id) == resource_id))
        session.add_all(
            rows.Contributor(resource_id=resource_id, position=position, name=name, role=role)
            for position, (name, role) in enumerate(said.contributors)
        )
    if said.subjects is not None:
        await _classify(session, resource_id, said.subjects)
    await session.flush()


async def _identify(session: AsyncSession, resource_id: UUID, pairs: Sequence[Pair], continues: UUID | None) -> None:
    table = rows.ResourceIdentifier
    normal = [_normal(pair, index) for index, pair in enumerate(pairs)]
    await _refuse_duplicates(session, normal, {resource_id, continues})
    await session.execute(delete(table).where(col(table.resource_id) == resource_id))
    for namespace, value in dict.fromkeys(normal):
        await session.execute(insert(table).values(resource_id=resource_id, namespace=namespace, value=value))


def _normal(pair: Pair, index: int) -> Pair:
    try:
        return identifiers.normal(*pair)
    except identifiers.IdentifierRefused:
        written = f"{pair[0]}:{pair[1]}"[:80]
        raise ActRefused(Problem.IDENTIFIER, "identifiers", str(index), value=written) from None


async def _refuse_duplicates(session: AsyncSession, pairs: Sequence[Pair], own: set[UUID | None]) -> None:
    """Raises ActRefused where another title has one of these identifiers already."""
    table = rows.ResourceIdentifier
    proven = [pair for pair in pairs if pair[0] in OF_ONE_TITLE]
    stored = [(namespace, value) for name, value in proven for namespace in family(name)]
    held = await session.execute(
        select(col(table.resource_id), col(table.namespace), col(table.value)).where(
            tuple_(col(table.namespace), col(table.value)).in_(stored)
        )
    )
    for resource_id, namespace, value in held:
        if resource_id not in own:
            raise ActRefused(Problem.DUPLICATE, "identifiers", value=f"{namespace}:{value}")


async def _classify(session: AsyncSession, resource_id: UUID, subjects: Sequence[Localised]) -> None:
    link, subject = rows.ResourceSubject, rows.Subject
    named = {subject_code(name): name for name in subjects}
    for code, name in sorted(named.items()):
        await session.execute(insert(subject).values(code=code, name=name).on_conflict_do_nothing())
    await session.execute(delete(link).where(col(link.resource_id) == resource_id))
    found = await session.scalars(select(col(subject.id)).where(col(subject.code).in_(named)))
    session.add_all(rows.ResourceSubject(resource_id=resource_id, subject_id=key) for key in found)


async def _told(session: AsyncSession, resource: rows.Resource) -> State:
    """The resource's facts, with its contributors, subjects and identifiers."""
    person, link, subject, held = rows.Contributor, rows.ResourceSubject, rows.Subject, rows.ResourceIdentifier
    people = await session.execute(
        select(col(person.name), col(person.role))
        .where(col(person.resource_id) == resource.id)
        .order_by(col(person.position))
    )
    subjects = await session.scalars(
        select(col(subject.code))
        .join(link, col(link.subject_id) == col(subject.id))
        .where(col(link.resource_id) == resource.id)
        .order_by(col(subject.code))
    )
    named = await session.execute(
        select(col(held.namespace), col(held.value))
        .where(col(held.resource_id) == resource.id)
        .order_by(col(held.namespace), col(held.value))
    )
    return {
        **state(resource),
        "contributors": "; ".join(f"{name} ({role})" if role else name for name, role in people),
        "subjects": "; ".join(subjects),
        "identifiers": ", ".join(f"{namespace}:{value}" for namespace, value in named),
    }
