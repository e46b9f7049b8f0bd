"""Clients: apps and partner systems that call the API with credentials of their own (RFC 6749 §1.1)."""

from datetime import datetime
from uuid import UUID

from sqlmodel import SQLModel

from models.columns import instant, key, may_refer, string, texts


class Client(SQLModel, table=True):
    """`member_id` null: it acts for the consortium."""

    __tablename__ = "client"

    id: UUID = key()
    name: str = string()
    member_id: UUID | None = may_refer("member.id")
    scopes: list[str] = texts()
    created_at: datetime = instant()
