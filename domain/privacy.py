"""What is known of a person: shown to her, and erased when she says so.

Two kinds of keys lead to her rows: her sign-ins, and her pseudonyms at members. Whoever has one sign-in has shown to be
the person of its pseudonyms, and so of every sign-in that has one of them. What nothing ties to them is nobody's.

Her rows may lie at members that she doesn't belong to: she may have read on another library's network. So the
statements here see every member's rows, and name her keys themselves.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Select, delete, func, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import apps, idempotency, roles, visibility
from domain.apps import App, Withdrawn
from domain.principal import Viewer
from domain.retention import READERS, Limits
from models import content, identity
from models.columns import Localised
from models.record import Change, IdempotencyKey, RefusedAct
from models.vocabulary import Kept, Role

_HERS = text("""
WITH RECURSIVE hers AS (
  SELECT session_id, pseudonym_id FROM session_membership WHERE session_id = :sign_in
  UNION
  SELECT also.session_id, also.pseudonym_id
  FROM hers
  JOIN session_membership AS same ON same.pseudonym_id = hers.pseudonym_id
  JOIN session_membership AS also ON also.session_id = same.session_id
)
SELECT session_id, pseudonym_id FROM hers
""")
_FORGET_NAMES = text("SELECT coalesce(sum(forget_actor(id)), 0) FROM unnest(CAST(:pseudonyms AS uuid[])) AS given (id)")


def kept(limits: Limits) -> dict[Kept, timedelta | None]:
    """How long each is kept; None: for good."""
    return {
        Kept.SIGN_INS: limits.sessions,
        Kept.PSEUDONYMS: limits.pseudonyms,
        Kept.INVITATIONS: limits.invitations,
        Kept.READING_LINKS: READERS,
        Kept.READINGS: limits.readings,
        Kept.DECISIONS: limits.decisions,
        Kept.USAGE_EVENTS: limits.usage_events,
        Kept.ANSWERS: limits.idempotency_keys,
        Kept.REFUSED_ACTS: limits.refused_acts,
        Kept.ACTS: None,
    }


class LastAdmin(Exception):
    """She is the only consortium admin: somebody else must be one first."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever asks, by every key that leads to her. `sign_in`: the one that she asks with."""

    sign_in: UUID
    sign_ins: frozenset[UUID]
    pseudonyms: frozenset[UUID]

    @property
    def actors(self) -> list[str]:
        """How her acts are signed."""
        return [f"pseudonym:{key}" for key in self.pseudonyms]

    @property
    def scopes(self) -> list[bytes]:
        """Where answers to her repeated requests are kept."""
        return idempotency.scopes(self.pseudonyms, self.sign_ins)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A signed-in browser. `until`: when it ends, or ended. `current`: the one that she asks with."""

    id: UUID
    provider: Localised
    started_at: datetime
    last_seen_at: datetime
    until: datetime
    current: bool
    memberships: Sequence[identity.SessionMembership]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person but for her acts, which may be many: `acts`, `refused_acts`. The newest come first.

    `invited`: invitations that she made; `ended`: roles of others that she ended; `kept_answers`: to requests that
    carried an `Idempotency-Key`.
    """

    person: Person
    sign_ins: Sequence[SignIn]
    pseudonyms: Sequence[identity.Pseudonym]
    roles: Sequence[identity.RoleAssignment]
    accepted: Sequence[identity.Invitation]
    invited: Sequence[identity.Invitation]
    ended: Sequence[identity.RoleAssignment]
    readings: Sequence[content.Reading]
    apps: Sequence[App]
    kept_answers: int


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was let go of each."""

    sign_ins: int
    pseudonyms: int
    roles: int
    names: int
    readings: int
    answers: int


@asynccontextmanager
async def _everywhere(session: AsyncSession, viewer: Viewer) -> AsyncIterator[None]:
    """See every member's rows within this block, and afterwards the viewer's again."""
    await visibility.enter_members(session, None)
    yield
    await visibility.enter(session, viewer)


async def _person(session: AsyncSession, sign_in: UUID) -> Person:
    hers = (await session.execute(_HERS, {"sign_in": sign_in})).all()
    pseudonyms = frozenset(row.pseudonym_id for row in hers if row.pseudonym_id)
    return Person(sign_in, frozenset({sign_in, *(row.session_id for row in hers)}), pseudonyms)


async def known(session: AsyncSession, viewer: Viewer) -> Known | None:
    """What is known of the person who asks; None: nobody is signed in."""
    if viewer.session_id is None:
        return None
    async with _everywhere(session, viewer):
        return await _known(session, await _person(session, viewer.session_id))


async def _known(session: AsyncSession, person: Person) -> Known:
    pseudonym, role, invitation = identity.Pseudonym, identity.RoleAssignment, identity.Invitation

    async def newest(row: Any, *of_hers: Any) -> Sequence[Any]:
        return (await session.scalars(select(row).where(*of_hers).order_by(*_newest(row)))).all()

    held = await newest(role, col(role.pseudonym_id).in_(person.pseudonyms))
    answers = select(func.count()).select_from(IdempotencyKey).where(col(IdempotencyKey.scope).in_(person.scopes))
    return Known(
        person=person,
        sign_ins=await _sign_ins(session, person),
        pseudonyms=await newest(pseudonym, col(pseudonym.id).in_(person.pseudonyms)),
        roles=held,
        accepted=await newest(invitation, col(invitation.id).in_(_accepted(held))),
        invited=await newest(invitation, col(invitation.invited_by).in_(person.actors)),
        ended=await newest(role, col(role.ended_by).in_(person.actors)),
        readings=await newest(content.Reading, col(content.Reading.session_id).in_(person.sign_ins)),
        apps=await apps.allowed_by(session, person.sign_ins, person.pseudonyms),
        kept_answers=(await session.execute(answers)).scalar_one(),
    )


def _newest(row: Any) -> list[Any]:
    """Keys tell the time, but for pseudonyms', which tell none."""
    return [col(row.id).desc()] if row is not identity.Pseudonym else [col(row.created_at).desc(), col(row.id)]


