"""Licences: the signed document, its clauses, and what each clause says of an action (ONIX-PL, CORAL)."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint
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
    vocabulary,
    word,
    words,
)
from models.vocabulary import (
    Action,
    Affiliation,
    AmendmentStatus,
    ClauseVisibility,
    LicenceStatus,
    LimitKind,
    NoticeUnit,
    TermStatus,
)

QUALIFIERS = ("user_classes", "purposes", "recipients", "methods", "parts", "territories")


class LicenceDocument(SQLModel, table=True):
    """The signed text. Where we have it as a file, its bytes are kept under their SHA-256."""

    __tablename__ = "licence_document"

    id: UUID = key()
    name: Localised = localised()
    signed_on: date | None = None
    holder_id: UUID | None = may_refer("member.id", index=False)
    """Whose document it is; null = the consortium's."""
    file_name: str | None = string(default=None, nullable=True)
    media_type: str | None = string(default=None, nullable=True)
    size: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    sha256: str | None = string(default=None, nullable=True)
    created_at: datetime = instant()
    version: ClassVar[int] = 1
    """The text never changes; a term sheet may say its name and its day."""


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


class Amendment(SQLModel, table=True):
    """What changes a licence from a day on: its own terms begin then, and those that it replaces end the day before.

    A term can be replaced only by what takes effect later than the term itself, so amendments never go in a circle.
    """

    __tablename__ = "amendment"
    __table_args__ = (one_of("status", AmendmentStatus), UniqueConstraint("licence_id", "number"))

    id: UUID = key()
    licence_id: UUID = refers("licence.id", index=False)
    number: str = string()
    name: Localised | None = localised(optional=True)
    effective_on: date = Field()
    status: AmendmentStatus = word(
        AmendmentStatus, default=AmendmentStatus.DRAFT, sa_column_kwargs={"server_default": "draft"}
    )
    document_id: UUID | None = may_refer("licence_document.id")
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
    amendment_id: UUID | None = may_refer("amendment.id", index=False)
    """What brought it; null = the licence as it was signed."""
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


class AmendedTerm(SQLModel, table=True):
    """A term that an amendment replaces."""

    __tablename__ = "amended_term"

    amendment_id: UUID = refers("amendment.id", primary=True, delete="CASCADE")
    term_id: UUID = refers("term.id", primary=True, delete="CASCADE")


class UsageLimit(SQLModel, table=True):
    """How much of something a licence allows (ONIX-PL UsageQuantity), of one of its terms or as a whole."""

    __tablename__ = "usage_limit"
    __table_args__ = (
        one_of("kind", LimitKind),
        CheckConstraint("(kind = 'formats') = (formats IS NOT NULL)", name="formats_listed"),
        CheckConstraint("(kind = 'formats') = (amount IS NULL)", name="amount_given"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("kind <> 'percent' OR amount <= 100", name="percent_of_all"),
        CheckConstraint(
            "(kind = 'notice') = (unit IS NOT NULL) AND unit IN ('days', 'weeks', 'months', 'years')", name="unit_known"
        ),
        CheckConstraint(
            "(term_id IS NULL) = (kind IN ('concurrent_users', 'concurrent_users_per_member', 'notice'))",
            name="where_it_belongs",
        ),
        CheckConstraint("cardinality(formats) > 0", name="formats_not_empty"),
    )

    id: UUID = key()
    licence_id: UUID = refers("licence.id")
    term_id: UUID | None = may_refer("term.id", delete="CASCADE")
    clause_id: UUID | None = may_refer("clause.id")
    kind: LimitKind = word(LimitKind)
    amount: Decimal | None = Field(default=None, sa_type=Numeric, nullable=True)
    unit: NoticeUnit | None = Field(default=None, sa_type=vocabulary(NoticeUnit), nullable=True)
    formats: list[str] | None = texts(optional=True)
    """Media types, or words such as "e-book reader"."""
    note: Localised | None = localised(optional=True)


class LicenceFragment(SQLModel, table=True):
    """A part of an imported expression (ONIX-PL) that no table of ours can say: kept as it is, and exported again."""

    __tablename__ = "licence_fragment"
    __table_args__ = (UniqueConstraint("licence_id", "position"),)

    id: UUID = key()
    licence_id: UUID = refers("licence.id", index=False)
    position: int = Field()
    path: str = string()
    content: str = string()


class UserClass(SQLModel, table=True):
    """A named set of entitlement URIs that terms refer to: who asserts one of them is of the class."""

    __tablename__ = "user_class"

    code: str = string(primary_key=True)
    entitlement_uris: list[str] = texts()
