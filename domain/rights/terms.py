"""What a licence says of an action: its terms, read as a contract is read (design §4, rules 2 and 3)."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from domain.rights.answer import Condition, Use
from domain.rights.order import Check, Failure
from domain.rights.qualifiers import Fit, Person, Qualifier, quantity
from models.vocabulary import AccessReason, Action, LimitKind, TermStatus

_SAYS_NOTHING = frozenset({TermStatus.SILENT, TermStatus.NOT_APPLICABLE})
_PERMITS = frozenset(
    {TermStatus.PERMITTED_EXPLICIT, TermStatus.PERMITTED_CONDITIONAL, TermStatus.PERMITTED_INTERPRETED}
)
_INTERPRETED = frozenset({TermStatus.PERMITTED_INTERPRETED, TermStatus.PROHIBITED_INTERPRETED})


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of something a term allows; `amount` None: only in some formats."""

    id: UUID
    kind: LimitKind
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Seats:
    """How many may use it at the same time, and where the licence says so."""

    licence_id: UUID
    users: int
    term_id: UUID | None = None
    clause_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """The coded meaning of a clause for one action. `qualifiers` stand in the printed order of checks.

    `first`, `last`: the days on which it stands, both inclusive: an amendment brings it, and another may replace it.
    """

    id: UUID
    licence_id: UUID
    action: Action
    status: TermStatus
    clause_id: UUID | None = None
    qualifiers: tuple[Qualifier, ...] = ()
    except_as_permitted: bool = False
    concurrent_users: int | None = None
    noted: bool = False
    """It has a public note, which tells its conditions in words."""
    limits: tuple[Limit, ...] = ()
    first: date = date.min
    last: date = date.max

    @property
    def speaks(self) -> bool:
        return self.status not in _SAYS_NOTHING

    @property
    def permits(self) -> bool:
        return self.status in _PERMITS

    @property
    def explicit(self) -> bool:
        return self.status not in _INTERPRETED

    @property
    def turns(self) -> tuple[date, ...]:
        """The days on which it begins, or has just ended."""
        begins = (self.first,) if self.first > date.min else ()
        return (*begins, self.last + timedelta(days=1)) if self.last < date.max else begins

    @property
    def seats(self) -> Seats | None:
        counted = self.concurrent_users
        return None if counted is None else Seats(self.licence_id, counted, self.id, self.clause_id)

    def stands(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Licence:
    """`levels`: the terms by action of the licence itself, then of its parent, and so on. `seats`: how many may use it
    at the same time, whatever for, as it or a parent says. `turns`: the days, ascending, on which any of its terms
    begins or has just ended."""

    id: UUID
    levels: tuple[Mapping[Action, tuple[Term, ...]], ...]
    seats: tuple[Seats, ...] = ()
    turns: tuple[date, ...] = ()

    def of(self, action: Action, day: date) -> Iterable[tuple[Term, ...]]:
        """The terms of an action that stand on a day, level by level."""
        if not self.turns:
            return (level.get(action, ()) for level in self.levels)
        return (tuple(term for term in level.get(action, ()) if term.stands(day)) for level in self.levels)

    def slot(self, day: date) -> int:
        """Between which of its turns a day lies: on all days of a slot it says the same."""
        return bisect_right(self.turns, day)

    def says_the_same_until(self, actions: Iterable[Action], day: date) -> date | None:
        """The last day before a term of these actions begins or ends; None = no known end."""
        if not self.turns:
            return None
        spoken = (term for action in actions for level in self.levels for term in level.get(action, ()))
        return min((turn - timedelta(days=1) for term in spoken for turn in term.turns if turn > day), default=None)


@dataclass(frozen=True, slots=True)
class Permitted:
    """`term` None: it rests on no term. `limit`: how many users are counted."""

    term: Term | None = None
    conditions: tuple[Condition, ...] = ()
    limit: Seats | None = None
    by_default: bool = False
    """No term spoke: the consortium's declared default permits."""
    statutory: bool = False
    """A statute permits, whatever the contract says."""


@dataclass(frozen=True, slots=True)
class Unpermitted:
    """Terms speak of the action, but none permits it or applies."""

    term: Term


@dataclass(frozen=True, slots=True)
class Applies:
    """`unsaid`: facts of the use that the term asks for and nobody told."""

    term: Term
    unsaid: tuple[str, ...] = ()


Reading = Permitted | Failure
"""What a licence says in the end."""


def read(licence: Licence, action: Action, person: Person, use: Use, *, day: date, gate: bool) -> Reading | None:
    """What a licence and its parents say on a day; None = they are silent. A child only narrows: every level that
    speaks must permit."""
    heard = [
        level for terms in licence.of(action, day) if (level := _read_level(terms, person, use, gate=gate)) is not None
    ]
    if failures := [level for level in heard if isinstance(level, Failure)]:
        return min(failures, key=lambda failure: failure.check)
    permitted = [level for level in heard if isinstance(level, Permitted)]
    if permitted:
        return Permitted(
            term=permitted[0].term,
            conditions=tuple(dict.fromkeys(condition for level in permitted for condition in level.conditions)),
            limit=next((level.limit for level in permitted if level.limit), None),
        )
    unpermitted = [level.term for level in heard if isinstance(level, Unpermitted)]
    return failed(Check.TERM, AccessReason.TERM_SILENT, unpermitted[0]) if unpermitted else None


def failed(check: Check, reason: AccessReason, term: Term) -> Failure:
    return Failure(check, reason, term_id=term.id, clause_id=term.clause_id, licence_id=term.licence_id)


def _read_level(
    terms: tuple[Term, ...], person: Person, use: Use, *, gate: bool
) -> Permitted | Unpermitted | Failure | None:
    """Explicit beats interpreted; at the same strength prohibited beats permitted, unless "except as permitted"."""
    speaking = [term for term in terms if term.speaks]
    if not speaking:
        return None
    tried = [(term, _try(term, person, use, gate=gate)) for term in speaking]
    doubt: Failure | None = None
    for explicit in (True, False):
        permissions = [out for term, out in tried if term.explicit is explicit and term.permits]
        permitting = [out for out in permissions if isinstance(out, Applies)]
        for term, outcome in tried:
            if term.permits or term.explicit is not explicit or (term.except_as_permitted and permitting):
                continue
            match outcome:
                case Applies():
                    return failed(Check.TERM, AccessReason.TERM_PROHIBITS, term)
                case Failure(reason=AccessReason.ATTRIBUTE_MISSING):
                    doubt = doubt or outcome
                case Failure():
                    pass
                case _:
                    assert_never(outcome)
        if permitting:
            return doubt or _permitted(permitting)
    missed = [(term, out) for term, out in tried if term.permits and isinstance(out, Failure)]
    if not missed:
        return doubt or Unpermitted(speaking[0])
    return max(missed, key=lambda each: (_is_for(each[0], person, use), each[1].check))[1]


def _is_for(term: Term, person: Person, use: Use) -> bool:
    """Whether a term is meant for a person where she is, whatever she wants to do."""
    whom = (qualifier for qualifier in term.qualifiers if qualifier.check is not Check.TERM)
    return all(qualifier.fits(person, use) is not Fit.NO for qualifier in whom)


def _try(term: Term, person: Person, use: Use, *, gate: bool) -> Applies | Failure:
    """Whether a term applies to this person and use.

    A fact that isn't known leaves it open whether it does. Of a use it is told as a condition of a permission, and a
    prohibition doesn't apply; the content gate, which must know, refuses, as it is refused where the person's
    affiliation or territory isn't known.
    """
    missing: Failure | None = None
    unsaid: list[str] = []
    for qualifier in term.qualifiers:
        match qualifier.fits(person, use):
            case Fit.NO:
                return failed(qualifier.check, qualifier.reason, term)
            case Fit.UNKNOWN if qualifier.check is Check.TERM and not gate:
                unsaid.append(qualifier.fact)
            case Fit.UNKNOWN:
                missing = missing or failed(qualifier.check, AccessReason.ATTRIBUTE_MISSING, term)
    if term.permits and use.part and _more_than(term.limits, use.part):
        return failed(Check.TERM, AccessReason.TERM_PROHIBITS, term)
    if unsaid and not term.permits:
        return failed(Check.TERM, AccessReason.TERM_SILENT, term)
    return missing or Applies(term, tuple(unsaid))


def _more_than(limits: tuple[Limit, ...], part: str) -> bool:
    """Whether somebody wants more than a limit of this kind allows."""
    if not limits or (wanted := quantity(part)) is None:
        return False
    kind, amount = wanted
    return any(limit.kind is kind and limit.amount is not None and amount > limit.amount for limit in limits)


def _permitted(permitting: list[Applies]) -> Permitted:
    """Unlimited before counted, with the fewest open facts, then the oldest."""
    best = min(permitting, key=lambda out: (out.term.concurrent_users is not None, len(out.unsaid), out.term.id))
    term = best.term
    conditions = [Condition(term.id, f"{fact}_as_licensed") for fact in best.unsaid]
    if term.noted:
        conditions.insert(0, Condition(term.id))
    elif term.status is TermStatus.PERMITTED_CONDITIONAL:
        conditions.insert(0, Condition(term.id, "conditional"))
    conditions += [Condition(term.id, f"limit_{limit.kind.value}", limit.id) for limit in term.limits]
    return Permitted(term, tuple(conditions), limit=term.seats)
