"""The grants that cover a resource, with the copy each reaches and how it is examined (design §4, rules 1, 10–12)."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domain.principal import Principal
from domain.rights import checks
from domain.rights.answer import Context
from domain.rights.coverage import Dates, Opening
from domain.rights.grants import EVERYBODY, FREE, NOTHING, Grant, Grants, Holdings, Member, PackageTitle, Resource
from domain.rights.order import Check, Failure
from domain.rights.people import People, as_anybody, judged_as
from domain.rights.terms import Permitted
from models.vocabulary import AccessReason, Action

log = logging.getLogger(__name__)


class Candidate(NamedTuple):
    """`member`: whose grant it is; None = everybody's, or, before anybody signed in, that of any of its members."""

    grant: Grant
    title: PackageTitle | None
    member: Member | None

    @property
    def of_others(self) -> bool:
        """Nothing about it may be told but the reason."""
        return self.member is None and bool(self.grant.members)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one resource, besides for whom."""

    grants: Grants
    resource: Resource
    action: Action
    context: Context
    now: datetime

    @property
    def wanted(self) -> Dates | None:
        return self.context.published or self.resource.dates

    def day(self, member: Member | None) -> date:
        return self.context.on or self.grants.today(member, self.now)


@dataclass(frozen=True, slots=True)
class Admitted:
    candidate: Candidate
    opening: Opening
    permitted: Permitted
    in_grace: bool


def examined(question: Question, principal: Principal) -> Iterator[tuple[Candidate, Admitted | Failure]]:
    """Every candidate of an asker: what is open to everybody, and the grants of the members that she belongs to."""
    grants = question.grants
    served = judged_as(principal, grants)
    anybody = as_anybody(principal, served)
    for candidate in of_everybody(question):
        yield candidate, examine(question, candidate, anybody)
    for member, people in served:
        for candidate in of_holdings(question, grants.holdings.get(member.id, NOTHING), member):
            yield candidate, examine(question, candidate, people)


def of_holdings(question: Question, holdings: Holdings, member: Member | None) -> Iterator[Candidate]:
    """The grants of a member (or of all) that cover the resource."""
    resource = question.resource
    for title in resource.package_titles:
        for grant in (*holdings.packages.get(title.package_id, ()), *holdings.package_titles.get(title.id, ())):
            if grant.reaches(title) and _asked_for(question, title):
                yield Candidate(grant, title, member)
    for grant in holdings.resources.get(resource.id, ()):
        for copy in grant.copies(resource):
            if _asked_for(question, copy):
                yield Candidate(grant, copy, member)


def of_everybody(question: Question) -> Iterator[Candidate]:
    """What is open to all, signed in or not."""
    resource = question.resource
    if resource.open_access:
        for copy in EVERYBODY.copies(resource):
            if _asked_for(question, copy):
                yield Candidate(EVERYBODY, copy, None)
    for title in resource.package_titles:
        if title.free and FREE.reaches(title) and _asked_for(question, title):
            yield Candidate(FREE, title, None)


def examine(question: Question, candidate: Candidate, people: People) -> Admitted | Failure:
    """All checks of one candidate in the printed order (rule 11); that there is a candidate was the first.

    A rule that fails refuses (rule 12): nothing is ever granted by an exception.
    """
    grant, title, member = candidate
    context, action = question.context, question.action
    try:
        day = question.day(member)
        if failure := checks.agreement(grant, day):
            return _with_ground(question, candidate, people, failure)
        opening = checks.covered(grant.extent(title), day, question.wanted, gate=context.gate)
        if isinstance(opening, Failure):
            return opening
        if (turn := checks.says_the_same_until(grant, action, day)) and (opening.until is None or turn < opening.until):
            opening = replace(opening, until=turn)
        if not people:
            return Failure(Check.IDENTITY, AccessReason.SIGN_IN_REQUIRED, until=opening.until)
        permitted = checks.permission(question.grants, grant, people, action, context, question.resource.rights, day)
        if isinstance(permitted, Failure):
            return replace(permitted, until=opening.until)
        failure = checks.standing(grant, member) or checks.content_there(action, title) or checks.limit(permitted)
        if failure:
            return replace(failure, until=opening.until)
        in_grace = grant.grace_from is not None and day >= grant.grace_from
        return Admitted(candidate, opening, permitted, in_grace)
    except Exception:
        log.exception("a rule failed for grant %s of resource %s", grant.key, question.resource.id)
        return Failure(Check.RULE_ERROR, AccessReason.RULE_ERROR)


def _with_ground(question: Question, candidate: Candidate, people: People, failure: Failure) -> Failure:
    """Of a right that has ended, with the term on which it rested: what permitted the use to them until then."""
    if not people or failure.reason is not AccessReason.AGREEMENT_LAPSED:
        return failure
    rights = question.resource.rights
    grant, context = candidate.grant, question.context
    outcome = checks.permission(question.grants, grant, people, question.action, context, rights, grant.last)
    ground = outcome.term if isinstance(outcome, Permitted) else None
    return replace(failure, term_id=ground.id, clause_id=ground.clause_id) if ground else failure


def _asked_for(question: Question, title: PackageTitle | None) -> bool:
    wanted: UUID | None = question.context.package_title_id
    return wanted is None or (title is not None and title.id == wanted)
