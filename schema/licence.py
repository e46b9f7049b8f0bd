"""Licences, their clauses and terms, as they are reached through a decision or by their staff."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import select
from sqlmodel import col

from domain import visibility
from models import agreement
from models import licence as rows
from models.vocabulary import Action, Affiliation, TermStatus
from schema.amendment import (
    amendment_of_term,
    amendments_of_licence,
    first_day_of_term,
    last_day_of_term,
    limits_of_licence,
)
from schema.change import Change, history
from schema.contracts import agreements_of_licence, resources_of_licence
from schema.fragment import fragments_of_licence
from schema.kit.arguments import Lang
from schema.kit.connection import Connection
from schema.kit.context import Info
from schema.kit.rows import belonging, by_key
from schema.kit.scalars import CountryCode
from schema.kit.source import column, computed, identity, noun, relation
from schema.licence_card import card_of
from schema.node import Node, lookup
from schema.party import Party
from schema.sight import bound, sees_licence
from schema.vocabulary import LicenceState

if TYPE_CHECKING:
    from schema.agreement import AgreementConnection
    from schema.amendment import Amendment, UsageLimit
    from schema.document import LicenceDocument
    from schema.fragment import LicenceFragment
    from schema.licence_card import LicenceCard
    from schema.member import Member
    from schema.search import ResourceConnection

by_key("licence", rows.Licence)
by_key("clause", rows.Clause)
by_key("term", rows.Term)
belonging(
    "clauses_of_licence",
    col(rows.Clause.licence_id),
    select(col(rows.Clause.licence_id), rows.Clause).order_by(col(rows.Clause.position), col(rows.Clause.id)),
)
belonging(
    "terms_of_licence",
    col(rows.Term.licence_id),
    select(col(rows.Term.licence_id), rows.Term).order_by(col(rows.Term.action), col(rows.Term.id)),
)


async def _licence_visible(info: Info, row: rows.Licence) -> bool:
    return await sees_licence(info, row.id)


def _licence_name(root: strawberry.Parent[rows.Licence], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return info.context.said(root.name, lang)


def _status(root: strawberry.Parent[rows.Licence], info: Info) -> LicenceState:
    stored = LicenceState(root.status.value)
    over = root.end_date is not None and root.end_date < info.context.today
    return LicenceState.EXPIRED if over and stored is LicenceState.ACTIVE else stored


async def _code(root: strawberry.Parent[rows.Licence], info: Info) -> str | None:
    return root.code if await sees_licence(info, root.id) else None


async def _holder(root: strawberry.Parent[rows.Licence], info: Info) -> Any:
    if root.holder_id is None or not await sees_licence(info, root.id):
        return None
    return await info.context.loaders.load("party", root.holder_id)


async def _document(root: strawberry.Parent[rows.Licence], info: Info) -> Any:
    if root.document_id is None or not await sees_licence(info, root.id):
        return None
    return await info.context.loaders.load("licence_document", root.document_id)


async def _clauses(root: strawberry.Parent[rows.Licence], info: Info) -> Any:
    return await info.context.loaders.load("clauses_of_licence", root.id) if await sees_licence(info, root.id) else None


async def _terms(root: strawberry.Parent[rows.Licence], info: Info) -> Any:
    return await info.context.loaders.load("terms_of_licence", root.id) if await sees_licence(info, root.id) else None


@noun(
    rows.Licence,
    "A licence. Whoever gets a decision that rests on it sees its name, licensor and dates; its staff see all of it.",
)
class Licence(Node):
    id: strawberry.ID = identity(rows.Licence)
    name: str = computed(_licence_name, "Its name in the language wanted.", rows.Licence.name)
    licensor: Party = relation(rows.Licence.licensor_id, "party", "Who gives it.")
    status: LicenceState = computed(_status, "How far it is.", rows.Licence.status, rows.Licence.end_date)
    start_date: date | None = column(rows.Licence.start_date, "Its first day; null = from the beginning.")
    end_date: date | None = column(rows.Licence.end_date, "Its last day; null = no known end.")
    parent: "Licence | None" = relation(
        rows.Licence.parent_id, "licence", "The licence that this one narrows; null = none."
    )
    code: str | None = computed(
        _code, "The short name by which imports call it; null = not for you to see.", rows.Licence.code
    )
    holder: Annotated["Member", strawberry.lazy("schema.member")] | None = computed(
        _holder,
        "The member whose licence it is; null = the consortium's, or not for you to see.",
        rows.Licence.holder_id,
    )
    version: int = column(rows.Licence.version, "Rises with every change of it, its clauses and its terms.")
    history: Connection[Change] | None = history(rows.Licence, _licence_visible)
    document: Annotated["LicenceDocument", strawberry.lazy("schema.document")] | None = computed(
        _document, "The signed text; null = none, or not for you to see.", rows.Licence.document_id
    )
    terms: list[Annotated["Term", strawberry.lazy("schema.licence")]] | None = computed(
        _terms, "What it says of each action; null = not for you to see.", rows.Term.licence_id
    )
    clauses: list[Annotated["Clause", strawberry.lazy("schema.licence")]] | None = computed(
        _clauses, "Its numbered parts; null = not for you to see.", rows.Clause.licence_id
    )
    limits: list[Annotated["UsageLimit", strawberry.lazy("schema.amendment")]] | None = computed(
        limits_of_licence,
        "How many may use it at the same time, and how much notice it asks; null = not for you to see.",
        rows.UsageLimit.licence_id,
    )
    amendments: list[Annotated["Amendment", strawberry.lazy("schema.amendment")]] | None = computed(
        amendments_of_licence,
        "What changes it from a day on, by day; null = not for you to see.",
        rows.Amendment.licence_id,
    )
    fragments: list[Annotated["LicenceFragment", strawberry.lazy("schema.fragment")]] | None = computed(
        fragments_of_licence,
        "What the document that it was imported from says and nothing here models, kept as it was written; null = not "
        "for you to see.",
        rows.LicenceFragment.licence_id,
    )
    card: Annotated["LicenceCard", strawberry.lazy("schema.licence_card")] | None = computed(
        card_of, "Who may do what where, on one page; null = not for you to see.", rows.Term.licence_id
    )
    agreements: Annotated["AgreementConnection", strawberry.lazy("schema.agreement")] | None = computed(
        agreements_of_licence,
        "The agreements that it governs at any time, the last entered first; null = not for you to see.",
        agreement.ControllingLicence.licence_id,
    )
    resources: Annotated["ResourceConnection", strawberry.lazy("schema.search")] | None = computed(
        resources_of_licence,
        "What its agreements give access to now or will, through packages, titles and resources, by title; null = not "
        "for you to see.",
        agreement.Entitlement.agreement_id,
    )


@strawberry.type(description="A page of licences.")
class LicenceConnection(Connection[Licence]):
    pass


async def _clause_text(root: strawberry.Parent[rows.Clause], info: Info) -> str | None:
    of = await bound(info, root.licence_id)
    return root.text if visibility.reads_clause(info.context.viewer, root.visibility, of) else None


def _summary(root: strawberry.Parent[rows.Clause], info: Info, lang: Lang = strawberry.UNSET) -> str | None:
    return info.context.said(root.summary, lang) or None


@noun(
    rows.Clause,
    "A numbered part of a licence. text is null where the viewer may not read it (contracts can be confidential); "
    "summary then says it in plain words.",
)
class Clause(Node):
    id: strawberry.ID = identity(rows.Clause)
    licence: Licence = relation(rows.Clause.licence_id, "licence", "The licence that it is part of.")
    number: str = column(rows.Clause.number, "As the document numbers it.")
    text: str | None = computed(
        _clause_text, "Its own words; null = not for you to read.", rows.Clause.text, rows.Clause.visibility
    )
    summary: str | None = computed(_summary, "What it says, in plain words.", rows.Clause.summary)


def _public_note(root: strawberry.Parent[rows.Term], info: Info, lang: Lang = strawberry.UNSET) -> str | None:
    return info.context.said(root.public_note, lang) or None


async def _note(root: strawberry.Parent[rows.Term], info: Info) -> str | None:
    return root.note if visibility.reads_term_notes(info.context.viewer, await bound(info, root.licence_id)) else None


@noun(
    rows.Term,
    "What a licence says of an action, coded. A list that is null = no constraint; an empty list is invalid.",
)
class Term(Node):
    id: strawberry.ID = identity(rows.Term)
    licence: Licence = relation(rows.Term.licence_id, "licence", "The licence that says so.")
    clause: Clause | None = relation(rows.Term.clause_id, "clause", "The clause that says so.")
    action: Action = column(rows.Term.action, "Of what it speaks.")
    status: TermStatus = column(rows.Term.status, "What it says, and how plainly.")
    affiliations: list[Affiliation] | None = column(rows.Term.affiliations, "Only for these affiliations.")
    user_classes: list[str] | None = column(rows.Term.user_classes, "Only for these named classes of users.")
    purposes: list[str] | None = column(rows.Term.purposes, "Only for these purposes.")
    recipients: list[str] | None = column(rows.Term.recipients, "Only for these recipients.")
    methods: list[str] | None = column(rows.Term.methods, "Only by these methods.")
    parts: list[str] | None = column(rows.Term.parts, "Only these parts.")
    territories: list[CountryCode] | None = column(rows.Term.territories, "Only in these countries.")
    on_site_only: bool = column(rows.Term.on_site_only, "Only on the member's own network.")
    except_as_permitted: bool = column(
        rows.Term.except_as_permitted, "A prohibition that leaves what another term permits."
    )
    concurrent_users: int | None = column(rows.Term.concurrent_users, "How many at the same time; null = any number.")
    limits: list[Annotated["UsageLimit", strawberry.lazy("schema.amendment")]] = relation(
        rows.Term.id, "limits_of_term", "How much of something it allows."
    )
    amendment: Annotated["Amendment", strawberry.lazy("schema.amendment")] | None = computed(
        amendment_of_term,
        "The amendment that brought it; null = the licence as it was signed, or not for you to see.",
        rows.Term.amendment_id,
    )
    first_day: date | None = computed(
        first_day_of_term, "The day from which it stands; null = from the beginning.", rows.Term.amendment_id
    )
    last_day: date | None = computed(
        last_day_of_term, "The day before an amendment replaces it; null = none does.", rows.Term.id
    )
    public_note: str | None = computed(_public_note, "A note for everybody.", rows.Term.public_note)
    note: str | None = computed(_note, "An internal note; null = none, or not for you to see.", rows.Term.note)


async def _part_visible(info: Info, row: rows.Clause | rows.Term) -> bool:
    return await sees_licence(info, row.licence_id)


lookup("Licence", "licence", _licence_visible)
lookup("Clause", "clause", _part_visible)
lookup("Term", "term", _part_visible)
