"""Amendments of a licence, and its limits: how many, how much, how long before."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import func, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from models import licence as rows
from models.vocabulary import AmendmentStatus, LimitKind, NoticeUnit
from schema.kit.arguments import Lang
from schema.kit.context import Info
from schema.kit.rows import belonging, by_key
from schema.kit.source import column, computed, identity, noun, relation
from schema.node import Node, lookup
from schema.sight import sees_licence

if TYPE_CHECKING:
    from schema.document import LicenceDocument
    from schema.licence import Clause, Licence, Term

_ENDS = aliased(rows.Amendment)

by_key("amendment", rows.Amendment)
by_key("limit", rows.UsageLimit)
belonging(
    "amendments_of_licence",
    col(rows.Amendment.licence_id),
    select(col(rows.Amendment.licence_id), rows.Amendment).order_by(
        col(rows.Amendment.effective_on), col(rows.Amendment.number)
    ),
)
belonging(
    "limits_of_licence",
    col(rows.UsageLimit.licence_id),
    select(col(rows.UsageLimit.licence_id), rows.UsageLimit)
    .where(col(rows.UsageLimit.term_id).is_(None))
    .order_by(col(rows.UsageLimit.id)),
)
belonging(
    "limits_of_term",
    col(rows.UsageLimit.term_id),
    select(col(rows.UsageLimit.term_id), rows.UsageLimit).order_by(col(rows.UsageLimit.id)),
)
belonging(
    "terms_of_amendment",
    col(rows.Term.amendment_id),
    select(col(rows.Term.amendment_id), rows.Term).order_by(col(rows.Term.action), col(rows.Term.id)),
)
belonging(
    "terms_replaced",
    col(rows.AmendedTerm.amendment_id),
    select(col(rows.AmendedTerm.amendment_id), rows.Term)
    .join(rows.Term, col(rows.Term.id) == col(rows.AmendedTerm.term_id))
    .order_by(col(rows.Term.action), col(rows.Term.id)),
)
belonging(
    "end_of_term",
    col(rows.AmendedTerm.term_id),
    select(col(rows.AmendedTerm.term_id), func.min(col(_ENDS.effective_on)) - 1)
    .join(_ENDS, col(_ENDS.id) == col(rows.AmendedTerm.amendment_id))
    .where(col(_ENDS.status) == AmendmentStatus.ACTIVE)
    .group_by(col(rows.AmendedTerm.term_id)),
)


def _name(root: strawberry.Parent[rows.Amendment], info: Info, lang: Lang = strawberry.UNSET) -> str | None:
    return info.context.said(root.name, lang) or None


def _note(root: strawberry.Parent[rows.UsageLimit], info: Info, lang: Lang = strawberry.UNSET) -> str | None:
    return info.context.said(root.note, lang) or None


@noun(
    rows.Amendment,
    "What changes a licence from a day on, either way: its own terms begin then, and those that it replaces end the "
    "day before. For whoever sees all of the licence.",
)
class Amendment(Node):
    id: strawberry.ID = identity(rows.Amendment)
    licence: Annotated["Licence", strawberry.lazy("schema.licence")] = relation(
        rows.Amendment.licence_id, "licence", "The licence that it changes."
    )
    number: str = column(rows.Amendment.number, "What it is called among the licence's amendments.")
    name: str | None = computed(_name, "Its name in the language wanted.", rows.Amendment.name)
    effective_on: date = column(rows.Amendment.effective_on, "The day from which it changes the licence.")
    status: AmendmentStatus = column(rows.Amendment.status, "A draft changes nothing yet.")
    document: Annotated["LicenceDocument", strawberry.lazy("schema.document")] | None = relation(
        rows.Amendment.document_id, "licence_document", "Its own text; null = none is kept."
    )
    terms: list[Annotated["Term", strawberry.lazy("schema.licence")]] = relation(
        rows.Amendment.id, "terms_of_amendment", "The terms that it brings."
    )
    replaces: list[Annotated["Term", strawberry.lazy("schema.licence")]] = relation(
        rows.Amendment.id, "terms_replaced", "The terms that end when it takes effect."
    )


@noun(rows.UsageLimit, "How much a licence allows: of one of its terms, or, of users and notice, as a whole.")
class UsageLimit(Node):
    id: strawberry.ID = identity(rows.UsageLimit)
    licence: Annotated["Licence", strawberry.lazy("schema.licence")] = relation(
        rows.UsageLimit.licence_id, "licence", "The licence that sets it."
    )
    term: Annotated["Term", strawberry.lazy("schema.licence")] | None = relation(
        rows.UsageLimit.term_id, "term", "The term that it bounds; null = the licence as a whole."
    )
    clause: Annotated["Clause", strawberry.lazy("schema.licence")] | None = relation(
        rows.UsageLimit.clause_id, "clause", "The clause that says so; null = that of its term, if any."
    )
    kind: LimitKind = column(rows.UsageLimit.kind, "What is counted.")
    amount: Decimal | None = column(rows.UsageLimit.amount, "How many, or how much; null of FORMATS.")
    unit: NoticeUnit | None = column(rows.UsageLimit.unit, "Of NOTICE: what the amount counts.")
    formats: list[str] | None = column(rows.UsageLimit.formats, "Of FORMATS: in which it may be had.")
    note: str | None = computed(_note, "A note for everybody.", rows.UsageLimit.note)


async def limits_of_licence(root: strawberry.Parent[rows.Licence], info: Info) -> Any:
    return await info.context.loaders.load("limits_of_licence", root.id) if await sees_licence(info, root.id) else None


async def amendments_of_licence(root: strawberry.Parent[rows.Licence], info: Info) -> Any:
    if not await sees_licence(info, root.id):
        return None
    return await info.context.loaders.load("amendments_of_licence", root.id)


async def amendment_of_term(root: strawberry.Parent[rows.Term], info: Info) -> Any:
    if root.amendment_id is None or not await sees_licence(info, root.licence_id):
        return None
    return await info.context.loaders.load("amendment", root.amendment_id)


async def first_day_of_term(root: strawberry.Parent[rows.Term], info: Info) -> date | None:
    if root.amendment_id is None:
        return None
    found: rows.Amendment = await info.context.loaders.load("amendment", root.amendment_id)
    return found.effective_on


async def last_day_of_term(root: strawberry.Parent[rows.Term], info: Info) -> date | None:
    return next(iter(await info.context.loaders.load("end_of_term", root.id)), None)


async def _visible(info: Info, row: rows.Amendment | rows.UsageLimit) -> bool:
    return await sees_licence(info, row.licence_id)


lookup("Amendment", "amendment", _visible)
lookup("UsageLimit", "limit", _visible)
