"""Grants: what a member's readers may do with what an agreement, or the member itself, gives them."""

import asyncio
from datetime import date
from typing import Any

import strawberry

from domain.rights.held import Right
from models import agreement
from models import licence as contract
from models.vocabulary import AccessBasis, Action
from schema import entitlement
from schema.entitlement import Entitlement, EntitlementTarget, target_of
from schema.kit.connection import Connection
from schema.kit.context import Info
from schema.kit.source import computed, fact
from schema.licence import Licence, Term
from schema.package import Coverage


async def _target(root: strawberry.Parent[Right], info: Info) -> Any:
    _, *target = root.target
    return await target_of(info, *target)


async def _entitlement(root: strawberry.Parent[Right], info: Info) -> Any:
    return await entitlement.seen(info, root.grant.entitlement_id)


async def _licence(root: strawberry.Parent[Right], info: Info) -> Any:
    if root.grant.licence is None:
        return None
    return await info.context.loaders.load("licence", root.grant.licence.id)


async def _term(root: strawberry.Parent[Right], info: Info) -> Any:
    return await info.context.loaders.load("term", root.term.id) if root.term else None


async def _coverage(root: strawberry.Parent[Right], info: Info) -> Any:
    load, grant = info.context.loaders.load, root.grant
    lines = [*grant.lines, *(keeping.statement for keeping in grant.kept)]
    found = await asyncio.gather(*(load("entitlement_coverage", line.id) for line in lines))
    return [line for line in found if line]


def _first(root: strawberry.Parent[Right]) -> date | None:
    return root.grant.first if root.grant.first > date.min else None


def _last(root: strawberry.Parent[Right]) -> date | None:
    return root.grant.last if root.grant.last < date.max else None


@strawberry.type(description="An action that some of a member's readers may do with a target, and by which term.")
class Grant:
    action: Action = fact("action", "What may be done.")
    target: EntitlementTarget = computed(_target, "With what.", agreement.Entitlement.package_id)
    entitlement: Entitlement | None = computed(
        _entitlement,
        "The line of the agreement that gives it; null = the member's own collection, or not for you to see.",
        agreement.Entitlement.agreement_id,
    )
    licence: Licence | None = computed(
        _licence, "The licence that governs it; null = the member's own collection.", contract.Licence.id
    )
    term: Term | None = computed(
        _term,
        "The term that permits it to those it names, of the licence or of one that it narrows; null = no term speaks: "
        "the member's own collection, the consortium's declared default, or a statute (basis STATUTORY).",
        contract.Term.id,
    )
    coverage: list[Coverage] = computed(
        _coverage,
        "To what of the target it is narrowed, or, where the basis is PERPETUAL, what is kept; empty = all that the "
        "target covers.",
        agreement.EntitlementCoverage.id,
    )
    start_date: date | None = computed(_first, "Its first day; null = always.", agreement.AgreementPeriod.during)
    end_date: date | None = computed(
        _last, "Its last day, days of grace included; null = no known end.", agreement.AgreementPeriod.grace_until
    )
    basis: AccessBasis = fact("basis", "On what it rests.")


@strawberry.type(description="A page of what a member's readers may do.")
class GrantConnection(Connection[Grant]):
    pass
