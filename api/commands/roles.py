"""`mutua invite`: how the first consortium admin comes in."""

import asyncio
from enum import StrEnum
from typing import Annotated

import typer

from api import database
from api import settings as configuration
from api.commands import keys
from api.commands.account import actor
from domain import members, roles
from models.vocabulary import Role

app = typer.Typer()


class RoleOption(StrEnum):
    """The roles as one types them."""

    LIBRARIAN = "librarian"
    CONSORTIUM_ADMIN = "consortium-admin"
    AUDITOR = "auditor"


_ROLES = {
    RoleOption.LIBRARIAN: Role.MEMBER_LIBRARIAN,
    RoleOption.CONSORTIUM_ADMIN: Role.CONSORTIUM_ADMIN,
    RoleOption.AUDITOR: Role.AUDITOR,
}


class MemberUnknown(Exception):
    """The text is the one line to print."""


@app.command()
def invite(
    member: Annotated[str, typer.Option(help="Code of the member that she signs in through.")],
    role: Annotated[RoleOption, typer.Option(help="The role that she is to hold.")],
    reason: Annotated[str | None, typer.Option(help="Why, for whoever reads the list of roles later.")] = None,
) -> None:
    """Print a one-time link: who opens it and signs in through the member holds the role."""
    settings = configuration.load()
    invited = asyncio.run(_invite(settings, member, _ROLES[role], reason))
    typer.echo(f"{settings.public_url}/invitation/{invited.token}")
    typer.echo(f"Good once, until {invited.invitation.expires_at:%Y-%m-%d %H:%M} UTC.", err=True)


async def _invite(settings: configuration.Settings, code: str, role: Role, reason: str | None) -> roles.Invited:
    async with database.transactions(settings) as transaction, transaction() as session:
        member = await members.by_code(session, code)
        if member is None:
            raise MemberUnknown(f"no member has the code {code}")
        return await roles.invite_as(session, keys.of(settings), actor(), member.id, role, reason)
