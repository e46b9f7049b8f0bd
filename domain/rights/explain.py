"""An answer explained: the candidate that decided it, check by check in the printed order (design §4, rule 11).

Nothing is decided here: the same functions as `decide` asks are asked again, and what they read is told with them.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.principal import Principal
from domain.rights import candidates, checks, facts, pool
from domain.rights.answer import Answer, Context, Granted, Refused
from domain.rights.candidates import Admitted, Candidate, Question
from domain.rights.decide import Fallen, distance, preference
from domain.rights.facts import Fact, Looked
from domain.rights.grants import Grants
from domain.rights.order import Check, Failure
from domain.rights.people import People, as_anybody, identified, judged_as
from domain.rights.terms import Permitted, Term
from models.vocabulary import AccessReason, Action, RemedyKind

log = logging.getLogger(__name__)

ORDER = tuple(check for check in Check if check is not Check.RULE_ERROR)
NOT_REACHED = "not_reached"

_OF_THE_LICENCE = frozenset({Check.TERM, Check.AFFILIATION, Check.PLACE, Check.TERRITORY})
"""What the licence says of who, where and what for: one reading of its terms passes or fails them together."""


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Checked:
    """One check of the deciding candidate. `reason`: why it failed. `sentence`: the entry of the catalogue that says
    how it passed, or that it was not reached; a failure is said by its reason."""

    check: Check
    outcome: Outcome
    facts: tuple[Fact, ...] = ()
    reason: AccessReason | None = None
    sentence: str = NOT_REACHED
    licence_id: UUID | None = None
    term_id: UUID | None = None
    clause_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`as_then_known`: rights have changed since the answer was given, so that it is told from what it says alone."""

    checks: tuple[Checked, ...]
    as_then_known: bool = False


def explain(
    grants: Grants | None, principal: Principal, context: Context, at: datetime, epoch: int, answer: Answer
) -> Explanation:
    """The checks behind an answer. `grants` None: those that stand now can't be had. `epoch`: of the answer."""
    if grants is not None and grants.epoch == epoch and answer.resource_id is not None:
        traced = trace(grants, principal, answer.resource_id, answer.action, context, at)
        if says(traced, answer):
            return Explanation(traced)
    return Explanation(recalled(answer, principal, context), as_then_known=epoch > 0)


def trace(
    grants: Grants, principal: Principal, resource_id: UUID, action: Action, context: Context, now: datetime
) -> tuple[Checked, ...]:
    """The checks of the candidate that decides: that which grants, or the one that came furthest."""
    resource = grants.resources.get(resource_id)
    if resource is None:
        return _fallen_at_once(AccessReason.RESOURCE_UNKNOWN)
    question = Question(grants, resource, action, context, now)
    try:
        chosen = _deciding(question, principal)
        if chosen is None:
            served = tuple(member.id for member, _ in judged_as(principal, grants))
            return _fallen_at_once(AccessReason.NO_ENTITLEMENT, facts.about_members(served))
        return tuple(_checked(_looked(question, principal, *chosen)))
    except Exception:
        log.exception("the explanation about resource %s failed", resource_id)
        return _fallen_at_once(AccessReason.RULE_ERROR)


def says(traced: tuple[Checked, ...], answer: Answer) -> bool:
    """Whether an explanation comes to the same as the answer."""
    failed = next((one for one in traced if one.outcome is Outcome.FAILED), None)
    if isinstance(answer, Granted):
        return failed is None and any(one.term_id == answer.term_id for one in traced if one.check is Check.TERM)
    return failed is not None and (failed.reason, failed.term_id) == (answer.reason, answer.term_id)