async def _sign_ins(session: AsyncSession, person: Person) -> list[SignIn]:
    row, membership, provider = identity.Session, identity.SessionMembership, identity.IdentityProvider
    memberships: dict[UUID, list[identity.SessionMembership]] = {}
    for one in await session.scalars(
        select(membership).where(col(membership.session_id).in_(person.sign_ins)).order_by(col(membership.member_id))
    ):
        memberships.setdefault(one.session_id, []).append(one)
    found = await session.execute(
        select(row, col(provider.name), func.least(col(row.ended_at), col(row.expires_at)))
        .join(provider, col(provider.id) == col(row.provider_id))
        .where(col(row.id).in_(person.sign_ins))
        .order_by(col(row.id).desc())
    )
    return [
        SignIn(
            id=one.id,
            provider=name,
            started_at=one.started_at,
            last_seen_at=one.last_seen_at,
            until=until,
            current=one.id == person.sign_in,
            memberships=memberships.get(one.id, []),
        )
        for one, name, until in found
    ]


def _accepted(held: Sequence[identity.RoleAssignment]) -> list[UUID]:
    """The invitations that gave these roles."""
    given = [one.granted_by.partition(":") for one in held]
    return [UUID(key) for kind, _, key in given if kind == "invitation"]


def acts(person: Person) -> Select[()]:
    """Her acts on record, to be selected from."""
    return select().select_from(Change).where(col(Change.actor).in_(person.actors))


def refused_acts(person: Person) -> Select[()]:
    """The acts that she was refused, to be selected from."""
    return select().select_from(RefusedAct).where(col(RefusedAct.actor).in_(person.actors))


