"""Roles: librarians, consortium admins and auditors. One is never held on an identity provider's word alone.

Somebody who may do so invites; whoever opens the one-time link and signs in through the named member holds the role.
"""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import visibility
from domain.keys import KeyStore, Purpose, Unreadable
from domain.principal import Viewer
from models import identity as rows
from models.party import Member
from models.vocabulary import Role

OPEN_FOR = timedelta(days=14)
"""How long an invitation can be redeemed."""
NAME_LENGTH = 100
_BY_TOKEN = text("SELECT * FROM invitation_by_token(:hash) WHERE redeemed_at IS NULL AND expires_at > now()")


class Problem(StrEnum):
    """Why an act on roles is refused; the catalogue of messages has a sentence for each under `problem`."""

    FORBIDDEN = "forbidden"
    MEMBER_NOT_FOUND = "member_not_found"
    ROLE_NOT_FOUND = "role_not_found"
    ROLE_ENDED = "role_ended"


class RoleRefused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class NotRedeemable(Exception):
    """The invitation doesn't exist, was used, or expired: which of these is nobody's business."""


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation. `token` is shown once, to whoever invited."""

    invitation: rows.Invitation
    token: str


def may_invite(viewer: Viewer, member_id: UUID, role: Role) -> bool:
    """A consortium admin invites to every role; a librarian only further librarians of her own member."""
    return viewer.administers or (role is Role.MEMBER_LIBRARIAN and member_id in viewer.librarian_of)


def actor(viewer: Viewer, member_id: UUID) -> str:
    """How an act of the viewer is signed: by her pseudonym at that member, or at the one whose role she acts in."""
    held = [one for one in viewer.principal.memberships if one.roles and one.pseudonym_id]
    held.sort(key=lambda membership: membership.member_id != member_id)
    return f"pseudonym:{held[0].pseudonym_id}"


async def invite(
    session: AsyncSession, keys: KeyStore, viewer: Viewer, member_id: UUID, role: Role, reason: str | None = None
) -> Invited:
    """Make a one-time link for a role. Raises RoleRefused."""
    if not may_invite(viewer, member_id, role):
        raise RoleRefused(Problem.FORBIDDEN)
    if await session.get(Member, member_id) is None:
        raise RoleRefused(Problem.MEMBER_NOT_FOUND)
    return await invite_as(session, keys, actor(viewer, member_id), member_id, role, reason)


async def invite_as(
    session: AsyncSession, keys: KeyStore, invited_by: str, member_id: UUID, role: Role, reason: str | None = None
) -> Invited:
    """The same for an actor whose right to invite needs no check: `cli:<account>`."""
    token = keys.mint(Purpose.LOGIN)
    invitation = rows.Invitation(
        token_hash=keys.fingerprint(Purpose.LOGIN, token),
        member_id=member_id,
        role=role,
        invited_by=invited_by,
        reason=reason,
        expires_at=datetime.now(UTC) + OPEN_FOR,
    )
    session.add(invitation)
    await session.flush()
    await session.refresh(invitation)
    return Invited(invitation, token)


async def invitation(session: AsyncSession, keys: KeyStore, token: str) -> rows.Invitation:
    """What a link offers, while it can be redeemed. Raises NotRedeemable."""
    try:
        return await invitation_by_hash(session, keys.fingerprint(Purpose.LOGIN, token))
    except Unreadable as error:
        raise NotRedeemable from error


async def invitation_by_hash(session: AsyncSession, token_hash: bytes) -> rows.Invitation:
    statement = select(rows.Invitation).from_statement(_BY_TOKEN)
    found: rows.Invitation | None = (await session.execute(statement, {"hash": token_hash})).scalar_one_or_none()
    if found is None:
        raise NotRedeemable
    return found


async def redeem(
    session: AsyncSession, token_hash: bytes, member_id: UUID, pseudonym_id: UUID, display_name: str
) -> rows.RoleAssignment:
    """Give the invitation's role to a person of its member, once. Raises NotRedeemable.

    The transaction must have entered the member's rows.
    """
    taken = await session.execute(
        update(rows.Invitation)
        .where(
            col(rows.Invitation.token_hash) == token_hash,
            col(rows.Invitation.member_id) == member_id,
            col(rows.Invitation.redeemed_at).is_(None),
            col(rows.Invitation.expires_at) > func.now(),
        )
        .values(redeemed_at=func.now())
        .returning(col(rows.Invitation.role), col(rows.Invitation.id))
    )
    row = taken.one_or_none()
    if row is None:
        raise NotRedeemable
    return await assign(session, pseudonym_id, member_id, row.role, display_name, f"invitation:{row.id}")


async def assign(
    session: AsyncSession, pseudonym_id: UUID, member_id: UUID, role: Role, display_name: str, granted_by: str
) -> rows.RoleAssignment:
    """Let a person hold a role from now on; one that she holds already only takes the new name."""
    held = await session.execute(
        select(rows.RoleAssignment).where(
            col(rows.RoleAssignment.pseudonym_id) == pseudonym_id,
            col(rows.RoleAssignment.member_id) == member_id,
            col(rows.RoleAssignment.role) == role,
            in_force(),
        )
    )
    assignment = held.scalars().first()
    if assignment is None:
        assignment = rows.RoleAssignment(
            pseudonym_id=pseudonym_id, member_id=member_id, role=role, display_name="", granted_by=granted_by
        )
        session.add(assignment)
    assignment.display_name = plain_name(display_name)
    await session.flush()
    await session.refresh(assignment)
    return assignment


def in_force() -> ColumnElement[bool]:
    """The condition under which a role counts now."""
    assignment = rows.RoleAssignment
    return and_(
        col(assignment.ended_at).is_(None),
        col(assignment.valid_from) <= func.now(),
        or_(col(assignment.valid_until).is_(None), col(assignment.valid_until) > func.now()),
    )


async def end(session: AsyncSession, viewer: Viewer, assignment_id: UUID, reason: str) -> rows.RoleAssignment:
    """End a role now, for whoever may invite to it. Raises RoleRefused; one that she may not see isn't found."""
    assignment = await session.get(rows.RoleAssignment, assignment_id, with_for_update=True)
    if assignment is None or not visibility.sees_administration(viewer, assignment.member_id):
        raise RoleRefused(Problem.ROLE_NOT_FOUND)
    if not may_invite(viewer, assignment.member_id, assignment.role):
        raise RoleRefused(Problem.FORBIDDEN)
    if assignment.ended_at is not None:
        raise RoleRefused(Problem.ROLE_ENDED)
    assignment.ended_at = await _now(session)
    assignment.ended_by = actor(viewer, assignment.member_id)
    assignment.end_reason = reason
    await session.flush()
    return assignment


async def _now(session: AsyncSession) -> datetime:
    now: datetime = (await session.execute(select(func.now()))).scalar_one()
    return now


def plain_name(text: str) -> str:
    """A display name without what could make it look like another: control, bidirectional and invisible characters.

    Empty where nothing visible is left.
    """
    composed = unicodedata.normalize("NFC", text[: NAME_LENGTH * 4])
    kept = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in composed)
    return " ".join(kept.split())[:NAME_LENGTH].strip()