def recalled(answer: Answer, principal: Principal, context: Context) -> tuple[Checked, ...]:
    """What an answer alone tells of its checks, where rights are others by now or none was looked at."""
    if isinstance(answer, Granted):
        given = {Check.ENTITLEMENT: (Fact(facts.FactName.BASIS, (answer.basis,)),)}
        if answer.windows:
            given[Check.COVERAGE] = (Fact(facts.FactName.OPEN, answer.windows),)
        granted = (_passed(check, given.get(check, ())) for check in ORDER)
        return tuple(_as_ruled(one, answer) if one.check is Check.TERM else one for one in granted)
    fell = _check_of(answer, principal, context)
    failed = _as_ruled(Checked(fell, Outcome.FAILED, _told_by(answer), answer.reason), answer)
    return (*(_passed(check) for check in ORDER if check < fell), failed, *_not_reached(fell))


def _passed(check: Check, told: tuple[Fact, ...] = ()) -> Checked:
    return Checked(check, Outcome.PASSED, told, sentence=f"{check.name.lower()}_passed")


def _not_reached(fell: Check) -> tuple[Checked, ...]:
    return tuple(Checked(check, Outcome.NOT_REACHED) for check in ORDER if check > fell)


def _as_ruled(one: Checked, answer: Answer) -> Checked:
    return replace(one, licence_id=answer.licence_id, term_id=answer.term_id, clause_id=answer.clause_id)


_CHECKS = {
    AccessReason.NOT_YET_ACTIVE: Check.AGREEMENT,
    AccessReason.AGREEMENT_LAPSED: Check.AGREEMENT,
    AccessReason.OUT_OF_COVERAGE: Check.COVERAGE,
    AccessReason.EMBARGOED: Check.EMBARGO,
    AccessReason.SIGN_IN_REQUIRED: Check.IDENTITY,
    AccessReason.TERM_PROHIBITS: Check.TERM,
    AccessReason.TERM_SILENT: Check.TERM,
    AccessReason.USER_CLASS_NOT_AUTHORISED: Check.AFFILIATION,
    AccessReason.REMOTE_NOT_ALLOWED: Check.PLACE,
    AccessReason.TERRITORY_NOT_ALLOWED: Check.TERRITORY,
    AccessReason.MEMBER_RESTRICTED: Check.STANDING,
    AccessReason.MEMBER_SUSPENDED: Check.STANDING,
    AccessReason.ABUSE_HOLD: Check.ABUSE_HOLD,
    AccessReason.CONTENT_UNAVAILABLE: Check.CONTENT_THERE,
    AccessReason.LIMIT_REACHED: Check.LIMIT,
}
"""By which check a reason refuses. Of the others nothing was looked at, or it isn't known where a rule failed."""


def _check_of(answer: Refused, principal: Principal, context: Context) -> Check:
    if answer.reason is not AccessReason.ATTRIBUTE_MISSING:
        return _CHECKS.get(answer.reason, Check.ENTITLEMENT)
    if answer.term_id is None:
        return Check.COVERAGE if context.published is None else Check.TERM
    if not facts.held(principal, answer.member_id):
        return Check.AFFILIATION
    return Check.TERM if context.gate else Check.TERRITORY


def _told_by(answer: Refused) -> tuple[Fact, ...]:
    waits = [one.available_on for one in answer.remedies if one.kind is RemedyKind.WAIT and one.available_on]
    told = [Fact(facts.FactName.OPENS_ON, (day,)) for day in waits[:1]]
    if answer.ended_on:
        told.append(Fact(facts.FactName.LAST_DAY, (answer.ended_on,)))
    return tuple(told)


def _deciding(question: Question, principal: Principal) -> tuple[Candidate, Admitted | Failure] | None:
    """As `decide` chooses."""
    admitted: list[Admitted] = []
    fallen: list[Fallen] = []
    for candidate, outcome in candidates.examined(question, principal):
        if isinstance(outcome, Admitted):
            admitted.append(outcome)
        else:
            fallen.append((candidate, outcome))
    if admitted:
        best = min(admitted, key=preference)
        return best.candidate, best
    everything = [*fallen, *([] if identified(principal) else pool.fallen(question))]
    return min(everything, key=distance) if everything else None


