"""Acts on resources, and on what is said of the files that we hold."""

from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import contents, resources
from domain.acts.act import Act, ActRefused, text
from domain.acts.act import Problem as Why
from domain.acts.resources import Description
from domain.intake import patterns
from models.vocabulary import ResourceKind
from schema.content import ContentItem
from schema.kit.acts import made, perform, problems, reason, version
from schema.kit.context import Info
from schema.kit.inputs import LONGEST_NAME, LocalisedInput, bounded, given, key, localised, optional_text
from schema.kit.problems import Problem
from schema.kit.scalars import URL, PartialDate
from schema.lookups import IdentifierInput
from schema.resource import Resource

_UNSET: Any = strawberry.UNSET


@strawberry.input(description="Who made it, or part of it.")
class ContributorInput:
    name: str = strawberry.field(description="The name as it is to be shown.")
    role: str | None = strawberry.field(default=_UNSET, description="author, editor, translator …")


@strawberry.input(description="What can be said of a resource. In a change, what is left out stays.")
class ResourceDescription:
    published: PartialDate | None = strawberry.field(default=_UNSET, description="When it was published.")
    publisher: str | None = strawberry.field(default=_UNSET, description="Who published it.")
    languages: list[str] | None = strawberry.field(default=_UNSET, description="BCP 47 tags.")
    open_access: bool | None = strawberry.field(default=_UNSET, description="Whether the work itself is open.")
    rights: URL | None = strawberry.field(default=_UNSET, description="The rights statement that it stands under.")
    contributors: list[ContributorInput] | None = strawberry.field(default=_UNSET, description="In order.")
    subjects: list[LocalisedInput] | None = strawberry.field(default=_UNSET, description="What it is about.")
    identifiers: list[IdentifierInput] | None = strawberry.field(
        default=_UNSET, description="issn, isbn, doi and others."
    )


@strawberry.input(description="A new resource.")
class ResourceCreateInput(ResourceDescription):
    kind: ResourceKind = strawberry.field(description="What it is.")
    title: LocalisedInput = strawberry.field(description="Its title.")
    contributed_by: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="The member that catalogues it and will look after it; left out = the consortium."
    )
    continues: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="The title that it follows, whose ISSN it may keep."
    )
    reason: str | None = reason()


@strawberry.type(description="What resourceCreate did.")
class ResourceCreatePayload:
    resource: Resource | None = made("The new resource. Search finds it within a second.")
    problems: list[Problem] = problems()


@strawberry.input(description="What is different about a resource. What is left out stays.")
class ResourceUpdateInput(ResourceDescription):
    id: strawberry.ID = strawberry.field(description="The resource.")
    version: int = version()
    kind: ResourceKind | None = strawberry.field(default=_UNSET, description="What it is.")
    title: LocalisedInput | None = strawberry.field(default=_UNSET, description="Its title.")
    reason: str | None = reason()


@strawberry.type(description="What resourceUpdate did.")
class ResourceUpdatePayload:
    resource: Resource | None = made("The resource as it stands now. Search follows within a second.")
    problems: list[Problem] = problems()


@strawberry.input(description="What is different about a file. What is left out stays.")
class ContentUpdateInput:
    id: strawberry.ID = strawberry.field(description="The file.")
    version: int = version()
    label: LocalisedInput | None = strawberry.field(default=_UNSET, description="What it is called.")
    published: PartialDate | None = strawberry.field(default=_UNSET, description="When it was published.")
    rights: URL | None = strawberry.field(default=_UNSET, description="The rights statement that it stands under.")
    reason: str | None = reason()


@strawberry.type(description="What contentUpdate did.")
class ContentUpdatePayload:
    content: ContentItem | None = made("The file as it stands now.")
    problems: list[Problem] = problems()


NewResource = Annotated[ResourceCreateInput, strawberry.argument(description="The resource.")]
ResourceChanges = Annotated[ResourceUpdateInput, strawberry.argument(description="Which one, and what is different.")]
ContentChanges = Annotated[ContentUpdateInput, strawberry.argument(description="Which one, and what is different.")]


async def create(info: Info, input: NewResource) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        member, former = (
            key(input.contributed_by, "contributedBy", "Member"),
            key(input.continues, "continues", "Resource"),
        )
        return await resources.create(session, act, input.kind, _said(input), member, former)

    return await perform(info, "resourceCreate", input.reason, done)


async def update(info: Info, input: ResourceChanges) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await resources.update(session, act, key(input.id, "id", "Resource"), input.version, _said(input))

    return await perform(info, "resourceUpdate", input.reason, done)


async def update_content(info: Info, input: ContentChanges) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        values = given(published=input.published, rights=input.rights)
        if input.label:
            values["label"] = localised(input.label, "label")
        return await contents.update(session, act, key(input.id, "id", "ContentItem"), input.version, values)

    return await perform(info, "contentUpdate", input.reason, done)


def _said(input: ResourceCreateInput | ResourceUpdateInput) -> Description:
    facts = given(published=input.published, rights=input.rights)
    if input.publisher is not strawberry.UNSET:
        facts["publisher"] = optional_text(input.publisher, "publisher", LONGEST_NAME)
    if input.title:
        facts["title"] = localised(input.title, "title")
    if isinstance(input, ResourceUpdateInput) and input.kind:
        facts["kind"] = input.kind
    if (languages := bounded(input.languages, "languages")) is not None:
        facts["languages"] = [_language(tag, index) for index, tag in enumerate(languages)]
    if input.open_access is not strawberry.UNSET and input.open_access is not None:
        facts["open_access"] = input.open_access
    people = bounded(input.contributors, "contributors")
    subjects = bounded(input.subjects, "subjects")
    named = bounded(input.identifiers, "identifiers")
    return Description(
        facts,
        None if people is None else [_person(one) for one in people],
        None if subjects is None else [localised(one, "subjects") for one in subjects],
        None if named is None else [(one.namespace, one.value) for one in named],
    )


def _person(one: ContributorInput) -> tuple[str, str | None]:
    return text(one.name, "contributors", LONGEST_NAME), optional_text(one.role, "contributors", LONGEST_NAME)


def _language(tag: str, index: int) -> str:
    if not patterns.LANGUAGE.fullmatch(tag):
        raise ActRefused(Why.VALUE, "languages", str(index), field=tag[:60])
    return tag
