"""Obligations of members: what, how measured, due when."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry
from sqlalchemy import Date, Select, Uuid, select
from sqlmodel import col

from domain import visibility
from domain.catalogue.paging import Key, Keyset
from models import obligation as rows
from models.vocabulary import ObligationMeasure, ObligationStatus
from schema.kit import ids
from schema.kit.arguments import Lang
from schema.kit.connection import Listing
from schema.kit.context import Info
from schema.kit.rows import by_key
from schema.kit.source import column, computed, identity, noun, relation
from schema.licence import Clause
from schema.node import Node, lookup
from schema.party import Party

if TYPE_CHECKING:
    from schema.member import Member

by_key("obligation", rows.Obligation)

OBLIGATIONS = Listing(
    "obligations",
    "obligation",
    col(rows.Obligation.id),
    Keyset((Key(col(rows.Obligation.due), Date(), date), Key(col(rows.Obligation.id), Uuid(), UUID))),
)


def _name(root: strawberry.Parent[rows.Obligation], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return info.context.said(root.name, lang)


@noun(rows.Obligation, "A duty of a member. owedTo null: the pool.")
class Obligation(Node):
    id: strawberry.ID = identity(rows.Obligation)
    member: Annotated["Member", strawberry.lazy("schema.member")] = relation(
        rows.Obligation.member_id, "party", "Who owes it."
    )
    owed_to: Party | None = relation(rows.Obligation.owed_to, "party", "To whom; null = to the pool.")
    name: str = computed(_name, "What it is, in the language wanted.", rows.Obligation.name)
    clause: Clause | None = relation(rows.Obligation.clause_id, "clause", "The clause that it follows from.")
    measure: ObligationMeasure = column(rows.Obligation.measure, "What it is measured by.")
    target: Decimal | None = column(rows.Obligation.target, "How much is owed.")
    achieved: Decimal | None = column(rows.Obligation.achieved, "How much was done so far.")
    unit: str = column(rows.Obligation.unit, "What is counted.")
    due: date = column(rows.Obligation.due, "The last day to do it.")
    status: ObligationStatus = column(rows.Obligation.status, "How far it is.")
    remedy: str | None = column(rows.Obligation.remedy, "What mends a breach.")


@strawberry.input(description="What a list of obligations is narrowed to.")
class ObligationFilter:
    member: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Of this member.")
    statuses: list[ObligationStatus] | None = strawberry.field(default=strawberry.UNSET, description="In one of these.")
    due_before: date | None = strawberry.field(default=strawberry.UNSET, description="Due before this day.")


EVERY = select().select_from(rows.Obligation)


def wanted(info: Info, by: ObligationFilter) -> Select[()]:
    """The obligations that the viewer may see of those asked for."""
    found = EVERY
    members = visibility.staffed(info.context.viewer)
    if members is not None:
        found = found.where(col(rows.Obligation.member_id).in_(members))
    if by.member:
        found = found.where(col(rows.Obligation.member_id) == ids.decode(by.member, "Member"))
    if by.statuses is not None and by.statuses is not strawberry.UNSET:
        found = found.where(col(rows.Obligation.status).in_(by.statuses))
    return found.where(col(rows.Obligation.due) < by.due_before) if by.due_before else found


async def _visible(info: Info, row: rows.Obligation) -> bool:
    return visibility.sees_standing(info.context.viewer, row.member_id)


lookup("Obligation", "obligation", _visible)
