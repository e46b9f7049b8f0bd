"""Asking for somebody else: who may ask about whom, and as whom the question is then decided (contract, AccessSubject).

Everybody may ask for the own situation, and a client without a person has none. For a member and any kind of its
readers may ask its librarians, the clients that it named, and the consortium's admins and auditors.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from domain import visibility
from domain.principal import Membership, Principal, Viewer
from domain.rights.grants import Grants
from domain.rights.people import WALK_IN, alone
from models.vocabulary import AccessReason, Affiliation


@dataclass(frozen=True, slots=True)
class Subject:
    """As whom a decision is asked for. `named`: a member was named; without `member_id` it is one that nobody knows.

    Left out (None): affiliations = the viewer's own, of a named member [MEMBER]; `on_site` = the viewer's own place, of
    a named member off site; `territory` = the member's country.
    """

    named: bool = False
    member_id: UUID | None = None
    affiliations: frozenset[Affiliation] | None = None
    entitlements: frozenset[str] | None = None
    on_site: bool | None = None
    territory: str | None = None


def principal(viewer: Viewer, subject: Subject, grants: Grants) -> Principal | AccessReason:
    """The principal that the question is decided for, or why it may not be asked."""
    if subject.named:
        return _of_member(viewer, subject, grants)
    if viewer.in_own_name:
        return AccessReason.ASKING_NOT_ALLOWED
    own = viewer.principal
    memberships = tuple(
        asked for membership in own.memberships if (asked := _as_asked(viewer, membership, subject)) is not None
    )
    invented = subject.affiliations is not None or bool(subject.entitlements)
    if invented and not memberships:
        return AccessReason.ASKING_NOT_ALLOWED
    homes = frozenset(membership.member_id for membership in memberships)
    places = {None: own.on_site, True: own.on_site | homes, False: frozenset[UUID]()}
    return Principal(memberships, places[subject.on_site], subject.territory or own.territory)


def _of_member(viewer: Viewer, subject: Subject, grants: Grants) -> Principal | AccessReason:
    member_id = subject.member_id
    if member_id is None or member_id not in grants.members:
        return AccessReason.MEMBER_UNKNOWN
    asked = Membership(
        member_id,
        frozenset({Affiliation.MEMBER}) if subject.affiliations is None else subject.affiliations,
        subject.entitlements or frozenset(),
    )
    own = [membership for membership in viewer.principal.memberships if membership.member_id == member_id]
    if member_id in viewer.principal.on_site and grants.members[member_id].walk_ins:
        own.append(Membership(member_id, WALK_IN))
    if not visibility.asks_for(viewer, member_id) and not any(_within(asked, membership) for membership in own):
        return AccessReason.ASKING_NOT_ALLOWED
    on_site = frozenset({member_id}) if subject.on_site else frozenset[UUID]()
    return Principal((asked,), on_site, subject.territory)


def _as_asked(viewer: Viewer, membership: Membership, subject: Subject) -> Membership | None:
    """One of the viewer's own memberships as the subject describes it; None = she may not ask for that."""
    asked = replace(
        membership,
        affiliations=membership.affiliations if subject.affiliations is None else subject.affiliations,
        entitlements=membership.entitlements if subject.entitlements is None else subject.entitlements,
    )
    return asked if visibility.asks_for(viewer, membership.member_id) or _within(asked, membership) else None


def _within(asked: Membership, own: Membership) -> bool:
    """Whether somebody asks for no more than she is."""
    implied = frozenset(word for affiliation in own.affiliations for word in alone(affiliation))
    return asked.affiliations <= implied and asked.entitlements <= own.entitlements
