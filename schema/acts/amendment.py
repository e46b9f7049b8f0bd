"""Acts on the amendments of a licence."""

from datetime import date
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import amendments
from domain.acts.act import Act, ActRefused, text
from domain.acts.act import Problem as Refusal
from schema.amendment import Amendment
from schema.kit.acts import Part, made, perform, problems, reason, version, whole
from schema.kit.context import Info
from schema.kit.inputs import LocalisedInput, bounded, key, localised
from schema.kit.problems import Problem
from schema.licence import Licence

_UNSET: Any = strawberry.UNSET
LONGEST_NUMBER = 50


@strawberry.input(
    description="An amendment that is drafted: a new one, or what is different about the one of this number. Its terms "
    "are coded by termSet."
)
class AmendmentSetInput:
    licence: strawberry.ID = strawberry.field(description="The licence that it changes.")
    version: int = version("the licence")
    number: str = strawberry.field(description="What it is called among the licence's amendments.")
    name: LocalisedInput | None = strawberry.field(default=_UNSET, description="Its name.")
    effective_on: date | None = strawberry.field(
        default=_UNSET,
        description="The day from which it changes the licence; a new one needs it. Later than the beginning of every "
        "term that it replaces.",
    )
    document: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="Its own document, of whoever holds the licence."
    )
    replaces: list[strawberry.ID] | None = strawberry.field(
        default=_UNSET, description="All the terms that end when it takes effect; left out = as they are."
    )
    reason: str | None = reason()


@strawberry.type(description="What amendmentSet did.")
class AmendmentSetPayload:
    amendment: Amendment | None = made("The amendment as it is now.")
    licence: Licence | None = whole("Its licence.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which amendment.")
class AmendmentActivateInput:
    id: strawberry.ID = strawberry.field(description="The amendment, a draft.")
    version: int = version("the licence")
    reason: str | None = reason()


@strawberry.type(description="What amendmentActivate did.")
class AmendmentActivatePayload:
    amendment: Amendment | None = made("The amendment, in force from its day on.")
    licence: Licence | None = whole("Its licence.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which amendment goes.")
class AmendmentRemoveInput:
    id: strawberry.ID = strawberry.field(description="The amendment, a draft; its terms go with it.")
    version: int = version("the licence")
    reason: str | None = reason()


@strawberry.type(description="What amendmentRemove did.")
class AmendmentRemovePayload:
    licence: Licence | None = made("The licence without it.")
    problems: list[Problem] = problems()


async def set_(
    info: Info, input: Annotated[AmendmentSetInput, strawberry.argument(description="The amendment.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        licence_id, number = key(input.licence, "licence", "Licence"), text(input.number, "number", LONGEST_NUMBER)
        ended = bounded(input.replaces, "replaces")
        replaces = None if ended is None else [_term(one, index) for index, one in enumerate(ended)]
        return Part(*await amendments.set_(session, act, licence_id, input.version, number, _values(input), replaces))

    return await perform(info, "amendmentSet", input.reason, done)


async def activate(
    info: Info, input: Annotated[AmendmentActivateInput, strawberry.argument(description="Which amendment.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return Part(*await amendments.activate(session, act, key(input.id, "id", "Amendment"), input.version))

    return await perform(info, "amendmentActivate", input.reason, done)


async def remove(
    info: Info, input: Annotated[AmendmentRemoveInput, strawberry.argument(description="Which amendment.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await amendments.remove(session, act, key(input.id, "id", "Amendment"), input.version)

    return await perform(info, "amendmentRemove", input.reason, done)


def _term(id: strawberry.ID, index: int) -> Any:
    found = key(id, f"replaces.{index}", "Term")
    if found is None:
        raise ActRefused(Refusal.NOT_FOUND, "replaces", str(index))
    return found


def _values(input: AmendmentSetInput) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if input.name is not _UNSET:
        values["name"] = None if input.name is None else localised(input.name, "name")
    if input.effective_on is not _UNSET:
        if input.effective_on is None:
            raise ActRefused(Refusal.BLANK, "effectiveOn", field="effectiveOn")
        values["effective_on"] = input.effective_on
    if input.document is not _UNSET:
        values["document_id"] = key(input.document, "document", "LicenceDocument")
    return values
