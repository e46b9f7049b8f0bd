"""The questions that our engine and its peers are asked, and what the peers are told to answer them from."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from bench.world import SEED, key
from domain.principal import Membership, Principal
from domain.rights.answer import Context, Granted
from domain.rights.decide import verdict
from domain.rights.grants import Grant, Grants, PackageTitle, Resource
from models.vocabulary import Action, Affiliation

ASKERS, PAGE = 500, 20
ACTIONS = (Action.VIEW, Action.VIEW, Action.DOWNLOAD, Action.PRINT, Action.INTERLIBRARY_SUPPLY, Action.AI_USE)
AFFILIATIONS = (Affiliation.STUDENT, Affiliation.STUDENT, Affiliation.FACULTY, Affiliation.ALUM)
CONTEXT = Context()

Told = tuple[bool, str | None]
"""Whether it is granted, and by which term; None: by none, since the title is open to everybody."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who opens a page of titles, each of which is decided for her."""

    principal: Principal
    affiliations: tuple[str, ...]
    action: Action
    page: tuple[UUID, ...]

    @property
    def member(self) -> UUID:
        return self.principal.memberships[0].member_id


def askers(grants: Grants, members: int) -> list[Asker]:
    """The same whenever they are made. Ids are equal to those of the grants, and not the same objects."""
    lot = random.Random(SEED)  # noqa: S311 a seed
    titles = [str(one) for one in grants.resources]
    return [_asker(lot, titles, members) for _ in range(ASKERS)]


def _asker(lot: random.Random, titles: list[str], members: int) -> Asker:
    affiliation = lot.choice(AFFILIATIONS)
    implied = {Affiliation.MEMBER} if affiliation in {Affiliation.STUDENT, Affiliation.FACULTY} else set()
    membership = Membership(key("member", lot.randrange(members)), frozenset({affiliation}))
    return Asker(
        Principal((membership,)),
        tuple(sorted({affiliation.value, *(one.value for one in implied)})),
        lot.choice(ACTIONS),
        tuple(UUID(one) for one in lot.choices(titles, k=PAGE)),
    )


def ours(grants: Grants, asked: list[Asker], now: datetime) -> list[Told]:
    return [
        (True, str(answer.term_id) if answer.term_id else None) if isinstance(answer, Granted) else (False, None)
        for one in asked
        for answer in (verdict(grants, one.principal, title, one.action, CONTEXT, now) for title in one.page)
    ]


def number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def opened(title: PackageTitle, day: date) -> tuple[date, date]:
    """What of a copy is open on the day: each has one statement in this consortium."""
    ((statement,),) = title.extent
    found = statement.leaves_open(day)
    return found or (date.max, date.min)


def told_of(resource: Resource, day: date) -> dict[str, Any]:
    """A title as the peers are told of it; what an embargo leaves open today is worked out for them."""
    copies = [(str(title.package_id), *map(number, opened(title, day))) for title in resource.package_titles]
    dates = dict(zip(("published_first", "published_last"), map(number, resource.dates or ()), strict=False))
    return {
        "open": resource.open_access,
        **dates,
        "copies": [{"package": package, "first": first, "last": last} for package, first, last in copies],
    }


def held(grants: Grants, member_id: UUID) -> Iterator[tuple[UUID, Grant]]:
    """The grants of a member by package: nothing else is given in this consortium."""
    for package_id, among in grants.holdings[member_id].packages.items():
        yield from ((package_id, grant) for grant in among)
