"""Acts on agreements."""

from datetime import date
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import agreements, contract
from domain.acts.act import Act, text
from schema.agreement import Agreement
from schema.kit.acts import made, perform, problems, reason, version
from schema.kit.context import Info
from schema.kit.inputs import LONGEST_NAME, bounded, key
from schema.kit.problems import Problem

_UNSET: Any = strawberry.UNSET
PERIODS = "The periods for which it is made, which don't overlap."
LICENCES = "Which licences govern it, one at a time: the holder's own, or the consortium's that bind it."


@strawberry.input(description="Days for which an agreement is made, both included.")
class PeriodInput:
    start_date: date = strawberry.field(description="Its first day.")
    end_date: date = strawberry.field(description="Its last day; 9999-12-31 is none.")
    grace_until: date | None = strawberry.field(default=_UNSET, description="The last day of grace after its end.")
    cancel_by: date | None = strawberry.field(default=_UNSET, description="The last day on which it can be cancelled.")


@strawberry.input(description="Which licence governs an agreement, and when.")
class ControllingLicenceInput:
    licence: strawberry.ID = strawberry.field(description="The licence.")
    start_date: date | None = strawberry.field(default=_UNSET, description="From when; left out = from the beginning.")
    end_date: date | None = strawberry.field(default=_UNSET, description="Until when; left out = to the end.")


@strawberry.input(description="A new agreement.")
class AgreementCreateInput:
    code: str = strawberry.field(description="A short name of your own, for example cnki-2027: unique in the pool.")
    name: str = strawberry.field(description="What it is called.")
    holder: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="The member that makes it for itself; left out = the consortium, for its members."
    )
    periods: list[PeriodInput] | None = strawberry.field(default=_UNSET, description=PERIODS)
    licences: list[ControllingLicenceInput] | None = strawberry.field(default=_UNSET, description=LICENCES)
    reason: str | None = reason()


@strawberry.type(description="What agreementCreate did.")
class AgreementCreatePayload:
    agreement: Agreement | None = made("The new agreement, a draft.")
    problems: list[Problem] = problems()


@strawberry.input(description="What is different about an agreement. What is left out stays.")
class AgreementUpdateInput:
    id: strawberry.ID = strawberry.field(description="The agreement.")
    version: int = version()
    name: str | None = strawberry.field(default=_UNSET, description="What it is called.")
    periods: list[PeriodInput] | None = strawberry.field(
        default=_UNSET, description=f"{PERIODS} All of them: those that aren't named go."
    )
    licences: list[ControllingLicenceInput] | None = strawberry.field(
        default=_UNSET, description=f"{LICENCES} All of them: those that aren't named go."
    )
    reason: str | None = reason()


@strawberry.type(description="What agreementUpdate did.")
class AgreementUpdatePayload:
    agreement: Agreement | None = made("The agreement as it is now.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which agreement comes into force.")
class AgreementActivateInput:
    id: strawberry.ID = strawberry.field(description="The agreement.")
    version: int = version()
    reason: str | None = reason()


@strawberry.type(description="What agreementActivate did.")
class AgreementActivatePayload:
    agreement: Agreement | None = made("The agreement, in force.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which agreement is closed, and when.")
class AgreementCloseInput:
    id: strawberry.ID = strawberry.field(description="The agreement.")
    version: int = version()
    on: date = strawberry.field(
        description="Its last day, in each member's time zone, that of its grace too: with one that has passed it is "
        "over at once. What is perpetual is kept."
    )
    reason: str | None = reason()


@strawberry.type(description="What agreementClose did.")
class AgreementClosePayload:
    agreement: Agreement | None = made("The agreement with its last day.")
    problems: list[Problem] = problems()


async def create(
    info: Info, input: Annotated[AgreementCreateInput, strawberry.argument(description="The agreement.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        code, name = contract.coded(input.code), text(input.name, "name", LONGEST_NAME)
        holder_id = key(input.holder, "holder", "Member")
        return await agreements.create(session, act, code, name, holder_id, _content(input))

    return await perform(info, "agreementCreate", input.reason, done)


async def update(
    info: Info, input: Annotated[AgreementUpdateInput, strawberry.argument(description="What is different.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        name = None if input.name is _UNSET else text(input.name or "", "name", LONGEST_NAME)
        agreement_id = key(input.id, "id", "Agreement")
        return await agreements.update(session, act, agreement_id, input.version, name, _content(input))

    return await perform(info, "agreementUpdate", input.reason, done)


async def activate(
    info: Info, input: Annotated[AgreementActivateInput, strawberry.argument(description="Which agreement.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await agreements.activate(session, act, key(input.id, "id", "Agreement"), input.version)

    return await perform(info, "agreementActivate", input.reason, done)


async def close(
    info: Info, input: Annotated[AgreementCloseInput, strawberry.argument(description="Which agreement, and when.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await agreements.close(session, act, key(input.id, "id", "Agreement"), input.version, input.on)

    return await perform(info, "agreementClose", input.reason, done)


def _content(input: AgreementCreateInput | AgreementUpdateInput) -> agreements.Content:
    return agreements.Content(
        periods=[
            agreements.Period(one.start_date, one.end_date, one.grace_until or None, one.cancel_by or None)
            for one in bounded(input.periods, "periods") or []
        ]
        if input.periods is not _UNSET
        else None,
        licences=[
            agreements.Governing(
                key(one.licence, f"licences.{index}.licence", "Licence"), one.start_date or None, one.end_date or None
            )
            for index, one in enumerate(bounded(input.licences, "licences") or [])
        ]
        if input.licences is not _UNSET
        else None,
    )
