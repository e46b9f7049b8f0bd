"""Puts what a delta read in the place of what was there. Pure: nothing at hand is changed by it, and what it leaves as
it was is shared."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any
from uuid import UUID

from pyroaring import BitMap

from domain.rights import compilation
from domain.rights.deltas import Delta
from domain.rights.grants import (
    EMPTY,
    EVERYBODY,
    FREE,
    NOTHING,
    Copy,
    Grant,
    Grants,
    Holdings,
    Resource,
    Shelf,
    Target,
    in_order,
)
from domain.rights.terms import Licence


def follow(known: Grants, delta: Delta) -> Grants:
    """The grants of the delta's epoch."""
    declared = compilation.declared(delta.rows)
    read = {row.id: compilation.member(row) for row in delta.rows["members"]}
    members = {**{one: m for one, m in known.members.items() if one not in delta.changed.members}, **read}
    licences = {t.grant.licence.id: t.grant.licence for t in known.pool.targets if t.grant.licence}
    reworded = compilation.contracts(delta.rows, declared)
    contracts = {one: licences[one] if licences.get(one) == licence else licence for one, licence in reworded.items()}
    gone, new = _targets(known, delta, contracts)
    catalogue = _catalogue(known, delta)
    pool = _swapped(known.pool, gone, new)
    same_rules = declared == known.declared and all(licences.get(one, it) is it for one, it in contracts.items())
    stale = {one for one in {*members, *known.members} if members.get(one) != known.members.get(one)}
    stale.update(one for target in chain(gone, new) for one in target.grant.members)
    stale.update(one for one, held in known.holdings.items() if catalogue.concerns(held))
    return Grants(
        epoch=delta.epoch,
        declared=declared,
        members=members,
        countries=frozenset(member.country for member in members.values()),
        resources=catalogue.resources,
        holdings=_of_members(known, gone, new),
        pool=pool,
        shelves=catalogue.shelves,
        titles=catalogue.titles,
        open=catalogue.open,
        free=catalogue.free,
        units=compilation.units(catalogue.shelves.values(), pool.targets),
        bitmaps=dict(_standing(known, catalogue, stale, same_rules=same_rules)),
        memo=dict(known.memo) if same_rules and not delta.changed.licences else {},
    )


def _standing(
    known: Grants, catalogue: "_Catalogue", stale: AbstractSet[UUID], *, same_rules: bool
) -> Iterator[tuple[Hashable, BitMap]]:
    """The bitmaps that nothing changed of which they were made: of packages, of members, of what is open."""
    for made_of, bitmap in list(known.bitmaps.items()):
        of: Any = made_of[0]  # type: ignore[index] # all of them are tuples
        if of in {EVERYBODY.key, FREE.key}:
            stands = same_rules and (catalogue.open, catalogue.free) == (known.open, known.free)
        elif of in known.members:
            stands = same_rules and of not in stale
        else:  # a package, which may have had no titles until now
            stands = of not in catalogue.packages
        if stands:
            yield made_of, bitmap


def _targets(known: Grants, delta: Delta, contracts: Mapping[UUID, Licence]) -> tuple[list[Target], list[Target]]:
    """What is gone of what was given, and what is new; what is given as before is neither."""
    was = {
        _told_apart(target.grant): target
        for target in known.pool.targets
        if target.grant.agreement_id in delta.agreements
        or (target.grant.agreement_id is None and target.package_id in delta.changed.packages)
    }
    new: list[Target] = []
    for target in compilation.targets(delta.rows, contracts):
        key = _told_apart(target.grant)
        if was.get(key) == target:
            del was[key]
        else:
            new.append(target)
    return list(was.values()), new


def _told_apart(grant: Grant) -> tuple[object, ...]:
    """A key leaves out what isn't there: until a day, and from that day on, are called the same."""
    return grant.key, grant.first, grant.last, grant.grace_from, grant.subscribed


def _of_members(known: Grants, gone: list[Target], new: list[Target]) -> Mapping[UUID, Holdings]:
    if not (gone or new):
        return known.holdings
    of_each: dict[UUID, tuple[list[Target], list[Target]]] = defaultdict(lambda: ([], []))
    for place, targets in enumerate((gone, new)):
        for target in targets:
            for member_id in target.grant.members:
                of_each[member_id][place].append(target)
    found = dict(known.holdings)
    for member_id, (lost, won) in of_each.items():
        held = _swapped(found.get(member_id, NOTHING), lost, won)
        if held == NOTHING:
            found.pop(member_id, None)
        else:
            found[member_id] = held
    return found


