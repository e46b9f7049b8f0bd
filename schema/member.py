"""Members of the consortium and their groups."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import Select, Text, Uuid, select, text, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import visibility
from domain.catalogue import packages
from domain.catalogue.paging import Key, Keyset
from models import agreement as contracts
from models import client as apps
from models import identity as people
from models import licence as contract
from models import obligation as duties
from models import party as rows
from models.vocabulary import Role, Standing
from schema.change import Change, history
from schema.client import Client, clients_of_member
from schema.contracts import agreements_of_member, licences_of_member
from schema.identifier import Identifier
from schema.kit.arguments import After, Before, First, Lang, Last
from schema.kit.connection import Connection, Listing, asked, children
from schema.kit.context import Info
from schema.kit.loaders import loader
from schema.kit.rows import belonging, by_key
from schema.kit.scalars import URL
from schema.kit.source import column, computed, identity, noun, relation
from schema.node import Node, lookup
from schema.obligation import EVERY, OBLIGATIONS, Obligation
from schema.party import Institution, Party, name_of
from schema.rights import rights_of_member

if TYPE_CHECKING:
    from schema.agreement import AgreementConnection
    from schema.grant import GrantConnection
    from schema.licence import LicenceConnection

by_key("member_group", rows.MemberGroup)
by_key("role_assignment", people.RoleAssignment)
belonging(
    "member_identifiers",
    col(rows.MemberIdentifier.member_id),
    select(col(rows.MemberIdentifier.member_id), rows.MemberIdentifier).order_by(
        col(rows.MemberIdentifier.namespace), col(rows.MemberIdentifier.value)
    ),
)
belonging(
    "member_scopes",
    col(rows.MemberScope.member_id),
    select(col(rows.MemberScope.member_id), col(rows.MemberScope.scope)).order_by(col(rows.MemberScope.scope)),
)
belonging(
    "issuers_of_member",
    col(rows.MemberScope.member_id),
    select(col(rows.MemberScope.member_id), col(people.IdentityProvider.issuer))
    .join(people.IdentityProviderScope, col(people.IdentityProviderScope.scope) == col(rows.MemberScope.scope))
    .join(people.IdentityProvider, col(people.IdentityProvider.id) == col(people.IdentityProviderScope.provider_id))
    .where(col(people.IdentityProvider.enabled))
    .order_by(col(people.IdentityProvider.issuer)),
)
belonging(
    "groups_of_member",
    col(rows.GroupMembership.member_id),
    select(col(rows.GroupMembership.member_id), rows.MemberGroup)
    .join(rows.MemberGroup, col(rows.MemberGroup.id) == col(rows.GroupMembership.group_id))
    .order_by(col(rows.MemberGroup.code)),
)
belonging(
    "roles_of_member",
    col(people.RoleAssignment.member_id),
    select(col(people.RoleAssignment.member_id), people.RoleAssignment).order_by(col(people.RoleAssignment.id).desc()),
)

_STANDINGS = text("SELECT member_id, standing FROM current_standings() WHERE member_id = ANY (:members)")


@loader("standing", missing=Standing.GOOD)
async def _standings(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, Standing]:
    found = await session.execute(_STANDINGS, {"members": list(keys)})
    return {member_id: Standing(standing) for member_id, standing in found}


def _group_name(root: strawberry.Parent[rows.MemberGroup], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return info.context.said(root.name, lang)


@noun(rows.MemberGroup, "A group of members, or a sub-consortium.")
class MemberGroup(Node):
    id: strawberry.ID = identity(rows.MemberGroup)
    name: str = computed(_group_name, "Its name in the language wanted.", rows.MemberGroup.name)
    parent: "MemberGroup | None" = relation(
        rows.MemberGroup.parent_id, "member_group", "The group that it is part of; null = of none."
    )


async def _identifier(info: Info, member_id: UUID, namespace: str) -> str | None:
    found = await info.context.loaders.load("member_identifiers", member_id)
    return next((one.value for one in found if one.namespace == namespace), None)


async def _isil(root: strawberry.Parent[Institution], info: Info) -> str | None:
    return await _identifier(info, root.id, "isil")


async def _ror(root: strawberry.Parent[Institution], info: Info) -> str | None:
    return await _identifier(info, root.id, "ror")


async def _standing(root: strawberry.Parent[Institution], info: Info) -> Any:
    if not visibility.sees_standing(info.context.viewer, root.id):
        return None
    return await info.context.loaders.load("standing", root.id)


async def _of_its_staff(info: Info, row: Institution) -> bool:
    return visibility.sees_standing(info.context.viewer, row.id)


async def _roles(root: strawberry.Parent[Institution], info: Info) -> Any:
    if not visibility.sees_administration(info.context.viewer, root.id):
        return None
    return await info.context.loaders.load("roles_of_member", root.id)


async def _obligations(
    root: strawberry.Parent[Institution],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    if not visibility.sees_standing(info.context.viewer, root.id):
        return None
    part = asked(info.context, OBLIGATIONS.name, first, after, last, before)
    return await children(info, OBLIGATIONS, EVERY, _owner(root), part)


def _owner(root: Institution) -> tuple[Any, UUID]:
    return col(duties.Obligation.member_id), root.id


@noun(people.RoleAssignment, "A role that a person holds. Shown to staff of the member only.")
class RoleAssignment(Node):
    id: strawberry.ID = identity(people.RoleAssignment)
    member: Annotated["Member", strawberry.lazy("schema.member")] = relation(
        people.RoleAssignment.member_id, "party", "The member for which it is held."
    )
    role: Role = column(people.RoleAssignment.role, "What the person may do.")
    display_name: str = column(people.RoleAssignment.display_name, "A name of the holder's own choice.")
    valid_from: datetime = column(people.RoleAssignment.valid_from, "Since when.")
    valid_until: datetime | None = column(people.RoleAssignment.valid_until, "Until when; null = until it is ended.")
    ended_at: datetime | None = column(people.RoleAssignment.ended_at, "When somebody ended it; null = nobody did.")
    end_reason: str | None = column(people.RoleAssignment.end_reason, "Why it was ended.")


@noun(Institution, "A library or institution in the pool.")
class Member(Node, Party):
    id: strawberry.ID = identity(rows.Member)
    name: str = computed(name_of, "Its name in the language wanted.", rows.Party.name)
    isil: str | None = computed(_isil, "ISO 15511 identifier.", rows.MemberIdentifier.value)
    ror: str | None = computed(_ror, "Identifier in the Research Organization Registry.", rows.MemberIdentifier.value)
    identifiers: list[Identifier] = relation(rows.Member.id, "member_identifiers", "Names that others gave it.")
    kind: str = column(
        rows.Member.kind, "university, college, institute, public_library, national_library, school or other."
    )
    groups: list[MemberGroup] = relation(rows.Member.id, "groups_of_member", "The groups that it belongs to.")
    scopes: list[str] | None = relation(
        rows.Member.id, "member_scopes", "The domains that its people's affiliations end in."
    )
    contact: URL | None = column(rows.Member.contact, "Where its readers find their librarians.")
    standing: Standing | None = computed(_standing, "Its standing in the pool; for its own staff and the consortium's.")
    obligations: Connection[Obligation] | None = computed(
        _obligations, "What it owes, by due date; for its own staff and the consortium's.", duties.Obligation.member_id
    )
    agreements: Annotated["AgreementConnection", strawberry.lazy("schema.agreement")] | None = computed(
        agreements_of_member,
        "What it holds or takes part in, the last entered first; for its own librarians and the consortium's staff.",
        contracts.Participation.member_id,
        contracts.Agreement.holder_id,
    )
    licences: Annotated["LicenceConnection", strawberry.lazy("schema.licence")] | None = computed(
        licences_of_member,
        "What it holds, and what binds it through agreements, the last entered first; for its own librarians and the "
        "consortium's staff.",
        contracts.Participation.member_id,
        contracts.Agreement.holder_id,
    )
    rights: Annotated["GrantConnection", strawberry.lazy("schema.grant")] | None = computed(
        rights_of_member,
        "What this member's readers may do, by licence and term: with its own collections, then under each licence, "
        "the last entered first, with all that it gives, action by action. For its own librarians and the "
        "consortium's staff.",
        contract.Term.status,
    )
    clients: Connection[Client] | None = computed(
        clients_of_member,
        "The apps and systems that act for it alone, the last registered first; for its own librarians and the "
        "consortium's staff.",
        apps.Client.member_id,
    )
    version: int = column(rows.Party.version, "Rises with every change.")
    history: Connection[Change] | None = history(rows.Party, _of_its_staff)
    roles: list[RoleAssignment] | None = computed(
        _roles, "Who holds or held which role; for its own librarians and the admins.", people.RoleAssignment.member_id
    )


MEMBERS = Listing(
    "members",
    "party",
    col(rows.Member.id),
    Keyset((Key(col(rows.Party.code), Text(), str), Key(col(rows.Member.id), Uuid(), UUID))),
)


def members_named(text: str | None) -> Select[()]:
    """The members whose name has every word of a text, in any language."""
    found = select().select_from(rows.Member).join(rows.Party, col(rows.Party.id) == col(rows.Member.id))
    return found.where(
        *(packages.named(type_coerce(col(rows.Party.name), JSONB), word) for word in packages.words(text))
    )


async def _role_visible(info: Info, row: people.RoleAssignment) -> bool:
    return visibility.sees_administration(info.context.viewer, row.member_id)


lookup("Member", "party")
lookup("MemberGroup", "member_group")
lookup("RoleAssignment", "role_assignment", _role_visible)
