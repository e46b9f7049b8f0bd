"""The consortium itself: its declared defaults and the epoch of its rights. One deployment is one consortium."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel

from models.columns import Localised, flag, instant, key, localised, one_of, string, texts, word
from models.vocabulary import Action


class Consortium(SQLModel, table=True):
    """The one row that says who the pool is."""

    __tablename__ = "consortium"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: Localised = localised()
    time_zone: str = string()
    language: str = string()
    """BCP 47: the language of answers where the reader's is not known."""


class SilentDefault(SQLModel, table=True):
    """What the consortium declared for an action of which no term of a licence speaks. No row = refused."""

    __tablename__ = "silent_default"
    __table_args__ = (one_of("action", Action),)

    action: Action = word(Action, primary_key=True)
    permitted: bool = flag()


class StatutoryRule(SQLModel, table=True):
    """What a statute permits in a territory regardless of contract, for whoever has lawful access (VIEW)."""

    __tablename__ = "statutory_rule"
    __table_args__ = (one_of("action", Action),)

    id: UUID = key()
    territory: str = string()
    action: Action = word(Action)
    purposes: list[str] | None = texts(optional=True)
    name: Localised = localised()
    """The statute and its article."""


class Epoch(SQLModel, table=True):
    """Raised as the last statement before commit of whatever changes rights. (A sequence would not do: its numbers
    are handed out in another order than commits happen.)"""

    __tablename__ = "epoch"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    value: int = Field(sa_type=BigInteger)
    raised_at: datetime = instant()
