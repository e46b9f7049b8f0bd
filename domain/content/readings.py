"""Readings: one opening of a content item, from its first use of a link until it idles out or is ended.

One reading is one usage event, however many Range requests it takes. Each of them asks again whether the sign-in lives
and whether rights have changed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.content import usage
from domain.content.links import Link
from models import content as rows
from models import identity

IDLE = timedelta(minutes=30)
TOUCH = timedelta(seconds=30)
"""How exactly the time last seen is kept."""
QUARTER = timedelta(minutes=15)
_STILL_ALLOWED = text(
    "SELECT true FROM authorization_in_force(:key) AS allowed "
    "JOIN client ON client.id = allowed.client_id AND client.suspended_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class Right:
    """By which member's right something is open, and when that was last seen to hold."""

    member_id: UUID | None
    epoch: int
    seen_at: datetime


async def known(session: AsyncSession, link_hash: bytes) -> rows.Reading | None:
    """The reading that a link began. Locked: requests of one reading that change it come one after the other."""
    found: rows.Reading | None = await session.scalar(
        select(rows.Reading).where(col(rows.Reading.link_hash) == link_hash).with_for_update()
    )
    return found


def is_over(reading: rows.Reading, now: datetime) -> bool:
    return reading.ended_at is not None or now - reading.last_seen_at > IDLE


async def sign_in_lives(session: AsyncSession, session_id: UUID, now: datetime, idle: timedelta) -> bool:
    """Whether the sign-in behind a reading still stands: not signed out, not expired, its provider not switched off."""
    signed_in, provider = identity.Session, identity.IdentityProvider
    found = await session.scalar(
        select(col(signed_in.id))
        .join(provider, col(provider.id) == col(signed_in.provider_id))
        .where(
            col(signed_in.id) == session_id,
            col(signed_in.ended_at).is_(None),
            col(signed_in.expires_at) > now,
            col(signed_in.last_seen_at) > now - idle,
            col(provider.enabled),
        )
    )
    return found is not None


async def still_allowed(session: AsyncSession, authorization_id: UUID) -> bool:
    """Whether what the person allowed an app still stands: neither revoked, nor the app suspended."""
    return bool(await session.scalar(_STILL_ALLOWED, {"key": authorization_id}))


def must_be_decided_again(right: Right, epoch: int, now: datetime) -> bool:
    """Whether it may not hold now: rights have changed, or a day may have ended.

    A day ends at different moments for different members, but in every time zone on a quarter of an hour.
    """
    return right.epoch != epoch or _quarter(right.seen_at) != _quarter(now)


def _quarter(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() // QUARTER.total_seconds())


async def begin(
    session: AsyncSession,
    link: Link,
    link_hash: bytes,
    item: rows.ContentItem,
    right: Right,
    reader_token: bytes | None,
) -> bool:
    """Begin the reading of a link and count it. False: another request of the same link was faster, and counted."""
    begun = await session.scalar(
        insert(rows.Reading)
        .values(
            link_hash=link_hash,
            content_item_id=item.id,
            decision_id=link.decision_id,
            action=link.action,
            member_id=right.member_id,
            session_id=link.session_id,
            signed_in=link.session_id is not None,
            epoch=right.epoch,
            started_at=right.seen_at,
            last_seen_at=right.seen_at,
            reader_token=reader_token,
        )
        .on_conflict_do_nothing(index_elements=[col(rows.Reading.link_hash)])
        .returning(col(rows.Reading.id))
    )
    if begun is None:
        return False
    usage.requested(session, item, link.action, right.member_id, link.decision_id, right.seen_at, reader_token)
    return True


def go_on(reading: rows.Reading, epoch: int, now: datetime) -> None:
    """Note that the reading goes on, and that its right held at this epoch."""
    if reading.epoch != epoch or now - reading.last_seen_at > TOUCH:
        reading.epoch = epoch
        reading.last_seen_at = now


def end(reading: rows.Reading, now: datetime) -> None:
    reading.ended_at = now
