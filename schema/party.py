"""Parties: providers and members, who license and contribute."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.reading import Reading
from models import party as rows
from models.columns import Localised
from models.vocabulary import PartyKind
from schema.change import Change, history, of_staff
from schema.kit.arguments import Lang
from schema.kit.connection import Connection
from schema.kit.context import Info
from schema.kit.loaders import loader
from schema.kit.rows import KEYS
from schema.kit.source import column, computed, identity, noun, type_of
from schema.node import Node, lookup


class Institution(NamedTuple):
    """A member as the catalogue shows it: its rows of party and member together."""

    id: UUID
    name: Localised
    kind: str
    contact: str | None
    country: str | None
    time_zone: str
    proxy_prefix: str | None
    version: int


def _parties() -> Reading:
    party, member = rows.Party, rows.Member
    of_member = (member.kind, member.contact, member.country, member.time_zone, member.proxy_prefix)
    return Reading(
        select(party, *map(col, of_member), col(party.version))
        .outerjoin(member, col(member.id) == col(party.id))
        .where(col(party.id) == KEYS)
    )


_PARTIES = _parties()


@loader("party")
async def shown(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, rows.Party | Institution]:
    found = await _PARTIES.rows(session, keys=list(keys))
    return {row.id: _shown(row, tuple(of_member)) for row, *of_member in found}


def _shown(party: rows.Party, of_member: tuple[Any, ...]) -> rows.Party | Institution:
    return Institution(party.id, party.name, *of_member) if party.kind is PartyKind.MEMBER else party


def name_of(root: strawberry.Parent[rows.Party | Institution], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return info.context.said(root.name, lang)


@strawberry.interface(
    description="Who licenses or contributes: a provider (publisher, vendor) or a member. "
    "Every member is both giver and taker."
)
class Party:
    id: strawberry.ID = identity(rows.Party)
    name: str = computed(name_of, "Its name in the language wanted.", rows.Party.name)

    resolve_type = staticmethod(type_of)


@noun(rows.Party, "Who sells or gives licences and isn't a member: a publisher, a vendor.")
class Provider(Node, Party):
    id: strawberry.ID = identity(rows.Party)
    name: str = computed(name_of, "Its name in the language wanted.", rows.Party.name)
    version: int = column(rows.Party.version, "Rises with every change.")
    history: Connection[Change] | None = history(rows.Party, of_staff)


lookup("Provider", "party")
