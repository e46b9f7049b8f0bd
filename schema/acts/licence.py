"""Acts on licences."""

from datetime import date
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import licences
from domain.acts.act import Act, text
from schema.kit.acts import made, perform, problems, reason, version
from schema.kit.context import Info
from schema.kit.inputs import LocalisedInput, key, localised
from schema.kit.problems import Problem
from schema.licence import Licence

LONGEST_CODE = 100


@strawberry.input(description="A new licence.")
class LicenceCreateInput:
    code: str = strawberry.field(description="A short name of your own, for example cnki-2027: unique in the pool.")
    name: LocalisedInput = strawberry.field(description="Its name.")
    licensor: strawberry.ID = strawberry.field(description="Who gives it: a provider or a member.")
    holder: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The member whose licence it is; left out = the consortium's."
    )
    start_date: date | None = strawberry.field(default=strawberry.UNSET, description="Its first day.")
    end_date: date | None = strawberry.field(default=strawberry.UNSET, description="Its last day.")
    reason: str | None = reason()


@strawberry.type(description="What licenceCreate did.")
class LicenceCreatePayload:
    licence: Licence | None = made("The new licence, a draft.")
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


async def create(
    info: Info, input: Annotated[LicenceCreateInput, strawberry.argument(description="The licence.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        new = licences.NewLicence(
            code=text(input.code, "code", LONGEST_CODE),
            name=localised(input.name, "name"),
            licensor_id=key(input.licensor, "licensor", "Provider", "Member"),
            holder_id=key(input.holder, "holder", "Member"),
            start_date=input.start_date or None,
            end_date=input.end_date or None,
        )
        return await licences.create(session, act, new)

    return await perform(info, "licenceCreate", input.reason, done)


async def activate(
    info: Info, input: Annotated[LicenceActivateInput, strawberry.argument(description="Which licence.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await licences.activate(session, act, key(input.id, "id", "Licence"), input.version)

    return await perform(info, "licenceActivate", input.reason, done)
