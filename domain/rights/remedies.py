"""What would change a refusal, best first. A remedy is tried before it is offered: it would help, or it isn't named."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from domain.principal import Principal
from domain.rights import candidates, pool
from domain.rights.answer import Remedy
from domain.rights.candidates import Admitted, Question
from domain.rights.checks import READING
from domain.rights.order import Check
from domain.rights.people import identified, judged_as
from models.vocabulary import AccessReason, RemedyKind

_PLACE_MAY_HELP = frozenset(
    {AccessReason.REMOTE_NOT_ALLOWED, AccessReason.USER_CLASS_NOT_AUTHORISED, AccessReason.TERM_PROHIBITS}
)
_COPY_MAY_HELP = frozenset(
    {
        AccessReason.NO_ENTITLEMENT,
        AccessReason.NOT_YET_ACTIVE,
        AccessReason.AGREEMENT_LAPSED,
        AccessReason.OUT_OF_COVERAGE,
        AccessReason.EMBARGOED,
        AccessReason.USER_CLASS_NOT_AUTHORISED,
        AccessReason.REMOTE_NOT_ALLOWED,
        AccessReason.TERM_SILENT,
        AccessReason.TERM_PROHIBITS,
        AccessReason.CONTENT_UNAVAILABLE,
        AccessReason.LIMIT_REACHED,
    }
)
_NOBODY_CAN_HELP = frozenset(
    {
        AccessReason.SIGN_IN_REQUIRED,
        AccessReason.TERM_PROHIBITS,
        AccessReason.TERRITORY_NOT_ALLOWED,
        AccessReason.RESOURCE_UNKNOWN,
        AccessReason.MEMBER_UNKNOWN,
    }
)


def of(
    question: Question, principal: Principal, reason: AccessReason, available_on: date | None, *, sign_in: bool
) -> tuple[Remedy, ...]:
    """`sign_in`: signing in could admit. `available_on`: the day from which waiting may help."""
    return tuple(_found(question, principal, reason, available_on, sign_in=sign_in)) or (Remedy(RemedyKind.NONE),)


def without_candidates(reason: AccessReason) -> tuple[Remedy, ...]:
    """Of refusals that no grant was looked at for."""
    return (Remedy(RemedyKind.NONE if reason in _NOBODY_CAN_HELP else RemedyKind.ASK_LIBRARIAN),)


def _found(
    question: Question, principal: Principal, reason: AccessReason, available_on: date | None, *, sign_in: bool
) -> Iterator[Remedy]:
    if sign_in:
        yield Remedy(RemedyKind.SIGN_IN)
    if reason in _PLACE_MAY_HELP:
        yield from _come_on_site(question, principal)
    if available_on and _opens_on(question, principal, reason, available_on):
        yield Remedy(RemedyKind.WAIT, available_on=available_on)
    served = frozenset(member for member, _ in judged_as(principal, question.grants))
    if served and reason in _COPY_MAY_HELP and question.action in READING and pool.can_supply(question, served):
        yield Remedy(RemedyKind.REQUEST_COPY)
    if reason not in _NOBODY_CAN_HELP:
        yield Remedy(RemedyKind.ASK_LIBRARIAN, member_id=next(iter(served)).id if len(served) == 1 else None)


def _opens_on(question: Question, principal: Principal, reason: AccessReason, day: date) -> bool:
    """Whether waiting is all that is needed; of an embargo, besides signing in. When agreements of others begin isn't
    told."""
    then = replace(question, context=replace(question.context, on=day))
    if any(isinstance(outcome, Admitted) for _, outcome in candidates.examined(then, principal)):
        return True
    vouched_for = reason is not AccessReason.EMBARGOED or identified(principal)
    return not vouched_for and any(failure.check is Check.IDENTITY for _, failure in pool.fallen(then))


def _come_on_site(question: Question, principal: Principal) -> Iterator[Remedy]:
    """The first of her members in whose library she would be admitted."""
    homes = frozenset(membership.member_id for membership in principal.memberships)
    there = replace(principal, on_site=principal.on_site | homes)
    if there == principal:
        return
    for candidate, outcome in candidates.examined(question, there):
        if isinstance(outcome, Admitted) and candidate.member:
            yield Remedy(RemedyKind.COME_ON_SITE, member_id=candidate.member.id)
            return
