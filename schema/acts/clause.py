"""Acts on the clauses of a licence."""

from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import clauses
from domain.acts.act import Act, ActRefused, text
from domain.acts.act import Problem as Refusal
from models.vocabulary import ClauseVisibility
from schema.kit.acts import Part, made, perform, problems, reason, version, whole
from schema.kit.context import Info
from schema.kit.inputs import LONGEST_TEXT, LocalisedInput, key, localised
from schema.kit.problems import Problem
from schema.licence import Clause, Licence

_UNSET: Any = strawberry.UNSET
LONGEST_NUMBER = 50
LONGEST_SUMMARY = 2000
LAST_POSITION = 100_000


@strawberry.input(description="A clause: a new one, or what is different about the one of this number.")
class ClauseSetInput:
    licence: strawberry.ID = strawberry.field(description="The licence that it is part of.")
    version: int = version("the licence")
    number: str = strawberry.field(description="As the document numbers it: 3.1.")
    text: str | None = strawberry.field(default=_UNSET, description="Its own words; null = they aren't kept.")
    summary: LocalisedInput | None = strawberry.field(
        default=_UNSET, description="What it says, in plain words: read by whoever gets a decision that rests on it."
    )
    visibility: ClauseVisibility | None = strawberry.field(
        default=_UNSET, description="Who may read its own words; left out of a new one: staff."
    )
    position: int | None = strawberry.field(
        default=_UNSET, description="Its place among the clauses, from 0; left out of a new one: the last."
    )
    reason: str | None = reason()


@strawberry.type(description="What clauseSet did.")
class ClauseSetPayload:
    clause: Clause | None = made("The clause as it is now.")
    licence: Licence | None = whole("Its licence.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which clause goes.")
class ClauseRemoveInput:
    licence: strawberry.ID = strawberry.field(description="The licence, which is still being prepared.")
    version: int = version("the licence")
    number: str = strawberry.field(description="The clause's number.")
    reason: str | None = reason()


@strawberry.type(description="What clauseRemove did.")
class ClauseRemovePayload:
    licence: Licence | None = made("The licence without it.")
    problems: list[Problem] = problems()


async def set_(info: Info, input: Annotated[ClauseSetInput, strawberry.argument(description="The clause.")]) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        licence_id, number = key(input.licence, "licence", "Licence"), text(input.number, "number", LONGEST_NUMBER)
        return Part(*await clauses.set_(session, act, licence_id, input.version, number, _values(input)))

    return await perform(info, "clauseSet", input.reason, done)


async def remove(
    info: Info, input: Annotated[ClauseRemoveInput, strawberry.argument(description="Which clause.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        licence_id, number = key(input.licence, "licence", "Licence"), text(input.number, "number", LONGEST_NUMBER)
        return await clauses.remove(session, act, licence_id, input.version, number)

    return await perform(info, "clauseRemove", input.reason, done)


def _values(input: ClauseSetInput) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if input.text is not _UNSET:
        values["text"] = None if input.text is None else text(input.text, "text", LONGEST_TEXT)
    if input.summary is not _UNSET:
        values["summary"] = None if input.summary is None else localised(input.summary, "summary", LONGEST_SUMMARY)
    if input.visibility:
        values["visibility"] = input.visibility
    if input.position is not _UNSET and input.position is not None:
        if not 0 <= input.position <= LAST_POSITION:
            raise ActRefused(Refusal.VALUE, "position", field="position")
        values["position"] = input.position
    return values
