"""Sessions: what a browser that signed in is known by. Rows, so that one can be ended at once and everywhere."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from auth.claims import Asserted
from auth.site import Site
from domain import pseudonyms, roles, visibility
from domain.keys import Purpose, Unreadable
from domain.principal import Membership
from models import identity as rows
from models import party

TOUCH = timedelta(minutes=1)
"""How exactly the time last seen is kept: a write per request would cost more than the request."""

_LONG_OVER = text("expires_at < now() - interval '1 day'")
"""Sessions of the members entered that nothing asks for any more: who signed in when is nobody's business later."""

_BY_TOKEN = text(
    "SELECT session.* FROM session_by_token(:hash) AS session"
    " JOIN identity_provider ON identity_provider.id = session.provider_id AND identity_provider.enabled"
    " WHERE session.last_seen_at > now() - CAST(:idle AS interval)"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session. `token` goes into the cookie; only its fingerprint is kept."""

    token: str
    memberships: tuple[Membership, ...]


async def open_(session: AsyncSession, site: Site, provider_id: UUID, asserted: Asserted) -> Opened:
    """Begin a session under a token never seen before, so that nobody can have planted it (session fixation)."""
    members = frozenset(one.member_id for one in asserted.memberships)
    await visibility.enter_members(session, members)
    await session.execute(delete(rows.Session).where(_LONG_OVER))
    memberships = [
        replace(
            one,
            pseudonym_id=await pseudonyms.recognise(session, site.keys, one.member_id, asserted.subject)
            if asserted.subject
            else None,
        )
        for one in asserted.memberships
    ]
    token = site.keys.mint(Purpose.SESSION)
    row = rows.Session(
        token_hash=site.keys.fingerprint(Purpose.SESSION, token),
        provider_id=provider_id,
        member_ids=sorted(members),
        expires_at=datetime.now(UTC) + site.session_absolute,
    )
    session.add(row)
    await session.flush()
    session.add_all(
        rows.SessionMembership(
            session_id=row.id,
            member_id=one.member_id,
            pseudonym_id=one.pseudonym_id,
            affiliations=sorted(one.affiliations) or None,
            entitlements=sorted(one.entitlements),
        )
        for one in memberships
    )
    await session.flush()
    return Opened(token, tuple(memberships))


async def by_token(session: AsyncSession, site: Site, token: str) -> rows.Session | None:
    """The live session of a cookie. Looked up across members: whose it is isn't known yet."""
    try:
        fingerprint = site.keys.fingerprint(Purpose.SESSION, token)
    except Unreadable:
        return None
    found = await session.execute(
        select(rows.Session).from_statement(_BY_TOKEN), {"hash": fingerprint, "idle": site.session_idle}
    )
    row: rows.Session | None = found.scalar_one_or_none()
    return row


async def memberships(session: AsyncSession, session_id: UUID) -> tuple[Membership, ...]:
    """What the session's person is at each member now: roles in force, and only where her provider still has its say.

    The transaction must have entered the session's members.
    """
    membership, assignment = rows.SessionMembership, rows.RoleAssignment
    still_registered = (
        select(col(rows.IdentityProviderScope.scope))
        .join(party.MemberScope, col(party.MemberScope.scope) == col(rows.IdentityProviderScope.scope))
        .join(rows.IdentityProvider, col(rows.IdentityProvider.id) == col(rows.IdentityProviderScope.provider_id))
        .join(rows.Session, col(rows.Session.provider_id) == col(rows.IdentityProvider.id))
        .where(
            col(rows.IdentityProvider.enabled),
            col(rows.Session.id) == col(membership.session_id),
            col(party.MemberScope.member_id) == col(membership.member_id),
        )
        .exists()
    )
    held = (
        select(func.array_agg(col(assignment.role)))
        .where(
            col(assignment.pseudonym_id) == col(membership.pseudonym_id),
            col(assignment.member_id) == col(membership.member_id),
            roles.in_force(),
        )
        .scalar_subquery()
    )
    found = await session.execute(
        select(membership, held)
        .where(col(membership.session_id) == session_id, still_registered)
        .order_by(col(membership.member_id))
    )
    return tuple(
        Membership(
            member_id=row.member_id,
            affiliations=frozenset(row.affiliations or ()),
            entitlements=frozenset(row.entitlements),
            roles=frozenset(held_roles or ()),
            pseudonym_id=row.pseudonym_id,
        )
        for row, held_roles in found
    )


async def touch(session: AsyncSession, row: rows.Session) -> None:
    """Note that the session is in use."""
    if datetime.now(UTC) - row.last_seen_at > TOUCH:
        await session.execute(
            update(rows.Session).where(col(rows.Session.id) == row.id).values(last_seen_at=func.now())
        )


async def end(session: AsyncSession, site: Site, token: str) -> None:
    """End a session for good. One that is over already stays so."""
    row = await by_token(session, site, token)
    if row is None:
        return
    await visibility.enter_members(session, frozenset(row.member_ids))
    await session.execute(update(rows.Session).where(col(rows.Session.id) == row.id).values(ended_at=func.now()))
