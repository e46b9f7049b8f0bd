"""The cheapest change that would turn a refusal into a grant, in a declared order: sign in, another affiliation that
she holds, come on site, wait, a new agreement. Each is tried with the same rules before it is said."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import product
from uuid import UUID

from domain.principal import Principal
from domain.rights import candidates
from domain.rights.answer import Answer, Context, Granted, Refused
from domain.rights.candidates import Admitted, Candidate, Question
from domain.rights.coverage import Dates
from domain.rights.decide import decide
from domain.rights.grants import Grant, Grants
from domain.rights.people import alone, judged_as
from domain.rights.qualifiers import Person
from domain.rights.terms import Licence, Term
from models.vocabulary import AccessBasis, AccessReason, Action, Affiliation, RemedyKind, TermStatus

MOST_DAYS = 24
"""Days tried on which something may begin: beyond them nobody plans her reading."""


class ChangeKind(StrEnum):
    """In the order in which they are tried."""

    SIGN_IN = "sign_in"
    OTHER_AFFILIATION = "other_affiliation"
    COME_ON_SITE = "come_on_site"
    WAIT = "wait"
    NEW_AGREEMENT = "new_agreement"


@dataclass(frozen=True, slots=True)
class Change:
    """`affiliations`: any of them would do, at `member_id`."""

    kind: ChangeKind
    affiliations: tuple[Affiliation, ...] = ()
    member_id: UUID | None = None
    available_on: date | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """The question behind a refusal, and what might be otherwise.

    `held`: the person who asks as she really is, where the question told less of her. `any_affiliation`: it was asked
    by staff about some reader of a member, so that every kind of reader is of interest.
    """

    grants: Grants
    principal: Principal
    action: Action
    context: Context
    at: datetime
    held: Principal | None = None
    any_affiliation: bool = False

    def answer(self, resource_id: UUID, principal: Principal, *, on: date | None = None) -> Answer:
        context = replace(self.context, on=on) if on else self.context
        return decide(self.grants, principal, resource_id, self.action, context, self.at)


_NO_CONTRACT_HELPS = frozenset(
    {
        AccessReason.LIMIT_REACHED,
        AccessReason.MEMBER_RESTRICTED,
        AccessReason.MEMBER_SUSPENDED,
        AccessReason.ATTRIBUTE_MISSING,
        AccessReason.ABUSE_HOLD,
        AccessReason.RULE_ERROR,
    }
)


def cheapest(situation: Situation, refused: Refused) -> Change | None:
    """None: none of these changes would allow it."""
    resource = situation.grants.resources.get(refused.resource_id) if refused.resource_id else None
    if resource is None or refused.reason is AccessReason.ASKING_NOT_ALLOWED:
        return None
    question = Question(situation.grants, resource, situation.action, situation.context, situation.at)
    return next(_changes(situation, question, refused), None)


def _changes(situation: Situation, question: Question, refused: Refused) -> Iterator[Change]:
    if any(remedy.kind is RemedyKind.SIGN_IN for remedy in refused.remedies):
        yield Change(ChangeKind.SIGN_IN)
    yield from _other_affiliation(situation, question)
    yield from _on_site(situation, question)
    yield from _wait(situation, question)
    if refused.reason not in _NO_CONTRACT_HELPS and _new_agreement(situation, question):
        yield Change(ChangeKind.NEW_AGREEMENT, member_id=refused.member_id)


def _other_affiliation(situation: Situation, question: Question) -> Iterator[Change]:
    """What she also is, at the same member or at another; for staff, what a reader of that member would have to be."""
    found: dict[UUID, list[Affiliation]] = {}
    for member_id, affiliation, other in _others(situation):
        answer = situation.answer(question.resource.id, other)
        if isinstance(answer, Granted) and answer.member_id == member_id:
            found.setdefault(member_id, []).append(affiliation)
    for member_id, affiliations in found.items():
        yield Change(ChangeKind.OTHER_AFFILIATION, tuple(affiliations), member_id)


def _others(situation: Situation) -> Iterator[tuple[UUID, Affiliation, Principal]]:
    """The asker as somebody else, one affiliation at a time."""
    asked = situation.principal
    told = {(one.member_id, word) for one in asked.memberships for word in one.affiliations}
    held = situation.held.memberships if situation.held else ()
    for membership in asked.memberships if situation.any_affiliation else held:
        words: Iterable[Affiliation] = Affiliation if situation.any_affiliation else sorted(membership.affiliations)
        for word in words:
            if (membership.member_id, word) not in told:
                other = replace(membership, affiliations=alone(word))
                yield membership.member_id, word, replace(asked, memberships=(other,))


def _on_site(situation: Situation, question: Question) -> Iterator[Change]:
    """The first of her members in whose library she would be admitted."""
    asked = situation.principal
    homes = frozenset(membership.member_id for membership in asked.memberships)
    there = replace(asked, on_site=asked.on_site | homes)
    if there == asked:
        return
    answer = situation.answer(question.resource.id, there)
    if isinstance(answer, Granted) and answer.member_id:
        yield Change(ChangeKind.COME_ON_SITE, member_id=answer.member_id)


def _wait(situation: Situation, question: Question) -> Iterator[Change]:
    """The first day on which it opens: a right or an amendment begins, an embargo ends. Only such days are tried."""
    asked = situation.principal
    served = [member for member, _ in judged_as(asked, situation.grants)]
    today = max(question.day(member) for member in (None, *served) if member is None or member.zone)
    days = sorted({day for day in _beginnings(question, asked) if day > today})
    for day in days[:MOST_DAYS]:
        if isinstance(situation.answer(question.resource.id, asked, on=day), Granted):
            yield Change(ChangeKind.WAIT, available_on=day)
            return


def _beginnings(question: Question, asked: Principal) -> Iterator[date]:
    for candidate, _ in candidates.examined(question, asked):
        yield candidate.grant.first
        if candidate.grant.licence:
            yield from candidate.grant.licence.turns
        yield from _released(candidate, question.wanted)


def _released(candidate: Candidate, wanted: Dates | None) -> Iterator[date]:
    """The days on which embargoes let go of what is wanted, or of the first of what is covered, though a wall beside
    them may have passed it by then."""
    for span in candidate.grant.extent(candidate.title):
        dates = [*(wanted or ()), *(statement.start or date.min for statement in span)]
        holds = (statement.embargo.hold for statement in span if statement.embargo and statement.embargo.hold)
        yield from (day for hold, one in product(holds, dates) if (day := hold.opens(one)))


_ANYBODY = Person(alone(Affiliation.MEMBER))


def _new_agreement(situation: Situation, question: Question) -> bool:
    """Whether a licence that permits the use without bounds would open a copy that the catalogue knows, with the
    coverage and embargo that the copy has."""
    permission = Term(_NIL, _NIL, question.action, TermStatus.PERMITTED_EXPLICIT)
    licence = Licence(_NIL, ({question.action: (permission,)},))
    grant = Grant("a new agreement", AccessBasis.LICENCE, licence=licence)
    served = judged_as(situation.principal, situation.grants)
    member, people = served[0] if served else (None, (_ANYBODY,))
    wanted = question.context.package_title_id
    return any(
        isinstance(candidates.examine(question, Candidate(grant, copy, member), people), Admitted)
        for copy in grant.copies(question.resource)
        if wanted is None or (copy is not None and copy.id == wanted)
    )


_NIL = UUID(int=0)
