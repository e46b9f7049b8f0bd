"""What each check of one candidate read: the facts behind its outcome, as plain values that are told by their names."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple, TypeVar
from uuid import UUID

from domain.principal import Principal
from domain.rights import coverage, embargo
from domain.rights.answer import Window
from domain.rights.candidates import Candidate, Question
from domain.rights.checks import READING
from domain.rights.grants import OPEN
from domain.rights.order import Check, Failure
from domain.rights.people import WALK_IN
from domain.rights.qualifiers import (
    AffiliationIn,
    OnSite,
    PartIn,
    Qualifier,
    TerritoryIn,
    UnknownClass,
    UseIn,
    UserClassIn,
)
from domain.rights.terms import Permitted, Term
from models.vocabulary import Affiliation

Kind = TypeVar("Kind", bound=Qualifier)


class FactName(StrEnum):
    MEMBERS = "members"
    BASIS = "basis"
    PACKAGE = "package"
    AGREEMENT = "agreement"
    DAY = "day"
    FIRST_DAY = "first_day"
    LAST_DAY = "last_day"
    GRACE_FROM = "grace_from"
    WANTED = "wanted"
    COVERED = "covered"
    OPEN = "open"
    EMBARGO = "embargo"
    OPENS_ON = "opens_on"
    HELD = "held"
    TERM_STATUS = "term_status"
    USES_ALLOWED = "uses_allowed"
    USE_ASKED = "use_asked"
    ALLOWED = "allowed"
    USER_CLASSES = "user_classes"
    PLACE = "place"
    TERRITORIES = "territories"
    TERRITORY = "territory"
    STANDING = "standing"
    PLATFORM = "platform"
    SEATS = "seats"


CONTRACTUAL = frozenset({FactName.PACKAGE, FactName.AGREEMENT})
"""What only those may be told who see the contracts of the member whose right it is."""


class Place(StrEnum):
    ON_SITE = "on_site"
    OFF_SITE = "off_site"


class Thing(StrEnum):
    """What a fact names by its id."""

    MEMBER = "member"
    PACKAGE = "package"
    ENTITLEMENT = "entitlement"
    """Told as the agreement that it is a line of."""
    PACKAGE_TITLE = "package_title"
    """Told as the platform that it is on."""
    TERM = "term"
    """Told as the user classes that it names."""


class Named(NamedTuple):
    thing: Thing
    id: UUID


Value = str | int | date | StrEnum | Window | Named


@dataclass(frozen=True, slots=True)
class Fact:
    """Several values are a list: any of them."""

    name: FactName
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """A candidate after its checks. `failure` None: it passed all. `permitted`, `term`: what its licence said."""

    question: Question
    principal: Principal
    candidate: Candidate
    failure: Failure | None
    permitted: Permitted | None = None
    term: Term | None = None


def of(check: Check, looked: Looked) -> tuple[Fact, ...]:
    """What this check read, in the order in which it is told."""
    read = _READ.get(check)
    return tuple(read(looked)) if read else ()


def about_members(members: tuple[UUID, ...]) -> tuple[Fact, ...]:
    """The asker's members, where no right of theirs was found."""
    return (Fact(FactName.MEMBERS, tuple(Named(Thing.MEMBER, one) for one in members)),) if members else ()


def held(principal: Principal, member_id: UUID | None) -> tuple[Affiliation, ...]:
    """What the asker is at a member, as her identity provider says."""
    theirs = (membership for membership in principal.memberships if membership.member_id == member_id)
    return tuple(sorted({affiliation for membership in theirs for affiliation in membership.affiliations}))


def _entitlement(looked: Looked) -> Iterator[Fact]:
    grant, title, _ = looked.candidate
    yield Fact(FactName.BASIS, (grant.basis,))
    if title:
        yield Fact(FactName.PACKAGE, (Named(Thing.PACKAGE, title.package_id),))
    if grant.entitlement_id:
        yield Fact(FactName.AGREEMENT, (Named(Thing.ENTITLEMENT, grant.entitlement_id),))


