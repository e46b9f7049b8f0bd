"""Acts on the limits of a licence."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import limits
from domain.acts.act import Act, ActRefused, text
from domain.acts.act import Problem as Refusal
from models.vocabulary import LimitKind, NoticeUnit
from schema.amendment import UsageLimit
from schema.kit.acts import Part, made, perform, problems, reason, version, whole
from schema.kit.context import Info
from schema.kit.inputs import LocalisedInput, bounded, given, key, localised
from schema.kit.problems import Problem
from schema.licence import Licence

_UNSET: Any = strawberry.UNSET
LONGEST_NOTE = 2000
LONGEST_FORMAT = 200


@strawberry.input(description="A limit: a new one, or, with its id, what is different about it.")
class LimitSetInput:
    licence: strawberry.ID = strawberry.field(description="The licence that sets it.")
    version: int = version("the licence")
    id: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="Which one to change; left out = a new one."
    )
    term: strawberry.ID | None = strawberry.field(
        default=_UNSET,
        description="The term that it bounds: copies, pages, percent and formats need one; users and notice are of the "
        "licence as a whole.",
    )
    clause: str | None = strawberry.field(default=_UNSET, description="The number of the clause that says so.")
    kind: LimitKind | None = strawberry.field(default=_UNSET, description="What is counted; a new one needs it.")
    amount: Decimal | None = strawberry.field(default=_UNSET, description="How many, or how much: percent go to 100.")
    unit: NoticeUnit | None = strawberry.field(default=_UNSET, description="Of NOTICE: what the amount counts.")
    formats: list[str] | None = strawberry.field(
        default=_UNSET, description="Of FORMATS: media types, or words such as “e-book reader”."
    )
    note: LocalisedInput | None = strawberry.field(default=_UNSET, description="A note for everybody.")
    reason: str | None = reason()


@strawberry.type(description="What limitSet did.")
class LimitSetPayload:
    limit: UsageLimit | None = made("The limit as it is now.")
    licence: Licence | None = whole("Its licence.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which limit goes.")
class LimitRemoveInput:
    id: strawberry.ID = strawberry.field(description="The limit.")
    version: int = version("the licence")
    reason: str | None = reason()


@strawberry.type(description="What limitRemove did.")
class LimitRemovePayload:
    licence: Licence | None = made("The licence without it.")
    problems: list[Problem] = problems()


async def set_(info: Info, input: Annotated[LimitSetInput, strawberry.argument(description="The limit.")]) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        licence_id, limit_id = key(input.licence, "licence", "Licence"), key(input.id, "id", "UsageLimit")
        return Part(*await limits.set_(session, act, licence_id, input.version, limit_id, _values(input)))

    return await perform(info, "limitSet", input.reason, done)


async def remove(
    info: Info, input: Annotated[LimitRemoveInput, strawberry.argument(description="Which limit.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await limits.remove(session, act, key(input.id, "id", "UsageLimit"), input.version)

    return await perform(info, "limitRemove", input.reason, done)


def _values(input: LimitSetInput) -> dict[str, Any]:
    values = given(kind=input.kind, amount=input.amount, unit=input.unit)
    if values.get("kind", _UNSET) is None or ("kind" not in values and input.id in (None, _UNSET)):
        raise ActRefused(Refusal.BLANK, "kind", field="kind")
    if input.term is not _UNSET:
        values["term_id"] = key(input.term, "term", "Term")
    if input.clause is not _UNSET:
        values["clause"] = None if input.clause is None else input.clause.strip()
    if input.formats is not _UNSET:
        formats = bounded(input.formats, "formats")
        values["formats"] = formats and [text(one, "formats", LONGEST_FORMAT) for one in formats]
    if input.note is not _UNSET:
        values["note"] = None if input.note is None else localised(input.note, "note", LONGEST_NOTE)
    return values
