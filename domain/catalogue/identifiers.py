"""Identifiers in their normal form, and the resources that carry them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from stdnum import isbn, issn
from stdnum.exceptions import ValidationError

from models import resource as rows

_ISSN, _ISBN = ("issn", "eissn", "issnl"), ("isbn", "eisbn")
_FAMILIES = {namespace: family for family in (_ISSN, _ISBN) for namespace in family}
"""Whoever asks for an ISSN means any of the title's: providers mix up printed and electronic ones."""

_DOI_PREFIXES = ("https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "http://dx.doi.org/", "doi.org/", "doi:")


@dataclass(frozen=True, slots=True)
class Identifier:
    namespace: str
    value: str


def normal(identifier: Identifier) -> Identifier:
    """The form in which identifiers are stored; a value that has none is left as it is, and matches nothing."""
    namespace = identifier.namespace.strip().lower()
    value = identifier.value.strip()
    if namespace in _ISSN:
        value = _issn(value)
    elif namespace in _ISBN:
        value = _isbn(value)
    elif namespace == "doi":
        value = _doi(value)
    return Identifier(namespace, value)


def _issn(value: str) -> str:
    try:
        return str(issn.format(issn.validate(value)))
    except ValidationError:
        return value


def _isbn(value: str) -> str:
    try:
        return str(isbn.to_isbn13(isbn.validate(value))).replace("-", "")
    except ValidationError:
        return value


def _doi(value: str) -> str:
    lower = value.lower()
    prefix = next((prefix for prefix in _DOI_PREFIXES if lower.startswith(prefix)), "")
    return lower[len(prefix) :]


def stored(identifier: Identifier) -> list[tuple[str, str]]:
    """The (namespace, value) pairs of `resource_identifier` that answer this identifier. None for text with a NUL."""
    plain = normal(identifier)
    if "\0" in plain.namespace + plain.value:
        return []
    return [(namespace, plain.value) for namespace in _FAMILIES.get(plain.namespace, (plain.namespace,))]


async def find(session: AsyncSession, wanted: Sequence[UUID | Identifier]) -> list[UUID | None]:
    """The resource behind each id or identifier, in the order asked, in at most two statements.

    Where several share one (successive titles share an ISSN) the current title wins: one that nothing continues, then
    the latest.
    """
    pairs = {item: stored(item) for item in wanted if isinstance(item, Identifier)}
    by_pair = await _holders(session, sorted({pair for found in pairs.values() for pair in found}))
    known = await _known(session, [item for item in wanted if isinstance(item, UUID)])
    answers: list[UUID | None] = []
    for item in wanted:
        if isinstance(item, UUID):
            answers.append(item if item in known else None)
        else:
            answers.append(_current([place for pair in pairs[item] for place in by_pair.get(pair, [])]))
    return answers


Place = tuple[int, UUID]
"""A resource and its place in the order current → oldest."""

T = TypeVar("T")


def _current(places: Sequence[Place]) -> UUID | None:
    return min(places)[1] if places else None


async def _holders(session: AsyncSession, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Place]]:
    if not pairs:
        return {}
    held, resource = rows.ResourceIdentifier, rows.Resource
    statement = (
        select(col(held.namespace), col(held.value), col(resource.id))
        .join(resource, col(resource.id) == col(held.resource_id))
        .where(tuple_(col(held.namespace), col(held.value)).in_(pairs))
        .order_by(
            col(resource.succeeded_by).is_not(None),
            col(resource.published_first).desc().nulls_last(),
            col(resource.id).desc(),
        )
    )
    found: dict[tuple[str, str], list[Place]] = {}
    for place, (namespace, value, resource_id) in enumerate(await session.execute(statement)):
        found.setdefault((namespace, value), []).append((place, resource_id))
    return found


async def _known(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    if not ids:
        return set()
    return set(await session.scalars(select(col(rows.Resource.id)).where(col(rows.Resource.id).in_(ids))))
