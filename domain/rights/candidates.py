"""The grants that cover a resource, with the copy each reaches and how it is examined (design §4, rules 1, 10–12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domain.principal import Principal
from domain.rights import claims
from domain.rights.answer import Context
from domain.rights.asking import asking
from domain.rights.claims import Claim
from domain.rights.coverage import Dates, Opening
from domain.rights.grants import Grant, Grants, Holdings, Member, PackageTitle, Resource
from domain.rights.order import Failure
from domain.rights.people import People
from domain.rights.terms import Permitted
from models.vocabulary import Action


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
    asked = asking(question.grants, principal, question.action, question.context, question.now)
    yield from tried(question, asked.claims(question.resource))


def tried(
    question: Question, claims: Iterator[tuple[Claim, PackageTitle | None]]
) -> Iterator[tuple[Candidate, Admitted | Failure]]:
    for claim, title in claims:
        if _asked_for(question, title):
            yield Candidate(claim.grant, title, claim.member), _outcome(question, claim, title)


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


def examine(question: Question, candidate: Candidate, people: People) -> Admitted | Failure:
    """All checks of one candidate in the printed order (rule 11); that there is a candidate was the first."""
    grant, title, member = candidate
    resource, action, context = question.resource, question.action, question.context
    try:
        day = question.day(member)
    except LookupError:
        day = None
    made = claims.claim(question.grants, grant, member, people, action, context, day, resource.rights)
    return _outcome(question, made, title)


def _outcome(question: Question, claim: Claim, title: PackageTitle | None) -> Admitted | Failure:
    found = claims.attempt(claim, title, question.wanted, question.action, gate=question.context.gate)
    if isinstance(found, Failure):
        return found
    return Admitted(Candidate(claim.grant, title, claim.member), found, claim.permitted, claim.in_grace)


def _asked_for(question: Question, title: PackageTitle | None) -> bool:
    wanted: UUID | None = question.context.package_title_id
    return wanted is None or (title is not None and title.id == wanted)
