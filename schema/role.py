"""Roles are handed out by one-time links and ended by name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import strawberry

from domain import roles
from domain.roles import Problem as RoleProblem
from domain.roles import RoleRefused
from models import identity as rows
from models.vocabulary import Role
from schema.kit import ids
from schema.kit.acts import Done, Refused, act, reason_given, recorded
from schema.kit.context import Info
from schema.kit.problems import Complaint, Problem
from schema.kit.scalars import URL
from schema.kit.source import computed, fact
from schema.member import Member, RoleAssignment


@strawberry.input(description="Who is invited to what.")
class RoleInviteInput:
    member: strawberry.ID = strawberry.field(description="The member for which the role is.")
    role: Role = strawberry.field(description="What the person may do then.")
    reason: str | None = strawberry.field(default=strawberry.UNSET, description="Why, for the record.")


@strawberry.input(description="Which role ends.")
class RoleEndInput:
    role: strawberry.ID = strawberry.field(description="The id of the role that somebody holds.")
    reason: str = strawberry.field(description="Why, for the record.")


@dataclass(frozen=True, slots=True)
class _Invited:
    row: rows.Invitation
    token: str

    @property
    def role(self) -> Role:
        return self.row.role

    @property
    def expires_at(self) -> datetime:
        return self.row.expires_at


async def _member(root: strawberry.Parent[_Invited], info: Info) -> Any:
    return await info.context.loaders.load("party", root.row.member_id)


def _url(root: strawberry.Parent[_Invited], info: Info) -> str:
    return f"{info.context.public_url}/invitation/{root.token}"


@strawberry.type(description="A one-time link. Whoever opens it and signs in through the member holds the role.")
class RoleInvitation:
    member: Member = computed(_member, "The member for which the role is.", rows.Invitation.member_id)
    role: Role = fact("role", "What the person may do then.")
    url: URL = computed(_url, "The link. Shown once: only its fingerprint is kept.")
    expires_at: datetime = fact("expires_at", "Until when it can be opened.")


@strawberry.type(description="What roleInvite did.")
class RoleInvitePayload:
    invitation: RoleInvitation | None = fact("made", "The link; null where there are problems.")
    problems: list[Problem] = fact("problems", "Why nothing was done; empty = it was.")


@strawberry.type(description="What roleEnd did.")
class RoleEndPayload:
    role: RoleAssignment | None = fact("made", "The role as it stands now; null where there are problems.")
    problems: list[Problem] = fact("problems", "Why nothing was done; empty = it was.")


async def invite(
    info: Info, input: Annotated[RoleInviteInput, strawberry.argument(description="Who is invited to what.")]
) -> Any:
    context = info.context
    member = ids.decode(input.member, "Member")

    async def done() -> Done:
        if member is None:
            raise Refused(Complaint(RoleProblem.MEMBER_NOT_FOUND.value, ("input", "member")))
        try:
            made = await roles.invite(
                context.session, context.keys, context.viewer, member, input.role, reason_given(input.reason)
            )
        except RoleRefused as refusal:
            path = None if refusal.problem is RoleProblem.FORBIDDEN else ("input", "member")
            raise Refused(Complaint(refusal.problem.value, path)) from refusal
        return Done(_Invited(made.invitation, made.token))

    return await _answered(info, "roleInvite", done)


async def end(info: Info, input: Annotated[RoleEndInput, strawberry.argument(description="Which role ends.")]) -> Any:
    context = info.context
    key = ids.decode(input.role, "RoleAssignment")

    async def done() -> Done:
        if key is None:
            raise Refused(Complaint("role_not_found", ("input", "role")))
        reason = reason_given(input.reason)
        if reason is None:
            raise Refused(Complaint("blank", ("input", "reason"), {"field": "reason"}))
        try:
            return Done(await roles.end(context.session, context.viewer, key, reason))
        except RoleRefused as refusal:
            path = None if refusal.problem is RoleProblem.FORBIDDEN else ("input", "role")
            raise Refused(Complaint(refusal.problem.value, path)) from refusal

    return await _answered(info, "roleEnd", done)


async def _answered(info: Info, name: str, done: Callable[[], Awaitable[Done]]) -> Done:
    """The payload; a refusal goes on record."""
    if not info.context.viewer.signed_in:
        answer = Done(problems=[Complaint("unauthenticated")])
    else:
        answer = await act(info, done, lambda complaints: Done(problems=complaints))
    await recorded(info, name, answer.problems)
    return answer
