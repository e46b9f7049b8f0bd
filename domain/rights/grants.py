"""The compiled state that decisions read: who was given what, and what is in it. Plain values, valid for one epoch.

It holds past and future grants too, so that an answer of any day comes from it; nothing in it changes after it is made.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from domain.rights.coverage import EVERYTHING, Dates, Extent, Span, Statement, narrowed
from domain.rights.terms import Licence
from models.vocabulary import AccessBasis, Action, Standing

OPEN = frozenset({AccessBasis.OPEN_ACCESS, AccessBasis.FREE_TO_READ})


@dataclass(frozen=True, slots=True)
class Member:
    id: UUID
    zone: ZoneInfo | None
    """None = the name of its time zone isn't one: nothing that depends on days can be decided."""
    country: str | None = None
    walk_ins: bool = False
    """Whoever is on its network is a library-walk-in there."""
    standing: Standing = Standing.GOOD


@dataclass(frozen=True, slots=True)
class PackageTitle:
    """A copy of a resource on a platform. `there`: an address leads to it, or we hold its content.

    `current`: subscriptions reach it; `kept`: perpetual rights do, also after it left its package.
    """

    id: UUID
    package_id: UUID
    provider_id: UUID
    extent: Extent = ()
    free: Extent = ()
    current: bool = True
    kept: bool = True
    there: bool = True


@dataclass(frozen=True, slots=True)
class Resource:
    """`dates`: its own publication dates, where it is a thing of one date (a serial isn't)."""

    id: UUID
    ordinal: int
    dates: Dates | None = None
    open_access: bool = False
    rights: str | None = None
    package_titles: tuple[PackageTitle, ...] = ()


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a perpetual right keeps: of one title, or of every title that it reaches. `subscribed_only`: only what was
    published while the member took part. `tied`: it has conditions, told in words."""

    statement: Statement
    package_title_id: UUID | None = None
    subscribed_only: bool = False
    tied: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What one entitlement (or collection, or openness) gives, and to which members; no members = everybody.

    `first`, `last`: inclusive days; `last` counts the days of grace, which begin at `grace_from`. `lines`: what the
    entitlement narrows it to. Of a perpetual right: what is `kept`, and the days on which they took part, where it
    matters (`subscribed`).
    """

    key: str
    basis: AccessBasis
    first: date = date.min
    last: date = date.max
    grace_from: date | None = None
    entitlement_id: UUID | None = None
    licence: Licence | None = None
    licensor_id: UUID | None = None
    consortial: bool = False
    other_members_collection: bool = False
    lines: tuple[Statement, ...] = ()
    kept: tuple[Keeping, ...] = ()
    subscribed: tuple[Dates, ...] = ()
    members: tuple[UUID, ...] = ()
    agreement_id: UUID | None = None

    @property
    def own(self) -> bool:
        """What the member has of itself, not from the pool."""
        return bool(self.members) and not self.consortial

    @property
    def units(self) -> frozenset[str]:
        """The calendar units at whose turn its lines move."""
        lines = (*self.lines, *(keeping.statement for keeping in self.kept))
        return frozenset(unit for line in lines if line.embargo for unit in line.embargo.units)

    def reaches(self, title: PackageTitle) -> bool:
        return title.kept if self.basis in {AccessBasis.PERPETUAL, AccessBasis.OPEN_ACCESS} else title.current

    def copies(self, resource: Resource) -> Sequence[PackageTitle | None]:
        """Where it reaches the resource itself: its licensor's copies, and no other's; [None] = it has none."""
        return [
            title
            for title in resource.package_titles
            if self.reaches(title) and self.licensor_id in {None, title.provider_id}
        ] or [None]

    def extent(self, title: PackageTitle | None) -> Extent:
        """The publication dates that it reaches in one copy."""
        match self.basis:
            case AccessBasis.PERPETUAL:
                return tuple(self._kept(title))
            case AccessBasis.FREE_TO_READ:
                return title.free if title else ()
            case AccessBasis.OPEN_ACCESS:
                return EVERYTHING
            case _:
                return narrowed(self.lines, title.extent if title else EVERYTHING)

    def _kept(self, title: PackageTitle | None) -> Iterator[Span]:
        """As far as the title's own coverage reaches; the line that keeps it stands last."""
        for keeping in self.kept:
            if keeping.package_title_id not in {None, title.id if title else None}:
                continue
            line = keeping.statement
            took_part = [(Statement(line.id, *dates),) for dates in self.subscribed]
            for span in title.extent if title else EVERYTHING:
                yield from ((*span, *days, line) for days in (took_part if keeping.subscribed_only else [()]))


EVERYBODY = Grant("open_access", AccessBasis.OPEN_ACCESS)
FREE = Grant("free_to_read", AccessBasis.FREE_TO_READ)


