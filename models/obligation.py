"""Duties of members, and the standing that follows from them. Private to the member."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric
from sqlmodel import Field, SQLModel

from models.columns import Localised, instant, key, localised, may_refer, one_of, refers, string, word
from models.vocabulary import ObligationMeasure, ObligationStatus, Standing


class Obligation(SQLModel, table=True):
    """`owed_to` null: the pool."""

    __tablename__ = "obligation"
    __table_args__ = (one_of("measure", ObligationMeasure), one_of("status", ObligationStatus))

    id: UUID = key()
    member_id: UUID = refers("member.id")
    owed_to: UUID | None = may_refer("party.id")
    name: Localised = localised()
    clause_id: UUID | None = may_refer("clause.id")
    measure: ObligationMeasure = word(ObligationMeasure)
    target: Decimal | None = Field(default=None, sa_type=Numeric)
    achieved: Decimal | None = Field(default=None, sa_type=Numeric)
    unit: str = string()
    due: date
    status: ObligationStatus = word(ObligationStatus)
    remedy: str | None = string(default=None, nullable=True)


class StandingChange(SQLModel, table=True):
    """A member's standing is its latest change; without one it is good. Never set without a named cause."""

    __tablename__ = "standing_change"
    __table_args__ = (one_of("standing", Standing), Index(None, "member_id", "changed_at"))

    id: UUID = key()
    member_id: UUID = refers("member.id", index=False)
    standing: Standing = word(Standing)
    cause: str = string()
    obligation_id: UUID | None = may_refer("obligation.id")
    actor: str = string()
    changed_at: datetime = instant()