async def sign_out(session: AsyncSession, viewer: Viewer) -> None:
    """End every sign-in of the person who asks: in each browser, and with it what is being read there."""
    if viewer.session_id is None:
        return
    async with _everywhere(session, viewer):
        person = await _person(session, viewer.session_id)
        row = identity.Session
        live = update(row).where(col(row.id).in_(person.sign_ins), col(row.ended_at).is_(None))
        await session.execute(live.values(ended_at=func.now()))
        there = identity.SessionAtProvider
        await session.execute(delete(there).where(col(there.session_id).in_(person.sign_ins)))


async def withdraw(session: AsyncSession, viewer: Viewer, client_id: UUID) -> Withdrawn:
    """Take back what the person who asks allowed an app, in every browser."""
    if viewer.session_id is None:
        return Withdrawn(0, 0)
    async with _everywhere(session, viewer):
        person = await _person(session, viewer.session_id)
        return await apps.withdraw(session, person.sign_ins, person.pseudonyms, client_id)


async def erase(session: AsyncSession, viewer: Viewer) -> Erased:
    """Forget the person who asks; her next sign-in is a new person's. Nobody, or somebody erased already: nothing goes.

    Decisions, usage events and the record of acts stay; what they name leads to nobody any more.

    Raises:
        LastAdmin: nothing was erased.
    """
    if viewer.session_id is None:
        return Erased(0, 0, 0, 0, 0, 0)
    async with _everywhere(session, viewer):
        person = await _alone(session, viewer.session_id)
        if await _spared(session, person):
            return await _erase(session, person)
    raise LastAdmin


async def _alone(session: AsyncSession, sign_in: UUID) -> Person:
    """The person, once nobody can sign in with her pseudonyms any more before this transaction is over."""
    pseudonym = identity.Pseudonym
    first = await _person(session, sign_in)
    locked = select(literal(1)).where(col(pseudonym.id).in_(first.pseudonyms)).order_by(col(pseudonym.id))
    await session.execute(locked.with_for_update(of=pseudonym))
    return await _person(session, sign_in)


async def _spared(session: AsyncSession, person: Person) -> bool:
    """Whether the consortium has an admin without her. Their roles are locked: two who go at once must not each count
    on the other."""
    role = identity.RoleAssignment
    admins = select(col(role.pseudonym_id)).where(col(role.role) == Role.CONSORTIUM_ADMIN, roles.in_force())
    holders = set(await session.scalars(admins.order_by(col(role.id)).with_for_update()))
    return not holders or not holders <= person.pseudonyms


async def _erase(session: AsyncSession, person: Person) -> Erased:
    reading, role = content.Reading, identity.RoleAssignment
    row, pseudonym, under_way = identity.Session, identity.Pseudonym, identity.SignIn
    names: int = (await session.execute(_FORGET_NAMES, {"pseudonyms": list(person.pseudonyms)})).scalar_one()
    held = (await session.scalars(select(role).where(col(role.pseudonym_id).in_(person.pseudonyms)))).all()
    accepted = select(col(identity.Invitation.token_hash)).where(col(identity.Invitation.id).in_(_accepted(held)))
    await session.execute(delete(under_way).where(col(under_way.invitation_hash).in_(accepted)))
    stopped = {"session_id": None, "ended_at": func.coalesce(col(reading.ended_at), func.now())}
    readings = update(reading).where(col(reading.session_id).in_(person.sign_ins)).values(**stopped)
    answers = delete(IdempotencyKey).where(col(IdempotencyKey.scope).in_(person.scopes))
    return Erased(
        names=names,
        readings=await _count(session, readings),
        answers=await _count(session, answers),
        roles=await _count(session, delete(role).where(col(role.pseudonym_id).in_(person.pseudonyms))),
        sign_ins=await _count(session, delete(row).where(col(row.id).in_(person.sign_ins))),
        pseudonyms=await _count(session, delete(pseudonym).where(col(pseudonym.id).in_(person.pseudonyms))),
    )


async def _count(session: AsyncSession, statement: Any) -> int:
    return cast(CursorResult[Any], await session.execute(statement)).rowcount
