"""A licence as it is stored, in the plain values of a licence file: what every format that we write begins from."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.intake.licence_terms import TERM
from models import licence as rows
from models import party as parties
from models.vocabulary import PartyKind


async def by_code(session: AsyncSession, code: str) -> rows.Licence | None:
    found = await session.execute(select(rows.Licence).where(col(rows.Licence.code) == code))
    return found.scalar_one_or_none()


async def read(session: AsyncSession, licence: rows.Licence) -> dict[str, Any]:
    """All of it: document, clauses, terms, amendments, limits, and what is kept though not modelled."""
    clauses = await _of(session, rows.Clause, licence, rows.Clause.position)
    numbers = {clause.id: clause.number for clause in clauses}
    limits: defaultdict[UUID | None, list[rows.UsageLimit]] = defaultdict(list)
    for limit in await _of(session, rows.UsageLimit, licence):
        limits[limit.term_id].append(limit)
    terms: defaultdict[UUID | None, list[dict[str, Any]]] = defaultdict(list)
    said: dict[UUID, dict[str, Any]] = {}
    for term in await _of(session, rows.Term, licence):
        said[term.id] = _term(term, numbers, limits[term.id])
        terms[term.amendment_id].append(said[term.id])
    amendments = await _of(session, rows.Amendment, licence, rows.Amendment.effective_on)
    replaced = await _replaced(session, amendments)
    ends = Counter(key for keys in replaced.values() for key in keys)
    often = [said[key] for key, times in ends.items() if times > 1]
    return {
        "licence": {
            "code": licence.code,
            "name": licence.name,
            "licensor": (await _party(session, licence.licensor_id), 0),
            "status": licence.status,
            "start": licence.start_date and licence.start_date.isoformat(),
            "end": licence.end_date and licence.end_date.isoformat(),
            "parent": await _parent(session, licence.parent_id),
            "holder": await _holder(session, licence.holder_id),
        },
        "document": await _document(session, licence.document_id),
        "user_classes": await _user_classes(session, said.values()),
        "clauses": [
            {key: getattr(clause, key) for key in ("number", "text", "summary", "visibility")} for clause in clauses
        ],
        "terms": terms[None],
        "limits": [_limit(limit) | {"line": 0, "clause": _number(numbers, limit.clause_id)} for limit in limits[None]],
        "amendments": [
            {
                "line": 0,
                "number": amendment.number,
                "name": amendment.name,
                "effective": amendment.effective_on.isoformat(),
                "status": amendment.status,
                "document": await _document(session, amendment.document_id),
                "replaces": _named([said[key] for key in sorted(replaced[amendment.id])], said.values(), often),
                "terms": terms[amendment.id],
            }
            for amendment in amendments
        ],
        "fragments": [
            {"path": fragment.path, "content": fragment.content}
            for fragment in await _of(session, rows.LicenceFragment, licence, rows.LicenceFragment.position)
        ],
    }


async def _of(session: AsyncSession, table: Any, licence: rows.Licence, *order: Any) -> list[Any]:
    """The rows of a table that are the licence's, in this order, then as they were made."""
    query = select(table).where(table.licence_id == licence.id).order_by(*order, table.id)
    return list((await session.execute(query)).scalars())


async def _document(session: AsyncSession, document_id: UUID | None) -> dict[str, Any] | None:
    document = await session.get(rows.LicenceDocument, document_id) if document_id else None
    if document is None:
        return None
    return {"name": document.name, "signed": document.signed_on and document.signed_on.isoformat()}


async def _replaced(session: AsyncSession, amendments: list[rows.Amendment]) -> defaultdict[UUID, set[UUID]]:
    """The terms that each amendment replaces."""
    links = rows.AmendedTerm
    among = select(links).where(col(links.amendment_id).in_([amendment.id for amendment in amendments]))
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for link in await session.scalars(among) if amendments else ():
        found[link.amendment_id].add(link.term_id)
    return found


def _named(
    replaced: list[dict[str, Any]], terms: Iterable[dict[str, Any]], often: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The terms that end, each named by its clause and action, where that names it alone: else, and where it is `often`
    replaced, by all that it says. `ends`: the very term."""
    told = Counter((term["clause"], term["action"]) for term in terms)
    exactly = {id(term) for term in often}
    return [
        {"line": 0, "clause": None, "action": None, "term": term, "ends": term}
        if term["clause"] is None or told[term["clause"], term["action"]] > 1 or id(term) in exactly
        else {"line": 0, "clause": term["clause"], "action": term["action"], "term": None, "ends": term}
        for term in replaced
    ]


def _term(term: rows.Term, numbers: dict[UUID, str], limits: list[rows.UsageLimit]) -> dict[str, Any]:
    return {
        "line": 0,
        "clause": _number(numbers, term.clause_id),
        **{key: getattr(term, key) for key in TERM},
        "limits": [_limit(limit) for limit in limits],
    }


def _limit(limit: rows.UsageLimit) -> dict[str, Any]:
    return {key: getattr(limit, key) for key in ("kind", "amount", "unit", "formats", "note")}


def _number(numbers: dict[UUID, str], clause_id: UUID | None) -> str | None:
    return numbers[clause_id] if clause_id else None


async def _party(session: AsyncSession, party_id: UUID) -> str:
    """As files call it: a provider by its name, a member as `member:CODE`."""
    party = parties.Party
    found = await session.execute(select(col(party.kind), col(party.code)).where(col(party.id) == party_id))
    kind, code = found.one()
    return f"member:{code}" if kind is PartyKind.MEMBER else str(code)


async def _holder(session: AsyncSession, holder_id: UUID | None) -> tuple[str, int] | None:
    if holder_id is None:
        return None
    found = await session.execute(select(col(parties.Party.code)).where(col(parties.Party.id) == holder_id))
    return str(found.scalar_one()), 0


async def _user_classes(session: AsyncSession, terms: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """The entitlement URIs of the classes that the terms name."""
    named = {code for term in terms for code in term["user_classes"] or ()}
    table = rows.UserClass
    found = await session.scalars(select(table).where(col(table.code).in_(named)).order_by(col(table.code)))
    return {row.code: row.entitlement_uris for row in found} if named else {}


async def _parent(session: AsyncSession, parent_id: UUID | None) -> tuple[str, int] | None:
    if parent_id is None:
        return None
    found = await session.execute(select(col(rows.Licence.code)).where(col(rows.Licence.id) == parent_id))
    return found.scalar_one(), 0
