"""Providers and members as files name them: a provider by its name, a member as `member:CODE`."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.intake.reasons import Reason
from domain.intake.source import refuse
from models import party as rows
from models.vocabulary import PartyKind

LONGEST_NAME = 300
"""Characters of a name that is a key: of a provider, package or platform."""

_MEMBER = "member:"


async def provider(session: AsyncSession, written: str, *, line: int = 0) -> UUID:
    """The party; a provider that isn't known yet is made.

    Raises:
        FileRefused: there is no such member.
    """
    party = rows.Party
    if written.startswith(_MEMBER):
        kind, code = PartyKind.MEMBER, written.removeprefix(_MEMBER).strip()
    else:
        kind, code = PartyKind.PROVIDER, written
        values = {"kind": kind, "code": code, "name": {"und": code}}
        await session.execute(insert(party).values(**values).on_conflict_do_nothing())
    found = await session.execute(select(col(party.id)).where(col(party.kind) == kind, col(party.code) == code))
    party_id: UUID | None = found.scalar_one_or_none()
    if party_id is None:
        raise refuse(line, Reason.UNKNOWN_MEMBER, column="provider", value=written)
    return party_id
