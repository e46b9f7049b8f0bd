"""A licence on one page: who may do what where, by which clause. The terms are read as decisions read them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from domain.rights.answer import Condition, Use
from domain.rights.checks import READING
from domain.rights.facts import Place
from domain.rights.order import Failure
from domain.rights.people import alone
from domain.rights.qualifiers import Fit, Person, TerritoryIn
from domain.rights.terms import Licence, Permitted, Reading, Seats, Term, read
from models.vocabulary import AccessReason, Action, Affiliation

ELSEWHERE = ""
"""A country that no term names."""
ANYTHING = Use()


class Reader(NamedTuple):
    """A kind of reader. `user_class`: where being of this class as well makes a difference."""

    affiliation: Affiliation
    user_class: str | None = None


class Verdict(StrEnum):
    """`YES`: but for what it prohibits for some uses. `CONDITIONAL`: yes, within the conditions that are told.
    `SILENT_…`: the licence doesn't say; the consortium's declared default does. `SILENT_NO` with a clause: it prohibits
    some of it, and nothing permits the rest."""

    YES = "yes"
    CONDITIONAL = "conditional"
    NO = "no"
    SILENT_YES = "silent_yes"
    SILENT_NO = "silent_no"


PERMITTED = frozenset({Verdict.YES, Verdict.CONDITIONAL, Verdict.SILENT_YES})


@dataclass(frozen=True, slots=True)
class Cell:
    """What the licence says of one action to one kind of reader at one place.

    `terms`: the deciding one, first; `except_for`: prohibitions that hold for some purposes, recipients, methods or
    parts; `territories`: where alone it is permitted; `outside`: where alone it isn't; `seats`: it would be permitted
    to so many at the same time, and is refused until they are counted.
    """

    action: Action
    verdict: Verdict
    terms: tuple[UUID, ...] = ()
    clauses: tuple[UUID, ...] = ()
    conditions: tuple[Condition, ...] = ()
    seats: int | None = None
    except_for: tuple[UUID, ...] = ()
    territories: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Kinds of readers to whom the licence says the same, at these places."""

    readers: tuple[Reader, ...]
    places: tuple[Place, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A licence on a day. `seats`: how many may use it at the same time, whatever for."""

    on: date
    rows: tuple[Row, ...]
    seats: tuple[Seats, ...] = ()


def card(licence: Licence, day: date, defaults: frozenset[Action], user_classes: Mapping[str, frozenset[str]]) -> Card:
    """`defaults`: actions that the consortium permits where a licence is silent. `user_classes`: those that the
    licence names, with their entitlement URIs."""
    rows: dict[_Said, list[Reader]] = {}
    for affiliation in Affiliation:
        plain = _said(licence, day, defaults, affiliation, frozenset())
        kinds = [(Reader(affiliation), plain)]
        for code, uris in user_classes.items():
            said = _said(licence, day, defaults, affiliation, uris)
            kinds += [(Reader(affiliation, code), said)] if said != plain else []
        for reader, said in kinds:
            for one in said:
                rows.setdefault(one, []).append(reader)
    return Card(day, tuple(Row(tuple(readers), *said) for said, readers in rows.items()), licence.seats)


_Said = tuple[tuple[Place, ...], tuple[Cell, ...]]
"""What is said at some places."""


def _said(
    licence: Licence, day: date, defaults: frozenset[Action], affiliation: Affiliation, uris: frozenset[str]
) -> tuple[_Said, ...]:
    """What is said to one kind of reader, place by place; once where it is the same everywhere."""
    countries = (*sorted(_territories(licence)), ELSEWHERE)
    told = {}
    for place in Place:
        people = [Person(alone(affiliation), uris, place is Place.ON_SITE, country) for country in countries]
        told[place] = tuple(_cell(licence, day, defaults, action, people) for action in Action)
    return tuple(
        (tuple(place for place in Place if told[place] == cells), cells) for cells in dict.fromkeys(told.values())
    )


def _territories(licence: Licence) -> frozenset[str]:
    terms = (term for level in licence.levels for among in level.values() for term in among)
    return frozenset(
        code for term in terms for bound in term.qualifiers if isinstance(bound, TerritoryIn) for code in bound.allowed
    )


def _cell(licence: Licence, day: date, defaults: frozenset[Action], action: Action, people: list[Person]) -> Cell:
    """The same answer in all countries, or, where only some are permitted, the answer there with their names. What is
    asked in one of them is told of all."""
    told = [_told(licence, day, defaults, action, person) for person in people]
    if len(set(told)) == 1:
        return told[0]
    everywhere = zip(told, people, strict=True)
    permitted = [(cell, person.territory or ELSEWHERE) for cell, person in everywhere if cell.verdict in PERMITTED]
    if not permitted:
        return next((cell for cell in told if cell.seats), told[-1])
    best = _joined([cell for cell, _ in permitted])
    within = {code for _, code in permitted}
    if len(within) == len(people):
        return best
    named = _territories(licence)
    if ELSEWHERE in within:
        return replace(best, verdict=Verdict.CONDITIONAL, outside=tuple(sorted(named - within)))
    return replace(best, verdict=Verdict.CONDITIONAL, territories=tuple(sorted(within)))


def _joined(cells: list[Cell]) -> Cell:
    """Permissions of several countries as one."""
    verdicts = {cell.verdict for cell in cells}

    def every(name: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(chain.from_iterable(getattr(cell, name) for cell in cells)))

    return Cell(
        cells[0].action,
        verdicts.pop() if len(verdicts) == 1 else Verdict.CONDITIONAL,
        every("terms"),
        every("clauses"),
        every("conditions"),
        except_for=every("except_for"),
    )


def _told(licence: Licence, day: date, defaults: frozenset[Action], action: Action, person: Person) -> Cell:
    try:
        found: Reading | None = read(licence, action, person, ANYTHING, day=day, gate=False)
    except LookupError:  # a user class that nobody defined: decisions refuse
        return Cell(action, Verdict.NO)
    if found is None:
        return _by_default(licence, day, defaults, action, person)
    if isinstance(found, Failure):
        silent = found.reason is AccessReason.TERM_SILENT
        verdict = Verdict.SILENT_NO if silent else Verdict.NO
        return Cell(action, verdict, _known(found.term_id), _known(found.clause_id))
    if seats := found.limit or _seats(licence, action):
        return _uncounted(action, seats)
    exceptions = tuple(_exceptions(licence, day, action, person, found))
    term = found.term
    return Cell(
        action,
        Verdict.CONDITIONAL if found.conditions else Verdict.YES,
        _known(term.id if term else None),
        tuple(dict.fromkeys(clause for one in (term, *exceptions) if one and (clause := one.clause_id))),
        found.conditions,
        except_for=tuple(one.id for one in exceptions),
    )


def _seats(licence: Licence, action: Action) -> Seats | None:
    """How many may read it at the same time, whatever for."""
    return licence.seats[0] if licence.seats and action in READING else None


def _uncounted(action: Action, seats: Seats) -> Cell:
    """Decisions refuse what is permitted to a number of readers until they are counted."""
    return Cell(action, Verdict.NO, _known(seats.term_id), _known(seats.clause_id), seats=seats.users)


def _by_default(licence: Licence, day: date, defaults: frozenset[Action], action: Action, person: Person) -> Cell:
    """The consortium's default serves whom the licence lets view."""
    if action not in defaults:
        return Cell(action, Verdict.SILENT_NO)
    if action is Action.VIEW:
        seats = _seats(licence, action)
        return _uncounted(action, seats) if seats else Cell(action, Verdict.SILENT_YES)
    view = _told(licence, day, defaults, Action.VIEW, person)
    if view.verdict in PERMITTED or (view.seats and action not in READING):
        return Cell(action, Verdict.SILENT_YES)
    return replace(view, action=action)


def _exceptions(licence: Licence, day: date, action: Action, person: Person, permitted: Permitted) -> Iterator[Term]:
    """Prohibitions that would hold, were it said what the use is for."""
    explicit = permitted.term is not None and permitted.term.explicit
    for level in licence.of(action, day):
        for term in level:
            weaker = explicit and not term.explicit
            if term.permits or not term.speaks or term.except_as_permitted or weaker:
                continue
            fits = {bound.fits(person, ANYTHING) for bound in term.qualifiers}
            if Fit.NO not in fits and Fit.UNKNOWN in fits:
                yield term


def _known(key: UUID | None) -> tuple[UUID, ...]:
    return (key,) if key else ()
