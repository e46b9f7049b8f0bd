"""What the members' grants could do for somebody who hasn't signed in, or for a library that asks for a copy."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from uuid import UUID

from domain.principal import Principal
from domain.rights import candidates, checks
from domain.rights.answer import Use
from domain.rights.candidates import Admitted, Candidate, Question
from domain.rights.grants import Grant, Grants, Member
from domain.rights.kept import kept
from domain.rights.order import Check, Failure
from domain.rights.people import People, alone
from domain.rights.qualifiers import Person
from domain.rights.terms import Permitted
from models.vocabulary import AccessReason, Action, Affiliation


def fallen(question: Question) -> Iterator[tuple[Candidate, Failure]]:
    """Where each member's grant stops somebody who isn't signed in. Rule 11: SIGN_IN_REQUIRED only where it could
    admit, which is to say somebody of that member; else NO_ENTITLEMENT."""
    for candidate in candidates.of_holdings(question, question.grants.pool, None):
        outcome = candidates.examine(question, candidate, ())
        if not isinstance(outcome, Failure):
            continue
        if outcome.check is Check.IDENTITY and not any(_admits(question, candidate)):
            outcome = Failure(Check.ENTITLEMENT, AccessReason.NO_ENTITLEMENT, until=outcome.until)
        yield candidate, outcome


def readers(question: Question) -> frozenset[UUID] | None:
    """The members for some of whose people the resource would open, seats aside; None: it is open to everybody."""
    if any(isinstance(outcome, Admitted) for _, outcome in candidates.examined(question, Principal())):
        return None
    found = {
        member.id
        for candidate in candidates.of_holdings(question, question.grants.pool, None)
        if _stops_at_identity(candidates.examine(question, candidate, ()))
        for member in _admits(question, candidate)
    }
    return frozenset(found)


def can_supply(question: Question, besides: frozenset[Member]) -> bool:
    """Whether another member may supply a copy to a library (ISO 18626) of what is asked for."""
    context = replace(question.context, gate=False, use=Use(), package_title_id=None)
    supply = replace(question, action=Action.INTERLIBRARY_SUPPLY, context=context)
    return any(
        member not in besides
        for candidate, failure in fallen(supply)
        if failure.check is Check.IDENTITY
        for member in _admits(supply, candidate)
    )


def _stops_at_identity(outcome: Admitted | Failure) -> bool:
    return isinstance(outcome, Failure) and outcome.check is Check.IDENTITY


def _admits(question: Question, candidate: Candidate) -> Iterator[Member]:
    """The members for some of whose people the grant would open the resource, seats aside."""
    grant, title, _ = candidate
    if checks.content_there(question.action, title):
        return
    day = question.day(None)
    territories = {c for c in question.grants.countries if _permits_somebody(question, grant, c, day)}
    for member_id in grant.members if territories else ():
        member = question.grants.members[member_id]
        if member.country in territories and not checks.standing(grant, member):
            yield member


def _permits_somebody(question: Question, grant: Grant, territory: str | None, day: date) -> bool:
    grants, action, context = question.grants, question.action, question.context
    slot = grant.licence.slot(day) if grant.licence else 0

    def permits() -> bool:
        found = checks.permission(grants, grant, _anybody(grants, territory), action, context, None, day)
        return isinstance(found, Permitted)

    return kept(grants.memo, (grant.key, territory, action, context.use, context.gate, slot), permits)


def _anybody(grants: Grants, territory: str | None) -> People:
    """Everybody that a member could vouch for, as far as terms tell people apart."""
    classes = (frozenset[str](), grants.class_uris)
    return tuple(
        Person(alone(affiliation), uris, on_site, territory)
        for affiliation, uris, on_site in product(Affiliation, classes, (False, True))
    )
