"""Through which institutions somebody can sign in, as she looks for hers: by names, by scope, by what they can open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.catalogue import tokenizer
from domain.reading import fetched
from domain.rights import pool
from domain.rights.answer import Context
from domain.rights.candidates import Question
from domain.rights.grants import Grants
from models import resource
from models.columns import Localised
from models.vocabulary import Action, IdentityProtocol

BINDINGS = tuple(f"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{way}" for way in ("Redirect", "POST"))
"""Those by which a SAML provider can be asked, the preferred one first."""
LONGEST_QUERY = 200
"""Characters of a search that count."""

_OFFERED = """
SELECT provider.id, provider.issuer, provider.protocol, provider.name, entity.names, entity.keywords, entity.logo,
       entity.hidden, provider.demo, entity.error_url,
       coalesce(entity.single_sign_on ->> %(redirect)s, entity.single_sign_on ->> %(post)s, provider.issuer),
       party.id, party.code, party.name, array_agg(scope.scope ORDER BY scope.scope)
FROM identity_provider AS provider
JOIN identity_provider_scope AS spoken ON spoken.provider_id = provider.id
JOIN member_scope AS scope ON scope.scope = spoken.scope
JOIN party ON party.id = scope.member_id
LEFT JOIN saml_entity AS entity
  ON entity.source_id = provider.metadata_source_id AND entity.entity_id = provider.issuer
WHERE provider.enabled
  AND (provider.client_id IS NOT NULL
       OR (coalesce(entity.valid_until > now(), entity.entity_id IS NOT NULL)
           AND entity.single_sign_on ?| ARRAY[%(redirect)s, %(post)s] AND cardinality(entity.signing_certificates) > 0))
  AND (%(demo)s OR NOT provider.demo)
  AND (CAST(%(provider)s AS uuid) IS NULL OR provider.id = %(provider)s)
GROUP BY provider.id, entity.source_id, entity.entity_id, party.id
ORDER BY provider.issuer, party.code
"""
"""One row per provider and member."""
_OF_PROVIDER = 11
"""Columns that are the provider's."""


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
    asked_at: str = ""
    """The address where sign-ins begin; of OpenID Connect its issuer, which tells it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list: people look for their university, not for whoever runs its sign-in."""

    institution: Institution
    member: Served


async def institutions(session: AsyncSession, *, demo: bool) -> list[Institution]:
    """Every provider in use that is registered for a scope, by issuer; of SAML only those whose metadata is in force
    and says where to ask, and by which key answers are signed.
    """
    return await _offered(session, demo, None)


async def institution(session: AsyncSession, provider_id: UUID, *, demo: bool) -> Institution | None:
    """One of them; None: nobody can sign in there."""
    return next(iter(await _offered(session, demo, provider_id)), None)


async def _offered(session: AsyncSession, demo: bool, provider_id: UUID | None) -> list[Institution]:
    asked = {"redirect": BINDINGS[0], "post": BINDINGS[1], "demo": demo, "provider": provider_id}
    found: list[Institution] = []
    for provider, rows in groupby(await fetched(session, _OFFERED, asked), lambda row: row[:_OF_PROVIDER]):
        key, issuer, protocol, name, official, keywords, logo, hidden, of_demo, error_url, asked_at = provider
        members = tuple(Served(member, code, called, tuple(scopes)) for *_, member, code, called, scopes in rows)
        described = (official or {}, keywords or {}, logo, bool(hidden), of_demo, error_url, asked_at)
        found.append(Institution(key, issuer, IdentityProtocol(protocol), name, members, *described))
    return found


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
    text = _folded("\n".join(told))
    return all(word in text for word in words)


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    """Who types asks for the same again with every letter."""
    return tokenizer.normalise(text)


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
