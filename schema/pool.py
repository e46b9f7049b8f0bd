"""What the consortium declares for all members: what holds where licences are silent, and what statutes permit."""

from typing import Any

import strawberry
from sqlalchemy import select
from sqlmodel import col

from models import consortium as rows
from models.vocabulary import Action
from schema.kit.arguments import Lang
from schema.kit.context import Info
from schema.kit.rows import by_key
from schema.kit.scalars import CountryCode
from schema.kit.source import column, computed, identity, noun
from schema.node import Node, lookup

by_key("statute", rows.StatutoryRule)


def _name(root: strawberry.Parent[rows.StatutoryRule], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return info.context.said(root.name, lang)


@noun(rows.SilentDefault, "What the consortium declared for an action where no term of a licence speaks of it.")
class SilentDefault:
    action: Action = column(rows.SilentDefault.action, "The action.")
    permitted: bool = column(rows.SilentDefault.permitted, "Whether it is permitted then; a decision says so.")


@noun(rows.StatutoryRule, "What the law of a territory permits whoever may view, whatever a contract says.")
class StatutoryRule(Node):
    id: strawberry.ID = identity(rows.StatutoryRule)
    territory: CountryCode = column(rows.StatutoryRule.territory, "Where it is law.")
    action: Action = column(rows.StatutoryRule.action, "What it permits.")
    purposes: list[str] | None = column(rows.StatutoryRule.purposes, "Only for these purposes; null = for any.")
    name: str = computed(_name, "The statute and its article.", rows.StatutoryRule.name)


async def silent_defaults(info: Info) -> Any:
    """All actions, in the order of the vocabulary: what was never declared is refused."""
    found = await info.context.turns.take(lambda session: session.scalars(select(rows.SilentDefault)))
    declared = {row.action: row for row in found}
    return [declared.get(action) or rows.SilentDefault(action=action, permitted=False) for action in Action]


async def statutes(info: Info) -> Any:
    order = col(rows.StatutoryRule.territory), col(rows.StatutoryRule.action), col(rows.StatutoryRule.id)
    listed = select(rows.StatutoryRule).order_by(*order)
    return list(await info.context.turns.take(lambda session: session.scalars(listed)))


async def _everybody(info: Info, row: rows.StatutoryRule) -> bool:
    return True


lookup("StatutoryRule", "statute", _everybody)
