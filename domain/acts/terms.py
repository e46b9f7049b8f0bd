"""Terms of a licence: what its clauses say of each action, coded, so that decisions can read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.acts import amendments, clauses, licences
from domain.acts.act import Act, ActRefused, Problem, State, path_of, state
from domain.acts.contract import UNSIGNED, ContractProblem
from domain.intake import comparing
from domain.intake.countries import COUNTRIES
from domain.rights.qualifiers import more_than_all
from models import licence as rows
from models.vocabulary import AmendmentStatus

LISTS = ("affiliations", *rows.QUALIFIERS)


@dataclass(frozen=True, slots=True)
class NewUserClass:
    """A class of users that no licence named so far: whoever asserts one of these entitlements is of it."""

    code: str
    entitlement_uris: list[str]


async def set_(
    session: AsyncSession,
    act: Act,
    key: UUID | None,
    version: int,
    term_id: UUID | None,
    values: Mapping[str, Any],
    classes: Sequence[NewUserClass] = (),
) -> tuple[rows.Term, rows.Licence]:
    """Code a term, or change the one that is given. `values` by column, `clause` and `amendment` by their numbers; what
    is left out stays, or, of a new term, doesn't constrain. A term of an amendment can change while that is a draft.

    Raises:
        ActRefused: the licence is not the viewer's to change; a value is unknown or a list empty; the licence's terms
            would contradict each other, or widen its parent; nothing would be different.
    """
    licence = await licences.own(session, act, key, version, "licence")
    term = await _of(session, licence.id, term_id) if term_id else None
    columns = dict(values)
    if "clause" in columns:
        columns["clause_id"] = await _clause(session, licence.id, columns.pop("clause"))
    if term and term.amendment_id:
        amendments.require_draft(await session.get_one(rows.Amendment, term.amendment_id), "id")
    if "amendment" in columns:
        columns["amendment_id"] = await _amendment(session, licence.id, term, columns.pop("amendment"))
    declared = await _declare(session, classes)
    await _check(session, columns)
    before: State = state(term, called(term)) if term else {}
    if term is None:
        _need(columns)
        term = rows.Term(licence_id=licence.id, **columns)
        session.add(term)
    under = _name(before) or called(term)
    for name, value in columns.items():
        setattr(term, name, value)
    await session.flush()
    await session.refresh(term)
    await licences.require_sound(session, licence, "status")
    await licences.settle(session, act, licence, before, {**state(term, under), **declared})
    return term, licence


async def remove(session: AsyncSession, act: Act, term_id: UUID | None, version: int) -> rows.Licence:
    """Take a term off a licence, or an amendment, that is still being prepared; of one in force, say that it is not
    applicable, or amend it.

    Raises:
        ActRefused: the licence is not the viewer's to change, or in force.
    """
    term = await session.get(rows.Term, term_id) if term_id else None
    licence = await licences.own(session, act, term.licence_id if term else None, version)
    term = await _of(session, licence.id, term_id)
    drafted = await session.get(rows.Amendment, term.amendment_id) if term.amendment_id else None
    if licence.status not in UNSIGNED and (drafted is None or drafted.status is not AmendmentStatus.DRAFT):
        raise ActRefused(Problem.STATE, "id", value=licence.status.value)
    before = state(term, called(term))
    if not await comparing.remove(session, rows.Term, term.id):
        raise ActRefused(Problem.IN_USE, "id", value=term.action)
    await licences.settle(session, act, licence, before, {})
    return licence


def called(term: rows.Term) -> str:
    """How the record of its licence names a term."""
    return f"term {term.action.value}"


def _name(before: State) -> str | None:
    """What the record called it before: a term whose action changes keeps its name in that record."""
    return next((field.partition(".")[0] for field in before), None)


def _need(columns: Mapping[str, Any]) -> None:
    for name in ("action", "status"):
        if columns.get(name) is None:
            raise ActRefused(Problem.BLANK, name, field=name)


async def _of(session: AsyncSession, licence_id: UUID, term_id: UUID | None) -> rows.Term:
    """The term, as it is since the licence is locked."""
    term = await session.get(rows.Term, term_id, populate_existing=True) if term_id else None
    if term is None or term.licence_id != licence_id:
        raise ActRefused(Problem.NOT_FOUND, "id")
    return term


async def _clause(session: AsyncSession, licence_id: UUID, number: str | None) -> UUID | None:
    if number is None:
        return None
    clause = await clauses.numbered(session, licence_id, number)
    if clause is None:
        raise ActRefused(ContractProblem.UNKNOWN, "clause", value=number)
    return clause.id


async def _amendment(
    session: AsyncSession, licence_id: UUID, term: rows.Term | None, number: str | None
) -> UUID | None:
    """The drafted amendment that a new term belongs to. Raises ActRefused."""
    if term is not None:
        raise ActRefused(Problem.STATE, "amendment", value=term.action.value)
    if number is None:
        return None
    amendment = await amendments.numbered(session, licence_id, number)
    if amendment is None:
        raise ActRefused(ContractProblem.UNKNOWN, "amendment", value=number)
    amendments.require_draft(amendment, "amendment")
    return amendment.id


async def _declare(session: AsyncSession, classes: Sequence[NewUserClass]) -> State:
    """Make user classes known. One is the whole pool's, so nobody gives a known one another meaning here."""
    facts: dict[str, str] = {}
    for index, one in enumerate(classes):
        if not one.entitlement_uris:
            raise ActRefused(
                ContractProblem.EMPTY_LIST, "newUserClasses", str(index), "entitlementUris", field="entitlementUris"
            )
        known = await session.get(rows.UserClass, one.code)
        if known and set(known.entitlement_uris) != set(one.entitlement_uris):
            raise ActRefused(Problem.TAKEN, "newUserClasses", str(index), "code", field="code")
        if known is None:
            session.add(rows.UserClass(code=one.code, entitlement_uris=one.entitlement_uris))
            await session.flush()
            facts[f"user class {one.code}"] = ", ".join(one.entitlement_uris)
    return facts


async def _check(session: AsyncSession, columns: Mapping[str, Any]) -> None:
    """Raises ActRefused for an empty list, and for a country or user class that nobody knows."""
    empty = next((name for name in LISTS if columns.get(name) == []), None)
    if empty:
        path = path_of(empty)
        raise ActRefused(ContractProblem.EMPTY_LIST, path, field=path)
    for index, country in enumerate(columns.get("territories") or ()):
        if country not in COUNTRIES:
            raise ActRefused(ContractProblem.UNKNOWN, "territories", str(index), value=country)
    for index, part in enumerate(columns.get("parts") or ()):
        if more_than_all(part):
            raise ActRefused(ContractProblem.PERCENT, "parts", str(index), value=part)
    wanted = columns.get("user_classes") or []
    code = col(rows.UserClass.code)
    known = set(await session.scalars(select(code).where(code.in_(wanted)))) if wanted else set()
    for index, name in enumerate(wanted):
        if name not in known:
            raise ActRefused(ContractProblem.UNKNOWN, "userClasses", str(index), value=name)
