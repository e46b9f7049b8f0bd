"""Licences: the signed document, its clauses, and what each clause says of an action (ONIX-PL, CORAL)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import (
    Localised,
    flag,
    instant,
    key,
    localised,
    may_refer,
    one_of,
    refers,
    some_of,
    string,
    texts,
    version,
    word,
    words,
)
from models.vocabulary import Action, Affiliation, ClauseVisibility, LicenceStatus, TermStatus

QUALIFIERS = ("user_classes", "purposes", "recipients", "methods", "parts", "territories")


class LicenceDocument(SQLModel, table=True):
    """The signed text."""

    __tablename__ = "licence_document"

    id: UUID = key()
    name: Localised = localised()
    signed_on: date | None = None


class Licence(SQLModel, table=True):
    __tablename__ = "licence"
    __table_args__ = (
        one_of("status", LicenceStatus),
        CheckConstraint("start_date <= end_date", name="dates_in_order"),
        CheckConstraint("status <> 'terminated' OR end_date IS NOT NULL", name="terminated_on_a_day"),
        CheckConstraint("parent_id <> id", name="parent_another"),
    )

    id: UUID = key()
    code: str = string(unique=True)
    name: Localised = localised()
    licensor_id: UUID = refers("party.id")
    status: LicenceStatus = word(LicenceStatus)
    start_date: date | None = None
    end_date: date | None = None
    """Inclusive, in each member's time zone."""
    parent_id: UUID | None = may_refer("licence.id")
    """A child may only narrow its parent."""
    document_id: UUID | None = may_refer("licence_document.id")
    holder_id: UUID | None = may_refer("member.id", index=False)
    """Whose licence it is; null = the consortium's."""
    version: int = version()
    """Of the licence, its clauses and terms."""
    created_at: datetime = instant()


class Clause(SQLModel, table=True):
    __tablename__ = "clause"
    __table_args__ = (one_of("visibility", ClauseVisibility), UniqueConstraint("licence_id", "number"))

    id: UUID = key()
    licence_id: UUID = refers("licence.id", index=False)
    number: str = string()
    position: int = Field()
    text: str | None = string(default=None, nullable=True)
    summary: Localised | None = localised(optional=True)
    """What it says, in plain words; may be read by whoever gets a decision that rests on it."""
    visibility: ClauseVisibility = word(
        ClauseVisibility, default=ClauseVisibility.STAFF, sa_column_kwargs={"server_default": "staff"}
    )


class Term(SQLModel, table=True):
    """The coded meaning of a clause for one action. A qualifier that is null does not constrain."""

    __tablename__ = "term"
    __table_args__ = (
        one_of("action", Action),
        one_of("status", TermStatus),
        some_of("affiliations", Affiliation),
        *(CheckConstraint(f"cardinality({q}) > 0", name=f"{q}_not_empty") for q in QUALIFIERS),
        CheckConstraint("concurrent_users > 0", name="concurrent_users_positive"),
        Index(None, "licence_id", "action"),
    )

    id: UUID = key()
    licence_id: UUID = refers("licence.id", index=False)
    clause_id: UUID | None = may_refer("clause.id")
    action: Action = word(Action)
    status: TermStatus = word(TermStatus)
    affiliations: list[Affiliation] | None = words(Affiliation)
    user_classes: list[str] | None = texts(optional=True)
    purposes: list[str] | None = texts(optional=True)
    recipients: list[str] | None = texts(optional=True)
    methods: list[str] | None = texts(optional=True)
    parts: list[str] | None = texts(optional=True)
    territories: list[str] | None = texts(optional=True)
    on_site_only: bool = flag()
    except_as_permitted: bool = flag()
    concurrent_users: int | None = None
    public_note: Localised | None = localised(optional=True)
    note: str | None = string(default=None, nullable=True)


class UserClass(SQLModel, table=True):
    """A named set of entitlement URIs that terms refer to: who asserts one of them is of the class."""

    __tablename__ = "user_class"

    code: str = string(primary_key=True)
    entitlement_uris: list[str] = texts()