def _looked(question: Question, principal: Principal, candidate: Candidate, outcome: Admitted | Failure) -> Looked:
    if isinstance(outcome, Admitted):
        return Looked(question, principal, candidate, None, outcome.permitted, outcome.permitted.term)
    if outcome.check in _OF_THE_LICENCE:
        return Looked(question, principal, candidate, outcome, term=_term(question, candidate, outcome.term_id))
    if outcome.check <= Check.IDENTITY or outcome.check is Check.RULE_ERROR:
        return Looked(question, principal, candidate, outcome)
    permitted = _permission(question, candidate, _people(question, principal, candidate))
    if isinstance(permitted, Failure):
        return Looked(question, principal, candidate, outcome)
    return Looked(question, principal, candidate, outcome, permitted, permitted.term)


def _checked(looked: Looked) -> Iterator[Checked]:
    failure, candidate = looked.failure, looked.candidate
    fell = _where(looked) if failure else None
    licence_id = candidate.grant.licence.id if candidate.grant.licence and not candidate.of_others else None
    term = looked.term
    for check in ORDER:
        if fell and check > fell:
            yield Checked(check, Outcome.NOT_REACHED)
        elif failure and check is fell:
            yield Checked(
                check,
                Outcome.FAILED,
                () if candidate.of_others or failure.check is Check.RULE_ERROR else facts.of(check, looked),
                failure.reason,
                licence_id=None if candidate.of_others else failure.licence_id or licence_id,
                term_id=failure.term_id,
                clause_id=failure.clause_id,
            )
        elif candidate.of_others:
            yield _passed(check)
        else:
            by_term = term if check in _OF_THE_LICENCE else None
            yield Checked(
                check,
                Outcome.PASSED,
                facts.of(check, looked),
                sentence=facts.sentence(check, looked),
                licence_id=(by_term.licence_id if by_term else licence_id) if check in _OF_THE_LICENCE else None,
                term_id=by_term.id if by_term else None,
                clause_id=by_term.clause_id if by_term else None,
            )


def _where(looked: Looked) -> Check:
    """The check at which a candidate fell; of a rule that failed, the first that fails again."""
    failure, question, candidate = looked.failure, looked.question, looked.candidate
    if failure is None or failure.check is not Check.RULE_ERROR:
        return failure.check if failure else Check.LIMIT
    grant, title, member = candidate
    context = question.context
    people = _people(question, looked.principal, candidate)
    steps: tuple[tuple[Check, Callable[[], object]], ...] = (
        (Check.AGREEMENT, lambda: checks.agreement(grant, question.day(member))),
        (
            Check.COVERAGE,
            lambda: checks.covered(grant.extent(title), question.day(member), question.wanted, gate=context.gate),
        ),
        (Check.TERM, lambda: _permission(question, candidate, people)),
        (Check.STANDING, lambda: checks.standing(grant, member)),
        (Check.CONTENT_THERE, lambda: checks.content_there(question.action, title)),
    )
    for check, step in steps:
        try:
            step()
        except Exception:
            log.debug("the rule that failed is of check %s", check.name)
            return check
    return Check.LIMIT


def _people(question: Question, principal: Principal, candidate: Candidate) -> People:
    served = judged_as(principal, question.grants)
    if candidate.member is None:
        return as_anybody(principal, served)
    return next((people for member, people in served if member == candidate.member), ())


def _permission(question: Question, candidate: Candidate, people: People) -> Permitted | Failure:
    grant, context, day = candidate.grant, question.context, question.day(candidate.member)
    return checks.permission(question.grants, grant, people, question.action, context, question.resource.rights, day)


def _term(question: Question, candidate: Candidate, term_id: UUID | None) -> Term | None:
    licence = candidate.grant.licence
    if licence is None or term_id is None:
        return None
    spoken = (term for level in licence.levels for terms in level.values() for term in terms)
    return next((term for term in spoken if term.id == term_id), None)


def _fallen_at_once(reason: AccessReason, told: tuple[Fact, ...] = ()) -> tuple[Checked, ...]:
    """No right was found, or none was looked for."""
    return (Checked(Check.ENTITLEMENT, Outcome.FAILED, told, reason), *_not_reached(Check.ENTITLEMENT))
