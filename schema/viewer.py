"""The viewer: who asks, as far as we know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import principal
from models import identity as rows
from models.vocabulary import Affiliation, Role
from schema.client import Client
from schema.kit.context import Info
from schema.kit.scalars import URL
from schema.kit.source import computed, fact
from schema.member import Member
from schema.privacy import PersonalData, personal_data

Target = Annotated[
    URL | None,
    strawberry.argument(description="Where to lead afterwards: an address of this server. Left out: its front page."),
]


@dataclass(frozen=True, slots=True)
class _Membership:
    member_id: UUID
    affiliations: list[Affiliation]
    roles: list[Role]


async def _member(root: strawberry.Parent[_Membership], info: Info) -> Any:
    return await info.context.loaders.load("party", root.member_id)


@strawberry.type(description="What the viewer is at one member.")
class Membership:
    member: Member = computed(_member, "The member.", rows.SessionMembership.member_id)
    affiliations: list[Affiliation] = fact("affiliations", "As her identity provider, or her place, says.")
    roles: list[Role] = fact("roles", "What she may do for it.")


def _memberships(root: strawberry.Parent[principal.Viewer]) -> Any:
    return [
        _Membership(one.member_id, sorted(one.affiliations), sorted(one.roles)) for one in root.principal.memberships
    ]


async def _on_site_at(root: strawberry.Parent[principal.Viewer], info: Info) -> Any:
    return [await info.context.loaders.load("party", key) for key in sorted(root.principal.on_site)]


def _sign_in_url(root: strawberry.Parent[principal.Viewer], info: Info, target: Target = strawberry.UNSET) -> str:
    return sign_in_url(info, target or None)


def sign_in_url(info: Info, target: str | None) -> str:
    """Where to sign in. A target that isn't ours is dropped there, so none is passed on here."""
    base = f"{info.context.public_url}/login"
    return f"{base}?{urlencode({'target': target})}" if target else base


async def _expires_at(root: strawberry.Parent[principal.Viewer], info: Info) -> datetime | None:
    if root.session_id is None:
        return None
    statement = select(col(rows.Session.expires_at)).where(col(rows.Session.id) == root.session_id)

    async def found(session: AsyncSession) -> datetime | None:
        ends: datetime | None = await session.scalar(statement)
        return ends

    return await info.context.turns.take(found)


async def _client(root: strawberry.Parent[principal.Viewer], info: Info) -> Any:
    return await info.context.loaders.load("client", root.caller.client_id) if root.caller else None


@strawberry.type(description="Who asks, as far as we know: member, affiliations, place. No identity of a person.")
class Viewer:
    signed_in: bool = fact("signed_in", "Whether somebody is signed in.")
    memberships: list[Membership] = computed(
        _memberships, "What the viewer is at which members.", rows.SessionMembership.affiliations
    )
    on_site_at: list[Member] = computed(_on_site_at, "The members on whose network the viewer is now.")
    client: Client | None = computed(_client, "The app or system whose token came with the request; null = none did.")
    sign_in_url: URL = computed(_sign_in_url, "Where to sign in.")
    expires_at: datetime | None = computed(
        _expires_at, "When the sign-in ends at the latest; null = nobody is signed in.", rows.Session.expires_at
    )
    personal_data: PersonalData | None = computed(
        personal_data,
        "What is kept of the person who asks; null = nobody is signed in. /privacy/export has all of it in one file.",
        rows.SessionMembership.pseudonym_id,
    )
