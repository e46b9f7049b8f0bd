"""Sessions: what a browser that signed in is known by. Rows, so that one can be ended at once and everywhere."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import LargeBinary, Uuid, bindparam, case, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from auth.address import Address
from auth.authentication import There
from auth.claims import Asserted
from auth.site import Site
from domain import pseudonyms, roles, visibility
from domain.keys import Purpose, Unreadable
from domain.principal import Membership
from domain.reading import Reading, fetched
from models import identity as rows
from models import party

TOUCH = timedelta(minutes=1)
"""How exactly the time last seen is kept: a write per request would cost more than the request."""

_FOUND = """
SELECT session.id, session.member_ids, session.last_seen_at, place.on_network, place.walk_ins,
       set_config('mutua.members', array_to_string(session.member_ids, ','), true)
FROM (
  SELECT array_agg(member_id) AS on_network, array_agg(walk_ins) AS walk_ins
  FROM members_on_network(CAST(%(address)s AS inet))
) AS place
LEFT JOIN (
  session_by_token(%(hash)s) AS session
  JOIN identity_provider ON identity_provider.id = session.provider_id AND identity_provider.enabled
) ON session.last_seen_at > now() - CAST(%(idle)s AS interval)
"""
"""One row in any case: the live session, whose members are entered as `visibility` does it, and the members on whose
network the address is."""


def _memberships() -> Reading:
    """Memberships with their roles in force, where the session's provider still has its say; the roles only where she
    signed in as strongly as her provider's policy asks for."""
    membership, assignment = rows.SessionMembership, rows.RoleAssignment
    strong_enough = (
        select(col(rows.Session.id))
        .join(rows.IdentityProvider, col(rows.IdentityProvider.id) == col(rows.Session.provider_id))
        .where(
            col(rows.Session.id) == col(membership.session_id),
            or_(col(rows.Session.mfa), ~col(rows.IdentityProvider.mfa_for_roles)),
        )
        .exists()
    )
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
    columns = (membership.member_id, membership.affiliations, membership.entitlements, membership.pseudonym_id)
    return Reading(
        select(*map(col, columns), case((strong_enough, held)))
        .where(col(membership.session_id) == bindparam("session_id", type_=Uuid), still_registered)
        .order_by(col(membership.member_id))
    )


_MEMBERSHIPS = _memberships()


@dataclass(frozen=True, slots=True)
class Found:
    """What a request's cookie or token and its address lead to. `members`: those of the session, which the transaction
    has entered.

    `place`: the members on whose network it comes from, and whether whoever is there is a walk-in of theirs.
    """

    session_id: UUID | None
    members: frozenset[UUID]
    last_seen_at: datetime | None
    place: dict[UUID, bool]


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session. `token` goes into the cookie; only its fingerprint is kept."""

    token: str
    memberships: tuple[Membership, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that is over. `kept`: what its provider needs to sign her out as well, where it can."""

    provider_id: UUID
    kept: Mapping[str, Any] | None


async def open_(
    session: AsyncSession,
    site: Site,
    provider_id: UUID,
    asserted: Asserted,
    *,
    mfa: bool = False,
    until: datetime | None = None,
    there: There | None = None,
) -> Opened:
    """Begin a session under a token never seen before, so that nobody can have planted it (session fixation).

    `mfa`: she used several factors; `until`: when the provider ends its own session; `there`: what it calls that.
    """
    members = frozenset(one.member_id for one in asserted.memberships)
    await visibility.enter_members(session, members)
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
        expires_at=min(datetime.now(UTC) + site.session_absolute, until or datetime.max.replace(tzinfo=UTC)),
        mfa=mfa,
    )
    session.add(row)
    await session.flush()
    if there:
        session.add(_at_provider(site, row.id, provider_id, there))
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


async def find(session: AsyncSession, site: Site, token: str | None, address: Address | None) -> Found:
    """The live session of a cookie, if it is one's, and the place of an address. Looked up across members: whose it is
    isn't known yet."""
    known = {"hash": _fingerprint(site, token), "idle": site.session_idle, "address": str(address) if address else None}
    ((session_id, members, seen_at, on_network, walk_ins, _entered),) = await fetched(session, _FOUND, known)
    place = dict(zip(on_network or (), walk_ins or (), strict=True))
    return Found(session_id, frozenset(members or ()), seen_at, place)


def _fingerprint(site: Site, token: str | None) -> bytes | None:
    try:
        return site.keys.fingerprint(Purpose.SESSION, token) if token else None
    except Unreadable:
        return None


