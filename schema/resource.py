"""Resources: the titles of the catalogue."""

from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import select
from sqlmodel import col

from models import content, package
from models import resource as rows
from models.vocabulary import ResourceKind
from schema.access import Access
from schema.access_question import access_for, viewer_access
from schema.change import Change, history, of_staff
from schema.content import ContentItem, contents_of_resource
from schema.identifier import Identifier
from schema.kit.arguments import Lang
from schema.kit.connection import Connection
from schema.kit.context import Info
from schema.kit.rows import belonging, by_key
from schema.kit.scalars import PartialDate
from schema.kit.source import column, computed, identity, noun, relation
from schema.node import Node, lookup
from schema.package import PackageTitle, titles_of_resource
from schema.rights import licences_of_resource

if TYPE_CHECKING:
    from schema.licence import LicenceConnection
    from schema.member import Member

by_key("resource", rows.Resource, rows.Resource.search)
belonging(
    "contributors",
    col(rows.Contributor.resource_id),
    select(col(rows.Contributor.resource_id), rows.Contributor).order_by(col(rows.Contributor.position)),
)
belonging(
    "resource_identifiers",
    col(rows.ResourceIdentifier.resource_id),
    select(col(rows.ResourceIdentifier.resource_id), rows.ResourceIdentifier).order_by(
        col(rows.ResourceIdentifier.namespace), col(rows.ResourceIdentifier.value)
    ),
)
belonging(
    "subjects",
    col(rows.ResourceSubject.resource_id),
    select(col(rows.ResourceSubject.resource_id), rows.Subject)
    .join(rows.Subject, col(rows.Subject.id) == col(rows.ResourceSubject.subject_id))
    .order_by(col(rows.Subject.code)),
)


def _title(root: strawberry.Parent[rows.Resource], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return info.context.said(root.title, lang)


async def _subjects(root: strawberry.Parent[rows.Resource], info: Info, lang: Lang = strawberry.UNSET) -> list[str]:
    found = await info.context.loaders.load("subjects", root.id)
    return [info.context.said(subject.name, lang) for subject in found]


@strawberry.type(description="Who made a resource.")
class Contributor:
    name: str = column(rows.Contributor.name, "As the title page has it.")
    role: str | None = column(rows.Contributor.role, "What the person did: author, editor, translator.")


@noun(rows.Resource, "A title of the catalogue: a journal, a book, a database, a manuscript.")
class Resource(Node):
    id: strawberry.ID = identity(rows.Resource)
    kind: ResourceKind = column(rows.Resource.kind, "What it is.")
    title: str = computed(_title, "Its title, in the language wanted where it has one.", rows.Resource.title)
    contributors: list[Contributor] = relation(rows.Resource.id, "contributors", "Who made it, in the order given.")
    published: PartialDate | None = column(rows.Resource.published, "When it was, or began to be, published.")
    publisher: str | None = column(rows.Resource.publisher, "Who published it.")
    languages: list[str] = column(rows.Resource.languages, "The languages that it is in (BCP 47).")
    subjects: list[str] = computed(_subjects, "What it is about, in the language wanted.", rows.Subject.name)
    identifiers: list[Identifier] = relation(rows.Resource.id, "resource_identifiers", "Names that others gave it.")
    open_access: bool = column(
        rows.Resource.open_access, "The work itself is open; a free coverage statement alone is not."
    )
    contributed_by: Annotated["Member", strawberry.lazy("schema.member")] | None = relation(
        rows.Resource.contributed_by, "party", "The member that contributed it to the pool."
    )
    viewer_access: Access = computed(
        viewer_access, "Whether the viewer may use it, by which right, or why not.", rows.Resource.id
    )
    access: Access = computed(access_for, "The same for somebody else, as Query.access.", rows.Resource.id)
    version: int = column(rows.Resource.version, "Rises with every change.")
    history: Connection[Change] | None = history(rows.Resource, of_staff)
    package_titles: Connection[PackageTitle] = computed(
        titles_of_resource, "Its copies, in packages on platforms.", package.PackageTitle.resource_id
    )
    licences: Annotated["LicenceConnection", strawberry.lazy("schema.licence")] | None = computed(
        licences_of_resource,
        "Licences that open it to a member (left out: to the viewer's) through any package today, the last entered "
        "first; null = not for you to see.",
        rows.Resource.id,
    )
    contents: Connection[ContentItem] = computed(
        contents_of_resource, "The files that we hold of it.", content.ContentItem.resource_id
    )


lookup("Resource", "resource")
