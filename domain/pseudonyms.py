"""Patrons without names: a keyed hash of what the identity provider calls a person, and no way back to her."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.keys import KeyStore, Purpose
from models import identity as rows

_TODAY = func.date_trunc("day", func.now(), "UTC")


@dataclass(frozen=True, slots=True)
class Subject:
    """How one issuer identifies a person: by `kind`, its name for the identifier, and the identifier itself."""

    issuer: str
    kind: str
    value: str


def pseudonym_hash(keys: KeyStore, member_id: UUID, subject: Subject, key_id: str | None = None) -> bytes:
    """The same person has another hash at each member, so that members can't compare notes."""
    message = "\0".join((str(member_id), subject.issuer, subject.kind, subject.value))
    return keys.mac(Purpose.PSEUDONYM, message.encode(), key_id)


async def recognise(session: AsyncSession, keys: KeyStore, member_id: UUID, subject: Subject) -> UUID:
    """The person's pseudonym at a member, made at her first sign-in. One made with an older key moves to the newest.

    Its key is drawn at random and its times are kept to the day: what tells the moment of a sign-in could be laid
    beside the moments of readings.
    """
    newest, *older = keys.key_ids(Purpose.PSEUDONYM)
    current = pseudonym_hash(keys, member_id, subject, newest)
    if older:
        await session.execute(
            update(rows.Pseudonym)
            .where(
                col(rows.Pseudonym.member_id) == member_id,
                col(rows.Pseudonym.hash).in_([pseudonym_hash(keys, member_id, subject, key_id) for key_id in older]),
            )
            .values(hash=current)
        )
    made = await session.execute(
        insert(rows.Pseudonym)
        .values(id=uuid4(), member_id=member_id, hash=current, created_at=_TODAY, last_seen_at=_TODAY)
        .on_conflict_do_update(index_elements=["member_id", "hash"], set_={"last_seen_at": _TODAY})
        .returning(col(rows.Pseudonym.id))
    )
    return made.scalar_one()
