"""Bytes that we hold, and what happens to them: decisions, readings and usage events."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import (
    Localised,
    document,
    flag,
    instant,
    key,
    localised,
    may_refer,
    one_of,
    refers,
    string,
    version,
    word,
)
from models.vocabulary import AccessBasis, AccessReason, Action, UsageKind


class ContentItem(SQLModel, table=True):
    """A file of a package title, addressed by its SHA-256. It belongs to that copy: only grants of it open it."""

    __tablename__ = "content_item"
    __table_args__ = (
        UniqueConstraint("package_title_id", "sha256"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_hex"),
        CheckConstraint("size >= 0", name="size_not_negative"),
    )

    id: UUID = key()
    package_title_id: UUID = refers("package_title.id", index=False)
    resource_id: UUID = refers("resource.id")
    position: int = Field()
    label: Localised = localised()
    file_name: str = string()
    media_type: str = string()
    size: int = Field(sa_type=BigInteger)
    """Bytes."""
    sha256: str = string()
    published: str | None = string(default=None, nullable=True)
    published_first: date | None = None
    published_last: date | None = None
    rights: str | None = string(default=None, nullable=True)
    """A rights statement's URI (rightsstatements.org, Creative Commons)."""
    version: int = version()
    created_at: datetime = instant()


class Decision(SQLModel, table=True):
    """The record of an opening, or of a refusal to somebody signed in. No personal data; never changed."""

    __tablename__ = "decision"
    __table_args__ = (
        one_of("action", Action),
        one_of("reason", AccessReason),
        one_of("basis", AccessBasis),
        CheckConstraint("granted = (reason IS NULL) AND granted = (basis IS NOT NULL)", name="reason_or_basis"),
        Index(None, "member_id", "decided_at"),
    )

    id: UUID = key()
    decided_at: datetime = instant()
    epoch: int = Field(sa_type=BigInteger)
    granted: bool = Field()
    action: Action = word(Action)
    resource_id: UUID = refers("resource.id")
    content_item_id: UUID | None = may_refer("content_item.id")
    member_id: UUID | None = may_refer("member.id", index=False)
    reason: AccessReason | None = word(AccessReason, default=None, nullable=True)
    basis: AccessBasis | None = word(AccessBasis, default=None, nullable=True)
    entitlement_id: UUID | None = may_refer("entitlement.id", index=False)
    licence_id: UUID | None = may_refer("licence.id", index=False)
    term_id: UUID | None = may_refer("term.id", index=False)
    clause_id: UUID | None = may_refer("clause.id", index=False)
    facts: dict[str, Any] = document()
    """What the decision read: affiliations, place, territory, dates, use."""


class Reading(SQLModel, table=True):
    """One opening of a content item: Range requests go on with it until it idles out or is revoked.

    `session_id` binds it to the sign-in while that lives; no lasting link to a person is kept.
    """

    __tablename__ = "reading"
    __table_args__ = (one_of("action", Action),)

    id: UUID = key()
    link_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    content_item_id: UUID = refers("content_item.id")
    decision_id: UUID = refers("decision.id")
    action: Action = word(Action)
    member_id: UUID | None = may_refer("member.id")
    session_id: UUID | None = may_refer("session.id", delete="SET NULL")
    signed_in: bool = flag()
    epoch: int = Field(sa_type=BigInteger)
    """The epoch at which the right was last seen to hold."""
    started_at: datetime = instant()
    last_seen_at: datetime = instant()
    ended_at: datetime | None = instant(optional=True)
    reader_token: bytes | None = Field(default=None, sa_type=LargeBinary)
    """The reader under the key of the day (`ReaderKey`): no link to a person once that key is destroyed."""


class ReaderKey(SQLModel, table=True):
    """The key of one day, which is destroyed after 48 hours. Backups leave it out."""

    __tablename__ = "reader_key"

    day: date = Field(primary_key=True)
    """In UTC."""
    sealed: str = string()
    """With the key of purpose `readers`."""


class UsageEvent(SQLModel, table=True):
    """A COUNTER R5.1 event. Never changed; carries no person."""

    __tablename__ = "usage_event"
    __table_args__ = (one_of("kind", UsageKind), one_of("action", Action), Index(None, "member_id", "occurred_at"))

    id: UUID = key()
    occurred_at: datetime = instant()
    kind: UsageKind = word(UsageKind)
    action: Action = word(Action)
    resource_id: UUID = refers("resource.id")
    content_item_id: UUID | None = may_refer("content_item.id", index=False)
    member_id: UUID | None = may_refer("member.id", index=False)
    decision_id: UUID | None = may_refer("decision.id")
    reader_token: bytes | None = Field(default=None, sa_type=LargeBinary)
    """The same as the reading's: tells sessions and unique uses of one day apart (COUNTER R5.1), and no more."""
