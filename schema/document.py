"""Documents of licences: the signed text, as a file where we have one. The bytes never travel through GraphQL."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import visibility
from domain.reading import Reading
from models import licence as rows
from schema.kit import ids
from schema.kit.arguments import Lang
from schema.kit.context import Info
from schema.kit.rows import KEYS, by_key
from schema.kit.scalars import URL, ByteCount
from schema.kit.source import column, computed, identity, noun
from schema.node import Node, lookup

if TYPE_CHECKING:
    from schema.member import Member

FOLDER = "/documents"

by_key("licence_document", rows.LicenceDocument, rows.LicenceDocument.created_at)

_SEEN = Reading(
    visibility.only_documents(
        select(col(rows.LicenceDocument.id)).where(col(rows.LicenceDocument.id) == KEYS),
        visibility.kept_sight(everything=False),
    )
)


async def sees_document(info: Info, row: rows.LicenceDocument) -> bool:
    """Whether it is of the viewer's members, or the text of a licence that she sees."""
    members = visibility.contracted(info.context.viewer)
    if not members:
        return members is None
    given = info.context.given

    async def seen(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, bool]:
        found = await _SEEN.rows(session, keys=list(keys), **given)
        return {key: True for (key,) in found}

    found: bool = await info.context.loaders.by("documents seen", seen, False).load(row.id)
    return found


def _name(root: strawberry.Parent[rows.LicenceDocument], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return info.context.said(root.name, lang)


async def _holder(root: strawberry.Parent[rows.LicenceDocument], info: Info) -> Any:
    return None if root.holder_id is None else await info.context.loaders.load("party", root.holder_id)


def _url(root: strawberry.Parent[rows.LicenceDocument], info: Info) -> str | None:
    if root.sha256 is None:
        return None
    return f"{info.context.public_url}{FOLDER}/{ids.encode('LicenceDocument', root.id)}"


def _terms_url(root: strawberry.Parent[rows.LicenceDocument], info: Info) -> str | None:
    url = _url(root, info)
    return url and f"{url}/terms.xlsx"


@noun(
    rows.LicenceDocument,
    "The signed text of a licence or an amendment. Who sees all of the licence sees it; POST /documents brings it in.",
)
class LicenceDocument(Node):
    id: strawberry.ID = identity(rows.LicenceDocument)
    name: str = computed(_name, "What it is called, in the language wanted.", rows.LicenceDocument.name)
    signed_on: date | None = column(rows.LicenceDocument.signed_on, "When it was signed; null = not known.")
    holder: Annotated["Member", strawberry.lazy("schema.member")] | None = computed(
        _holder, "The member whose document it is; null = the consortium's.", rows.LicenceDocument.holder_id
    )
    file_name: str | None = column(rows.LicenceDocument.file_name, "What its file was called; null = we have no file.")
    media_type: str | None = column(rows.LicenceDocument.media_type, "Its IANA media type; null = we have no file.")
    size: ByteCount | None = column(rows.LicenceDocument.size, "Its length in bytes; null = we have no file.")
    sha256: str | None = column(rows.LicenceDocument.sha256, "Its SHA-256; null = we have no file.")
    url: URL | None = computed(
        _url, "Where its file is: GET, for who sees this; null = we have no file.", rows.LicenceDocument.id
    )
    terms_url: URL | None = computed(
        _terms_url, "Where its term sheet is, to be filled in; null = we have no file.", rows.LicenceDocument.id
    )


lookup("LicenceDocument", "licence_document", sees_document)
