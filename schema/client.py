"""Clients: the apps and partners' systems that ask in their own name."""

import strawberry

from domain import visibility
from models import client as rows
from schema.kit.context import Info
from schema.kit.rows import by_key
from schema.kit.source import column, identity, noun
from schema.node import Node, lookup

by_key("client", rows.Client)


@noun(rows.Client, "An app or a partner's system that asks in its own name (an OAuth client).")
class Client(Node):
    id: strawberry.ID = identity(rows.Client)
    name: str = column(rows.Client.name, "What people call it.")
    granted_scopes: list[str] | None = column(rows.Client.scopes, "What it was allowed to ask for.")


async def _visible(info: Info, row: rows.Client) -> bool:
    return visibility.sees_client(info.context.viewer, row)


lookup("Client", "client", _visible)
