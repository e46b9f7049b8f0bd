"""What a person allowed apps: what she is shown of it, and taking it back.

It lies under the keys that lead to her (domain/privacy.py): a consent under a pseudonym, an authorization under a
sign-in. The transaction must see every member's rows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Update, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models import client as rows
from models.identity import Session

BY_PERSON, CLIENT_SUSPENDED = "by_person", "client_suspended"
"""Why authorizations were revoked."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What one sign-in let an app do. `until`: when it ends at the latest, or ended; `revoked_for`: why before
    its sign-in did."""

    id: UUID
    sign_in: UUID
    scopes: list[str]
    since: datetime
    until: datetime
    revoked_for: str | None


@dataclass(frozen=True, slots=True)
class App:
    """An app that she allowed something. `consents`: remembered for her next sign-in. Of both the newest come first."""

    client: rows.Client
    consents: Sequence[rows.Consent]
    authorizations: Sequence[Allowed]

    @property
    def scopes(self) -> list[str]:
        """All that she has allowed it, ended or not."""
        allowed = [*(one.scopes for one in self.consents), *(one.scopes for one in self.authorizations)]
        return sorted({scope for scopes in allowed for scope in scopes})


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How much was taken back of each."""

    consents: int
    authorizations: int


async def allowed_by(session: AsyncSession, sign_ins: Collection[UUID], pseudonyms: Collection[UUID]) -> list[App]:
    """The apps that the person of these keys allowed anything, by name."""
    consent, given, sign_in = rows.Consent, rows.Authorization, Session
    consents: dict[UUID, list[rows.Consent]] = {}
    of_hers = select(consent).where(col(consent.pseudonym_id).in_(pseudonyms)).order_by(col(consent.given_at).desc())
    for one in await session.scalars(of_hers):
        consents.setdefault(one.client_id, []).append(one)
    authorizations: dict[UUID, list[Allowed]] = {}
    until = func.least(col(given.revoked_at), col(sign_in.ended_at), col(sign_in.expires_at))
    found = await session.execute(
        select(given, until)
        .join(sign_in, col(sign_in.id) == col(given.session_id))
        .where(col(given.session_id).in_(sign_ins))
        .order_by(col(given.id).desc())
    )
    for row, ends in found:
        told = Allowed(row.id, row.session_id, row.scopes, row.created_at, ends, row.revoked_for)
        authorizations.setdefault(row.client_id, []).append(told)
    keys = consents.keys() | authorizations.keys()
    clients = await session.scalars(
        select(rows.Client).where(col(rows.Client.id).in_(keys)).order_by(col(rows.Client.name), col(rows.Client.id))
    )
    return [App(one, consents.get(one.id, []), authorizations.get(one.id, [])) for one in clients]


async def withdraw(
    session: AsyncSession, sign_ins: Collection[UUID], pseudonyms: Collection[UUID], client_id: UUID
) -> Withdrawn:
    """Take back what the person of these keys allowed an app: it isn't remembered, and its tokens end."""
    consent = rows.Consent
    remembered = delete(consent).where(col(consent.client_id) == client_id, col(consent.pseudonym_id).in_(pseudonyms))
    revoked = revoking(client_id, BY_PERSON).where(col(rows.Authorization.session_id).in_(sign_ins))
    return Withdrawn(await _count(session, remembered), await _count(session, revoked))


def revoking(client_id: UUID, why: str) -> Update:
    """End what a client was allowed and still stands, and so all tokens of it."""
    given = rows.Authorization
    in_force = update(given).where(col(given.client_id) == client_id, col(given.revoked_at).is_(None))
    return in_force.values(revoked_at=func.now(), revoked_for=why)


async def _count(session: AsyncSession, statement: Any) -> int:
    return cast(CursorResult[Any], await session.execute(statement)).rowcount
