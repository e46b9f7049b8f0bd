"""What others must hear of: written by whoever does it, in the same transaction, and read by jobs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity
from sqlmodel import Field, SQLModel

from models.columns import instant, string


class Outbox(SQLModel, table=True):
    __tablename__ = "outbox"

    id: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    topic: str = string()
    key: UUID
    """The id of the thing that it is about; never a person."""
    told_at: datetime = instant()
