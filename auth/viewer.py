"""Who sends a request: the one place where cookie, address, memberships and roles become a Viewer."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from auth import cookies, sessions
from auth.address import client_address
from auth.site import Site, site_of
from domain import members, visibility
from domain.principal import Membership, Principal, Viewer
from models.vocabulary import Affiliation


async def viewer_of(connection: HTTPConnection, session: AsyncSession) -> Viewer:
    """The request's viewer; from here on the transaction touches private rows of her members only.

    Her address is looked at in every request and never kept.
    """
    return await _at_place(connection, session, await _signed_in(connection, session, site_of(connection)))


async def viewer_of_link(connection: HTTPConnection, session: AsyncSession, session_id: UUID | None) -> Viewer:
    """Who goes on with a link that needs no cookie: the person of this live session, or nobody in particular; the place
    is the request's own. The transaction must have entered the session's members.
    """
    memberships = await sessions.memberships(session, session_id) if session_id else ()
    return await _at_place(connection, session, Viewer(Principal(memberships), session_id))


async def _at_place(connection: HTTPConnection, session: AsyncSession, signed_in: Viewer) -> Viewer:
    place = await _place(connection, session, site_of(connection))
    memberships = signed_in.principal.memberships
    for member_id, walk_ins in place.items():
        if walk_ins:
            memberships = _with_walk_in(memberships, member_id)
    viewer = replace(signed_in, principal=Principal(memberships, frozenset(place)))
    await visibility.enter(session, viewer)
    connection.scope.setdefault("state", {})["viewer"] = viewer  # the log tells the kind
    return viewer


async def _place(connection: HTTPConnection, session: AsyncSession, site: Site) -> dict[UUID, bool]:
    address = client_address(connection, site.trusted_proxies)
    return await members.on_network(session, address) if address else {}


async def _signed_in(connection: HTTPConnection, session: AsyncSession, site: Site) -> Viewer:
    token = cookies.read(connection, site, cookies.SESSION)
    row = await sessions.by_token(session, site, token) if token else None
    if row is None:
        return Viewer()
    await visibility.enter_members(session, frozenset(row.member_ids))
    await sessions.touch(session, row)
    return Viewer(Principal(await sessions.memberships(session, row.id)), row.id)


def _with_walk_in(memberships: tuple[Membership, ...], member_id: UUID) -> tuple[Membership, ...]:
    """Whoever stands in the library is a walk-in there, signed in or not, on top of what she is already."""
    walk_in = frozenset({Affiliation.LIBRARY_WALK_IN})
    if all(one.member_id != member_id for one in memberships):
        return (*memberships, Membership(member_id, walk_in))
    return tuple(
        replace(one, affiliations=one.affiliations | walk_in) if one.member_id == member_id else one
        for one in memberships
    )
