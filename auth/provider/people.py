"""The person for whom a client gets tokens, as far as that client may know her."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from auth import sessions
from auth.provider.clients import Registered
from domain.keys import KeyStore, Purpose
from domain.principal import Membership
from domain.scopes import Scope
from models import identity, party


@dataclass(frozen=True, slots=True)
class Person:
    """`subject`: her name with this client alone, the same at each sign-in where her institution tells us something
    that lasts. `memberships`: those of the members for which the client acts.
    """

    subject: str
    session_id: UUID
    session_name: str
    """`sid` of her ID tokens: this sign-in, with this client alone."""
    signed_in_at: datetime
    memberships: tuple[Membership, ...]

    @property
    def auth_time(self) -> int:
        """When she signed in, in seconds since 1970 (OpenID Connect Core 1.0 §2)."""
        return int(self.signed_in_at.timestamp())

    def get_user_id(self) -> str:
        """What Authlib calls the subject."""
        return self.subject


async def person(
    session: AsyncSession, keys: KeyStore, client: Registered | None, session_id: UUID | None
) -> Person | None:
    """None where her sign-in is over, or none of her memberships is this client's business.

    The transaction must have entered the session's members.
    """
    if client is None or session_id is None:
        return None
    row = await session.get(identity.Session, session_id)
    memberships = within(await sessions.memberships(session, session_id), client.members)
    if row is None or not memberships:
        return None
    lasting = next((one.pseudonym_id for one in memberships if one.pseudonym_id), session_id)
    return Person(
        _name(keys, client, b"sub", lasting),
        session_id,
        _name(keys, client, b"sid", session_id),
        row.started_at,
        memberships,
    )


def within(memberships: tuple[Membership, ...], members: frozenset[UUID] | None) -> tuple[Membership, ...]:
    """Those at the members for which a client acts: client and person together may do what both may."""
    return tuple(one for one in memberships if members is None or one.member_id in members)


async def claims(session: AsyncSession, who: Person, allowed: frozenset[Scope]) -> dict[str, Any]:
    """What the client learns of her (OpenID Connect Core 1.0 §5.3): nothing but what it was allowed.

    `eduperson_scoped_affiliation` and `eduperson_entitlement` as the REFEDS OIDC mapping names them.
    """
    told: dict[str, Any] = {"sub": who.subject}
    if Scope.PATRON_AFFILIATIONS_READ in allowed:
        at = await _scopes(session, [one.member_id for one in who.memberships])
        told["eduperson_scoped_affiliation"] = sorted(
            f"{affiliation}@{at[one.member_id]}"
            for one in who.memberships
            if one.member_id in at
            for affiliation in one.affiliations
        )
    if Scope.PATRON_ENTITLEMENTS_READ in allowed:
        told["eduperson_entitlement"] = sorted({uri for one in who.memberships for uri in one.entitlements})
    return told


async def _scopes(session: AsyncSession, members: list[UUID]) -> dict[UUID, str]:
    """A member's scope: where it has several, the first in the alphabet."""
    scope = party.MemberScope
    found = await session.execute(
        select(col(scope.member_id), col(scope.scope))
        .where(col(scope.member_id).in_(members))
        .order_by(col(scope.scope).desc())
    )
    return {key: text for key, text in found}  # noqa: C416 a Row is no tuple to mypy


def _name(keys: KeyStore, client: Registered, use: bytes, of: UUID) -> str:
    """Pairwise (OpenID Connect Core 1.0 §8.1). Made with the oldest key, so that a rotation renames nobody."""
    oldest = keys.key_ids(Purpose.SUBJECTS)[-1]
    made = keys.mac(Purpose.SUBJECTS, use + client.row.id.bytes + of.bytes, oldest)
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
