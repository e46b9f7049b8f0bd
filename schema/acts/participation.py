"""Acts on members' taking part in agreements."""

from datetime import date
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import participations
from domain.acts.act import Act
from schema.agreement import Agreement, Participation
from schema.kit.acts import Part, made, perform, problems, reason, version, whole
from schema.kit.context import Info
from schema.kit.inputs import key
from schema.kit.problems import Problem

_UNSET: Any = strawberry.UNSET


@strawberry.input(description="Who takes part in an agreement of the consortium, and when.")
class ParticipationStartInput:
    agreement: strawberry.ID = strawberry.field(description="The agreement.")
    version: int = version("the agreement")
    member: strawberry.ID = strawberry.field(description="Who takes part.")
    start_date: date = strawberry.field(description="Its first day.")
    end_date: date | None = strawberry.field(
        default=_UNSET, description="Its last day; left out = as long as the agreement runs."
    )
    reason: str | None = reason()


@strawberry.type(description="What participationStart did.")
class ParticipationStartPayload:
    participation: Participation | None = made("The participation.")
    agreement: Agreement | None = whole("The agreement.")
    problems: list[Problem] = problems()


@strawberry.input(description="Whose taking part ends, and when.")
class ParticipationEndInput:
    agreement: strawberry.ID = strawberry.field(description="The agreement.")
    version: int = version("the agreement")
    member: strawberry.ID = strawberry.field(description="Who takes part.")
    on: date | None = strawberry.field(
        default=_UNSET,
        description="Its last day. Left out, while the agreement is being prepared: the member is taken off it.",
    )
    reason: str | None = reason()


@strawberry.type(description="What participationEnd did.")
class ParticipationEndPayload:
    participation: Participation | None = made("The participation with its last day; null too where it was taken off.")
    agreement: Agreement | None = whole("The agreement.")
    problems: list[Problem] = problems()


async def start(
    info: Info, input: Annotated[ParticipationStartInput, strawberry.argument(description="Who, and when.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        agreement_id, member_id = key(input.agreement, "agreement", "Agreement"), key(input.member, "member", "Member")
        first, last = input.start_date, input.end_date or None
        return Part(*await participations.start(session, act, agreement_id, input.version, member_id, first, last))

    return await perform(info, "participationStart", input.reason, done)


async def end(
    info: Info, input: Annotated[ParticipationEndInput, strawberry.argument(description="Who, and when.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        agreement_id, member_id = key(input.agreement, "agreement", "Agreement"), key(input.member, "member", "Member")
        on = input.on or None
        return Part(*await participations.end(session, act, agreement_id, input.version, member_id, on))

    return await perform(info, "participationEnd", input.reason, done)
