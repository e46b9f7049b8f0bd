"""Lists of licences and agreements, and of what hangs on them: what they hold, and their order. Paging is the caller's.

Every list shows no more than `visibility` lets the viewer see. Those of parents are kept: they are made once for all
viewers who see everything, and once for all others, and are given the viewer's members, the parents and the day with
each question.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Subquery,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    null,
    or_,
    select,
    type_coerce,
    union,
)
from sqlalchemy.dialects.postgresql import DATERANGE
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain import involvement, visibility
from domain.catalogue.paging import Key, Keyset
from domain.involvement import IN_FORCE, Found, Keys
from domain.principal import Viewer
from models import package as packages
from models import party as parties
from models import resource as resources
from models.agreement import Agreement, AgreementPeriod, ControllingLicence, Entitlement, Participation
from models.licence import Licence
from models.vocabulary import LicenceStatus, PackageTitleStatus

NEWEST_LICENCE = Keyset((Key(col(Licence.id), Uuid(), UUID),), descending=True)
NEWEST_AGREEMENT = Keyset((Key(col(Agreement.id), Uuid(), UUID),), descending=True)
"""Keys are made in the order of time (UUIDv7)."""
BY_MEMBER = Keyset((Key(col(parties.Party.code), Text(), str), Key(col(Participation.id), Uuid(), UUID)))
AS_ENTERED = Keyset((Key(col(Entitlement.id), Uuid(), UUID),))
BY_TITLE = Keyset((Key(col(resources.Resource.sort_title), Text(), str), Key(col(resources.Resource.id), Uuid(), UUID)))

OfParents = tuple[Found, Any]
"""Rows of many parents, and the column that says whose each is."""

PARENTS = involvement.named("parents")
DAY = bindparam("day", type_=Date)


@dataclass(frozen=True, slots=True)
class LicenceFilter:
    """None = no constraint."""

    member_id: UUID | None = None
    resource_id: UUID | None = None
    package_id: UUID | None = None
    active_on: date | None = None


def licences(wanted: LicenceFilter, viewer: Viewer) -> Found:
    """The licences asked for. With a member, `active_on` asks for what is in force for it; else for the licence's own
    days."""
    sight = visibility.sight(viewer)
    found: Found = visibility.only_licences(select().select_from(Licence), sight)
    day = bindparam(None, wanted.active_on, Date) if wanted.active_on else None
    members = involvement.these([wanted.member_id]) if wanted.member_id else None
    if wanted.package_id or wanted.resource_id or (members is not None and day is not None):
        governing = _governing(sight, members, day, _gives(wanted, day))
        bound = involvement.with_parents(governing)
        return found.where(col(Licence.id).in_(select(bound.c.licence_id)))
    if members is not None:
        concerned = involvement.licences_of(members, drafts=True)
        found = found.where(col(Licence.id).in_(select(concerned.c.licence_id)))
    if day is not None:
        found = found.where(col(Licence.status).in_(IN_FORCE), _own_days().contains(day))
    return found


@cache
def licences_of_members(*, everything: bool, dated: bool) -> OfParents:
    """The licences that concern each member; with a day, those in force for it then, grace included."""
    sight = visibility.kept_sight(everything=everything)
    if dated:
        concerned = involvement.with_parents(_governing(sight, PARENTS, DAY, []))
    else:
        concerned = involvement.licences_of(PARENTS, drafts=True)
    found = select().select_from(Licence).join(concerned, concerned.c.licence_id == col(Licence.id))
    return visibility.only_licences(found, sight), concerned.c.whose


def in_states(states: Collection[LicenceStatus], expired: bool, today: date) -> ColumnElement[bool]:
    """Licences in one of these stored states, ACTIVE meaning that the last day isn't over; `expired`: those where it
    is."""
    stored, last = col(Licence.status), col(Licence.end_date)
    over = and_(stored == LicenceStatus.ACTIVE, last.is_not(None), last < today)
    stands = and_(stored.in_(states), ~over)
    return or_(stands, over) if expired else stands


def agreements(viewer: Viewer, *, member_id: UUID | None = None, licence_id: UUID | None = None) -> Found:
    """The agreements that a member holds or takes part in, that a licence governs at any time."""
    found = visibility.only_agreements(select().select_from(Agreement), visibility.sight(viewer))
    if member_id:
        concerned = involvement.agreements_of(involvement.these([member_id]), drafts=True)
        found = found.where(col(Agreement.id).in_(select(concerned.c.agreement_id)))
    if licence_id:
        governs = col(ControllingLicence.agreement_id) == col(Agreement.id)
        found = found.where(exists().where(governs, col(ControllingLicence.licence_id) == licence_id))
    return found


@cache
def agreements_of_members(*, everything: bool) -> OfParents:
    concerned = involvement.agreements_of(PARENTS, drafts=True)
    found = select().select_from(Agreement).join(concerned, concerned.c.agreement_id == col(Agreement.id))
    return visibility.only_agreements(found, visibility.kept_sight(everything=everything)), concerned.c.whose


@cache
def agreements_of_licences(*, everything: bool) -> OfParents:
    """Those that a licence controls, on whichever days."""
    controls = select(col(ControllingLicence.licence_id), col(ControllingLicence.agreement_id)).distinct().subquery()
    found = select().select_from(Agreement).join(controls, controls.c.agreement_id == col(Agreement.id))
    return visibility.only_agreements(found, visibility.kept_sight(everything=everything)), controls.c.licence_id


@cache
def participations_of_agreements(*, everything: bool) -> OfParents:
    found = (
        select()
        .select_from(Participation)
        .join(Agreement, col(Agreement.id) == col(Participation.agreement_id))
        .join(parties.Party, col(parties.Party.id) == col(Participation.member_id))
    )
    seen = visibility.only_participations(found, visibility.kept_sight(everything=everything))
    return seen, col(Participation.agreement_id)


@cache
def resources_of_licences(*, everything: bool) -> OfParents:
    """What agreements under each licence give access to: the titles of packages, titles and resources, each once."""
    reach = _reached(PARENTS, visibility.kept_sight(everything=everything), DAY)
    found = select().select_from(resources.Resource).join(reach, reach.c.resource_id == col(resources.Resource.id))
    return found, reach.c.licence_id


@cache
def reach_of_licences(*, everything: bool) -> OfParents:
    """The same without the resources themselves, for counting them."""
    reach = _reached(PARENTS, visibility.kept_sight(everything=everything), DAY)
    return select().select_from(reach), reach.c.licence_id


def reached(licence_id: UUID, viewer: Viewer, today: date) -> Found:
    """The ids of what one licence gives access to."""
    licences = involvement.these([licence_id])
    return select(_reached(licences, visibility.sight(viewer), bindparam(None, today, Date)).c.resource_id)


def _reached(licences: Keys, sight: Keys | None, today: BindParameter[date]) -> Subquery:
    """(licence_id, resource_id) through entitlements that aren't over today, and titles that weren't removed."""
    entitlement, title = Entitlement, packages.PackageTitle
    found: Found = (
        select()
        .select_from(ControllingLicence)
        .join(Agreement, col(Agreement.id) == col(ControllingLicence.agreement_id))
        .join(entitlement, col(entitlement.agreement_id) == col(Agreement.id))
        .where(
            involvement.is_one_of(col(ControllingLicence.licence_id), licences),
            or_(
                col(entitlement.during).is_(None),
                func.upper_inf(col(entitlement.during)),
                func.upper(col(entitlement.during)) > today,
            ),
        )
    )
    targets = (entitlement.package_id, entitlement.package_title_id, entitlement.resource_id)
    named = visibility.only_agreements(found, sight).add_columns(col(ControllingLicence.licence_id), *map(col, targets))
    lines, there = named.cte("line"), col(title.status) != PackageTitleStatus.REMOVED
    line = lines.c
    return union(
        select(line.licence_id, col(title.resource_id))
        .join_from(lines, title, col(title.package_id) == line.package_id)
        .where(there),
        select(line.licence_id, col(title.resource_id))
        .join_from(lines, title, col(title.id) == line.package_title_id)
        .where(there),
        select(line.licence_id, line.resource_id).where(line.resource_id.is_not(None)),
    ).subquery()


def _governing(
    sight: Keys | None,
    members: Keys | None,
    day: BindParameter[date] | None,
    conditions: Sequence[ColumnElement[bool]],
) -> Found:
    """(whose, licence_id): what governs the agreements that the viewer sees, of these members, on a day."""
    found: Found = (
        select()
        .select_from(ControllingLicence)
        .join(Agreement, col(Agreement.id) == col(ControllingLicence.agreement_id))
        .join(Licence, col(Licence.id) == col(ControllingLicence.licence_id))
        .where(*conditions)
    )
    found = visibility.only_agreements(found, sight)
    whose: Any = null()
    if members is not None:
        concerned = involvement.agreements_of(members, drafts=True, on=day)
        whose = concerned.c.whose
        found = found.join(concerned, concerned.c.agreement_id == col(Agreement.id))
    if day is not None:
        found = found.where(involvement.concluded(), col(Licence.status).in_(IN_FORCE), _governs_on(day))
    return found.add_columns(whose.label("whose"), col(ControllingLicence.licence_id).label("licence_id"))


def _governs_on(day: BindParameter[date]) -> ColumnElement[bool]:
    """Whether the licence governs the agreement on a day: one of a period, or of its grace, in which the licence of the
    period's last day goes on unless another period has begun (design §4, rule 4; the view `implied_grants`)."""
    period, other = AgreementPeriod, aliased(AgreementPeriod)
    controlling = type_coerce(col(ControllingLicence.during) * _own_days(), DATERANGE)
    last = func.upper(col(period.during)) - 1
    regular = and_(col(period.during).contains(day), controlling.contains(day))
    begun = exists().where(col(other.agreement_id) == col(period.agreement_id), col(other.during).contains(day))
    grace = and_(func.upper(col(period.during)) <= day, col(period.grace_until) >= day, controlling.contains(last))
    of_it = col(period.agreement_id) == col(Agreement.id)
    open_still = or_(col(Agreement.closed_on).is_(None), col(Agreement.closed_on) >= day)
    return and_(open_still, exists().where(of_it, or_(regular, and_(grace, ~begun))))


