"""A term sheet of what is known already: the licence that a document is the text of, its clauses and terms."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import visibility
from domain.documents import hints, sheet
from domain.documents.sheet import Row, Sheet
from domain.documents.texts import Passage
from domain.involvement import Keys
from models import licence as rows
from models.columns import Localised
from models.licence import QUALIFIERS
from models.party import Party
from models.vocabulary import Action, LimitKind, PartyKind, TermStatus

_LIMITS = {LimitKind.PERCENT: "{} %", LimitKind.PAGES: "{} pages", LimitKind.COPIES: "{} copies"}
_WHOLE = {
    LimitKind.CONCURRENT_USERS: "{} users",
    LimitKind.CONCURRENT_USERS_PER_MEMBER: "{} users per member",
}


async def only_licence(
    session: AsyncSession, document: rows.LicenceDocument, members: Keys | None
) -> rows.Licence | None:
    """The licence that the document is the text of, where there is but one that the viewer sees."""
    signed = select(rows.Licence).where(col(rows.Licence.document_id) == document.id).limit(2)
    found = (await session.execute(visibility.only_licences(signed, members))).scalars().all()
    return found[0] if len(found) == 1 else None


async def sheet_of(session: AsyncSession, document: rows.LicenceDocument, licence: rows.Licence) -> Sheet:
    """What the licence says, amendments apart: each use that it is silent on has a row, with hints."""
    clauses = await _all(session, rows.Clause, licence, col(rows.Clause.position))
    terms = await _all(session, rows.Term, licence, col(rows.Term.id))
    limits = await _all(session, rows.UsageLimit, licence, col(rows.UsageLimit.id))
    numbers = {clause.id: clause.number for clause in clauses}
    own = [term for term in terms if term.amendment_id is None and term.status is not TermStatus.NOT_APPLICABLE]
    told = hints.of([Passage(clause.number, clause.text or "") for clause in clauses])
    written = [_term(term, numbers, [one for one in limits if one.term_id == term.id]) for term in own]
    silent = [action for action in Action if action not in {term.action for term in own}]
    return Sheet(
        await _head(session, document, licence, [one for one in limits if one.term_id is None]),
        [{**row, "hint": told[Action(row["action"])]} for row in (*written, *map(sheet.silent, silent))],
        [_clause(clause) for clause in clauses],
    )


def drafted(document: rows.LicenceDocument, known: Sheet | None, clauses: Sequence[Passage]) -> Sheet:
    """The sheet of a document that no licence has the clauses of yet."""
    return sheet.drafted(clauses, known.head if known else head_of(document))


def head_of(document: rows.LicenceDocument) -> dict[str, str]:
    return {
        "document_name": next(iter(document.name.values())),
        "document_signed": document.signed_on.isoformat() if document.signed_on else "",
        "document_sha256": document.sha256 or "",
    }


async def _all(session: AsyncSession, table: Any, licence: rows.Licence, order: Any) -> Sequence[Any]:
    of_it = select(table).where(col(table.licence_id) == licence.id).order_by(order)
    return (await session.execute(of_it)).scalars().all()


async def _head(
    session: AsyncSession, document: rows.LicenceDocument, licence: rows.Licence, limits: Sequence[rows.UsageLimit]
) -> dict[str, str]:
    licensor = await session.get_one(Party, licence.licensor_id)
    holder = await session.get(Party, licence.holder_id) if licence.holder_id else None
    parent = await session.get(rows.Licence, licence.parent_id) if licence.parent_id else None
    return {
        "code": licence.code,
        **_localised("name", licence.name),
        "licensor": f"member:{licensor.code}" if licensor.kind is PartyKind.MEMBER else licensor.code,
        "holder": holder.code if holder else "",
        "parent": parent.code if parent else "",
        "start": licence.start_date.isoformat() if licence.start_date else "",
        "end": licence.end_date.isoformat() if licence.end_date else "",
        "limit": "; ".join(_whole(limit) for limit in limits),
        **head_of(document),
    }


def _clause(clause: rows.Clause) -> Row:
    summary = _localised("summary", clause.summary or {})
    return {"number": clause.number, "text": clause.text or "", **summary, "visibility": clause.visibility.value}


def _term(term: rows.Term, numbers: dict[Any, str], limits: Sequence[rows.UsageLimit]) -> Row:
    told = [f"{term.concurrent_users} users"] if term.concurrent_users else []
    return {
        "action": term.action.value,
        "status": term.status.value,
        "clause": numbers.get(term.clause_id, ""),
        "affiliations": "; ".join(one.value for one in term.affiliations or ()),
        **{name: "; ".join(getattr(term, name) or ()) for name in QUALIFIERS},
        "place": sheet.ON_SITE if term.on_site_only else "",
        "except_as_permitted": sheet.YES if term.except_as_permitted else "",
        "limit": "; ".join([*told, *map(_limit, limits)]),
        **_localised("public_note", term.public_note or {}),
        "note": term.note or "",
    }


def _limit(limit: rows.UsageLimit) -> str:
    if limit.kind is LimitKind.FORMATS:
        named = limit.formats or []
        blanks = any(" " in name for name in named)  # "e-book reader" is one: then commas part them
        return f"formats {', '.join(named)}{',' if len(named) == 1 else ''}" if blanks else f"formats {' '.join(named)}"
    return _LIMITS[limit.kind].format(_plain(limit))


def _whole(limit: rows.UsageLimit) -> str:
    if limit.kind is LimitKind.NOTICE:
        return f"{_plain(limit)} {limit.unit} notice"
    return _WHOLE[limit.kind].format(_plain(limit))


def _plain(limit: rows.UsageLimit) -> str:
    return f"{limit.amount:f}".rstrip("0").rstrip(".") if "." in f"{limit.amount:f}" else f"{limit.amount:f}"


def _localised(stem: str, text: Localised) -> dict[str, str]:
    """A text whose language isn't known stands where English does."""
    english = text.get("en") or ("" if text.get("zh") else next(iter(text.values()), ""))
    return {f"{stem}_zh": text.get("zh", ""), f"{stem}_en": english}
