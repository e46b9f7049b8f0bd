"""Agreements: who has which packages under which licence, when."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import strawberry
from sqlalchemy import select
from sqlmodel import col

from domain import visibility
from domain.catalogue import contracts
from models import agreement as rows
from models.vocabulary import AgreementStatus
from schema.change import Change, history
from schema.entitlement import ENTITLEMENTS, EntitlementConnection, first_day, last_day
from schema.kit.arguments import After, Before, First, Last
from schema.kit.connection import Connection, Listing, asked, children
from schema.kit.context import Info
from schema.kit.rows import Statement, belonging, by_key
from schema.kit.source import column, computed, identity, noun, relation
from schema.licence import Licence
from schema.node import Node, lookup
from schema.sight import sees_agreement, sees_licence

if TYPE_CHECKING:
    from schema.member import Member

by_key("agreement", rows.Agreement)
by_key("participation", rows.Participation)
belonging(
    "periods_of_agreement",
    col(rows.AgreementPeriod.agreement_id),
    select(col(rows.AgreementPeriod.agreement_id), rows.AgreementPeriod).order_by(col(rows.AgreementPeriod.during)),
)
belonging(
    "licences_of_agreement",
    col(rows.ControllingLicence.agreement_id),
    select(col(rows.ControllingLicence.agreement_id), rows.ControllingLicence),
)

PARTICIPATIONS = Listing("participations", "participation", col(rows.Participation.id), contracts.BY_MEMBER)

_LINES: Statement = select().select_from(rows.Entitlement)

FROM_THE_BEGINNING = "0001-01-01 = from the beginning."


def _start(root: strawberry.Parent[rows.AgreementPeriod | rows.Participation]) -> date:
    return first_day(root.during) or date.min


def _end(root: strawberry.Parent[rows.AgreementPeriod | rows.Participation]) -> date | None:
    return last_day(root.during)


@strawberry.type(description="A span of days for which an agreement was made. The days are those of each member.")
class Period:
    start_date: date = computed(_start, f"Its first day; {FROM_THE_BEGINNING}", rows.AgreementPeriod.during)
    end_date: date | None = computed(_end, "Its last day; null = no known end.", rows.AgreementPeriod.during)
    grace_until: date | None = column(
        rows.AgreementPeriod.grace_until, "Until when access goes on after the end, by the last licence's terms."
    )
    cancel_by: date | None = column(rows.AgreementPeriod.cancel_by, "By when to cancel it, or it is renewed.")


@noun(rows.Participation, "A member's dated taking part in an agreement. Shown to its staff and to the holder's.")
class Participation(Node):
    id: strawberry.ID = identity(rows.Participation)
    member: Annotated["Member", strawberry.lazy("schema.member")] = relation(
        rows.Participation.member_id, "party", "Who takes part."
    )
    start_date: date = computed(_start, f"Its first day; {FROM_THE_BEGINNING}", rows.Participation.during)
    end_date: date | None = computed(_end, "Its last day; null = no known end.", rows.Participation.during)


@strawberry.type(description="A page of those who take part.")
class ParticipationConnection(Connection[Participation]):
    pass


async def _visible(info: Info, row: rows.Agreement) -> bool:
    return await sees_agreement(info, row.id)


async def _record_visible(info: Info, row: rows.Agreement) -> bool:
    return visibility.sees_agreement_record(info.context.viewer, row.holder_id)


async def _licence(
    root: strawberry.Parent[rows.Agreement],
    info: Info,
    on: Annotated[
        date | None, strawberry.argument(description="On which day. Left out: today, where the holder is.")
    ] = strawberry.UNSET,
) -> Any:
    day = on or await _today(info, root)
    for controlling in await info.context.loaders.load("licences_of_agreement", root.id):
        if controlling.during.contains(day) and await sees_licence(info, controlling.licence_id):
            return await info.context.loaders.load("licence", controlling.licence_id)
    return None


async def _today(info: Info, agreement: rows.Agreement) -> date:
    if agreement.holder_id is None:
        return info.context.today
    holder = await info.context.loaders.load("party", agreement.holder_id)
    return info.context.now.astimezone(ZoneInfo(holder.time_zone)).date()


async def _participations(
    root: strawberry.Parent[rows.Agreement],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, PARTICIPATIONS.name, first, after, last, before)
    everything = visibility.sees_all_contracts(info.context.viewer)
    seen, agreement = contracts.participations_of_agreements(everything=everything)
    return await children(info, PARTICIPATIONS, seen, (agreement, root.id), part)


async def _entitlements(
    root: strawberry.Parent[rows.Agreement],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, ENTITLEMENTS.name, first, after, last, before)
    return await children(info, ENTITLEMENTS, _LINES, (col(rows.Entitlement.agreement_id), root.id), part)


@noun(
    rows.Agreement,
    "Who has which packages under which licence, when. holder null: the consortium holds it for its members. Shown to "
    "staff of the members that hold it or take part in it; while it is being prepared, to the holder's alone.",
)
class Agreement(Node):
    id: strawberry.ID = identity(rows.Agreement)
    name: str = column(rows.Agreement.name, "What it is called.")
    status: AgreementStatus = column(rows.Agreement.status, "How far it is.")
    closed_on: date | None = column(
        rows.Agreement.closed_on, "Its last day, that of its grace too, if it was closed; null = as its periods say."
    )
    code: str = column(rows.Agreement.code, "The short name by which imports call it.")
    version: int = column(rows.Agreement.version, "Rises with every change of it and of what hangs on it.")
    history: Connection[Change] | None = history(rows.Agreement, _record_visible)
    holder: Annotated["Member", strawberry.lazy("schema.member")] | None = relation(
        rows.Agreement.holder_id, "party", "Who made it for itself; null = the consortium made it for its members."
    )
    licence: Licence | None = computed(
        _licence, "The licence that governs it on a day; null = none.", rows.ControllingLicence.during
    )
    periods: list[Period] | None = relation(
        rows.Agreement.id, "periods_of_agreement", "The spans of days for which it was made, in their order."
    )
    participations: ParticipationConnection | None = computed(
        _participations,
        "The members that take part, by their code; of others' agreements only the viewer's own.",
        rows.Participation.agreement_id,
    )
    entitlements: EntitlementConnection | None = computed(
        _entitlements, "What it gives, in the order of entry.", rows.Entitlement.agreement_id
    )


@strawberry.type(description="A page of agreements.")
class AgreementConnection(Connection[Agreement]):
    pass


async def _participation_visible(info: Info, row: rows.Participation) -> bool:
    agreement = await info.context.loaders.load("agreement", row.agreement_id)
    return await _visible(info, agreement) and visibility.sees_participation(
        info.context.viewer, row.member_id, agreement.holder_id
    )


lookup("Agreement", "agreement", _visible)
lookup("Participation", "participation", _participation_visible)
