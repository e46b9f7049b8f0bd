"""Agreements: licence, packages, members and dates brought together (FOLIO, LAS:eR)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint, Range
from sqlmodel import Field, SQLModel

from models.columns import (
    Localised,
    days,
    flag,
    instant,
    key,
    localised,
    may_refer,
    one_of,
    refers,
    string,
    version,
    word,
)
from models.vocabulary import AgreementStatus


class Agreement(SQLModel, table=True):
    """`holder_id` null: the consortium holds it for its members."""

    __tablename__ = "agreement"
    __table_args__ = (
        one_of("status", AgreementStatus),
        CheckConstraint("status <> 'closed' OR closed_on IS NOT NULL", name="closed_on_a_day"),
    )

    id: UUID = key()
    code: str = string(unique=True)
    name: str = string()
    status: AgreementStatus = word(AgreementStatus)
    holder_id: UUID | None = may_refer("member.id")
    closed_on: date | None = None
    """The last day of an agreement that was closed early; it ends the grace of its periods too."""
    version: int = version()
    """Of the agreement, its periods, licences, participations and entitlements."""
    created_at: datetime = instant()


class ControllingLicence(SQLModel, table=True):
    """Which licence governs an agreement on which days: one at a time."""

    __tablename__ = "controlling_licence"
    __table_args__ = (
        ExcludeConstraint(("agreement_id", "="), ("during", "&&"), name="ex_controlling_licence_one_at_a_time"),
        CheckConstraint("NOT isempty(during)", name="during_not_empty"),
    )

    id: UUID = key()
    agreement_id: UUID = refers("agreement.id", index=False)
    licence_id: UUID = refers("licence.id")
    during: Range[date] = days()


class AgreementPeriod(SQLModel, table=True):
    """The periods of an agreement never overlap. The last licence's terms hold through `grace_until`."""

    __tablename__ = "agreement_period"
    __table_args__ = (
        ExcludeConstraint(("agreement_id", "="), ("during", "&&"), name="ex_agreement_period_no_overlap"),
        CheckConstraint("NOT isempty(during)", name="during_not_empty"),
        CheckConstraint("grace_until >= upper(during)", name="grace_after_end"),
    )

    id: UUID = key()
    agreement_id: UUID = refers("agreement.id", index=False)
    during: Range[date] = days()
    grace_until: date | None = None
    cancel_by: date | None = None


class Participation(SQLModel, table=True):
    """A member's dated taking part in a consortial agreement. A holder takes part in its own without a row."""

    __tablename__ = "participation"
    __table_args__ = (
        ExcludeConstraint(
            ("agreement_id", "="), ("member_id", "="), ("during", "&&"), name="ex_participation_one_at_a_time"
        ),
        CheckConstraint("NOT isempty(during)", name="during_not_empty"),
    )

    id: UUID = key()
    agreement_id: UUID = refers("agreement.id", index=False)
    member_id: UUID = refers("member.id")
    during: Range[date] = days()


class Entitlement(SQLModel, table=True):
    """An agreement line: exactly one target, for the members that take part."""

    __tablename__ = "entitlement"
    __table_args__ = (
        CheckConstraint("num_nonnulls(package_id, package_title_id, resource_id) = 1", name="one_target"),
        CheckConstraint("NOT isempty(during)", name="during_not_empty"),
    )

    id: UUID = key()
    agreement_id: UUID = refers("agreement.id")
    package_id: UUID | None = may_refer("package.id")
    package_title_id: UUID | None = may_refer("package_title.id")
    resource_id: UUID | None = may_refer("resource.id")
    during: Range[date] | None = days(optional=True)
    """Narrower than the agreement's periods, where it is given."""


class EntitlementCoverage(SQLModel, table=True):
    """What of the target the entitlement covers: narrower than the title's own coverage, or, where `perpetual`,
    kept for ever by the members that took part, as far as the title's own coverage reaches."""

    __tablename__ = "entitlement_coverage"

    id: UUID = key()
    entitlement_id: UUID = refers("entitlement.id", delete="CASCADE")
    position: int = Field()
    perpetual: bool = flag()
    package_title_id: UUID | None = may_refer("package_title.id", index=False)
    """Of a package, the one title that this keeps; null = every title."""
    subscribed_only: bool = flag()
    """Only what was published on days on which the member took part is kept."""
    conditions: Localised | None = localised(optional=True)
    """What keeping it is tied to, in words: a fee, another subscription."""
    start_date: str | None = string(default=None, nullable=True)
    start_on: date | None = None
    start_volume: str | None = string(default=None, nullable=True)
    start_issue: str | None = string(default=None, nullable=True)
    end_date: str | None = string(default=None, nullable=True)
    end_on: date | None = None
    end_volume: str | None = string(default=None, nullable=True)
    end_issue: str | None = string(default=None, nullable=True)
    embargo: str | None = string(default=None, nullable=True)
