"""Acts on what the consortium declares for all members."""

from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import pool
from domain.acts.act import Act, ActRefused, text
from domain.acts.act import Problem as Refusal
from models.vocabulary import Action
from schema.kit.acts import made, perform, problems, reason
from schema.kit.context import Info
from schema.kit.inputs import LocalisedInput, bounded, given, key, localised
from schema.kit.problems import Problem
from schema.kit.scalars import CountryCode
from schema.pool import SilentDefault, StatutoryRule

_UNSET: Any = strawberry.UNSET
LONGEST_PURPOSE = 200


@strawberry.input(description="What holds where no term of a licence speaks of an action.")
class SilentDefaultSetInput:
    action: Action = strawberry.field(description="The action.")
    permitted: bool = strawberry.field(description="Whether it is permitted then.")
    reason: str | None = reason()


@strawberry.type(description="What silentDefaultSet did.")
class SilentDefaultSetPayload:
    silent_default: SilentDefault | None = made("What holds now.")
    problems: list[Problem] = problems()


@strawberry.input(description="What a statute permits: a new rule, or, with its id, what is different about it.")
class StatutoryRuleSetInput:
    id: strawberry.ID | None = strawberry.field(default=_UNSET, description="The rule to change; left out = a new one.")
    territory: CountryCode | None = strawberry.field(default=_UNSET, description="Where it is law; a new one needs it.")
    action: Action | None = strawberry.field(default=_UNSET, description="What it permits; a new one needs it.")
    purposes: list[str] | None = strawberry.field(
        default=_UNSET, description="Only for these purposes; null = for any."
    )
    name: LocalisedInput | None = strawberry.field(
        default=_UNSET, description="The statute and its article; a new one needs it."
    )
    reason: str | None = reason()


@strawberry.type(description="What statutoryRuleSet did.")
class StatutoryRuleSetPayload:
    statutory_rule: StatutoryRule | None = made("The rule as it is now.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which rule goes: the law is no more.")
class StatutoryRuleRemoveInput:
    id: strawberry.ID = strawberry.field(description="The rule.")
    reason: str | None = reason()


@strawberry.type(description="What statutoryRuleRemove did.")
class StatutoryRuleRemovePayload:
    problems: list[Problem] = problems()


async def set_default(
    info: Info, input: Annotated[SilentDefaultSetInput, strawberry.argument(description="What holds.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await pool.set_default(session, act, input.action, permitted=input.permitted)

    return await perform(info, "silentDefaultSet", input.reason, done)


async def set_statute(
    info: Info, input: Annotated[StatutoryRuleSetInput, strawberry.argument(description="The rule.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await pool.set_statute(session, act, key(input.id, "id", "StatutoryRule"), _values(input))

    return await perform(info, "statutoryRuleSet", input.reason, done)


async def remove_statute(
    info: Info, input: Annotated[StatutoryRuleRemoveInput, strawberry.argument(description="Which rule.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        await pool.remove_statute(session, act, key(input.id, "id", "StatutoryRule"))

    return await perform(info, "statutoryRuleRemove", input.reason, done)


def _values(input: StatutoryRuleSetInput) -> dict[str, Any]:
    values = given(territory=input.territory, action=input.action)
    for name, value in values.items():
        if value is None:
            raise ActRefused(Refusal.BLANK, name, field=name)
    if input.purposes is not _UNSET:
        purposes = bounded(input.purposes, "purposes")
        values["purposes"] = purposes and [text(one, "purposes", LONGEST_PURPOSE) for one in purposes]
    if input.name is not _UNSET:
        values["name"] = localised(input.name or LocalisedInput(), "name")
    return values
