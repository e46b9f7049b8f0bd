"""Obligations of members: what, how measured, due when."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry
from sqlalchemy import Date, Uuid
from sqlmodel import col

from domain import visibility
from domain.catalogue.paging import Key, Keyset
from models import obligation as rows
from models.vocabulary import ObligationMeasure, ObligationStatus
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

OF_MEMBER = Listing(
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


async def _visible(info: Info, row: rows.Obligation) -> bool:
    return visibility.sees_standing(info.context.viewer, row.member_id)


lookup("Obligation", "obligation", _visible)
