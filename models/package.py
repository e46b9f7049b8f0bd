"""Platforms, packages, and the titles in them with their coverage (KBART, GOKb)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import Localised, instant, key, localised, may_refer, one_of, refers, string, version, word
from models.vocabulary import AccessType, LinkRule, PackageTitleStatus


class Platform(SQLModel, table=True):
    """Where content is served, and how a reader is led there."""

    __tablename__ = "platform"
    __table_args__ = (one_of("link_rule", LinkRule),)

    id: UUID = key()
    code: str = string(unique=True)
    name: Localised = localised()
    provider_id: UUID | None = may_refer("party.id")
    url: str | None = string(default=None, nullable=True)
    link_rule: LinkRule = word(LinkRule, default=LinkRule.PLAIN, sa_column_kwargs={"server_default": "plain"})
    link_template: str | None = string(default=None, nullable=True)
    """For WAYFless addresses: {url}, {entity_id} and {scope} stand for their percent-encoded values."""
    version: int = version()


class Package(SQLModel, table=True):
    """A sold or shared set of titles. One whose provider is a member is that member's collection."""

    __tablename__ = "package"
    __table_args__ = (UniqueConstraint("provider_id", "code"),)

    id: UUID = key()
    code: str = string(index=True)
    """The name by which import files call it, unique per provider."""
    name: Localised = localised()
    provider_id: UUID = refers("party.id", index=False)
    version: int = version()
    """Of the package and the titles in it."""
    created_at: datetime = instant()


class PackageTitle(SQLModel, table=True):
    """A resource in a package on a platform (KBART title, TIPP)."""

    __tablename__ = "package_title"
    __table_args__ = (
        one_of("status", PackageTitleStatus),
        UniqueConstraint("package_id", "platform_id", "resource_id", postgresql_nulls_not_distinct=True),
        Index(None, "package_id", "title_id"),
        Index("ix_package_title_there", "package_id", "resource_id", postgresql_where=text("status <> 'removed'")),
    )

    id: UUID = key()
    package_id: UUID = refers("package.id", index=False)
    platform_id: UUID | None = may_refer("platform.id")
    resource_id: UUID = refers("resource.id")
    title_id: str | None = string(default=None, nullable=True)
    """KBART title_id: the provider's own key."""
    url: str | None = string(default=None, nullable=True)
    status: PackageTitleStatus = word(
        PackageTitleStatus, default=PackageTitleStatus.CURRENT, sa_column_kwargs={"server_default": "current"}
    )


class Coverage(SQLModel, table=True):
    """One coverage statement (a KBART row): what of the title the platform holds."""

    __tablename__ = "coverage"
    __table_args__ = (one_of("access_type", AccessType), UniqueConstraint("package_title_id", "position"))

    id: UUID = key()
    package_title_id: UUID = refers("package_title.id", index=False, delete="CASCADE")
    position: int = Field()
    start_date: str | None = string(default=None, nullable=True)
    """As the source says (1999, 1999-03, 1999-03-14); blank = from the beginning. `start_on` is its first day."""
    start_on: date | None = None
    start_volume: str | None = string(default=None, nullable=True)
    start_issue: str | None = string(default=None, nullable=True)
    end_date: str | None = string(default=None, nullable=True)
    """Blank = to the present. `end_on` is its last day."""
    end_on: date | None = None
    end_volume: str | None = string(default=None, nullable=True)
    end_issue: str | None = string(default=None, nullable=True)
    embargo: str | None = string(default=None, nullable=True)
    """As KBART writes it: P1Y, R10Y, R10Y;P30D. Anything else closes this coverage."""
    access_type: AccessType = word(AccessType, default=AccessType.PAID, sa_column_kwargs={"server_default": "paid"})
    depth: str | None = string(default=None, nullable=True)
    note: str | None = string(default=None, nullable=True)
