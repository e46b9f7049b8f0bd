"""What the compiled rights say of a member and of a resource, as lists."""

from collections.abc import Awaitable, Callable, Sized
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain import visibility
from domain.catalogue import paging
from domain.rights import held
from models.resource import Resource
from models.vocabulary import Action
from schema.contracts import LICENCES
from schema.decide import fresh
from schema.kit import ids
from schema.kit.arguments import After, Before, First, Last
from schema.kit.connection import Page, asked, shown
from schema.kit.context import Info
from schema.party import Institution

RIGHTS = "rights of a member"

OneAction = Annotated[Action | None, strawberry.argument(description="Only this action. Left out: all of them.")]
On = Annotated[date | None, strawberry.argument(description="On which day. Left out: today, where the member is.")]
OfMember = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="To whom. Left out: to the viewer's members whose staff she is."),
]


async def rights_of_member(
    root: strawberry.Parent[Institution],
    info: Info,
    action: OneAction = strawberry.UNSET,
    on: On = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    context = info.context
    if not visibility.sees_rights(context.viewer, root.id):
        return None
    part = asked(context, RIGHTS, first, after, last, before)
    grants = await fresh(info)
    if grants is None:
        return None
    try:
        found = held.rights(grants, root.id, on or None, action or None, context.now)
    except LookupError:
        return None
    page = paging.part([paging.Entry(right, right.place) for right in found], part, held.order)
    return Page(context, RIGHTS, page, page.rows, _length(found))


async def licences_of_resource(
    root: strawberry.Parent[Resource],
    info: Info,
    member: OfMember = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    context = info.context
    part = asked(context, LICENCES.name, first, after, last, before)
    members = _members(info, member)
    grants = await fresh(info) if members else None
    if grants is None:
        return None
    try:
        found = {key for one in members for key in held.licences_open_to(grants, one, root.id, context.now)}
    except LookupError:
        return None
    newest_first = [paging.Entry(key, (key,)) for key in sorted(found, reverse=True)]
    return await shown(context, LICENCES, paging.part(newest_first, part, _newest_first), _length(found))


def _members(info: Info, member: strawberry.ID | None) -> frozenset[UUID]:
    """The member named, or the viewer's; without those whose rights aren't the viewer's to see."""
    viewer = info.context.viewer
    if member is not None and member is not strawberry.UNSET:
        key = ids.decode(member, "Member")
        meant = {key} if key else set()
    else:
        meant = {membership.member_id for membership in viewer.principal.memberships}
    return frozenset(one for one in meant if visibility.sees_rights(viewer, one))


def _newest_first(place: tuple[UUID]) -> int:
    return -place[0].int


def _length(found: Sized) -> Callable[[], Awaitable[int]]:
    async def length() -> int:
        return len(found)

    return length
