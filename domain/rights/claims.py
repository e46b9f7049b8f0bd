"""A grant in the hands of one asker on one day: everything about it that is the same whatever title she asks for.

Agreement, terms, standing and limits are looked at once for each grant; of a title only coverage and whether its
content is there are left. `attempt` puts both together in the printed order of checks (design §4, rule 11).
"""

import logging
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from domain.rights import checks, coverage
from domain.rights.answer import Condition, Context
from domain.rights.coverage import Closed, Dates, Opening
from domain.rights.grants import OPEN, Grant, Grants, Member, PackageTitle
from domain.rights.order import Check, Failure
from domain.rights.people import People
from domain.rights.terms import Permitted
from models.vocabulary import AccessBasis, AccessReason, Action

log = logging.getLogger(__name__)

_NOBODY = UUID(int=0)
_OWN_OPEN_PERPETUAL = OPEN | {AccessBasis.OWN_COLLECTION, AccessBasis.PERPETUAL}
_BASES = {basis: place for place, basis in enumerate(AccessBasis)}
_NOT_COVERED = Failure(Check.COVERAGE, AccessReason.OUT_OF_COVERAGE)
_RULE_ERROR = Failure(Check.RULE_ERROR, AccessReason.RULE_ERROR)

Rank = tuple[bool, bool, int, int, bool, int]


_NOTHING = Permitted()


@dataclass(slots=True, eq=False)
class Claim:
    """`over`: it doesn't stand on the day. `fails`: it doesn't serve the asker. `limited`: it does, but there is no
    place. `until`: the last day before its licence says something else. `rank`: rule 1, the best first.

    `plain`: it reaches what the title's own coverage reaches. `kept`: it reaches titles that left their package.
    `needs_content`: for the use something must be there.
    `reached`: see `coverage.simply`; shared by the claims of a day.
    """

    grant: Grant
    member: Member | None
    day: date
    reached: dict[int, Dates]
    plain: bool
    kept: bool
    needs_content: bool
    over: Failure | None = None
    fails: Failure | None = None
    limited: Failure | None = None
    permitted: Permitted = _NOTHING
    until: date | None = None
    in_grace: bool = False
    rank: Rank = (True, True, 0, 0, True, 0)
    told: "Told | None" = None
    """What an answer says of it; None as long as none was given."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer that a claim grants says of it, whatever the title."""

    basis: AccessBasis
    member_id: UUID | None
    licence_id: UUID | None
    term_id: UUID | None
    clause_id: UUID | None
    last_day: date | None
    conditions: tuple[Condition, ...]
    tied: bool
    """Some of what it keeps for ever has conditions of its own."""


def claim(
    grants: Grants,
    grant: Grant,
    member: Member | None,
    people: People,
    action: Action,
    context: Context,
    day: date | None,
    rights: str | None = None,
    reached: dict[int, Dates] | None = None,
) -> Claim:
    """What a grant is worth to these people. No people: nobody has signed in. `day` None: it isn't known which it is.

    A rule that fails refuses (rule 12): nothing is ever granted by an exception.
    """
    made = Claim(
        grant,
        member,
        day or date.min,
        {} if reached is None else reached,
        plain=not grant.lines and grant.basis not in OPEN and grant.basis is not AccessBasis.PERPETUAL,
        kept=grant.basis in {AccessBasis.PERPETUAL, AccessBasis.OPEN_ACCESS},
        needs_content=action in checks.READING,
    )
    if day is None:
        made.over = _RULE_ERROR
        return made
    try:
        if failure := checks.agreement(grant, day):
            made.over = _with_ground(grants, grant, people, action, context, rights, failure)
            return made
        made.until = checks.says_the_same_until(grant, action, day)
        made.in_grace = grant.grace_from is not None and day >= grant.grace_from
        if not people:
            made.fails = Failure(Check.IDENTITY, AccessReason.SIGN_IN_REQUIRED)
            return made
        permitted = checks.permission(grants, grant, people, action, context, rights, day)
        if isinstance(permitted, Failure):
            made.fails = permitted
            return made
        made.permitted = permitted
        made.fails = checks.standing(grant, member)
        made.limited = checks.limit(permitted)
        made.rank = rank(grant, permitted, member, in_grace=made.in_grace)
    except Exception:
        log.exception("a rule failed for grant %s", grant.key)
        made.fails = _RULE_ERROR
    return made


def rank(grant: Grant, permitted: Permitted, member: Member | None, *, in_grace: bool) -> Rank:
    """Rule 1: own, open and perpetual first, explicit before silent default, (unlimited before seats: those are never
    admitted yet,) then the entitlement's id; the rest makes the order total."""
    return (
        not (grant.own or grant.basis in _OWN_OPEN_PERPETUAL),
        permitted.by_default,
        grant.entitlement_id.int if grant.entitlement_id else 0,
        _BASES[grant.basis],
        in_grace,
        member.id.int if member else 0,
    )


def attempt(
    claim: Claim, title: PackageTitle | None, wanted: Dates | None, action: Action, gate: bool = False
) -> Opening | Failure:
    """What a claim opens of one copy (None = no copy in particular), or where it falls."""
    if claim.over is not None:
        return claim.over
    opening: Opening | Failure
    try:
        simple = None
        if claim.plain and not gate and title is not None:
            simple = coverage.simply(title.extent, claim.day, wanted, claim.reached)
        if isinstance(simple, Closed):
            return _NOT_COVERED
        opening = simple or checks.covered(claim.grant.extent(title), claim.day, wanted, gate=gate)
    except Exception:
        log.exception("a rule failed for grant %s", claim.grant.key)
        return _RULE_ERROR
    if not isinstance(opening, Opening):
        return opening
    if claim.until is not None and (opening.until is None or claim.until < opening.until):
        opening = replace(opening, until=claim.until)
    if claim.fails is not None:
        return claim.fails if claim.fails is _RULE_ERROR else claim.fails.lasting(opening.until)
    if claim.needs_content and not (title and title.there) and (failure := checks.content_there(action, title)):
        return failure.lasting(opening.until)
    return claim.limited.lasting(opening.until) if claim.limited else opening


def told(claim: Claim) -> Told:
    """What an answer says of a claim that grants."""
    if claim.told is None:
        grant, permitted, member = claim.grant, claim.permitted, claim.member
        term, licence = permitted.term, grant.licence
        claim.told = Told(
            basis=AccessBasis.STATUTORY if permitted.statutory else grant.basis,
            member_id=member.id if member else None,
            licence_id=term.licence_id if term else licence.id if licence else None,
            term_id=term.id if term else None,
            clause_id=term.clause_id if term else None,
            last_day=grant.last if grant.last < date.max else None,
            conditions=permitted.conditions,
            tied=any(keeping.tied for keeping in grant.kept),
        )
    return claim.told


def _with_ground(
    grants: Grants,
    grant: Grant,
    people: People,
    action: Action,
    context: Context,
    rights: str | None,
    failure: Failure,
) -> Failure:
    """Of a right that has ended, with the term on which it rested: what permitted the use to them until then."""
    if not people or failure.reason is not AccessReason.AGREEMENT_LAPSED:
        return failure
    outcome = checks.permission(grants, grant, people, action, context, rights, grant.last)
    ground = outcome.term if isinstance(outcome, Permitted) else None
    return replace(failure, term_id=ground.id, clause_id=ground.clause_id) if ground else failure
