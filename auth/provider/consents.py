"""What a person allowed a client, remembered: for good where her institution tells us something that lasts, else for as
long as she stays signed in."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from auth.provider.clients import Registered
from auth.provider.people import Person
from domain import scopes
from domain.scopes import Scope
from models import client as rows


async def remembered(session: AsyncSession, client: Registered, who: Person) -> frozenset[Scope]:
    """All that she has allowed this client so far."""
    consent, given = rows.Consent, rows.Authorization
    pseudonyms = [one.pseudonym_id for one in who.memberships if one.pseudonym_id]
    for_good = select(func.unnest(col(consent.scopes))).where(
        col(consent.client_id) == client.row.id, col(consent.pseudonym_id).in_(pseudonyms)
    )
    for_now = select(func.unnest(col(given.scopes))).where(
        col(given.client_id) == client.row.id,
        col(given.session_id) == who.session_id,
        col(given.revoked_at).is_(None),
    )
    return scopes.known(await session.scalars(for_good.union(for_now)))


async def remember(session: AsyncSession, client: Registered, who: Person, allowed: frozenset[Scope]) -> None:
    consent = rows.Consent
    every = sorted(allowed | await remembered(session, client, who))
    for one in who.memberships:
        if one.pseudonym_id is not None:
            values = {"scopes": every, "given_at": func.now()}
            key = {"pseudonym_id": one.pseudonym_id, "client_id": client.row.id, "member_id": one.member_id}
            given = insert(consent).values(**key, **values)
            await session.execute(
                given.on_conflict_do_update(index_elements=["pseudonym_id", "client_id"], set_=values)
            )
