"""What can't be meant: terms of one licence that contradict each other, and a child that widens its parent.

Decisions stay sound either way (prohibited beats permitted, a child only narrows); but whoever entered such terms meant
something else, and should hear of it before readers do.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice, product
from typing import Any

from domain.rights.answer import Use
from domain.rights.people import alone
from domain.rights.qualifiers import (
    AffiliationIn,
    OnSite,
    PartIn,
    Person,
    Qualifier,
    TerritoryIn,
    UnknownClass,
    UseIn,
    UserClassIn,
    percent,
    quantity,
)
from domain.rights.terms import Licence, Permitted, Term, read
from models.vocabulary import Affiliation, LimitKind

MOST_TRIED = 20_000
"""Combinations of reader and use that one term is tried with: more than a licence of paper ever tells apart."""


_UNITS = {LimitKind.PERCENT: "%", LimitKind.PAGES: "pages", LimitKind.COPIES: "copies"}


class Kind(StrEnum):
    CONTRADICTS = "terms_contradict"
    WIDENS = "licence_widened"


@dataclass(frozen=True, slots=True)
class Flaw:
    """`term` permits in vain: `against` prohibits all of it, or is the parent's term that doesn't permit it."""

    kind: Kind
    term: Term
    against: Term | None


def flaws(licence: Licence) -> Iterator[Flaw]:
    """All that can't be meant in a licence, as its own terms go."""
    own = licence.levels[0] if licence.levels else {}
    for terms in own.values():
        for permission in terms:
            if not permission.permits:
                continue
            if (prohibition := _contradicting(permission, terms)) is not None:
                yield Flaw(Kind.CONTRADICTS, permission, prohibition)
            elif len(licence.levels) > 1 and _widens(licence, permission):
                yield Flaw(Kind.WIDENS, permission, _spoken_above(licence, permission))


def _contradicting(permission: Term, among: Iterable[Term]) -> Term | None:
    """A prohibition of the same strength that always holds where the permission does."""
    return next(
        (
            term
            for term in among
            if term.speaks
            and not term.permits
            and not term.except_as_permitted
            and term.explicit is permission.explicit
            and term.first <= permission.first
            and permission.last <= term.last
            and all(_implied(bound, permission.qualifiers) for bound in term.qualifiers)
        ),
        None,
    )


def _implied(bound: Qualifier, by: Iterable[Qualifier]) -> bool:
    """Whether whoever keeps within one of these bounds keeps within this one."""
    return any(_within(narrow, bound) for narrow in by)


def _within(narrow: Qualifier, wide: Qualifier) -> bool:
    match narrow, wide:
        case (OnSite(), OnSite()):
            return True
        case (AffiliationIn(), AffiliationIn()):
            return not any(wide.allowed.isdisjoint(alone(one)) for one in narrow.allowed)
        case (TerritoryIn(), TerritoryIn()):
            return narrow.allowed <= wide.allowed
        case (PartIn(), PartIn()):
            return narrow.allowed <= wide.allowed
        case (UseIn(), UseIn()):
            return narrow.fact == wide.fact and narrow.allowed <= wide.allowed
        case (UserClassIn(), UserClassIn()):
            return narrow.uris <= wide.uris
        case _:
            return False


def _widens(licence: Licence, permission: Term) -> bool:
    """Whether there is somebody to whom the licence alone permits this on the term's first day, but not its parents."""
    day = permission.first
    child = Licence(licence.id, licence.levels[:1], turns=licence.turns)
    parents = Licence(licence.id, licence.levels[1:], turns=licence.turns)
    spoken = [term for level in licence.of(permission.action, day) for term in level if term.speaks]
    if not any(term.speaks for level in parents.of(permission.action, day) for term in level):
        return False
    if any(isinstance(bound, UnknownClass) for term in spoken for bound in term.qualifiers):
        return False  # what can't be read permits nobody anything
    for person, use in islice(_tried(spoken), MOST_TRIED):
        if not _fits(permission, person, use):
            continue
        if not isinstance(read(child, permission.action, person, use, day=day, gate=False), Permitted):
            continue
        if not isinstance(read(parents, permission.action, person, use, day=day, gate=False), Permitted):
            return True
    return False


def _fits(term: Term, person: Person, use: Use) -> bool:
    return all(qualifier.fits(person, use).value == "yes" for qualifier in term.qualifiers)


def _spoken_above(licence: Licence, permission: Term) -> Term | None:
    parents = Licence(licence.id, licence.levels[1:], turns=licence.turns)
    above = (term for level in parents.of(permission.action, permission.first) for term in level if term.speaks)
    return next(above, None)


def _tried(terms: list[Term]) -> Iterator[tuple[Person, Use]]:
    """Everybody and every use that these terms tell apart; a value that none of them names stands for all others, and
    comes first: where a child leaves something open, it widens there."""
    bounds = [qualifier for term in terms for qualifier in term.qualifiers]
    affiliations = [alone(one) for one in Affiliation]
    classes = [frozenset[str](), *_each(bounds, UserClassIn, lambda one: [one.uris])]
    places = (False, True) if any(isinstance(one, OnSite) for one in bounds) else (False,)
    territories = ["", *_apart([one.allowed for one in bounds if isinstance(one, TerritoryIn)])]
    uses = product(*(_said(bounds, fact) for fact in ("purpose", "recipient", "method")), _parts(terms))
    everybody = list(product(affiliations, classes, places, territories))
    for said in uses:
        for affiliation, uris, on_site, territory in everybody:
            yield Person(affiliation, uris, on_site, territory), Use(*said)


def _said(bounds: list[Qualifier], fact: str) -> list[str]:
    return ["another", *_apart([one.allowed for one in bounds if isinstance(one, UseIn) and one.fact == fact])]


def _parts(terms: list[Term]) -> list[str]:
    bounds = [one.allowed for term in terms for one in term.qualifiers if isinstance(one, PartIn)]
    amounts = frozenset(part for part in chain.from_iterable(bounds) if percent(part) is not None or quantity(part))
    named = [*_apart([bound - amounts for bound in bounds]), *sorted(amounts)]
    counted = [f"{one.amount} {_UNITS[one.kind]}" for term in terms for one in term.limits if one.kind in _UNITS]
    return ["another", *dict.fromkeys([*named, *counted])]


def _apart(bounds: list[frozenset[str]]) -> list[str]:
    """One of the values that the same bounds name, for each such set of bounds."""
    found: dict[tuple[bool, ...], str] = {}
    for value in sorted(frozenset().union(*bounds)):
        found.setdefault(tuple(value in bound for bound in bounds), value)
    return list(found.values())


def _each(bounds: list[Qualifier], kind: type[Any], of: Callable[[Any], Iterable[Any]]) -> list[Any]:
    """The values that bounds of a kind name, each once."""
    return list(dict.fromkeys(chain.from_iterable(of(one) for one in bounds if isinstance(one, kind))))
