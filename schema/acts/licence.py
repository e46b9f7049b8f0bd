"""Acts on licences."""

from datetime import date
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import contract, licences
from domain.acts.act import Act
from schema.kit.acts import made, perform, problems, reason, version
from schema.kit.context import Info
from schema.kit.inputs import LocalisedInput, given, key, localised
from schema.kit.problems import Problem
from schema.licence import Licence

_UNSET: Any = strawberry.UNSET
FIRST = "Its first day; left out of a new one = from the beginning."
LAST = "Its last day; left out of a new one, or 9999-12-31 = no known end."
LICENSOR = "Who gives it: a provider or a member."
PARENT = "The licence that it narrows: one of the same holder, or one of the consortium that binds the holder."


@strawberry.input(description="A new licence.")
class LicenceCreateInput:
    code: str = strawberry.field(description="A short name of your own, for example cnki-2027: unique in the pool.")
    name: LocalisedInput = strawberry.field(description="Its name.")
    licensor: strawberry.ID = strawberry.field(description=LICENSOR)
    holder: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="The member whose licence it is; left out = the consortium's."
    )
    start_date: date | None = strawberry.field(default=_UNSET, description=FIRST)
    end_date: date | None = strawberry.field(default=_UNSET, description=LAST)
    parent: strawberry.ID | None = strawberry.field(default=_UNSET, description=PARENT)
    reason: str | None = reason()


@strawberry.type(description="What licenceCreate did.")
class LicenceCreatePayload:
    licence: Licence | None = made("The new licence, a draft.")
    problems: list[Problem] = problems()


@strawberry.input(
    description="What is different about a licence. What is left out stays; null takes a day or a parent away."
)
class LicenceUpdateInput:
    id: strawberry.ID = strawberry.field(description="The licence.")
    version: int = version()
    name: LocalisedInput | None = strawberry.field(default=_UNSET, description="Its name.")
    start_date: date | None = strawberry.field(default=_UNSET, description=FIRST)
    end_date: date | None = strawberry.field(default=_UNSET, description=LAST)
    licensor: strawberry.ID | None = strawberry.field(
        default=_UNSET, description=f"{LICENSOR} Only before it is in force."
    )
    parent: strawberry.ID | None = strawberry.field(default=_UNSET, description=f"{PARENT} Only before it is in force.")
    reason: str | None = reason()


@strawberry.type(description="What licenceUpdate did.")
class LicenceUpdatePayload:
    licence: Licence | None = made("The licence as it is now.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which licence comes into force.")
class LicenceActivateInput:
    id: strawberry.ID = strawberry.field(description="The licence.")
    version: int = version()
    reason: str | None = reason()


@strawberry.type(description="What licenceActivate did.")
class LicenceActivatePayload:
    licence: Licence | None = made("The licence, in force.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which licence ends, and when.")
class LicenceTerminateInput:
    id: strawberry.ID = strawberry.field(description="The licence.")
    version: int = version()
    on: date = strawberry.field(
        description="Its last day, in each member's time zone: with one that has passed it ends at once."
    )
    reason: str | None = reason()


@strawberry.type(description="What licenceTerminate did.")
class LicenceTerminatePayload:
    licence: Licence | None = made("The licence with its last day.")
    problems: list[Problem] = problems()


async def create(
    info: Info, input: Annotated[LicenceCreateInput, strawberry.argument(description="The licence.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        new = licences.NewLicence(
            code=contract.coded(input.code),
            name=localised(input.name, "name"),
            licensor_id=key(input.licensor, "licensor", "Provider", "Member"),
            holder_id=key(input.holder, "holder", "Member"),
            start_date=input.start_date or None,
            end_date=input.end_date or None,
            parent_id=key(input.parent, "parent", "Licence"),
        )
        return await licences.create(session, act, new)

    return await perform(info, "licenceCreate", input.reason, done)


async def update(
    info: Info, input: Annotated[LicenceUpdateInput, strawberry.argument(description="What is different.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        values = given(start_date=input.start_date, end_date=input.end_date)
        if input.name is not _UNSET:
            values["name"] = localised(input.name or LocalisedInput(), "name")
        if input.licensor is not _UNSET:
            values["licensor_id"] = key(input.licensor, "licensor", "Provider", "Member")
        if input.parent is not _UNSET:
            values["parent_id"] = key(input.parent, "parent", "Licence")
        return await licences.update(session, act, key(input.id, "id", "Licence"), input.version, values)

    return await perform(info, "licenceUpdate", input.reason, done)


async def activate(
    info: Info, input: Annotated[LicenceActivateInput, strawberry.argument(description="Which licence.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await licences.activate(session, act, key(input.id, "id", "Licence"), input.version)

    return await perform(info, "licenceActivate", input.reason, done)


async def terminate(
    info: Info, input: Annotated[LicenceTerminateInput, strawberry.argument(description="Which licence, and when.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await licences.terminate(session, act, key(input.id, "id", "Licence"), input.version, input.on)

    return await perform(info, "licenceTerminate", input.reason, done)