def _agreement(looked: Looked) -> Iterator[Fact]:
    grant, _, member = looked.candidate
    yield Fact(FactName.DAY, (looked.question.day(member),))
    if grant.first > date.min:
        yield Fact(FactName.FIRST_DAY, (grant.first,))
    if grant.last < date.max:
        yield Fact(FactName.LAST_DAY, (grant.last,))
    if grant.grace_from:
        yield Fact(FactName.GRACE_FROM, (grant.grace_from,))


def _coverage(looked: Looked) -> Iterator[Fact]:
    question, (grant, title, member) = looked.question, looked.candidate
    if question.wanted:
        yield Fact(FactName.WANTED, (coverage.as_window(question.wanted),))
    windows = coverage.covered(grant.extent(title), question.day(member))
    if windows and coverage.ALL_DATES not in windows:
        yield Fact(FactName.COVERED, tuple(coverage.as_window(window) for window in windows))


def _embargo(looked: Looked) -> Iterator[Fact]:
    question, (grant, title, member) = looked.question, looked.candidate
    extent, failure = grant.extent(title), looked.failure
    moving = [statement.embargo for span in extent for statement in span if statement.embargo]
    if not moving:
        return
    texts = dict.fromkeys(text for one in moving if (text := embargo.written(one)))
    if texts:
        yield Fact(FactName.EMBARGO, tuple(texts))
    found = coverage.look(extent, question.day(member), None, whole=False)
    if isinstance(found, coverage.Opening) and coverage.ALL_DATES not in found.windows:
        yield Fact(FactName.OPEN, tuple(coverage.as_window(window) for window in found.windows))
    if failure and failure.check is Check.EMBARGO and failure.available_on:
        yield Fact(FactName.OPENS_ON, (failure.available_on,))


def _identity(looked: Looked) -> Iterator[Fact]:
    member = looked.candidate.member
    if member:
        yield from about_members((member.id,))
        yield from _held(looked)


def _held(looked: Looked) -> Iterator[Fact]:
    """What the asker is at the member whose right it is; on its network also a walk-in, where the member says so."""
    member = looked.candidate.member
    if member is None:
        return
    walk_in = WALK_IN if member.walk_ins and member.id in looked.principal.on_site else frozenset()
    if affiliations := {*held(looked.principal, member.id), *walk_in}:
        yield Fact(FactName.HELD, tuple(sorted(affiliations)))


def _term(looked: Looked) -> Iterator[Fact]:
    term = looked.term
    if term is None:
        return
    yield Fact(FactName.TERM_STATUS, (term.status,))
    use = looked.question.context.use
    bounds = [one for one in term.qualifiers if isinstance(one, UseIn | PartIn)]
    if bounds:
        yield Fact(FactName.USES_ALLOWED, tuple(word for one in bounds for word in sorted(one.allowed)))
        said = tuple(str(word) for one in bounds if (word := getattr(use, one.fact)))
        if said:
            yield Fact(FactName.USE_ASKED, said)


def _affiliation(looked: Looked) -> Iterator[Fact]:
    term = looked.term
    if term is None:
        return
    for kinds in _bounds(term, AffiliationIn):
        yield Fact(FactName.ALLOWED, tuple(sorted(kinds.allowed)))
    for _ in _bounds(term, UserClassIn):
        yield Fact(FactName.USER_CLASSES, (Named(Thing.TERM, term.id),))
    yield from _held(looked)


def _place(looked: Looked) -> Iterator[Fact]:
    member = looked.candidate.member
    bound = looked.term and any(_bounds(looked.term, OnSite))
    if member and (bound or _fell_at(looked, Check.PLACE)):
        there = member.id in looked.principal.on_site
        yield Fact(FactName.PLACE, (Place.ON_SITE if there else Place.OFF_SITE,))


