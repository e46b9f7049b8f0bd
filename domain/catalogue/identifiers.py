"""Identifiers in their normal form, and the resources that carry them."""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from stdnum import ean, isbn, issn
from stdnum.exceptions import InvalidFormat, ValidationError

from models import resource as rows

LONGEST = 400
"""Characters of a value; an index entry holds a few times that."""
ISSN, ISBN = ("issn", "eissn", "issnl"), ("isbn", "eisbn")
_FAMILIES = {namespace: family for family in (ISSN, ISBN) for namespace in family}
_DOI = re.compile(r"(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*)?(10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+)", re.I)
_TIDY_ISSN = re.compile(r"([0-9]{4})-([0-9]{3})([0-9X])")
_TIDY_ISBN = re.compile(r"97[89][0-9]{10}")
"""Numbers that stand in their normal form already, as nearly all do: only the check digit is left to prove."""
_LABEL = re.compile(r"^(?:[ep]-?)?(?:issn(?:-?l)?|isbn(?:-?1[03])?)[\s:：]+", re.I)
"""What people write before a number to say which it is."""


@dataclass(frozen=True, slots=True)
class Identifier:
    namespace: str
    value: str


def proven(namespace: str, written: str) -> str:
    """The value as stored: ISSN 1234-5679, ISBN-13 without hyphens, DOI in lower case without a resolver; others as
    they are.

    Raises:
        stdnum.exceptions.ValidationError: it isn't one of that namespace; InvalidChecksum: its check digit is wrong.
    """
    if namespace in ISSN:
        if (tidy := _TIDY_ISSN.fullmatch(written)) and issn.calc_check_digit(tidy[1] + tidy[2]) == tidy[3]:
            return written
        return str(issn.format(issn.validate(written)))
    if namespace in ISBN:
        if _TIDY_ISBN.fullmatch(written) and ean.calc_check_digit(written[:-1]) == written[-1]:
            return written
        return str(isbn.validate(written, convert=True))
    if namespace == "doi":
        match = _DOI.fullmatch(written)
        if match is None:
            raise InvalidFormat
        return match[1].lower()
    return written


def family(namespace: str) -> tuple[str, ...]:
    """The namespaces in which the same number may stand: providers mix up print and electronic ones, and whoever asks
    for an ISSN means any of the title's."""
    return _FAMILIES.get(namespace, (namespace,))


def normal(identifier: Identifier) -> Identifier:
    """The form in which identifiers are stored; a value that has none is left as it is, and matches nothing."""
    namespace, value = identifier.namespace.strip().lower(), identifier.value.strip()
    if namespace in ISSN + ISBN:
        value = _LABEL.sub("", value)
    with contextlib.suppress(ValidationError):
        value = proven(namespace, value)
    return Identifier(namespace, value)


def stored(identifier: Identifier) -> list[tuple[str, str]]:
    """The (namespace, value) pairs of `resource_identifier` that answer this identifier. None for text with a NUL, and
    for what is longer than any.
    """
    if max(len(identifier.namespace), len(identifier.value)) > LONGEST:
        return []
    plain = normal(identifier)
    if "\0" in plain.namespace + plain.value:
        return []
    return [(namespace, plain.value) for namespace in family(plain.namespace)]


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


async def sharing(session: AsyncSession, ways: Sequence[Sequence[Identifier]]) -> list[UUID]:
    """All resources that carry one of the identifiers of the first way by which anything is found, the current title
    first (successive titles share an ISSN), in one statement."""
    pairs = [[pair for one in way for pair in stored(one)] for way in ways]
    by_pair = await _holders(session, sorted({pair for way in pairs for pair in way}))
    for way in pairs:
        places = {place for pair in way for place in by_pair.get(pair, [])}
        if places:
            return list(dict.fromkeys(key for _, key in sorted(places)))
    return []


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
