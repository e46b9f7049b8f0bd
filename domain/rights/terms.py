"""What a licence says of an action: its terms, read as a contract is read (design §4, rules 2 and 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from domain.rights.answer import Condition, Use
from domain.rights.order import Check, Failure
from domain.rights.qualifiers import Fit, Person, Qualifier
from models.vocabulary import AccessReason, Action, TermStatus

_SAYS_NOTHING = frozenset({TermStatus.SILENT, TermStatus.NOT_APPLICABLE})
_PERMITS = frozenset(
    {TermStatus.PERMITTED_EXPLICIT, TermStatus.PERMITTED_CONDITIONAL, TermStatus.PERMITTED_INTERPRETED}
)
_INTERPRETED = frozenset({TermStatus.PERMITTED_INTERPRETED, TermStatus.PROHIBITED_INTERPRETED})


@dataclass(frozen=True, slots=True)
class Term:
    """The coded meaning of a clause for one action. `qualifiers` stand in the printed order of checks."""

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

    @property
    def speaks(self) -> bool:
        return self.status not in _SAYS_NOTHING

    @property
    def permits(self) -> bool:
        return self.status in _PERMITS

    @property
    def explicit(self) -> bool:
        return self.status not in _INTERPRETED


@dataclass(frozen=True, slots=True)
class Licence:
    """`levels`: the terms by action of the licence itself, then of its parent, and so on."""

    id: UUID
    levels: tuple[Mapping[Action, tuple[Term, ...]], ...]


@dataclass(frozen=True, slots=True)
class Permitted:
    """`term` None: it rests on no term. `limit`: the term that counts users."""

    term: Term | None = None
    conditions: tuple[Condition, ...] = ()
    limit: Term | None = None
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


def read(licence: Licence, action: Action, person: Person, use: Use, *, gate: bool) -> Reading | None:
    """What a licence and its parents say; None = they are silent. A child only narrows: every level that speaks must
    permit."""
    heard = [
        level
        for terms in licence.levels
        if (level := _read_level(terms.get(action, ()), person, use, gate=gate)) is not None
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
    missed = [outcome for term, outcome in tried if term.permits and isinstance(outcome, Failure)]
    return max(missed, key=lambda failure: failure.check) if missed else doubt or Unpermitted(speaking[0])


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
    if unsaid and not term.permits:
        return failed(Check.TERM, AccessReason.TERM_SILENT, term)
    return missing or Applies(term, tuple(unsaid))


def _permitted(permitting: list[Applies]) -> Permitted:
    """Unlimited before counted, with the fewest open facts, then the oldest."""
    best = min(permitting, key=lambda out: (out.term.concurrent_users is not None, len(out.unsaid), out.term.id))
    term = best.term
    conditions = [Condition(term.id, f"{fact}_as_licensed") for fact in best.unsaid]
    if term.noted:
        conditions.insert(0, Condition(term.id))
    elif term.status is TermStatus.PERMITTED_CONDITIONAL:
        conditions.insert(0, Condition(term.id, "conditional"))
    return Permitted(term, tuple(conditions), limit=term if term.concurrent_users is not None else None)
