"""A licence's card as people read it: its rows with the clauses and conditions behind them, and all of it as a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain import explanation, messages
from domain.rights import contracts
from domain.rights.card import Card, Cell, card
from domain.rights.terms import Licence
from models import licence as rows
from models import party as parties
from models.columns import Localised
from models.consortium import SilentDefault
from models.vocabulary import Action


@dataclass(frozen=True, slots=True)
class Told:
    """A card with the rows that its ids stand for."""

    card: Card
    licence: rows.Licence
    licensor: Localised
    clauses: Mapping[UUID, rows.Clause]
    facts: explanation.Facts
    """The terms and limits that conditions name."""


async def read(session: AsyncSession, licence: rows.Licence, on: date) -> Told:
    """The card of a licence on a day, in whichever state it is: a draft can be looked at before it is put in force."""
    contract = await contracts.contract(session, licence.id)
    ids = _ids(contract)
    terms = {row.id: row for row in await session.scalars(select(rows.Term).where(col(rows.Term.id).in_(ids)))}
    limits = await session.scalars(select(rows.UsageLimit).where(col(rows.UsageLimit.term_id).in_(ids)))
    classes = {code for row in terms.values() for code in row.user_classes or ()}
    known = await session.scalars(select(rows.UserClass).where(col(rows.UserClass.code).in_(classes)))
    silent = select(col(SilentDefault.action)).where(col(SilentDefault.permitted))
    defaults = frozenset(Action(action) for action in await session.scalars(silent))
    uris = {row.code: frozenset(row.entitlement_uris) for row in sorted(known, key=lambda row: row.code)}
    made = card(contract, on, defaults, uris)
    keys = {key for row in made.rows for cell in row.cells for key in cell.clauses}
    keys |= {seats.clause_id for seats in made.seats if seats.clause_id}
    clauses = await session.scalars(select(rows.Clause).where(col(rows.Clause.id).in_(keys)))
    licensor = aliased(parties.Party)
    name = select(col(licensor.name)).where(col(licensor.id) == licence.licensor_id)
    return Told(
        made,
        licence,
        licensor=(await session.execute(name)).scalar_one(),
        clauses={row.id: row for row in clauses},
        facts=explanation.Facts(terms=terms, limits={row.id: row for row in limits}),
    )


def _ids(contract: Licence) -> list[UUID]:
    return [term.id for level in contract.levels for among in level.values() for term in among]


def conditions(cell: Cell, told: Told, languages: Sequence[str]) -> list[str]:
    """What must be kept to for a use, in plain words."""
    return [said for said, _ in bounds(cell, told, languages)]


def bounds(cell: Cell, told: Told, languages: Sequence[str]) -> list[tuple[str, tuple[UUID, ...]]]:
    """The same with the clauses that say so."""
    exceptions = [told.facts.terms[key] for key in cell.except_for]
    excepting = {term.clause_id for term in exceptions}
    own = tuple(key for key in cell.clauses if key not in excepting)
    said = explanation.kept_to(cell.conditions, told.facts, languages)
    if cell.territories:
        said.append(messages.sentence("condition.only_in", languages, values=cell.territories))
    if cell.outside:
        said.append(messages.sentence("condition.not_in", languages, values=cell.outside))
    if cell.seats:
        said.append(messages.sentence("condition.at_a_time", languages, seats=cell.seats))
    found = [(one, own) for one in said]
    for term in exceptions:
        clauses = (term.clause_id,) if term.clause_id else ()
        found.append((_not_for(term, languages), clauses))
    return found


def _not_for(term: rows.Term, languages: Sequence[str]) -> str:
    """The uses that a term prohibits: what it names of one kind are alternatives, the kinds hold together."""
    either = messages.sentence("word.card.or", languages)
    kinds = [
        either.join(messages.coded(use, languages) for use in named)
        for named in (term.parts, term.purposes, term.methods, term.recipients)
        if named
    ]
    if len(kinds) > 1:
        together = messages.sentence("word.card.and", languages).join(kinds)
        return messages.sentence("condition.not_together", languages, values=together)
    return messages.sentence("condition.not_for", languages, values=kinds[0] if kinds else None)
