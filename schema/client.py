"""Clients: the apps and partners' systems that ask in a person's name or in their own."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import Uuid, select
from sqlmodel import col

from domain import clients, visibility
from domain.catalogue.paging import Key, Keyset
from models import client as rows
from models.vocabulary import ClientAuthentication
from schema.change import Change, history
from schema.kit.arguments import After, Before, First, Last
from schema.kit.connection import Connection, Listing, asked, children, page
from schema.kit.context import Info
from schema.kit.rows import belonging, by_key
from schema.kit.source import column, computed, identity, noun
from schema.node import Node, keys, lookup
from schema.party import Institution

if TYPE_CHECKING:
    from schema.member import Member

by_key("client", rows.Client)
belonging(
    "members_named_by_client",
    col(rows.ClientMember.client_id),
    select(col(rows.ClientMember.client_id), col(rows.ClientMember.member_id)).order_by(
        col(rows.ClientMember.member_id)
    ),
)

CLIENTS = Listing(
    "clients",
    "client",
    col(rows.Client.id),
    Keyset((Key(col(rows.Client.id), Uuid(), UUID),), descending=True),
)
EVERY = select().select_from(rows.Client)


async def _visible(info: Info, row: rows.Client) -> bool:
    return visibility.sees_client(info.context.viewer, row)


def _of_staff(attribute: Any, description: str) -> Any:
    """A column for staff: a person whose app asks sees what it is called, and no more."""
    name: str = attribute.key

    def resolve(root: strawberry.Parent[rows.Client], info: Info) -> Any:
        return getattr(root, name) if visibility.sees_client(info.context.viewer, root) else None

    return computed(resolve, description, attribute)


async def _member(root: strawberry.Parent[rows.Client], info: Info) -> Any:
    if root.member_id is None or not visibility.sees_client(info.context.viewer, root):
        return None
    return await info.context.loaders.load("party", root.member_id)


async def _acts_for(root: strawberry.Parent[rows.Client], info: Info) -> Any:
    if not visibility.sees_client(info.context.viewer, root):
        return None
    of_one = [root.member_id] if root.member_id else None
    members = of_one or await info.context.loaders.load("members_named_by_client", root.id)
    return [await info.context.loaders.load("party", key) for key in members] or None


def _client_id(root: strawberry.Parent[rows.Client]) -> str:
    return str(root.id)


def _key_names(root: strawberry.Parent[rows.Client], info: Info) -> Any:
    return clients.key_names(root) if visibility.sees_client(info.context.viewer, root) else None


@noun(
    rows.Client,
    "An app or a partner's system that asks in a person's name or in its own (an OAuth client). Librarians see those "
    "of their member, the consortium's staff all.",
)
class Client(Node):
    id: strawberry.ID = identity(rows.Client)
    name: str = column(rows.Client.name, "What people call it.")
    client_id: str = computed(_client_id, "What it sends as client_id (RFC 6749 §2.2).", rows.Client.id)
    member: Annotated["Member", strawberry.lazy("schema.member")] | None = computed(
        _member,
        "The member whose librarians registered it; null = the consortium's, or not for you to see.",
        rows.Client.member_id,
    )
    acts_for: list[Annotated["Member", strawberry.lazy("schema.member")]] | None = computed(
        _acts_for,
        "The members for which alone it acts; null = for all, or not for you to see.",
        rows.Client.member_id,
        rows.ClientMember.member_id,
    )
    authentication: ClientAuthentication | None = _of_staff(
        rows.Client.authentication, "How it proves itself; null = not for you to see."
    )
    redirect_uris: list[str] | None = _of_staff(
        rows.Client.redirect_uris,
        "Where people may be led back to after signing in, letter by letter; null = not for you to see.",
    )
    post_logout_redirect_uris: list[str] | None = _of_staff(
        rows.Client.post_logout_redirect_uris,
        "Where they may be led to after signing out; null = not for you to see.",
    )
    origins: list[str] | None = _of_staff(
        rows.Client.origins,
        "The origins of pages that may call from a browser (CORS); null = not for you to see.",
    )
    granted_scopes: list[str] | None = _of_staff(
        rows.Client.scopes, "What it was allowed to ask for; null = not for you to see."
    )
    key_names: list[str] | None = computed(
        _key_names,
        "The kid of each of its public keys, where it signs; the only key may have none; null = not for you to see.",
        rows.Client.jwks,
    )
    suspended_at: datetime | None = _of_staff(
        rows.Client.suspended_at, "Since when it may do nothing; null = it isn't suspended, or not for you to see."
    )
    version: int | None = _of_staff(rows.Client.version, "Rises with every change; null = not for you to see.")
    history: Connection[Change] | None = history(rows.Client, _visible)


OfMember = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only those that act for this member alone.")
]


async def clients_seen(
    info: Info,
    member: OfMember = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, CLIENTS.name, first, after, last, before)
    found = visibility.only_clients(EVERY, info.context.viewer)
    if member:
        found = found.where(col(rows.Client.member_id).in_(keys([member], "Member") or ()))
    return await page(info, CLIENTS, found, part)


async def clients_of_member(
    root: strawberry.Parent[Institution],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, CLIENTS.name, first, after, last, before)
    if not visibility.sees_clients(info.context.viewer, root.id):
        return None
    return await children(info, CLIENTS, EVERY, (col(rows.Client.member_id), root.id), part)


lookup("Client", "client", _visible)
