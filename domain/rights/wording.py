"""Licences as they are stored, read into terms that can be asked (design §4, rules 2 and 3)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from domain.rights.qualifiers import (
    AffiliationIn,
    OnSite,
    PartIn,
    Qualifier,
    TerritoryIn,
    UnknownClass,
    UseIn,
    UserClassIn,
)
from domain.rights.terms import Licence, Limit, Seats, Term
from models.vocabulary import Action, Affiliation, LimitKind, TermStatus

Level = Mapping[Action, tuple[Term, ...]]


def term(row: Any, user_classes: Mapping[str, Iterable[str]], limits: Mapping[UUID, Sequence[Any]]) -> Term:
    """A row of the table `term` with its days. `user_classes`: entitlement URIs by the code of the class; `limits`:
    rows of `usage_limit` by term."""
    return Term(
        id=row.id,
        licence_id=row.licence_id,
        action=Action(row.action),
        status=TermStatus(row.status),
        clause_id=row.clause_id,
        except_as_permitted=row.except_as_permitted,
        concurrent_users=row.concurrent_users,
        noted=bool(row.public_note),
        qualifiers=tuple(_qualifiers(row, user_classes)),
        limits=tuple(Limit(one.id, LimitKind(one.kind), one.amount) for one in limits.get(row.id, ())),
        first=row.first or date.min,
        last=row.last or date.max,
    )


def seats(row: Any) -> Seats:
    """A row of `usage_limit` that counts the users of a licence."""
    return Seats(row.licence_id, int(row.amount), clause_id=row.clause_id)


def licences(rows: Iterable[Any], terms: Iterable[Term], counted: Iterable[Seats]) -> dict[UUID, Licence]:
    """Each licence with its own level and those of its parents. A trigger keeps the tables free of cycles."""
    spoken: dict[UUID, dict[Action, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for one in terms:
        spoken[one.licence_id][one.action].append(one)
    levels: dict[UUID, Level] = {
        licence_id: {action: tuple(found) for action, found in by_action.items()}
        for licence_id, by_action in spoken.items()
    }
    parents: dict[UUID, UUID | None] = {row.id: row.parent_id for row in rows}
    of_all: dict[UUID, list[Seats]] = defaultdict(list)
    for one_seats in counted:
        of_all[one_seats.licence_id].append(one_seats)

    def licence(licence_id: UUID) -> Licence:
        ancestry = list(_ancestry(licence_id, parents))
        spoken_here = tuple(levels.get(level, {}) for level in ancestry)
        turns = {turn for level in spoken_here for among in level.values() for one in among for turn in one.turns}
        seats_here = tuple(one for level in ancestry for one in of_all.get(level, ()))
        return Licence(licence_id, spoken_here, seats_here, tuple(sorted(turns)))

    return {licence_id: licence(licence_id) for licence_id in parents}


def _ancestry(licence_id: UUID, parents: Mapping[UUID, UUID | None]) -> Iterator[UUID]:
    level: UUID | None = licence_id
    while level is not None:
        yield level
        level = parents[level]


def _qualifiers(row: Any, user_classes: Mapping[str, Iterable[str]]) -> Iterator[Qualifier]:
    """In the printed order: what the use is, who asks, where, in which territory."""
    if row.purposes:
        yield UseIn("purpose", _words(row.purposes))
    if row.recipients:
        yield UseIn("recipient", _words(row.recipients))
    if row.methods:
        yield UseIn("method", _words(row.methods))
    if row.parts:
        yield PartIn(_words(row.parts), prohibits=row.status.startswith("prohibited"))
    if row.affiliations:
        yield AffiliationIn(frozenset(Affiliation(word) for word in row.affiliations))
    if row.user_classes:
        unknown = [code for code in row.user_classes if code not in user_classes]
        if unknown:
            yield UnknownClass(unknown[0])
        yield UserClassIn(frozenset(uri for code in row.user_classes for uri in user_classes.get(code, ())))
    if row.on_site_only:
        yield OnSite()
    if row.territories:
        yield TerritoryIn(frozenset(word.upper() for word in row.territories))


def _words(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value.strip().lower() for value in values)