@dataclass(frozen=True)
class Holdings:
    """Grants by what they reach."""

    packages: Mapping[UUID, tuple[Grant, ...]] = field(default_factory=dict)
    package_titles: Mapping[UUID, tuple[Grant, ...]] = field(default_factory=dict)
    resources: Mapping[UUID, tuple[Grant, ...]] = field(default_factory=dict)

    @cached_property
    def boundaries(self) -> tuple[date, ...]:
        """The days, ascending, on which a grant or a term of its licence begins or has just ended."""
        days: set[date] = set()
        for grant, *_ in self.targets:
            days.add(grant.first)
            if grant.licence:
                days.update(grant.licence.turns)
            if grant.last < date.max:
                days.add(date.fromordinal(grant.last.toordinal() + 1))
        return tuple(sorted(days))

    @property
    def targets(self) -> Iterator["Target"]:
        """Each grant with the one thing that it reaches."""
        for package_id, among in self.packages.items():
            yield from (Target(grant, package_id=package_id) for grant in among)
        for title_id, among in self.package_titles.items():
            yield from (Target(grant, package_title_id=title_id) for grant in among)
        for resource_id, among in self.resources.items():
            yield from (Target(grant, resource_id=resource_id) for grant in among)


NOTHING = Holdings()


@dataclass(frozen=True, slots=True)
class Statute:
    """What the law of a territory permits whoever has lawful access, regardless of contract. `purposes` None = any."""

    id: UUID
    territory: str
    action: Action
    purposes: frozenset[str] | None = None


Copy = tuple[Resource, PackageTitle | None]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Copies that belong together, for answers about all of them. `units`: calendar units at whose turn it moves."""

    copies: tuple[Copy, ...] = ()
    units: frozenset[str] = frozenset()


EMPTY = Shelf()


@dataclass(frozen=True, slots=True)
class Declared:
    """What holds for the whole pool. `defaults`: actions that the consortium permits where a licence is silent;
    `classes`: the entitlement URIs of user classes, by code."""

    zone: ZoneInfo
    defaults: frozenset[Action] = frozenset()
    statutes: tuple[Statute, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Grants:
    """Everything that a decision reads besides the question."""

    epoch: int
    declared: Declared
    members: Mapping[UUID, Member]
    resources: Mapping[UUID, Resource]
    holdings: Mapping[UUID, Holdings]
    pool: Holdings
    """The grants of all members together: what signing in could bring."""
    shelves: Mapping[UUID, Shelf]
    """The titles of each package."""
    titles: Mapping[UUID, Resource]
    """The resource of each package title that anything can reach."""
    open: Shelf = EMPTY
    """What is open access, in every copy."""
    free: Shelf = EMPTY
    """What has free coverage statements."""
    units: frozenset[str] = frozenset()
    """The calendar units at whose turn anything moves."""
    countries: frozenset[str | None] = frozenset()
    """Of the members."""
    bitmaps: dict[Hashable, BitMap] = field(default_factory=dict)
    memo: dict[Hashable, bool] = field(default_factory=dict)
    """Whether a grant permits anybody a use. Of both a next epoch takes over what it can't have changed."""
    claims: dict[Hashable, Any] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)
    """What grants are worth to whom, and who asked last (`asking`)."""

    @property
    def defaults(self) -> frozenset[Action]:
        return self.declared.defaults

    @property
    def statutes(self) -> tuple[Statute, ...]:
        return self.declared.statutes

    @property
    def class_uris(self) -> frozenset[str]:
        """The entitlement URIs of all user classes."""
        return frozenset(uri for uris in self.declared.classes.values() for uri in uris)

    def today(self, member: Member | None, now: datetime) -> date:
        """The civil day at this moment: the member's own, or, for what is open to everybody, the consortium's.

        Raises:
            LookupError: the member's time zone isn't known.
        """
        zone = member.zone if member else self.declared.zone
        if zone is None:
            raise LookupError(f"no time zone for {member}")
        return now.astimezone(zone).date()


class Target(NamedTuple):
    """A grant and the one thing that it reaches."""

    grant: Grant
    package_id: UUID | None = None
    package_title_id: UUID | None = None
    resource_id: UUID | None = None


def holdings(of: Iterable[Target]) -> Holdings:
    packages: dict[UUID, list[Grant]] = {}
    package_titles: dict[UUID, list[Grant]] = {}
    resources: dict[UUID, list[Grant]] = {}
    for grant, package_id, package_title_id, resource_id in of:
        for index, target in ((packages, package_id), (package_titles, package_title_id), (resources, resource_id)):
            if target is not None:
                index.setdefault(target, []).append(grant)
    return Holdings(_frozen(packages), _frozen(package_titles), _frozen(resources))


def _frozen(index: dict[UUID, list[Grant]]) -> dict[UUID, tuple[Grant, ...]]:
    return {target: in_order(found) for target, found in index.items()}


def in_order(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Always the same, however they were found."""
    found = tuple(grants)
    return found if len(found) < 2 else tuple(sorted(found, key=lambda grant: (grant.key, grant.subscribed)))