def _swapped(held: Holdings, gone: list[Target], new: list[Target]) -> Holdings:
    if not (gone or new):
        return held
    lost = {id(target.grant) for target in gone}
    won: dict[tuple[int, UUID], list[Grant]] = {place: [] for target in gone for place in _places(target)}
    for target in new:
        for place in _places(target):
            won.setdefault(place, []).append(target.grant)
    indexes = dict(held.packages), dict(held.package_titles), dict(held.resources)
    for (number, key), grants in won.items():
        index = indexes[number]
        if found := in_order([*(one for one in index.get(key, ()) if id(one) not in lost), *grants]):
            index[key] = found
        else:
            index.pop(key, None)
    return Holdings(*indexes)


def _places(target: Target) -> Iterator[tuple[int, UUID]]:
    """In which index of holdings a target stands, and where."""
    _, *keys = target
    yield from ((number, key) for number, key in enumerate(keys) if key is not None)


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """`packages`: those of whose titles, or their resources, some are others; `others`: these titles and resources."""

    resources: Mapping[UUID, Resource]
    titles: Mapping[UUID, Resource]
    shelves: Mapping[UUID, Shelf]
    open: Shelf
    free: Shelf
    packages: AbstractSet[UUID] = frozenset()
    others: AbstractSet[UUID] = frozenset()

    def concerns(self, held: Holdings) -> bool:
        return not (
            held.packages.keys().isdisjoint(self.packages)
            and held.package_titles.keys().isdisjoint(self.others)
            and held.resources.keys().isdisjoint(self.others)
        )


def _catalogue(known: Grants, delta: Delta) -> _Catalogue:
    before, after = _resources(known, delta)
    if not (before or after):
        return _Catalogue(known.resources, known.titles, known.shelves, known.open, known.free)
    resources, titles, shelves = dict(known.resources), dict(known.titles), dict(known.shelves)
    copies: dict[UUID, list[Copy]] = {}
    for resource in before:
        del resources[resource.id]
        for title in resource.package_titles:
            del titles[title.id]
            copies.setdefault(title.package_id, [])
    for resource in after:
        resources[resource.id] = resource
        for title in resource.package_titles:
            titles[title.id] = resource
            copies.setdefault(title.package_id, []).append((resource, title))
    others = {resource.ordinal for resource in chain(before, after)}

    def replaced(shelf: Shelf, new: Iterable[Copy]) -> Shelf:
        stay = (copy for copy in shelf.copies if copy[0].ordinal not in others)
        return compilation.shelf(sorted(chain(stay, new), key=_place))

    for package_id, new in copies.items():
        if (shelf := replaced(shelves.get(package_id, EMPTY), new)).copies:
            shelves[package_id] = shelf
        else:
            del shelves[package_id]

    def shelf_of(shelf: Shelf, among: Callable[[Resource], Iterable[Copy]]) -> Shelf:
        """`among`: which of a resource's copies belong to it."""
        if not any(True for resource in chain(before, after) for _ in among(resource)):
            return shelf
        return replaced(shelf, chain.from_iterable(among(resource) for resource in after))

    return _Catalogue(
        resources,
        titles,
        shelves,
        shelf_of(known.open, compilation.opened),
        shelf_of(known.free, compilation.freed),
        copies.keys(),
        {key for one in chain(before, after) for key in (one.id, *(title.id for title in one.package_titles))},
    )


def _place(copy: Copy) -> tuple[int, int]:
    resource, title = copy
    return resource.ordinal, title.id.int if title else 0


def _resources(known: Grants, delta: Delta) -> tuple[list[Resource], list[Resource]]:
    """Those that are others now, as they were and as they are."""
    packages, titles = delta.changed.packages, delta.changed.package_titles
    read = compilation.catalogue(delta.rows)
    before: list[Resource] = []
    after: list[Resource] = []
    for key in delta.resources:
        old, new = known.resources.get(key), read.get(key)
        if old and new:
            stay = (one for one in old.package_titles if one.package_id not in packages and one.id not in titles)
            copies = sorted(chain(stay, new.package_titles), key=lambda one: one.id)
            new = replace(new, package_titles=tuple(copies))
        if old != new:
            before += [old] if old else []
            after += [new] if new else []
    return before, after
