"""Readers, told apart within one day (UTC) and no longer.

COUNTER R5.1 §7.2–7.4 tells users apart by an account, else by address and browser, and cuts each one's day into hours:
a token, with the event's own time, is enough for sessions, unique counts and double clicks. The key that it is made
with is destroyed after 48 hours (`domain.retention`); then a token leads to nobody, and those of two days to no one
reader.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.keys import KEY_BYTES, KeyStore, Purpose, Unreadable
from models import content as rows
from models.identity import SessionMembership

TOKEN_BYTES = 16
"""Enough that no two readers of a day share one."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """What tells somebody who isn't signed in from others: looked at for the token, never kept."""

    address: str
    browser: str
    """As it calls itself (RFC 9110 §10.1.5)."""


async def token(
    session: AsyncSession,
    keys: KeyStore,
    session_id: UUID | None,
    member_id: UUID | None,
    visitor: Visitor | None,
    now: datetime,
) -> bytes | None:
    """The reader of this moment: her pseudonym at the member whose right is used, else her sign-in, else the visitor.

    None: nothing tells her apart, or the day's key can't be read. The transaction must have entered the sign-in's
    members.
    """
    reader = await _reader(session, session_id, member_id, visitor)
    day_key = await _key_of(session, keys, now.astimezone(UTC).date()) if reader else None
    return hmac.digest(day_key, reader, "sha256")[:TOKEN_BYTES] if reader and day_key else None


async def _reader(
    session: AsyncSession, session_id: UUID | None, member_id: UUID | None, visitor: Visitor | None
) -> bytes | None:
    if session_id is None:
        return f"visitor\0{visitor.address}\0{visitor.browser}".encode(errors="replace") if visitor else None
    membership = SessionMembership
    pseudonym_id = await session.scalar(
        select(col(membership.pseudonym_id)).where(
            col(membership.session_id) == session_id, col(membership.member_id) == member_id
        )
    )
    return f"pseudonym\0{pseudonym_id}".encode() if pseudonym_id else f"session\0{session_id}".encode()


async def _key_of(session: AsyncSession, keys: KeyStore, day: date) -> bytes | None:
    """The key of a day: whoever reads first makes it, for every process. None: it was sealed with a key that is gone.

    It is read anew each time, so that nothing outlives its destruction.
    """
    key = rows.ReaderKey
    sealed = await session.scalar(select(col(key.sealed)).where(col(key.day) == day))
    if sealed is None:
        made = keys.seal(Purpose.READERS, secrets.token_bytes(KEY_BYTES))
        await session.execute(insert(key).values(day=day, sealed=made).on_conflict_do_nothing())
        sealed = await session.scalar(select(col(key.sealed)).where(col(key.day) == day))
    try:
        return keys.unseal(Purpose.READERS, sealed) if sealed else None
    except Unreadable:
        return None
