"""Who sees what: the design's table as predicates, one line each. Everything that shows a private fact asks here.

Row-level security is the second fence: `enter` tells the database whose private rows this transaction may touch.
"""

from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import involvement
from domain.involvement import Keys
from domain.principal import Viewer
from domain.reading import fetched
from models import agreement as agreements
from models import client as clients
from models import licence as licences
from models.vocabulary import ClauseVisibility

STAFFED = "staffed"
"""The parameter of statements that are kept: the members of `contracted`."""
_SET_MEMBERS = "SELECT set_config('mutua.members', %(members)s, true)"


async def enter(session: AsyncSession, viewer: Viewer) -> None:
    """Open the rows that are private to the viewer's members, for the rest of this transaction."""
    await enter_members(session, None if viewer.sees_everything else viewer.member_ids)


async def enter_members(session: AsyncSession, members: AbstractSet[UUID] | None) -> None:
    """The same for members named by the caller; None = all of them."""
    listed = "*" if members is None else ",".join(sorted(str(member) for member in members))
    await fetched(session, _SET_MEMBERS, {"members": listed})


def staffed(viewer: Viewer) -> frozenset[UUID] | None:
    """Members for which the viewer may see what staff see; None = every member. For filters of lists."""
    return None if viewer.sees_everything else viewer.librarian_of


def contracted(viewer: Viewer) -> frozenset[UUID] | None:
    """Members whose contracts the viewer sees; None = every member's. Staff do, and a client in its own name, for those
    that named it."""
    client = viewer.in_own_name
    return client.members if client else staffed(viewer)


def sees_all_contracts(viewer: Viewer) -> bool:
    return contracted(viewer) is None


def sees_contracts_of(viewer: Viewer, *members: UUID | None) -> bool:
    """Of any of these members."""
    seen = contracted(viewer)
    return seen is None or not seen.isdisjoint(members)


def sight(viewer: Viewer) -> Keys | None:
    """`contracted` for statements."""
    members = contracted(viewer)
    return None if members is None else involvement.these(members)


def kept_sight(*, everything: bool) -> Keys | None:
    """The same for statements that are kept, and that know no viewer: each time they are given her members."""
    return None if everything else involvement.named(STAFFED)


def only_licences(found: Select[*tuple[Any, ...]], members: Keys | None) -> Select[*tuple[Any, ...]]:
    """Of a SELECT on `licence`: those that `sight` lets a viewer see with all their terms. Drafts are for the holder's
    staff."""
    if members is None:
        return found
    concerned = involvement.licences_of(members, drafts=False)
    return found.where(col(licences.Licence.id).in_(select(concerned.c.licence_id)))


def only_documents(found: Select[*tuple[Any, ...]], members: Keys | None) -> Select[*tuple[Any, ...]]:
    """Of a SELECT on `licence_document`: those of the viewer's members, and those of licences that she sees."""
    if members is None:
        return found
    document, licence, amendment = licences.LicenceDocument, licences.Licence, licences.Amendment
    concerned = involvement.licences_of(members, drafts=False)
    of_them = select(concerned.c.licence_id)
    own = involvement.is_one_of(col(document.holder_id), members)
    signed = select(col(licence.document_id)).where(col(licence.id).in_(of_them))
    amending = select(col(amendment.document_id)).where(col(amendment.licence_id).in_(of_them))
    return found.where(or_(own, col(document.id).in_(signed), col(document.id).in_(amending)))


def only_agreements(found: Select[*tuple[Any, ...]], members: Keys | None) -> Select[*tuple[Any, ...]]:
    """Of a SELECT on `agreement`: those that `sight` lets a viewer see. Drafts are for the holder's staff."""
    if members is None:
        return found
    concerned = involvement.agreements_of(members, drafts=False)
    return found.where(col(agreements.Agreement.id).in_(select(concerned.c.agreement_id)))


def only_participations(found: Select[*tuple[Any, ...]], members: Keys | None) -> Select[*tuple[Any, ...]]:
    """Of a SELECT on `participation` and its `agreement`: those of the viewer's members, and all in what they hold."""
    if members is None:
        return found
    held = involvement.is_one_of(col(agreements.Agreement.holder_id), members)
    return found.where(or_(held, involvement.is_one_of(col(agreements.Participation.member_id), members)))


def sees_participation(viewer: Viewer, member_id: UUID, holder_id: UUID | None) -> bool:
    """One of them, in an agreement that the viewer sees."""
    return sees_contracts_of(viewer, member_id, holder_id)


def sees_agreement_record(viewer: Viewer, holder_id: UUID | None) -> bool:
    """An agreement's history, which names all who take part: for its holder's staff. Whose agreement isn't seen, isn't
    asked about."""
    return viewer.sees_everything or holder_id in viewer.librarian_of


def sees_rights(viewer: Viewer, member_id: UUID) -> bool:
    """A member's agreements, licences and rights as lists; filtering by another member finds nothing."""
    return sees_contracts_of(viewer, member_id)


def sees_clients(viewer: Viewer, member_id: UUID) -> bool:
    """A member's apps and systems as a list."""
    return viewer.staff_for(member_id)


def sees_client(viewer: Viewer, client: clients.Client) -> bool:
    """An app or a partner's system: its member's librarians see it, and, as every one, the consortium's staff."""
    return viewer.sees_everything or client.member_id in viewer.librarian_of


def only_clients(found: Select[*tuple[Any, ...]], viewer: Viewer) -> Select[*tuple[Any, ...]]:
    """Of a SELECT on `client`: those that the viewer sees."""
    members = staffed(viewer)
    return found if members is None else found.where(col(clients.Client.member_id).in_(members))


def sees_licence(viewer: Viewer, bound: AbstractSet[UUID]) -> bool:
    """A licence with all its terms. `bound`: the members that it binds."""
    return sees_contracts_of(viewer, *bound)


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


def is_staff(viewer: Viewer) -> bool:
    """What only staff see of things that everybody sees: who changed them, a content item's SHA-256."""
    return viewer.sees_everything or bool(viewer.librarian_of)


def asks_for(viewer: Viewer, member_id: UUID) -> bool:
    """Access decisions for a member and any kind of its readers. (One's own situation needs no permission.)"""
    return sees_contracts_of(viewer, member_id)
