"""Acts on what agreements give."""

from datetime import date
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import entitlements
from domain.acts.act import Act, ActRefused
from domain.acts.contract import ContractProblem
from schema.acts.coverage import CoverageInput, kept, narrowing
from schema.agreement import Agreement
from schema.entitlement import Entitlement
from schema.kit.acts import Part, made, perform, problems, reason, version, whole
from schema.kit.context import Info
from schema.kit.inputs import key
from schema.kit.problems import Problem

_UNSET: Any = strawberry.UNSET


@strawberry.input(one_of=True, description="What is given.")
class EntitlementTargetInput:
    package: strawberry.ID | None = strawberry.field(default=_UNSET, description="All that is in a package.")
    package_title: strawberry.ID | None = strawberry.field(default=_UNSET, description="One title of a package.")
    resource: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="A resource, in whichever package its licensor offers it."
    )


@strawberry.input(description="What an agreement gives.")
class EntitlementGrantInput:
    agreement: strawberry.ID = strawberry.field(description="The agreement.")
    version: int = version("the agreement")
    target: EntitlementTargetInput = strawberry.field(description="What is given.")
    start_date: date | None = strawberry.field(default=_UNSET, description="Its first day; left out = the agreement's.")
    end_date: date | None = strawberry.field(default=_UNSET, description="Its last day; left out = the agreement's.")
    coverage: list[CoverageInput] | None = strawberry.field(
        default=_UNSET, description="What of it is given; left out = all. An empty list is invalid."
    )
    perpetual_coverage: list[CoverageInput] | None = strawberry.field(
        default=_UNSET, description="What of it the members keep for ever."
    )
    reason: str | None = reason()


@strawberry.type(description="What entitlementGrant did.")
class EntitlementGrantPayload:
    entitlement: Entitlement | None = made("The new line.")
    agreement: Agreement | None = whole("Its agreement.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which line of an agreement ends, and when.")
class EntitlementWithdrawInput:
    id: strawberry.ID = strawberry.field(description="The line.")
    version: int = version("the agreement")
    on: date | None = strawberry.field(
        default=_UNSET,
        description="Its last day; what it gave for ever is kept. A day before its first: it never gave anything. Left "
        "out, while the agreement is being prepared: the line is taken off it.",
    )
    reason: str | None = reason()


@strawberry.type(description="What entitlementWithdraw did.")
class EntitlementWithdrawPayload:
    entitlement: Entitlement | None = made("The line with its last day; null too where it was taken off.")
    agreement: Agreement | None = whole("Its agreement.")
    problems: list[Problem] = problems()


async def grant(
    info: Info, input: Annotated[EntitlementGrantInput, strawberry.argument(description="What is given.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        agreement_id = key(input.agreement, "agreement", "Agreement")
        return Part(*await entitlements.grant(session, act, agreement_id, input.version, _new(input)))

    return await perform(info, "entitlementGrant", input.reason, done)


async def withdraw(
    info: Info, input: Annotated[EntitlementWithdrawInput, strawberry.argument(description="Which line, and when.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        line_id = key(input.id, "id", "Entitlement")
        return Part(*await entitlements.withdraw(session, act, line_id, input.version, input.on or None))

    return await perform(info, "entitlementWithdraw", input.reason, done)


def _new(input: EntitlementGrantInput) -> entitlements.NewEntitlement:
    if input.coverage == []:
        raise ActRefused(ContractProblem.EMPTY_LIST, "coverage", field="coverage")
    target = input.target
    return entitlements.NewEntitlement(
        package_id=key(target.package, "target.package", "Package"),
        package_title_id=key(target.package_title, "target.packageTitle", "PackageTitle"),
        resource_id=key(target.resource, "target.resource", "Resource"),
        start=input.start_date or None,
        end=input.end_date or None,
        coverage=narrowing(input.coverage or None),
        perpetual=kept(input.perpetual_coverage or None),
    )
