"""The decision: who may do what with a resource, by which right, or why not (design §4). Pure: no I/O, no clock."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.principal import Principal
from domain.rights import candidates, coverage, pool, remedies
from domain.rights.answer import Answer, Condition, Context, Granted, Link, Refused
from domain.rights.candidates import Admitted, Candidate, Question
from domain.rights.grants import OPEN, Grants
from domain.rights.order import Check, Failure
from domain.rights.people import identified, judged_as
from models.vocabulary import AccessBasis, AccessReason, Action

log = logging.getLogger(__name__)

_NOBODY = UUID(int=0)
_OWN_OPEN_PERPETUAL = OPEN | {AccessBasis.OWN_COLLECTION, AccessBasis.PERPETUAL}
_BASES = list(AccessBasis)

Fallen = tuple[Candidate, Failure]


def decide(
    grants: Grants, principal: Principal, resource_id: UUID, action: Action, context: Context, now: datetime
) -> Answer:
    """Answer one question. `now` is an aware moment: each member's own day is taken from it, unless `context.on` names
    one."""
    resource = grants.resources.get(resource_id)
    if resource is None:
        return without_candidates(action, None, AccessReason.RESOURCE_UNKNOWN)
    try:
        return _decide(Question(grants, resource, action, context, now), principal)
    except Exception:
        log.exception("the decision about resource %s failed", resource_id)
        return without_candidates(action, resource_id, AccessReason.RULE_ERROR)


def without_candidates(action: Action, resource_id: UUID | None, reason: AccessReason) -> Refused:
    """A refusal that no grant was looked at for."""
    return Refused(action, resource_id, reason, remedies=remedies.without_candidates(reason))


def _decide(question: Question, principal: Principal) -> Answer:
    admitted: list[Admitted] = []
    fallen: list[Fallen] = []
    for candidate, outcome in candidates.examined(question, principal):
        if isinstance(outcome, Admitted):
            admitted.append(outcome)
        else:
            fallen.append((candidate, outcome))
    if admitted:
        return _granted(question, sorted(admitted, key=preference))
    return _refused(question, principal, fallen)


def preference(admitted: Admitted) -> tuple[object, ...]:
    """Rule 1: own, open and perpetual first, explicit before silent default, (unlimited before seats: those are never
    admitted yet,) then the entitlement's id; the rest makes the order total."""
    grant, title, member = admitted.candidate
    return (
        not (grant.own or grant.basis in _OWN_OPEN_PERPETUAL),
        admitted.permitted.by_default,
        grant.entitlement_id or _NOBODY,
        _BASES.index(grant.basis),
        admitted.in_grace,
        member.id if member else _NOBODY,
        title.id if title else _NOBODY,
    )


def _granted(question: Question, admitted: list[Admitted]) -> Granted:
    best = admitted[0]
    (grant, _, member), opening, permitted = best.candidate, best.opening, best.permitted
    ways: dict[UUID, Link] = {}
    for each in admitted:
        title, through = each.candidate.title, each.candidate.member
        if title and title.there:
            ways.setdefault(title.id, Link(title.id, through.id if through else None))
    return Granted(
        action=question.action,
        resource_id=question.resource.id,
        basis=AccessBasis.STATUTORY if permitted.statutory else grant.basis,
        member_id=member.id if member else None,
        entitlement_id=grant.entitlement_id,
        licence_id=permitted.term.licence_id if permitted.term else grant.licence.id if grant.licence else None,
        term_id=permitted.term.id if permitted.term else None,
        clause_id=permitted.term.clause_id if permitted.term else None,
        valid_until=_earliest(_last_day(grant.last), opening.until),
        coverage_ids=opening.statements,
        windows=tuple(coverage.as_window(window) for window in opening.windows),
        conditions=tuple(_conditions(best)),
        links=tuple(ways.values()),
        by_default=permitted.by_default,
        in_grace=best.in_grace,
    )


def _conditions(best: Admitted) -> Iterator[Condition]:
    """What the licence asks, what keeping a perpetual right is tied to, and that these are days of grace."""
    yield from best.permitted.conditions
    for keeping in best.candidate.grant.kept:
        if keeping.tied and keeping.statement.id in best.opening.statements:
            yield Condition(coverage_id=keeping.statement.id)
    if best.in_grace:
        yield Condition(code="in_grace")


def _refused(question: Question, principal: Principal, fallen: list[Fallen]) -> Refused:
    """Rule 11: the candidate that came furthest is named; of those before sign-in only the reason is told."""
    others = [] if identified(principal) else list(pool.fallen(question))
    sign_in = any(failure.check is Check.IDENTITY for _, failure in others)
    everything = [*fallen, *others]
    if not everything:
        served = judged_as(principal, question.grants)
        reason = AccessReason.NO_ENTITLEMENT
        return Refused(
            action=question.action,
            resource_id=question.resource.id,
            reason=reason,
            member_id=served[0][0].id if len(served) == 1 else None,
            remedies=remedies.of(question, principal, reason, None, sign_in=False),
        )
    candidate, failure = min(everything, key=distance)
    grant, member = candidate.grant, candidate.member
    told = not candidate.of_others
    return Refused(
        action=question.action,
        resource_id=question.resource.id,
        reason=failure.reason,
        member_id=member.id if member else None,
        entitlement_id=grant.entitlement_id if told else None,
        licence_id=(failure.licence_id or (grant.licence.id if grant.licence else None)) if told else None,
        term_id=failure.term_id,
        clause_id=failure.clause_id,
        ended_on=_last_day(grant.last) if told and failure.reason is AccessReason.AGREEMENT_LAPSED else None,
        valid_until=_earliest(*(_until(*each) for each in everything)),
        remedies=remedies.of(question, principal, failure.reason, failure.available_on, sign_in=sign_in),
    )


def distance(fallen: Fallen) -> tuple[object, ...]:
    """The furthest first; among equals the asker's own, what opens soonest or ended last, then by the entitlement."""
    candidate, failure = fallen
    grant, title, member = candidate
    return (
        -failure.check,
        candidate.of_others,
        failure.available_on or date.max,
        -grant.last.toordinal(),
        grant.entitlement_id or _NOBODY,
        grant.key,
        member.id if member else _NOBODY,
        title.id if title else _NOBODY,
    )


def _until(candidate: Candidate, failure: Failure) -> date | None:
    """The last day on which this candidate is known to fall as it does."""
    match failure.reason:
        case AccessReason.NOT_YET_ACTIVE:
            return candidate.grant.first - timedelta(days=1)
        case AccessReason.AGREEMENT_LAPSED:
            return None
        case _:
            return _earliest(_last_day(candidate.grant.last), failure.until)


def _last_day(day: date) -> date | None:
    return day if day < date.max else None


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day), default=None)
