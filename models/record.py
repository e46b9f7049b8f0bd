"""The record of staff's acts, and the answers that a repeated act gets again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import document, instant, key, string


class Change(SQLModel, table=True):
    """One act on one thing: who, when, why, and what is different since. Never changed.

    `subject` is the table of the thing, and `subject_id` its key there: parts (a clause, a term, a period) are on
    record under the thing that they belong to.
    """

    __tablename__ = "change"
    __table_args__ = (Index(None, "subject", "subject_id", "id"),)

    id: UUID = key()
    changed_at: datetime = instant()
    subject: str = string()
    subject_id: UUID
    act: str = string()
    """The mutation's name: licenceActivate."""
    actor: str = string()
    """`pseudonym:<id>`, or `cli:<account>`."""
    actor_name: str | None = string(default=None, nullable=True)
    """The display name that the actor chose for the role; gone when she has what is known of her erased."""
    reason: str | None = string(default=None, nullable=True)
    version: int
    """Of the thing, after the act."""
    differences: dict[str, Any] = document()
    """Field → [before, after]."""


class RefusedAct(SQLModel, table=True):
    """An act that somebody signed in asked for and that was refused: nothing of what she sent."""

    __tablename__ = "refused_act"
    __table_args__ = (Index(None, "refused_at"),)

    id: UUID = key()
    refused_at: datetime = instant()
    actor: str | None = string(default=None, nullable=True)
    """`pseudonym:<id>`; null = her institution sends none that lasts."""
    act: str = string()
    """The mutation's name."""
    problem: str = string()
    """An entry of the message catalogue: forbidden."""


class IdempotencyKey(SQLModel, table=True):
    """The answer to a request that carried an `Idempotency-Key`, written by the transaction of its effect."""

    __tablename__ = "idempotency_key"

    scope: bytes = Field(sa_type=LargeBinary, primary_key=True)
    """Whose key it is: a fingerprint of the person."""
    key: str = string(primary_key=True)
    request: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of the request, so that the same key for another request is noticed."""
    answer: str | None = string(default=None, nullable=True)
    """Sealed with the key of purpose `answers`: it may show a link once."""
    created_at: datetime = instant()
