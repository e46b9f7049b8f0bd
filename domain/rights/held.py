"""What a member's readers may do, as a list: each grant that stands, with each term that permits somebody an action.

The same rules as `decide` read the terms; only the question is the other way round.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from uuid import UUID

from domain.rights import checks, terms
from domain.rights.answer import Context, Use
from domain.rights.candidates import Question, of_holdings
from domain.rights.grants import NOTHING, Grant, Grants, Member, Target
from domain.rights.kept import kept
from domain.rights.order import Check
from domain.rights.people import alone
from domain.rights.qualifiers import Fit, Person, Qualifier, UserClassIn
from domain.rights.terms import Licence, Permitted, Term
from models.vocabulary import AccessBasis, Action, Affiliation

_FIRST = UUID(int=2**128 - 1)
_NONE = UUID(int=0)
_ACTIONS = list(Action)

Place = tuple[UUID, UUID, str, int, UUID]
"""Licence, line of its agreement or collection, grant, action, term: where a right stands in the list."""


@dataclass(frozen=True, slots=True)
class Right:
    """A use of a target that somebody of the member is permitted. `term` None: no term says so, but its being the
    member's own collection, the consortium's default or a statute."""

    target: Target
    action: Action
    basis: AccessBasis
    term: Term | None = None

    @property
    def grant(self) -> Grant:
        return self.target.grant

    @property
    def place(self) -> Place:
        grant = self.grant
        line = grant.entitlement_id or self.target.package_id or _NONE
        term = self.term.id if self.term else _NONE
        return grant.licence.id if grant.licence else _FIRST, line, grant.key, _ACTIONS.index(self.action), term


def order(place: Place) -> tuple[object, ...]:
    """The member's own collections first, then licences, the last entered first; of each what it gives, in the order
    of entry."""
    licence_id, *rest = place
    return (-licence_id.int, *rest)


def rights(grants: Grants, member_id: UUID, on: date | None, action: Action | None, now: datetime) -> list[Right]:
    """The member's rights on a day, in order; left out: today, where it is. Standing counts as it is now.

    Raises:
        LookupError: the member's time zone isn't known.
    """
    member = grants.members.get(member_id)
    if member is None:
        return []
    day = on or grants.today(member, now)
    wanted = [action] if action else _ACTIONS
    found = [
        right
        for target in _targets(grants, member)
        if not checks.agreement(target.grant, day) and not checks.standing(target.grant, member)
        for use in wanted
        for right in _of(grants, target, use, member, day)
    ]
    return sorted(found, key=lambda right: order(right.place))


def licences_open_to(grants: Grants, member_id: UUID, resource_id: UUID, now: datetime) -> frozenset[UUID]:
    """The licences under which a member has a resource today, whatever they permit.

    Raises:
        LookupError: the member's time zone isn't known.
    """
    member, resource = grants.members.get(member_id), grants.resources.get(resource_id)
    if member is None or resource is None:
        return frozenset()
    question = Question(grants, resource, Action.VIEW, Context(), now)
    day = question.day(member)
    held = of_holdings(question, grants.holdings.get(member_id, NOTHING), member)
    return frozenset(
        candidate.grant.licence.id
        for candidate in held
        if candidate.grant.licence and not checks.agreement(candidate.grant, day)
    )


def _targets(grants: Grants, member: Member) -> Iterator[Target]:
    held = grants.holdings.get(member.id, NOTHING)
    for package_id, among in held.packages.items():
        yield from (Target(grant, package_id=package_id) for grant in among)
    for title_id, among in held.package_titles.items():
        yield from (Target(grant, package_title_id=title_id) for grant in among)
    for resource_id, among in held.resources.items():
        yield from (Target(grant, resource_id=resource_id) for grant in among)


def _of(grants: Grants, target: Target, action: Action, member: Member, day: date) -> Iterator[Right]:
    """What the contract permits of an action, and, beside it, the law of the member's territory (rule 8)."""
    basis = target.grant.basis
    yield from (Right(target, action, basis, term) for term in _permitted(grants, target.grant, action, member, day))
    statute = any(one.action is action and one.territory == member.country for one in grants.statutes)
    if statute and _is_viewed(grants, target.grant, member, day):
        yield Right(target, action, AccessBasis.STATUTORY)


def _is_viewed(grants: Grants, grant: Grant, member: Member, day: date) -> bool:
    """Whether somebody may view: what rests on nothing else serves nobody besides."""
    return any(True for _ in _permitted(grants, grant, Action.VIEW, member, day))


def _permitted(grants: Grants, grant: Grant, action: Action, member: Member, day: date) -> Iterator[Term | None]:
    """The terms that permit somebody the action; None = it is permitted without one."""
    if grant.licence is None:
        if grant.basis is AccessBasis.OWN_COLLECTION and (action in checks.READING or action in grants.defaults):
            yield None
        return
    spoken = [term for level in grant.licence.of(action, day) for term in level if term.speaks]
    if not spoken and action in grants.defaults and (action is Action.VIEW or _is_viewed(grants, grant, member, day)):
        yield None
    for term in spoken:
        if term.permits and _admits(grants, grant.licence, term, member.country, day):
            yield term


def _admits(grants: Grants, licence: Licence, term: Term, territory: str | None, day: date) -> bool:
    """Whether there is somebody to whom a permission applies and whom nothing else in the licence forbids. What the use
    is for isn't said: then permissions apply under conditions and prohibitions don't."""

    def admits() -> bool:
        return any(
            all(_may_fit(qualifier, person) for qualifier in term.qualifiers)
            and isinstance(terms.read(licence, term.action, person, Use(), day=day, gate=False), Permitted)
            for person in _people(licence, term, territory, day)
        )

    return kept(grants.memo, ("admits", licence.id, term.id, territory, licence.slot(day)), admits)


def _may_fit(qualifier: Qualifier, person: Person) -> bool:
    fit = qualifier.fits(person, Use())
    return fit is Fit.YES or (fit is Fit.UNKNOWN and qualifier.check is Check.TERM)


def _people(licence: Licence, term: Term, territory: str | None, day: date) -> Iterator[Person]:
    """Everybody that could vouch to be meant by a term, as far as the licence tells people apart: of its own classes,
    or of every class that the licence permits this action."""
    own = _classes([term])
    every = _classes([one for level in licence.of(term.action, day) for one in level if one.permits])
    for affiliation, uris, on_site in product(Affiliation, dict.fromkeys((own, own | every)), (False, True)):
        yield Person(alone(affiliation), uris, on_site, territory)


def _classes(of: list[Term]) -> frozenset[str]:
    return frozenset(
        uri
        for term in of
        for qualifier in term.qualifiers
        if isinstance(qualifier, UserClassIn)
        for uri in qualifier.uris
    )