async def memberships(session: AsyncSession, session_id: UUID) -> tuple[Membership, ...]:
    """What the session's person is at each member now: roles in force, and only where her provider still has its say.

    The transaction must have entered the session's members.
    """
    return tuple(
        Membership(
            member_id=member_id,
            affiliations=frozenset(affiliations or ()),
            entitlements=frozenset(entitlements),
            roles=frozenset(held or ()),
            pseudonym_id=pseudonym_id,
        )
        for member_id, affiliations, entitlements, pseudonym_id, held in await _MEMBERSHIPS.rows(
            session, session_id=session_id
        )
    )


async def touch(session: AsyncSession, found: Found) -> None:
    """Note that the session is in use."""
    if found.last_seen_at and datetime.now(UTC) - found.last_seen_at > TOUCH:
        await session.execute(
            update(rows.Session).where(col(rows.Session.id) == found.session_id).values(last_seen_at=func.now())
        )


async def provider_of(session: AsyncSession, session_id: UUID) -> UUID | None:
    """Who signed her in. The transaction must have entered the session's members."""
    return await session.scalar(select(col(rows.Session.provider_id)).where(col(rows.Session.id) == session_id))


async def too_weak(session: AsyncSession, session_id: UUID) -> str | None:
    """The issuer, where roles would count only after a stronger sign-in than this session's."""
    provider = rows.IdentityProvider
    return await session.scalar(
        select(col(provider.issuer))
        .join(rows.Session, col(rows.Session.provider_id) == col(provider.id))
        .where(col(rows.Session.id) == session_id, col(provider.mfa_for_roles), ~col(rows.Session.mfa))
    )


async def end(session: AsyncSession, site: Site, token: str) -> Ended | None:
    """End a session for good. None: it is over already, or never was."""
    found = await find(session, site, token, None)
    return await _end(session, site, found.session_id) if found.session_id else None


async def end_at_provider(
    session: AsyncSession, site: Site, provider_id: UUID, subject: str | None, indexes: Sequence[str]
) -> int:
    """End the sessions that a provider signs out: of the one that it calls `subject`, those with one of the indexes;
    without indexes all of hers, without a subject whoever has an index. How many there were.
    """
    subjects = _hashes(site, provider_id, "subject", [subject] if subject else [])
    named = _hashes(site, provider_id, "index", indexes)
    found = await session.execute(_THERE, {"provider": provider_id, "subjects": subjects, "indexes": named})
    ended = 0
    for session_id, members, of_subject, of_index in found.all():
        if (subject is None or of_subject in subjects) and (not indexes or of_index in named):
            await visibility.enter_members(session, frozenset(members))
            await _end(session, site, session_id)
            ended += 1
    return ended


async def _end(session: AsyncSession, site: Site, session_id: UUID) -> Ended | None:
    there = rows.SessionAtProvider
    ended = await session.execute(
        update(rows.Session)
        .where(col(rows.Session.id) == session_id, col(rows.Session.ended_at).is_(None))
        .values(ended_at=func.now())
        .returning(col(rows.Session.provider_id))
    )
    provider_id = ended.scalar_one_or_none()
    gone = await session.execute(delete(there).where(col(there.session_id) == session_id).returning(col(there.sealed)))
    sealed = gone.scalar_one_or_none()
    if provider_id is None:
        return None
    with contextlib.suppress(Unreadable):
        return Ended(provider_id, orjson.loads(site.keys.unseal(Purpose.SESSION, sealed)) if sealed else None)
    return Ended(provider_id, None)


_THERE = text("SELECT * FROM sessions_at_provider(:provider, :subjects, :indexes)").bindparams(
    bindparam("subjects", type_=ARRAY(LargeBinary)), bindparam("indexes", type_=ARRAY(LargeBinary))
)


def _at_provider(site: Site, session_id: UUID, provider_id: UUID, there: There) -> rows.SessionAtProvider:
    (subject,) = _hashes(site, provider_id, "subject", [there.subject], newest=True)
    indexes = _hashes(site, provider_id, "index", [there.index] if there.index else [], newest=True)
    return rows.SessionAtProvider(
        session_id=session_id,
        subject_hash=subject,
        index_hash=indexes[0] if indexes else None,
        sealed=site.keys.seal(Purpose.SESSION, orjson.dumps(dict(there.kept))),
    )


def _hashes(site: Site, provider_id: UUID, kind: str, values: Sequence[str], *, newest: bool = False) -> list[bytes]:
    """By what a name of the provider's is found again; under older keys as well, unless the newest is enough."""
    keys = site.keys.key_ids(Purpose.SESSION)
    return [
        site.keys.mac(Purpose.SESSION, f"{kind}\0{provider_id}\0{value}".encode(errors="replace"), key_id)
        for value in values
        for key_id in (keys[:1] if newest else keys)
    ]
