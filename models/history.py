"""What rights were from which epoch to which, and what each epoch changed."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, text
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE, Range
from sqlmodel import Field, SQLModel

from models.columns import days, one_of, string, word
from models.vocabulary import RightsSubject

_OPEN: dict[str, Any] = {"postgresql_where": text("to_epoch IS NULL")}


class GrantHistory(SQLModel, table=True):
    """Rows of `implied_grants` as they were and are: from `from_epoch` on, before `to_epoch`. Rows are added and
    closed, never changed (a trigger); they outlive what they refer to, so nothing is a foreign key."""

    __tablename__ = "grant_history"
    __table_args__ = (
        CheckConstraint("to_epoch > from_epoch", name="ends_after_it_begins"),
        Index("uq_grant_history_open", "grant_key", unique=True, **_OPEN),
        Index("ix_grant_history_open_agreement", "agreement_id", **_OPEN),
        Index(
            "ix_grant_history_open_collection",
            "package_id",
            postgresql_where=text("to_epoch IS NULL AND agreement_id IS NULL"),
        ),
        Index("ix_grant_history_from_epoch", "from_epoch"),
        Index("ix_grant_history_to_epoch", "to_epoch"),
    )

    id: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    grant_key: str = string()
    basis: str = string()
    member_id: UUID
    entitlement_id: UUID | None = None
    agreement_id: UUID | None = None
    licence_id: UUID | None = None
    package_id: UUID | None = None
    package_title_id: UUID | None = None
    resource_id: UUID | None = None
    valid: Range[date] = days()
    grace_from: date | None = None
    consortial: bool
    other_members_collection: bool
    subscribed: list[Range[date]] | None = Field(default=None, sa_type=DATEMULTIRANGE, nullable=True)
    from_epoch: int = Field(sa_type=BigInteger)
    to_epoch: int | None = Field(default=None, sa_type=BigInteger)


class RightsChange(SQLModel, table=True):
    """What an epoch changed that compiled rights are made of. `subject_id` null: of this kind, everything."""

    __tablename__ = "rights_change"
    __table_args__ = (one_of("subject", RightsSubject), Index("ix_rights_change_epoch", "epoch"))

    id: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    epoch: int = Field(sa_type=BigInteger)
    subject: RightsSubject = word(RightsSubject)
    subject_id: UUID | None = None
