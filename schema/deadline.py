"""Days to come that staff should know of before they pass."""

from datetime import date
from typing import Annotated, Any

import strawberry

from domain import deadlines, involvement, visibility
from domain.deadlines import Deadline as Row
from domain.deadlines import DeadlineKind
from schema.agreement import Agreement
from schema.kit import ids
from schema.kit.arguments import Lang
from schema.kit.context import Info
from schema.kit.errors import Refusal
from schema.kit.source import computed, fact, pointer
from schema.licence import Licence

USUAL = 90
FURTHEST = 36_525
"""A century."""

OfMember = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only of agreements that concern this member.")
]
Skip = Annotated[
    int, strawberry.argument(description=f"How many of the soonest to leave out: {deadlines.MOST} are told at a time.")
]
Within = Annotated[int, strawberry.argument(description=f"How many days ahead, from 0 to {FURTHEST}.")]


def _days_left(root: strawberry.Parent[Row], info: Info) -> int:
    return (root.on - info.context.today).days


async def _message(root: strawberry.Parent[Row], info: Info, lang: Lang = strawberry.UNSET) -> str:
    agreement = await info.context.loaders.load("agreement", root.agreement_id)
    licence = await info.context.loaders.load("licence", root.licence_id) if root.licence_id else None
    name = licence.name if licence else None
    return deadlines.message(root, agreement.name, name, info.context.today, info.context.languages(lang))


@strawberry.type(
    description="A day to come of a contract: to do something by, or on which something ends or changes. Days are "
    "those of the consortium's time zone."
)
class Deadline:
    kind: DeadlineKind = fact("kind", "What is to be done, or happens.")
    on: date = fact("on", "The last day for it, or the day on which it happens.")
    days_left: int = computed(_days_left, "How many days there are until then; 0 = today.")
    message: str = computed(_message, "The same in one sentence.")
    agreement: Agreement = pointer("agreement_id", "agreement", "The agreement that it is of.")
    licence: Licence | None = pointer("licence_id", "licence", "The licence that governs it then; null = none does.")


async def coming(info: Info, member: OfMember = strawberry.UNSET, within: Within = USUAL, skip: Skip = 0) -> Any:
    """Query.deadlines."""
    if not 0 <= within <= FURTHEST:
        raise Refusal(f"within is a number of days from 0 to {FURTHEST}")
    if not 0 <= skip <= FURTHEST:
        raise Refusal(f"skip is a number from 0 to {FURTHEST}")
    viewer, today = info.context.viewer, info.context.today
    sight = visibility.sight(viewer)
    if member:
        key = ids.decode(member, "Member")
        if key is None or not visibility.sees_contracts_of(viewer, key):
            return []
        sight = involvement.these([key])
    elif visibility.contracted(viewer) == frozenset():
        return []
    return await info.context.turns.take(
        lambda session: deadlines.coming(session, sight, today, within, skip=skip, most=deadlines.MOST)
    )