def _territory(looked: Looked) -> Iterator[Fact]:
    term, member = looked.term, looked.candidate.member
    for bound in _bounds(term, TerritoryIn) if term else ():
        yield Fact(FactName.TERRITORIES, tuple(sorted(bound.allowed)))
        if hers := looked.principal.territory or (member.country if member else None):
            yield Fact(FactName.TERRITORY, (hers,))


def _standing(looked: Looked) -> Iterator[Fact]:
    """A member's standing is its own affair; a refusal by it says so anyway."""
    member = looked.candidate.member
    if member and _fell_at(looked, Check.STANDING):
        yield Fact(FactName.STANDING, (member.standing,))


def _content_there(looked: Looked) -> Iterator[Fact]:
    title = looked.candidate.title
    if title and not _fell_at(looked, Check.CONTENT_THERE):
        yield Fact(FactName.PLATFORM, (Named(Thing.PACKAGE_TITLE, title.id),))


def _limit(looked: Looked) -> Iterator[Fact]:
    if looked.permitted and looked.permitted.limit:
        yield Fact(FactName.SEATS, (looked.permitted.limit.users,))


def _fell_at(looked: Looked, check: Check) -> bool:
    return looked.failure is not None and looked.failure.check is check


def _bounds(term: Term, kind: type[Kind]) -> Iterator[Kind]:
    return (one for one in term.qualifiers if isinstance(one, kind))


_READ: Mapping[Check, Callable[[Looked], Iterator[Fact]]] = {
    Check.ENTITLEMENT: _entitlement,
    Check.AGREEMENT: _agreement,
    Check.COVERAGE: _coverage,
    Check.EMBARGO: _embargo,
    Check.IDENTITY: _identity,
    Check.TERM: _term,
    Check.AFFILIATION: _affiliation,
    Check.PLACE: _place,
    Check.TERRITORY: _territory,
    Check.STANDING: _standing,
    Check.CONTENT_THERE: _content_there,
    Check.LIMIT: _limit,
}


_BOUNDS: Mapping[Check, tuple[type, ...]] = {
    Check.AFFILIATION: (AffiliationIn, UserClassIn, UnknownClass),
    Check.PLACE: (OnSite,),
    Check.TERRITORY: (TerritoryIn,),
}


def sentence(check: Check, looked: Looked) -> str:
    """The entry of the catalogue that says how a candidate passed this check."""
    grant, title, member = looked.candidate
    question, permitted = looked.question, looked.permitted
    how = "passed"
    match check:
        case Check.AGREEMENT if grant.first == date.min and grant.last == date.max:
            how = "always"
        case Check.AGREEMENT if grant.grace_from and question.day(member) >= grant.grace_from:
            how = "in_grace"
        case Check.COVERAGE if coverage.ALL_DATES in coverage.covered(grant.extent(title), question.day(member)):
            how = "unlimited"
        case Check.EMBARGO if not any(one.embargo for span in grant.extent(title) for one in span):
            how = "none"
        case Check.IDENTITY if grant.basis in OPEN:
            how = "of_anybody"
        case Check.TERM if permitted and permitted.statutory:
            how = "by_statute"
        case Check.TERM if permitted and permitted.by_default:
            how = "by_default"
        case Check.TERM if grant.licence is None:
            how = "without_licence"
        case Check.AFFILIATION | Check.PLACE | Check.TERRITORY if _unbound(looked, _BOUNDS[check]):
            how = "unbound"
        case Check.CONTENT_THERE if question.action not in READING:
            how = "not_needed"
    return f"{check.name.lower()}_{how}"


def _unbound(looked: Looked, kinds: tuple[type, ...]) -> bool:
    """Nothing that the licence and its parents say of this use tells readers apart in this way."""
    question, (grant, _, member) = looked.question, looked.candidate
    levels = grant.licence.of(question.action, question.day(member)) if grant.licence else ()
    spoken = (term for level in levels for term in level)
    return not any(isinstance(bound, kinds) for term in spoken for bound in term.qualifiers)
