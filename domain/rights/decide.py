"""The decision: who may do what with a resource, by which right, or why not (design §4). Pure: no I/O, no clock."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.principal import Principal
from domain.rights import coverage, pool, remedies
from domain.rights.answer import Answer, Condition, Context, Granted, Link, Refused
from domain.rights.asking import Asking, asking
from domain.rights.candidates import Admitted, Candidate, Question
from domain.rights.claims import Claim, attempt, rank, told
from domain.rights.coverage import Opening
from domain.rights.grants import Grants, PackageTitle, Resource
from domain.rights.order import Check, Failure
from models.vocabulary import AccessReason, Action

log = logging.getLogger(__name__)

_NOBODY = UUID(int=0)

Fallen = tuple[Candidate, Failure]
Way = tuple[Claim, PackageTitle | None, Opening]
"""A claim that grants, the copy and what is open of it."""
Fell = tuple[Claim, PackageTitle | None, Failure]


def decide(
    grants: Grants, principal: Principal, resource_id: UUID, action: Action, context: Context, now: datetime
) -> Answer:
    """Answer one question. `now` is an aware moment: each member's own day is taken from it, unless `context.on` names
    one."""
    return _answered(grants, principal, resource_id, action, context, now, True)


def verdict(
    grants: Grants, principal: Principal, resource_id: UUID, action: Action, context: Context, now: datetime
) -> Answer:
    """The same answer, but a refusal doesn't say what would help, which takes longer to find than that it refuses."""
    return _answered(grants, principal, resource_id, action, context, now, False)


def without_candidates(action: Action, resource_id: UUID | None, reason: AccessReason) -> Refused:
    """A refusal that no grant was looked at for."""
    return Refused(action, resource_id, reason, remedies=remedies.without_candidates(reason))


def _answered(
    grants: Grants,
    principal: Principal,
    resource_id: UUID,
    action: Action,
    context: Context,
    now: datetime,
    helpful: bool,
) -> Answer:
    resource = grants.resources.get(resource_id)
    if resource is None:
        return without_candidates(action, None, AccessReason.RESOURCE_UNKNOWN)
    try:
        asked = asking(grants, principal, action, context, now)
        ways: list[Way] = []
        fallen: list[Fell] = []
        _weigh(asked, resource, ways, fallen)
        return _granted(action, resource, ways) if ways else _refused(asked, resource, fallen, helpful)
    except Exception:
        log.exception("the decision about resource %s failed", resource_id)
        return without_candidates(action, resource_id, AccessReason.RULE_ERROR)


def _weigh(asked: Asking, resource: Resource, ways: list[Way], fallen: list[Fell]) -> None:
    """Try every claim to the resource. The claims to a title are tried from the best on: the first that grants it
    leaves nothing to the others."""
    action, context = asked.action, asked.context
    gate, only, wanted = context.gate, context.package_title_id, context.published or resource.dates
    singly: list[tuple[Claim, PackageTitle | None]] = []
    if resource.open_access or _any_free(resource):
        singly += asked.open_to_everybody(resource)
    for holder in asked.holders:
        for title in resource.package_titles:
            if only is not None and title.id != only:
                continue
            for claim in holder.on_title(title):
                if not (title.kept if claim.kept else title.current):
                    continue
                found = attempt(claim, title, wanted, action, gate)
                if isinstance(found, Opening):
                    ways.append((claim, title, found))
                    break
                fallen.append((claim, title, found))
        if holder.holdings.resources:
            singly += ((claim, copy) for claim in holder.on_resource(resource) for copy in claim.grant.copies(resource))
    for claim, copy in singly:
        if only is not None and (copy is None or copy.id != only):
            continue
        found = attempt(claim, copy, wanted, action, gate)
        if isinstance(found, Opening):
            ways.append((claim, copy, found))
        else:
            fallen.append((claim, copy, found))


def _any_free(resource: Resource) -> bool:
    for title in resource.package_titles:  # noqa: SIM110 `any` takes three times as long
        if title.free:
            return True
    return False


def _preference(way: Way) -> tuple[object, ...]:
    claim, title, _ = way
    return claim.rank, title.id.int if title else 0


def preference(admitted: Admitted) -> tuple[object, ...]:
    """As answers choose among claims that grant."""
    grant, title, member = admitted.candidate
    return rank(grant, admitted.permitted, member, in_grace=admitted.in_grace), title.id.int if title else 0


