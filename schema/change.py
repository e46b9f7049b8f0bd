"""The record of staff's acts on a thing, for those who may see it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import Uuid, select
from sqlmodel import col

from domain import visibility
from domain.catalogue.paging import Key, Keyset
from models import record as rows
from schema.kit.arguments import After, Before, First, Last
from schema.kit.connection import Listing, asked, children
from schema.kit.context import Info
from schema.kit.rows import by_key
from schema.kit.source import column, computed, fact

by_key("change", rows.Change)

CHANGES = Listing(
    "changes",
    "change",
    col(rows.Change.id),
    Keyset((Key(col(rows.Change.id), Uuid(), UUID),), descending=True),
)


@dataclass(frozen=True, slots=True)
class _Difference:
    field: str
    before: str | None
    after: str | None


@strawberry.type(description="A fact that an act changed.")
class Difference:
    field: str = fact("field", "Which one; of a part, its name first: clause 3.1.text.")
    before: str | None = fact("before", "As it was; null = there was nothing.")
    after: str | None = fact("after", "As it is since; null = there is nothing.")


def _differences(root: strawberry.Parent[rows.Change]) -> Any:
    return [_Difference(name, *pair) for name, pair in root.differences.items()]


@strawberry.type(description="One act on one thing: who, when, why, and what is different since.")
class Change:
    at: datetime = column(rows.Change.changed_at, "When.")
    act: str = column(rows.Change.act, "The mutation's name.")
    by: str | None = column(
        rows.Change.actor_name, "The display name that the person chose for the role; null = it was erased."
    )
    reason: str | None = column(rows.Change.reason, "Why, as the person said.")
    version: int = column(rows.Change.version, "The thing's version since.")
    differences: list[Difference] = computed(_differences, "What is different.", rows.Change.differences)


async def of_staff(info: Info, _row: Any) -> bool:
    """The record of what everybody sees is staff's business."""
    return visibility.is_staff(info.context.viewer)


def history(row: Any, visible: Callable[[Info, Any], Awaitable[bool]]) -> Any:
    """The field `history` of a type. `visible`: whether the viewer sees the record of this row."""
    subject = row.__tablename__
    of = select().select_from(rows.Change).where(col(rows.Change.subject) == subject)

    async def resolve(
        root: strawberry.Parent[Any],
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Any:
        part = asked(info.context, CHANGES.name, first, after, last, before)
        if not await visible(info, root):
            return None
        return await children(info, CHANGES, of, (col(rows.Change.subject_id), root.id), part, subject)

    told = "Who changed what and why, the last act first; null = not for you to see."
    return computed(resolve, told, rows.Change.subject_id)
