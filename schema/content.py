"""Content items: the files that we hold. Their bytes never travel through GraphQL."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import Integer, Uuid, select
from sqlmodel import col

from domain import visibility
from domain.catalogue.paging import Key, Keyset
from models import content as rows
from models import resource as resources
from schema.access_question import item_access
from schema.change import Change, history, of_staff
from schema.kit import ids
from schema.kit.arguments import After, Before, First, Lang, Last
from schema.kit.connection import Connection, Listing, asked, children
from schema.kit.context import Info
from schema.kit.rows import Statement, by_key
from schema.kit.scalars import URL, ByteCount, PartialDate
from schema.kit.source import column, computed, identity, noun, relation
from schema.node import Node, lookup

if TYPE_CHECKING:
    from schema.access import Access
    from schema.resource import Resource

by_key("content_item", rows.ContentItem)

ITEMS = Listing(
    "contents",
    "content_item",
    col(rows.ContentItem.id),
    Keyset((Key(col(rows.ContentItem.position), Integer(), int), Key(col(rows.ContentItem.id), Uuid(), UUID))),
)
_HELD: Statement = select().select_from(rows.ContentItem)


def _label(root: strawberry.Parent[rows.ContentItem], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return info.context.said(root.label, lang)


def _digest(root: strawberry.Parent[rows.ContentItem], info: Info) -> str | None:
    return root.sha256 if visibility.is_staff(info.context.viewer) else None


def _url(root: strawberry.Parent[rows.ContentItem], info: Info) -> str:
    return content_url(info, root.id)


def content_url(info: Info, key: UUID) -> str:
    """The gate's address of an item."""
    return f"{info.context.public_url}/content/{ids.encode('ContentItem', key)}"


@noun(rows.ContentItem, "A file that we hold: PDF, EPUB, images.")
class ContentItem(Node):
    id: strawberry.ID = identity(rows.ContentItem)
    resource: Annotated["Resource", strawberry.lazy("schema.resource")] = relation(
        rows.ContentItem.resource_id, "resource", "What it is a copy of."
    )
    label: str = computed(_label, "What it is called, in the language wanted.", rows.ContentItem.label)
    media_type: str = column(rows.ContentItem.media_type, "Its IANA media type.")
    size: ByteCount = column(rows.ContentItem.size, "Its length in bytes.")
    sha256: str | None = computed(_digest, "Its SHA-256; for staff.", rows.ContentItem.sha256)
    published: PartialDate | None = column(rows.ContentItem.published, "When it was published.")
    rights: URL | None = column(rows.ContentItem.rights, "The rights statement that it stands under.")
    version: int = column(rows.ContentItem.version, "Rises with every change.")
    history: Connection[Change] | None = history(rows.ContentItem, of_staff)
    viewer_access: Annotated["Access", strawberry.lazy("schema.access")] = computed(
        item_access, "Whether the gate would open it for the viewer now.", rows.ContentItem.package_title_id
    )
    url: URL = computed(
        _url,
        "The gate's own address: stable, no secret in it; decided when followed. For a signed link: contentOpen.",
        rows.ContentItem.id,
    )


async def contents_of_resource(
    root: strawberry.Parent[resources.Resource],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, ITEMS.name, first, after, last, before)
    parent = (col(rows.ContentItem.resource_id), root.id)
    return await children(info, ITEMS, _HELD, parent, part)


lookup("ContentItem", "content_item")