def _granted(action: Action, resource: Resource, ways: list[Way]) -> Granted:
    if len(ways) > 1:
        ways.sort(key=_preference)
    claim, title, opening = ways[0]
    said = claim.told or told(claim)
    until = said.last_day
    if opening.until is not None and (until is None or opening.until < until):
        until = opening.until
    links: tuple[Link, ...] = ()
    if len(ways) > 1:
        links = tuple(_links(ways))
    elif title is not None and title.there:
        links = (Link(title.id, said.member_id),)
    permitted = claim.permitted
    return Granted(
        action,
        resource.id,
        said.basis,
        said.member_id,
        claim.grant.entitlement_id,
        said.licence_id,
        said.term_id,
        said.clause_id,
        until,
        opening.statements,
        tuple([coverage.as_window(window) for window in opening.windows]),
        tuple(_conditions(claim, opening)) if said.tied or claim.in_grace else said.conditions,
        links,
        permitted.by_default,
        claim.in_grace,
    )


def _links(ways: list[Way]) -> Iterable[Link]:
    """Through the best claim to each copy."""
    found: dict[UUID, Link] = {}
    for claim, title, _ in ways:
        if title and title.there:
            found.setdefault(title.id, Link(title.id, claim.member.id if claim.member else None))
    return found.values()


def _conditions(claim: Claim, opening: Opening) -> Iterator[Condition]:
    """What the licence asks, what keeping a perpetual right is tied to, and that these are days of grace."""
    yield from claim.permitted.conditions
    for keeping in claim.grant.kept:
        if keeping.tied and keeping.statement.id in opening.statements:
            yield Condition(coverage_id=keeping.statement.id)
    if claim.in_grace:
        yield Condition(code="in_grace")


def _refused(asked: Asking, resource: Resource, fallen: list[Fell], helpful: bool) -> Refused:
    """Rule 11: the candidate that came furthest is named; of those before sign-in only the reason is told."""
    question = Question(asked.grants, resource, asked.action, asked.context, asked.now)
    everything = [(Candidate(claim.grant, title, claim.member), failure) for claim, title, failure in fallen]
    sign_in = False
    if not asked.identified:
        others = list(pool.fallen(question))
        sign_in = any(failure.check is Check.IDENTITY for _, failure in others)
        everything += others
    if not everything:
        member_id = asked.sole.id if asked.sole else None
        refused = Refused(asked.action, resource.id, AccessReason.NO_ENTITLEMENT, member_id)
        return _with_remedies(refused, question, asked, None, sign_in=False) if helpful else refused
    candidate, failure = _furthest(everything)
    grant, _, member = candidate
    told = not candidate.of_others
    refused = Refused(
        asked.action,
        resource.id,
        failure.reason,
        member.id if member else None,
        grant.entitlement_id if told else None,
        (failure.licence_id or (grant.licence.id if grant.licence else None)) if told else None,
        failure.term_id,
        failure.clause_id,
        _last_day(grant.last) if told and failure.reason is AccessReason.AGREEMENT_LAPSED else None,
        _earliest(*[_until(*each) for each in everything]),
    )
    return _with_remedies(refused, question, asked, failure.available_on, sign_in=sign_in) if helpful else refused


def _furthest(everything: list[Fallen]) -> Fallen:
    if len(everything) == 1:
        return everything[0]
    furthest = max([failure.check for _, failure in everything])
    among = [each for each in everything if each[1].check is furthest]
    return among[0] if len(among) == 1 else min(among, key=distance)


def _with_remedies(
    refused: Refused, question: Question, asked: Asking, available_on: date | None, *, sign_in: bool
) -> Refused:
    found = remedies.of(question, asked.principal, refused.reason, available_on, sign_in=sign_in)
    return replace(refused, remedies=found)


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
    if failure.check is Check.AGREEMENT:
        early = failure.reason is AccessReason.NOT_YET_ACTIVE
        return candidate.grant.first - timedelta(days=1) if early else None
    last = candidate.grant.last
    if last == date.max:
        return failure.until
    return last if failure.until is None or last < failure.until else failure.until


def _last_day(day: date) -> date | None:
    return day if day < date.max else None


def _earliest(*days: date | None) -> date | None:
    if len(days) == 1:
        return days[0]
    return min([day for day in days if day], default=None)
