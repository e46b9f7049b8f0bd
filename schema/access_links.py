"""The ways to a resource under a granting right: what we hold, then its platforms."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlmodel import col

from domain.platform_links import NOBODY, LinkKind, Traveller, address
from domain.rights.answer import Link
from models import content as rows
from models import package
from schema.content import content_url
from schema.decide import Admission
from schema.kit.context import Info
from schema.kit.rows import belonging
from schema.kit.scalars import URL
from schema.kit.source import fact
from schema.package import Platform

MOST_ITEMS = 10
"""Files of one copy that are linked each by itself; Resource.contents has them all."""

belonging(
    "items_of_title",
    col(rows.ContentItem.package_title_id),
    select(col(rows.ContentItem.package_title_id), rows.ContentItem).order_by(
        col(rows.ContentItem.position), col(rows.ContentItem.id)
    ),
)


@dataclass(frozen=True, slots=True)
class _Way:
    url: str
    kind: LinkKind
    platform: package.Platform | None = None


@strawberry.type(description="A way to the content.")
class AccessLink:
    url: URL = fact("url", "Where to go.")
    kind: LinkKind = fact("kind", "How it leads there.")
    platform: Platform | None = fact("platform", "On whose platform it is; null = we hold it.")


async def links_of(info: Info, admission: Admission) -> list[_Way]:
    """Content that we hold comes first, whichever copy it is of."""
    ways = await asyncio.gather(*(_of_copy(info, admission, link) for link in admission.answer.links))
    return sorted((way for found in ways for way in found), key=lambda way: way.kind is not LinkKind.CONTENT)


async def _of_copy(info: Info, admission: Admission, link: Link) -> list[_Way]:
    load = info.context.loaders.load
    title, items = await asyncio.gather(
        load("package_title", link.package_title_id), load("items_of_title", link.package_title_id)
    )
    held = [item.id for item in items[:MOST_ITEMS]] if admission.item_id is None else [admission.item_id]
    ways = [_Way(content_url(info, key), LinkKind.CONTENT) for key in held if any(key == one.id for one in items)]
    platform = await load("platform", title.platform_id) if title.platform_id else None
    url = title.url or (platform.url if platform else None)
    if url:
        ways.append(await _on_platform(info, admission, link.member_id, url, platform))
    return ways


async def _on_platform(
    info: Info, admission: Admission, member_id: UUID | None, url: str, platform: package.Platform | None
) -> _Way:
    if platform is None:
        return _Way(url, LinkKind.PLATFORM)
    traveller = await _traveller(info, admission, member_id) if member_id else NOBODY
    kind, where = address(url, platform.link_rule, platform.link_template, traveller)
    return _Way(where, kind, platform)


async def _traveller(info: Info, admission: Admission, member_id: UUID) -> Traveller:
    load = info.context.loaders.load
    member, scopes, providers, named = await asyncio.gather(
        load("party", member_id),
        load("member_scopes", member_id),
        load("issuers_of_member", member_id),
        load("member_identifiers", member_id),
    )
    entity_ids = [one.value for one in named if one.namespace == "entity_id"]
    return Traveller(
        proxy_prefix=member.proxy_prefix,
        entity_id=_first([*entity_ids, *providers]),
        scope=_first(scopes),
        on_site=member_id in admission.asked.principal.on_site,
    )


def _first(values: Any) -> Any:
    return next(iter(values), None)
