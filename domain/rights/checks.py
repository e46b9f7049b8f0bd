"""The checks that a candidate goes through, one function each, named as the rules of design §4 name them."""

from dataclasses import replace
from datetime import date

from domain.rights import coverage, statements, terms
from domain.rights.answer import Condition, Context
from domain.rights.coverage import Closed, Dates, Extent, Opening
from domain.rights.grants import OPEN, Grant, Grants, Member, PackageTitle
from domain.rights.order import Check, Failure
from domain.rights.qualifiers import Person
from domain.rights.terms import Permitted
from models.vocabulary import AccessBasis, AccessReason, Action, Affiliation, Standing

READING = frozenset({Action.VIEW, Action.DOWNLOAD, Action.PRINT})
"""What a member's own people may do with its own collection without any contract, and what needs the content itself."""

_WALK_IN = frozenset({Affiliation.LIBRARY_WALK_IN})


def agreement(grant: Grant, day: date) -> Failure | None:
    """Rule 4: periods, grace and participation decide when. Both ends are inclusive."""
    if day < grant.first:
        return Failure(Check.AGREEMENT, AccessReason.NOT_YET_ACTIVE, available_on=grant.first)
    if day > grant.last:
        return Failure(Check.AGREEMENT, AccessReason.AGREEMENT_LAPSED)
    return None


def covered(extent: Extent, day: date, wanted: Dates | None, *, gate: bool) -> Opening | Failure:
    """Rule 5: coverage and embargo. The content gate needs all of what is wanted open."""
    found = coverage.look(extent, day, wanted, whole=gate)
    if isinstance(found, Closed):
        check = Check.EMBARGO if found.reason is AccessReason.EMBARGOED else Check.COVERAGE
        return Failure(check, found.reason, available_on=found.opens_on, until=found.until)
    return found


def permission(
    grants: Grants,
    grant: Grant,
    people: tuple[Person, ...],
    action: Action,
    context: Context,
    rights: str | None,
    day: date,
) -> Permitted | Failure:
    """Rules 2, 3 and 8 on a day, for whoever the asker may be judged as: one that is permitted is enough."""
    outcomes = [_for_one(grants, grant, person, action, context, rights, day) for person in people]
    permitted = [outcome for outcome in outcomes if isinstance(outcome, Permitted)]
    if permitted:
        return min(permitted, key=lambda found: (found.limit is not None, found.by_default, len(found.conditions)))
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    return max(failures, key=lambda failure: failure.check)


def says_the_same_until(grant: Grant, action: Action, day: date) -> date | None:
    """The last day before an amendment changes what the licence says of an action, or of viewing, on which statutes
    rest; None = no known end."""
    return grant.licence.says_the_same_until({action, Action.VIEW}, day) if grant.licence else None


def standing(grant: Grant, member: Member | None) -> Failure | None:
    """Rule 7: standing restricts only what the pool gives, and never perpetual rights."""
    if member is None or not grant.consortial or grant.basis is AccessBasis.PERPETUAL:
        return None
    if member.standing is Standing.SUSPENDED:
        return Failure(Check.STANDING, AccessReason.MEMBER_SUSPENDED)
    if member.standing is Standing.RESTRICTED and grant.other_members_collection:
        return Failure(Check.STANDING, AccessReason.MEMBER_RESTRICTED)
    return None


def content_there(action: Action, title: PackageTitle | None) -> Failure | None:
    """Rule 10: it is opened in the copy that the grant reaches, in no other."""
    if action in READING and (title is None or not title.there):
        return Failure(Check.CONTENT_THERE, AccessReason.CONTENT_UNAVAILABLE)
    return None


def limit(permitted: Permitted) -> Failure | None:
    """Nothing is granted uncounted: where a term counts users, there is no seat to give yet."""
    seats = permitted.limit
    if seats is None:
        return None
    return Failure(
        Check.LIMIT,
        AccessReason.LIMIT_REACHED,
        term_id=seats.term_id,
        clause_id=seats.clause_id,
        licence_id=seats.licence_id,
    )


def _for_one(
    grants: Grants, grant: Grant, person: Person, action: Action, context: Context, rights: str | None, day: date
) -> Permitted | Failure:
    found = _contract(grants, grant, person, action, context, rights, day)
    if isinstance(found, Permitted):
        return found
    return _statute(grants, grant, person, action, context, rights, day) or found


def _contract(
    grants: Grants, grant: Grant, person: Person, action: Action, context: Context, rights: str | None, day: date
) -> Permitted | Failure:
    """What the grant itself says: a rights statement, the member's own collection, or a licence."""
    if grant.basis in OPEN:
        conditions = statements.permitted(action, rights)
        return Failure(Check.TERM, AccessReason.TERM_SILENT) if conditions is None else Permitted(conditions=conditions)
    if grant.basis is AccessBasis.OWN_COLLECTION:
        if action in READING:
            return _own_collection(person)
        return _silent(grants, grant, person, action, context, rights, day)
    if grant.licence is None:
        raise LookupError(f"grant {grant.key} has no licence")
    found = terms.read(grant.licence, action, person, context.use, day=day, gate=context.gate)
    if found is None:
        found = _silent(grants, grant, person, action, context, rights, day)
    seats = grant.licence.seats if action in READING else ()
    return replace(found, limit=seats[0]) if seats and isinstance(found, Permitted) and not found.limit else found


def _own_collection(person: Person) -> Permitted | Failure:
    """Anybody of the member; a walk-in reader is one only while on site."""
    if person.affiliations == _WALK_IN and not person.on_site:
        return Failure(Check.PLACE, AccessReason.REMOTE_NOT_ALLOWED)
    return Permitted()


def _silent(
    grants: Grants, grant: Grant, person: Person, action: Action, context: Context, rights: str | None, day: date
) -> Permitted | Failure:
    """Nothing speaks of the action: the consortium's declared default decides for whoever may view, and says so."""
    if action not in grants.defaults:
        return Failure(Check.TERM, AccessReason.TERM_SILENT, licence_id=grant.licence.id if grant.licence else None)
    by_default = Condition(code="by_default")
    if action is Action.VIEW:
        return Permitted(conditions=(by_default,), by_default=True)
    view = _contract(grants, grant, person, Action.VIEW, context, rights, day)
    if isinstance(view, Failure):
        return view
    counted = view.limit if action in READING else None
    return Permitted(conditions=(*view.conditions, by_default), limit=counted, by_default=True)


def _statute(
    grants: Grants, grant: Grant, person: Person, action: Action, context: Context, rights: str | None, day: date
) -> Permitted | Failure | None:
    """Rule 8: what the law of the territory permits whoever may view, whatever the contract says."""
    ours = [s for s in grants.statutes if s.action is action and s.territory == person.territory]
    if not ours:
        return None
    purpose = context.use.purpose.strip().lower() if context.use.purpose else None
    fitting = [s for s in ours if s.purposes is None or purpose is None or purpose in s.purposes]
    if not fitting:
        return None
    view = _contract(grants, grant, person, Action.VIEW, context, rights, day)
    if isinstance(view, Failure):
        return None
    unsaid = purpose is None and all(s.purposes for s in fitting)
    if unsaid and context.gate:
        return Failure(Check.TERM, AccessReason.ATTRIBUTE_MISSING)
    return Permitted(
        conditions=(Condition(code="purpose_as_licensed"),) if unsaid else (), limit=view.limit, statutory=True
    )
