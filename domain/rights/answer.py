"""What a decision says: plain values, free of transport and of the database."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.rights.value import value
from models.vocabulary import AccessBasis, AccessReason, Action, RemedyKind


@dataclass(frozen=True, slots=True)
class Use:
    """What the use is for, where terms distinguish (ONIX-PL). None = not said."""

    purpose: str | None = None
    recipient: str | None = None
    method: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Facts of the question that are not facts of the person.

    `on`: the civil date asked for; None = today in the member's time zone. `published`: first and last day of the
    volume, article or item wanted; None = not said. `gate`: the content gate asks, which needs every fact (no "granted
    in part").
    `package_title_id`: only grants of this package title count (content belongs to one copy).
    """

    on: date | None = None
    published: tuple[date, date] | None = None
    use: Use = Use()
    gate: bool = False
    package_title_id: UUID | None = None


@value
class Window:
    """A readable span of publication dates, both ends inclusive; None = open."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Something to keep to: a term's own public note, or a coded one (`code` is a key of the message catalogue).

    `limit_id`: how much a term allows of something; `coverage_id`: what keeping a perpetual right is tied to.
    """

    term_id: UUID | None = None
    code: str | None = None
    limit_id: UUID | None = None
    coverage_id: UUID | None = None


@value
class Link:
    """A way to the content under a granting right: the package title on whose platform, or the held copy, it is."""

    package_title_id: UUID
    member_id: UUID | None


@value
class Granted:
    action: Action
    resource_id: UUID
    basis: AccessBasis
    member_id: UUID | None = None
    entitlement_id: UUID | None = None
    licence_id: UUID | None = None
    term_id: UUID | None = None
    clause_id: UUID | None = None
    valid_until: date | None = None
    coverage_ids: tuple[UUID, ...] = ()
    """Coverage rows (KBART statements, or perpetual ones of the entitlement) that are open, best first."""
    windows: tuple[Window, ...] = ()
    conditions: tuple[Condition, ...] = ()
    links: tuple[Link, ...] = ()
    by_default: bool = False
    """No term spoke: the consortium's declared default decided."""
    in_grace: bool = False


@dataclass(frozen=True, slots=True)
class Remedy:
    kind: RemedyKind
    available_on: date | None = None
    member_id: UUID | None = None


@value
class Refused:
    action: Action
    resource_id: UUID | None
    reason: AccessReason
    member_id: UUID | None = None
    entitlement_id: UUID | None = None
    licence_id: UUID | None = None
    term_id: UUID | None = None
    clause_id: UUID | None = None
    ended_on: date | None = None
    """The last day of a right that has ended."""
    valid_until: date | None = None
    remedies: tuple[Remedy, ...] = ()


Answer = Granted | Refused