def _own_days() -> Any:
    """The days of a licence by its own dates."""
    return func.daterange(col(Licence.start_date), col(Licence.end_date), "[]", type_=DATERANGE)


def _gives(wanted: LicenceFilter, day: BindParameter[date] | None) -> list[ColumnElement[bool]]:
    """That an agreement has a line for a package or resource, in force on a day if one is given."""
    given: list[ColumnElement[bool]] = []
    line, title = Entitlement, packages.PackageTitle
    if wanted.package_id:
        among = select(col(title.id)).where(col(title.package_id) == wanted.package_id)
        given.append(or_(col(line.package_id) == wanted.package_id, col(line.package_title_id).in_(among)))
    if wanted.resource_id:
        copies = select(col(title.id), col(title.package_id)).where(
            col(title.resource_id) == wanted.resource_id, col(title.status) != PackageTitleStatus.REMOVED
        )
        held = copies.subquery()
        given.append(
            or_(
                col(line.resource_id) == wanted.resource_id,
                col(line.package_id).in_(select(held.c.package_id)),
                col(line.package_title_id).in_(select(held.c.id)),
            )
        )
    if not given:
        return []
    stands = [or_(col(line.during).is_(None), col(line.during).contains(day))] if day is not None else []
    return [exists().where(col(line.agreement_id) == col(Agreement.id), *given, *stands)]
