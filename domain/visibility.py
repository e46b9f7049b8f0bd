"""Who sees what: the design's table as predicates, one line each. Everything that shows a private fact asks here.

Row-level security is the second fence: `enter` tells the database whose private rows this transaction may touch.
"""

from collections.abc import Set as AbstractSet
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.principal import Viewer
from models.vocabulary import ClauseVisibility

_SET_MEMBERS = text("SELECT set_config('mutua.members', :members, true)")


async def enter(session: AsyncSession, viewer: Viewer) -> None:
    """Open the rows that are private to the viewer's members, for the rest of this transaction."""
    await enter_members(session, None if viewer.sees_everything else viewer.member_ids)


async def enter_members(session: AsyncSession, members: AbstractSet[UUID] | None) -> None:
    """The same for members named by the caller; None = all of them."""
    listed = "*" if members is None else ",".join(sorted(str(member) for member in members))
    await session.execute(_SET_MEMBERS, {"members": listed})


def staffed(viewer: Viewer) -> frozenset[UUID] | None:
    """Members for which the viewer may see what staff see; None = every member. For filters of lists."""
    return None if viewer.sees_everything else viewer.librarian_of


def sees_licence(viewer: Viewer, bound: AbstractSet[UUID]) -> bool:
    """A licence with all its terms. `bound`: the members that it binds."""
    return viewer.sees_everything or bool(viewer.librarian_of & bound)


def reads_clause(viewer: Viewer, visibility: ClauseVisibility, bound: AbstractSet[UUID]) -> bool:
    """A clause's text, which contracts can make confidential. Its summary is for everybody who gets the decision."""
    if visibility is ClauseVisibility.PUBLIC or sees_licence(viewer, bound):
        return True
    patron_of = {membership.member_id for membership in viewer.principal.memberships} if viewer.signed_in else set()
    return visibility is ClauseVisibility.MEMBERS and bool(patron_of & bound)


def reads_term_notes(viewer: Viewer, bound: AbstractSet[UUID]) -> bool:
    """A term's internal note."""
    return sees_licence(viewer, bound)


def sees_standing(viewer: Viewer, member_id: UUID) -> bool:
    """Standing and obligations."""
    return viewer.staff_for(member_id)


def sees_administration(viewer: Viewer, member_id: UUID) -> bool:
    """Network ranges, roles and costs: not for auditors."""
    return viewer.administers or member_id in viewer.librarian_of


def sees_digest(viewer: Viewer) -> bool:
    """A content item's SHA-256."""
    return viewer.sees_everything or bool(viewer.librarian_of)


def asks_for(viewer: Viewer, member_id: UUID) -> bool:
    """Access decisions for a member and any kind of its readers. (One's own situation needs no permission.)"""
    return viewer.staff_for(member_id)
