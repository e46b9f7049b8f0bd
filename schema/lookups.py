"""How resources and members are named in questions: by id or by a name that somebody else gave them."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.catalogue import identifiers
from domain.catalogue.identifiers import Identifier
from models import identity as people
from models import party as rows
from schema.kit import ids
from schema.kit.context import Info
from schema.kit.loaders import loader
from schema.kit.rows import Statement

SCOPE = "scope"
ENTITY_ID = "entity_id"


@strawberry.input(description="An identifier of any namespace.")
class IdentifierInput:
    namespace: str = strawberry.field(description="issn, isbn, doi, isil, ror …")
    value: str = strawberry.field(description="The identifier; hyphens and case don't matter where the scheme says so.")


@strawberry.input(one_of=True, description="One way to name a resource.")
class ResourceBy:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Its id.")
    doi: str | None = strawberry.field(default=strawberry.UNSET, description="Its DOI, with or without resolver.")
    issn: str | None = strawberry.field(default=strawberry.UNSET, description="Its ISSN, printed or electronic.")
    isbn: str | None = strawberry.field(default=strawberry.UNSET, description="Its ISBN, of 10 or 13 digits.")
    identifier: IdentifierInput | None = strawberry.field(default=strawberry.UNSET, description="Any identifier.")


@strawberry.input(
    one_of=True,
    description="One way to name a member. entityId finds nothing where several members share it: then use scope.",
)
class MemberBy:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Its id.")
    isil: str | None = strawberry.field(default=strawberry.UNSET, description="Its ISIL (ISO 15511).")
    ror: str | None = strawberry.field(default=strawberry.UNSET, description="Its ROR id, with or without resolver.")
    scope: str | None = strawberry.field(default=strawberry.UNSET, description="A domain that affiliations end in.")
    entity_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its identity provider's entityID or issuer."
    )
    identifier: IdentifierInput | None = strawberry.field(default=strawberry.UNSET, description="Any identifier.")


@loader("resource_named")
async def _resources(session: AsyncSession, keys: Sequence[Any]) -> dict[Any, UUID | None]:
    return dict(zip(keys, await identifiers.find(session, keys), strict=True))


async def resource_key(info: Info, by: ResourceBy) -> UUID | None:
    """The resource meant; None if there is none."""
    wanted: UUID | Identifier | None
    if by.id:
        wanted = ids.decode(by.id, "Resource")
    elif by.identifier:
        wanted = Identifier(by.identifier.namespace, by.identifier.value)
    else:
        given = ((name, getattr(by, name)) for name in ("doi", "issn", "isbn"))
        wanted = next((Identifier(name, value) for name, value in given if value), None)
    if wanted is None:
        return None
    key: UUID | None = await info.context.loaders.load("resource_named", wanted)
    return key


Named = tuple[str, str]
"""A member's name: namespace and value."""

_ROR = "https://ror.org/"


@loader("member_named")
async def _members(session: AsyncSession, keys: Sequence[Named]) -> dict[Named, UUID]:
    """Members by their names; a name that several share names none of them."""
    found: dict[Named, set[UUID]] = {}
    for statement in _name_statements(keys):
        for namespace, value, member_id in await session.execute(statement):
            found.setdefault((namespace, value), set()).add(member_id)
    return {key: next(iter(members)) for key, members in found.items() if len(members) == 1}


def _name_statements(keys: Sequence[Named]) -> Iterator[Statement]:
    """One statement for each kind of name asked for: (namespace, value, member)."""
    scope, identifier = rows.MemberScope, rows.MemberIdentifier
    if scopes := [value for namespace, value in keys if namespace == SCOPE]:
        yield select(literal(SCOPE), col(scope.scope), col(scope.member_id)).where(col(scope.scope).in_(scopes))
    if others := [key for key in keys if key[0] != SCOPE]:
        pair = tuple_(col(identifier.namespace), col(identifier.value))
        yield select(col(identifier.namespace), col(identifier.value), col(identifier.member_id)).where(
            pair.in_(others)
        )
    if issuers := [value for namespace, value in keys if namespace == ENTITY_ID]:
        provider, registered = people.IdentityProvider, people.IdentityProviderScope
        yield (
            select(literal(ENTITY_ID), col(provider.issuer), col(scope.member_id))
            .join(registered, col(registered.provider_id) == col(provider.id))
            .join(scope, col(scope.scope) == col(registered.scope))
            .where(col(provider.issuer).in_(issuers))
        )


async def member_key(info: Info, by: MemberBy) -> UUID | None:
    """The member meant; None if there is none or it isn't the only one."""
    if by.id:
        return ids.decode(by.id, "Member")
    for name in _names(by):
        key: UUID | None = await info.context.loaders.load("member_named", name)
        if key is not None:
            return key
    return None


def _names(by: MemberBy) -> Sequence[Named]:
    """The ways in which the name may be written in our rows."""
    if by.scope:
        return [(SCOPE, by.scope.strip().lower())]
    if by.ror:
        plain = by.ror.strip().lower().removeprefix(_ROR)
        return [("ror", f"{_ROR}{plain}"), ("ror", plain)]
    if by.isil:
        return [("isil", by.isil.strip())]
    if by.entity_id:
        return [(ENTITY_ID, by.entity_id.strip())]
    return [(by.identifier.namespace.strip().lower(), by.identifier.value.strip())] if by.identifier else []
