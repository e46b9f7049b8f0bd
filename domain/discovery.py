"""Through which institutions somebody can sign in, as she looks for hers: by names, by scope, by what they can open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text
from sqlmodel import col

from domain.catalogue import tokenizer
from domain.rights import pool
from domain.rights.answer import Context
from domain.rights.candidates import Question
from domain.rights.grants import Grants
from models import resource
from models.columns import Localised
from models.federation import SamlEntity
from models.identity import IdentityProvider, IdentityProviderScope
from models.party import MemberScope, Party
from models.vocabulary import Action, IdentityProtocol

BINDINGS = tuple(f"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{way}" for way in ("Redirect", "POST"))
"""Those by which a SAML provider can be asked."""
LONGEST_QUERY = 200
"""Characters of a search that count."""


@dataclass(frozen=True, slots=True)
class Served:
    """A member for which a provider speaks, and the scopes within which it does."""

    member_id: UUID
    code: str
    name: Localised
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Institution:
    """A provider that somebody can really sign in with. `hidden`: only for whoever names it."""

    provider_id: UUID
    issuer: str
    protocol: IdentityProtocol
    name: Localised
    members: tuple[Served, ...]
    official: Localised
    """How its metadata names it."""
    keywords: Localised
    logo: str | None = None
    hidden: bool = False
    demo: bool = False
    error_url: str | None = None
    """Where it helps people whose sign-in failed, to be filled in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list: people look for their university, not for whoever runs its sign-in."""

    institution: Institution
    member: Served


async def institutions(session: AsyncSession, *, demo: bool) -> list[Institution]:
    """Every provider in use that is registered for a scope, by issuer; of SAML only those whose metadata is in force
    and says where to ask, and by which key answers are signed.
    """
    return _institutions(await session.execute(_offered(demo)))


async def institution(session: AsyncSession, provider_id: UUID, *, demo: bool) -> Institution | None:
    """One of them; None: nobody can sign in there."""
    found = await session.execute(_offered(demo).where(col(IdentityProvider.id) == provider_id))
    return next(iter(_institutions(found)), None)


def _institutions(rows: Iterable[Any]) -> list[Institution]:
    providers: dict[UUID, Any] = {}
    members: dict[UUID, dict[UUID, Served]] = {}
    for row in rows:
        providers[row.id] = row
        served = members.setdefault(row.id, {})
        known = served[row.member_id].scopes if row.member_id in served else ()
        served[row.member_id] = Served(row.member_id, row.code, row.member_name, (*known, row.scope))
    return [
        Institution(
            row.id,
            row.issuer,
            row.protocol,
            row.name,
            tuple(members[row.id].values()),
            row.official or {},
            row.keywords or {},
            row.logo,
            bool(row.hidden),
            row.demo,
            row.error_url,
        )
        for row in providers.values()
    ]


def _offered(demo: bool) -> Select[*tuple[Any, ...]]:
    provider, entity, scope = IdentityProvider, SamlEntity, MemberScope
    described = and_(
        col(entity.source_id) == col(provider.metadata_source_id), col(entity.entity_id) == col(provider.issuer)
    )
    asked: Select[*tuple[Any, ...]] = select(
        *map(col, (provider.id, provider.issuer, provider.protocol, provider.name, provider.demo, scope.scope)),
        *map(col, (entity.keywords, entity.logo, entity.hidden, entity.error_url, Party.code)),
        col(entity.names).label("official"),
        col(Party.id).label("member_id"),
        col(Party.name).label("member_name"),
    )
    offered = (
        asked.select_from(provider)
        .join(IdentityProviderScope, col(IdentityProviderScope.provider_id) == col(provider.id))
        .join(scope, col(scope.scope) == col(IdentityProviderScope.scope))
        .join(Party, col(Party.id) == col(scope.member_id))
        .outerjoin(entity, described)
        .where(col(provider.enabled), or_(col(provider.client_id).is_not(None), _signs_in()))
        .order_by(col(provider.issuer), col(Party.code), col(scope.scope))
    )
    return offered if demo else offered.where(~col(provider.demo))


def _signs_in() -> ColumnElement[bool]:
    entity = SamlEntity
    live = or_(col(entity.valid_until).is_(None), col(entity.valid_until) > func.now())
    asked_at = col(entity.single_sign_on).op("?|")(cast(list(BINDINGS), ARRAY(Text)))
    return and_(live, asked_at, func.cardinality(col(entity.signing_certificates)) > 0)


def entries(among: Iterable[Institution], query: str = "", *, readers: frozenset[UUID] | None = None) -> list[Entry]:
    """One per member, where each word of the query is a part of what it is called. `readers`: only these members."""
    words = tokenizer.normalise(query[:LONGEST_QUERY]).split()
    return [
        Entry(one, member)
        for one in among
        for member in one.members
        if (readers is None or member.member_id in readers) and _called(one, member, words)
    ]


def _called(institution: Institution, member: Served, words: list[str]) -> bool:
    """Its own names, those of its provider, and its domains."""
    if not words:
        return True
    names = (member.name, institution.name, institution.official, institution.keywords)
    told = (*(text for by_language in names for text in by_language.values()), member.code, *member.scopes)
    text = tokenizer.normalise("\n".join(told))
    return all(word in text for word in words)


async def title(session: AsyncSession, resource_id: UUID) -> Localised | None:
    """What a resource is called; None: there is none."""
    found: Localised | None = await session.scalar(
        select(col(resource.Resource.title)).where(col(resource.Resource.id) == resource_id)
    )
    return found


def readers(grants: Grants, resource_id: UUID, now: datetime) -> frozenset[UUID] | None:
    """The members some of whose people may view a resource, or a part of it; None: everybody may."""
    known = grants.resources.get(resource_id)
    return pool.readers(Question(grants, known, Action.VIEW, Context(), now)) if known else frozenset()
