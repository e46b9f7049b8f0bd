"""Resources: the catalogue's titles, who made them, what they are about and how they are known."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
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
    string,
    texts,
    version,
    word,
)
from models.vocabulary import ResourceKind


class Resource(SQLModel, table=True):
    __tablename__ = "resource"
    __table_args__ = (
        one_of("kind", ResourceKind),
        Index("ix_resource_search", "search", postgresql_using="gin"),
        Index("ix_resource_by_title", "sort_title", "id"),
        Index("ix_resource_by_added", "created_at", "id"),
    )

    id: UUID = key()
    ordinal: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False, unique=True))
    """The stable integer that bitmaps use; never reused."""
    kind: ResourceKind = word(ResourceKind)
    title: Localised = localised()
    sort_title: str = Field(sa_type=Text(collation="C"))
    """Made by domain.catalogue.sorting; compared code point by code point, whatever the database's collation is."""
    published: str | None = string(default=None, nullable=True)
    """1999, 1999-03 or 1999-03-14 as the source says. `published_first`, `published_last`: its first and last day."""
    published_first: date | None = None
    published_last: date | None = None
    publisher: str | None = string(default=None, nullable=True)
    languages: list[str] = texts()
    open_access: bool = flag()
    """The work itself is open; a free coverage statement alone is not."""
    rights: str | None = string(default=None, nullable=True)
    contributed_by: UUID | None = may_refer("member.id")
    succeeded_by: UUID | None = may_refer("resource.id")
    """The title that continues this one: successive titles may share an ISSN."""
    search: str = Field(sa_type=TSVECTOR)
    """Made by domain.catalogue.tokenizer whenever a title or contributor changes."""
    version: int = version()
    created_at: datetime = instant()


class ResourceIdentifier(SQLModel, table=True):
    """An identifier may belong to several resources: successive titles share an ISSN."""

    __tablename__ = "resource_identifier"
    __table_args__ = (Index(None, "namespace", "value"),)

    resource_id: UUID = refers("resource.id", primary=True, delete="CASCADE")
    namespace: str = string(primary_key=True)
    """issn, eissn, isbn, eisbn, doi …, in lower case."""
    value: str = string(primary_key=True)
    """In its normal form: ISSN 1234-5679, ISBN-13 without hyphens, DOI in lower case without a resolver."""


class Contributor(SQLModel, table=True):
    __tablename__ = "contributor"

    resource_id: UUID = refers("resource.id", primary=True, delete="CASCADE")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = string()
    role: str | None = string(default=None, nullable=True)


class Subject(SQLModel, table=True):
    __tablename__ = "subject"

    id: UUID = key()
    code: str = string(unique=True)
    name: Localised = localised()


class ResourceSubject(SQLModel, table=True):
    __tablename__ = "resource_subject"

    resource_id: UUID = refers("resource.id", primary=True, delete="CASCADE")
    subject_id: UUID = Field(foreign_key="subject.id", primary_key=True, index=True)
