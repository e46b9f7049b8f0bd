"""One university as its federation describes it at this moment."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import re2  # type: ignore[import-untyped]
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.columns import Localised
from models.federation import SamlEntity
from models.identity import IdentityProvider

LONGEST_SCOPE = 253
_KEPT = 256
_MEMORY = 128 * 1024
"""Bytes that a compiled pattern may take with what it keeps of its runs."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where messages go; `response`: where answers go."""

    location: str
    response: str


@dataclass(frozen=True, slots=True)
class Entity:
    entity_id: str
    names: Localised
    scopes: tuple[str, ...]
    scope_patterns: tuple[str, ...]
    certificates: tuple[bytes, ...]
    """DER. For the keys in them: whether they have expired says nothing."""
    single_sign_on: Mapping[str, str]
    """Address by binding."""
    single_logout: Mapping[str, Endpoint]
    error_url: str | None


async def of_provider(session: AsyncSession, provider: IdentityProvider) -> Entity | None:
    """What the provider's own source says of it; None: nothing any more, or what it said has expired."""
    if provider.metadata_source_id is None:
        return None
    return await of_source(session, provider.metadata_source_id, provider.issuer)


async def of_source(session: AsyncSession, source_id: UUID, entity_id: str) -> Entity | None:
    """What one source says of an entity at this moment."""
    found = await session.execute(
        select(SamlEntity).where(
            col(SamlEntity.source_id) == source_id,
            col(SamlEntity.entity_id) == entity_id,
            or_(col(SamlEntity.valid_until).is_(None), col(SamlEntity.valid_until) > func.now()),
        )
    )
    row = found.scalar_one_or_none()
    return None if row is None else of_row(row)


def of_row(row: SamlEntity) -> Entity:
    return Entity(
        entity_id=row.entity_id,
        names=row.names,
        scopes=tuple(row.scopes),
        scope_patterns=tuple(row.scope_patterns),
        certificates=tuple(base64.b64decode(one) for one in row.signing_certificates),
        single_sign_on=row.single_sign_on,
        single_logout={
            binding: Endpoint(one["location"], one.get("response", one["location"]))
            for binding, one in row.single_logout.items()
        },
        error_url=row.error_url,
    )


def speaks_for(entity: Entity, scope: str) -> bool:
    """Whether its federation lets it speak for a scope (shibmd:Scope): named, or matched whole by a pattern."""
    scope = scope.lower()
    if not 0 < len(scope) <= LONGEST_SCOPE or not scope.isascii() or not scope.isprintable():
        return False
    if scope in entity.scopes:
        return True
    patterns = (_compiled(pattern) for pattern in entity.scope_patterns)
    return any(pattern is not None and pattern.fullmatch(scope) is not None for pattern in patterns)


@lru_cache(maxsize=_KEPT)
def _compiled(pattern: str) -> Any:
    """In RE2's syntax, which takes time in proportion to the text whatever the pattern; None: it isn't in it."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None
