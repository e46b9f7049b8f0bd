"""Who sends a request: the one place where cookie, address, memberships and roles become a Viewer."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from auth import bearer, cookies, sessions
from auth.address import client_address
from auth.provider.people import within
from auth.sessions import Found
from auth.site import site_of
from domain import members, visibility
from domain.principal import Caller, Membership, Principal, Viewer
from models.vocabulary import Affiliation


async def viewer_of(connection: HTTPConnection, session: AsyncSession) -> Viewer:
    """Whose browser sends the request; from here on the transaction touches private rows of her members only.

    Her address is looked at in every request and never kept. An access token counts for nothing here: our own pages
    are nothing that a person lets an app do.
    """
    site = site_of(connection)
    address = client_address(connection, site.trusted_proxies)
    found = await sessions.find(session, site, cookies.read(connection, site, cookies.SESSION), address)
    return await _seen(connection, session, found, None)


async def viewer_of_call(connection: HTTPConnection, session: AsyncSession) -> Viewer:
    """Who calls an address that is for apps as well. With an access token no cookie counts.

    Raises:
        bearer.Refused: the token is none of ours, or not good any more.
    """
    token = bearer.token_of(connection)
    if token is None:
        return await viewer_of(connection, session)
    site = site_of(connection)
    address = client_address(connection, site.trusted_proxies)
    caller, found = await bearer.find(session, site, token, address)
    return await _seen(connection, session, found, caller)


async def _seen(connection: HTTPConnection, session: AsyncSession, found: Found, caller: Caller | None) -> Viewer:
    """The person of a session, or whoever has none; with a caller, as far as both may."""
    await sessions.touch(session, found)
    memberships = await sessions.memberships(session, found.session_id) if found.session_id else ()
    members = caller.members if caller else None
    place = {key: walk_ins for key, walk_ins in found.place.items() if members is None or key in members}
    viewer = _at_place(connection, Viewer(Principal(within(memberships, members)), found.session_id, caller), place)
    if viewer.sees_everything or viewer.member_ids != found.members:
        await visibility.enter(session, viewer)
    return viewer


async def viewer_of_link(connection: HTTPConnection, session: AsyncSession, session_id: UUID | None) -> Viewer:
    """Who goes on with a link that needs no cookie: the person of this live session, or nobody in particular; the place
    is the request's own. The transaction must have entered the session's members.
    """
    memberships = await sessions.memberships(session, session_id) if session_id else ()
    address = client_address(connection, site_of(connection).trusted_proxies)
    place = await members.on_network(session, address) if address else {}
    viewer = _at_place(connection, Viewer(Principal(memberships), session_id), place)
    await visibility.enter(session, viewer)
    return viewer


def _at_place(connection: HTTPConnection, signed_in: Viewer, place: Mapping[UUID, bool]) -> Viewer:
    """`place`: the members on whose network she is, and whether whoever is there is a walk-in of theirs."""
    memberships = signed_in.principal.memberships
    for member_id, walk_ins in place.items():
        if walk_ins:
            memberships = _with_walk_in(memberships, member_id)
    viewer = replace(signed_in, principal=Principal(memberships, frozenset(place)))
    connection.scope.setdefault("state", {})["viewer"] = viewer  # the log tells the kind
    return viewer


def _with_walk_in(memberships: tuple[Membership, ...], member_id: UUID) -> tuple[Membership, ...]:
    """Whoever stands in the library is a walk-in there, signed in or not, on top of what she is already."""
    walk_in = frozenset({Affiliation.LIBRARY_WALK_IN})
    if all(one.member_id != member_id for one in memberships):
        return (*memberships, Membership(member_id, walk_in))
    return tuple(
        replace(one, affiliations=one.affiliations | walk_in) if one.member_id == member_id else one
        for one in memberships
    )
