"""The decision for all resources at once: a bitmap of ordinals, for lists, facets and search filters (design §4).

It asks the same checks as `decide`, each once per grant instead of once per resource, and joins what each grant opens.
Bitmaps are kept by what they were made of. Of the day that is: between which of the member's boundaries it lies, and
the day, month or year that embargoes turn with. So each stands until its next date boundary, and never longer.
"""

import logging
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from pyroaring import BitMap

from domain.principal import Principal
from domain.rights import checks, coverage
from domain.rights.answer import Context
from domain.rights.embargo import turn
from domain.rights.grants import (
    EMPTY,
    EVERYBODY,
    FREE,
    NOTHING,
    Grant,
    Grants,
    Holdings,
    Member,
    PackageTitle,
    Resource,
    Shelf,
)
from domain.rights.kept import kept
from domain.rights.people import People, as_anybody, judged_as
from domain.rights.terms import Permitted
from models.vocabulary import AccessBasis, Action

log = logging.getLogger(__name__)


def readable(grants: Grants, principal: Principal, action: Action, context: Context, now: datetime) -> BitMap:
    """The ordinals of the resources for which `decide` grants. The bitmap is the caller's own."""
    served = judged_as(principal, grants)
    always = replace(context, on=None)
    found = BitMap()
    anybody = as_anybody(principal, served)
    day = context.on or grants.today(None, now)
    for grant, shelf in ((EVERYBODY, grants.open), (FREE, grants.free)):
        among: Hashable = (grant.key, anybody, action, always, turn(shelf.units, day))
        found |= kept(grants.bitmaps, among, partial(_open_to, grants, grant, shelf, anybody, action, always, day))
    for member, people in served:
        if member.zone is None and context.on is None:
            continue  # decide refuses all that is this member's with RULE_ERROR
        held = grants.holdings.get(member.id, NOTHING)
        day = context.on or grants.today(member, now)
        made_of = (member.id, people, action, always, bisect_right(held.boundaries, day), turn(grants.units, day))
        found |= kept(grants.bitmaps, made_of, partial(_of_member, grants, held, member, people, action, always, day))
    return found


def _open_to(
    grants: Grants, grant: Grant, shelf: Shelf, people: People, action: Action, context: Context, day: date
) -> BitMap:
    """What is open to everybody; beyond viewing and downloading, each work's rights statement decides."""
    statements = {resource.rights for resource, _ in shelf.copies}
    permitting = {
        rights
        for rights in statements
        if isinstance(checks.permission(grants, grant, people, action, context, rights, day), Permitted)
    }
    copies = ((resource, title) for resource, title in shelf.copies if resource.rights in permitting)
    return BitMap(_opened(grant, copies, action, context, day))


def _of_member(
    grants: Grants, held: Holdings, member: Member, people: People, action: Action, context: Context, day: date
) -> BitMap:
    found = BitMap()

    def given(among: tuple[Grant, ...]) -> list[Grant]:
        return [grant for grant in among if _admits(grants, grant, member, people, action, context, day)]

    for package_id, among in held.packages.items():
        shelf = grants.shelves.get(package_id, EMPTY)
        for grant in given(among):
            kind = (
                grant.basis is AccessBasis.PERPETUAL,
                grant.lines,
                grant.kept,
                grant.subscribed,
                action in checks.READING,
            )
            asked = (context.published, context.gate, context.package_title_id)
            made_of = (package_id, *kind, *asked, turn(shelf.units | grant.units, day))
            found |= kept(grants.bitmaps, made_of, partial(_on_shelf, grant, shelf, action, context, day))
    for title_id, among in held.package_titles.items():
        resource = grants.titles.get(title_id)
        copies = [(resource, title) for title in resource.package_titles if title.id == title_id] if resource else []
        for grant in given(among):
            found.update(_opened(grant, copies, action, context, day))
    for resource_id, among in held.resources.items():
        resource = grants.resources[resource_id]
        for grant in given(among):
            found.update(_opened(grant, [(resource, copy) for copy in grant.copies(resource)], action, context, day))
    return found


def _admits(
    grants: Grants, grant: Grant, member: Member, people: People, action: Action, context: Context, day: date
) -> bool:
    """Whether a grant stands on this day and permits the use: all checks that are the same for whatever it reaches."""
    try:
        if checks.agreement(grant, day) or checks.standing(grant, member):
            return False
        permitted = checks.permission(grants, grant, people, action, context, None, day)
        return isinstance(permitted, Permitted) and checks.limit(permitted) is None
    except Exception:
        log.exception("a rule failed for grant %s", grant.key)
        return False


def _on_shelf(grant: Grant, shelf: Shelf, action: Action, context: Context, day: date) -> BitMap:
    return BitMap(_opened(grant, shelf.copies, action, context, day))


def _opened(
    grant: Grant,
    copies: Iterable[tuple[Resource, PackageTitle | None]],
    action: Action,
    context: Context,
    day: date,
) -> Iterator[int]:
    """The resources of which something that is asked for is open in one of these copies."""
    asked_for = context.package_title_id
    for resource, title in copies:
        if title and not grant.reaches(title):
            continue
        if asked_for and not (title and title.id == asked_for):
            continue
        if checks.content_there(action, title):
            continue
        wanted = context.published or resource.dates
        if coverage.is_open(grant.extent(title), day, wanted, whole=context.gate):
            yield resource.ordinal
