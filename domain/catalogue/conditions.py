"""What a search asks for, as conditions on the table of resources."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    LargeBinary,
    Select,
    SQLColumnExpression,
    Text,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import col

from domain.catalogue import identifiers, tokenizer
from domain.catalogue.identifiers import Identifier
from models import package as packages
from models import resource as rows
from models.vocabulary import PackageTitleStatus, ResourceKind

FEW_ORDINALS = 500
"""Up to so many ordinals are looked up by index; more are tested bit by bit while rows are read."""


@dataclass(frozen=True, slots=True)
class Filter:
    """None = no constraint; an empty list is a constraint that nothing meets. Within a field any value will do, fields
    must all agree."""

    kinds: tuple[ResourceKind, ...] | None = None
    packages: tuple[UUID, ...] | None = None
    providers: tuple[UUID, ...] | None = None
    languages: tuple[str, ...] | None = None
    """Basic filtering of RFC 4647 §3.3.1: `zh` finds `zh-Hant` too."""
    subjects: tuple[str, ...] | None = None
    """A subject's code, or its name in any language."""
    identifiers: tuple[Identifier, ...] | None = None
    published_from_year: int | None = None
    published_to_year: int | None = None
    open_access: bool | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """`text`: as a reader typed it. `within`: ordinals of the resources that may be found, for `viewerMay`; None = all.
    `among`: a SELECT of the ids of those that may be found."""

    text: str | None = None
    filter: Filter = Filter()
    within: BitMap | None = None
    among: Select[Any] | None = None


def conditions(search: Search) -> list[ColumnElement[bool]]:
    """What a row of `resource` must meet, all together."""
    wanted = search.filter
    found = [
        *_text(search.text),
        *_kinds(wanted),
        *_packages(wanted),
        *_languages(wanted),
        *_subjects(wanted),
        *_identifiers(wanted),
        *_years(wanted),
    ]
    if wanted.open_access is not None:
        found.append(col(rows.Resource.open_access).is_(wanted.open_access))
    if search.within is not None:
        found.append(is_within(col(rows.Resource.ordinal), search.within))
    if search.among is not None:
        found.append(col(rows.Resource.id).in_(search.among))
    return found


def tsquery(text: str | None) -> ColumnElement[str] | None:
    """The query of a text; None where there is nothing to look for."""
    asked = tokenizer.query(text) if text else None
    return None if asked is None else cast(bindparam(None, asked, Text), TSQUERY)


def _text(text: str | None) -> list[ColumnElement[bool]]:
    if text is None or not text.strip():
        return []
    asked = tsquery(text)
    return [false()] if asked is None else [col(rows.Resource.search).bool_op("@@")(asked)]


def is_within(ordinal: SQLColumnExpression[int], ordinals: BitMap) -> ColumnElement[bool]:
    """Whether an ordinal is among these.

    A bitmap travels as bytes, one bit an ordinal: 25 kB for 200,000 titles, and no list that PostgreSQL must read and
    hash. A few ordinals are better looked up by index.
    """
    if len(ordinals) <= FEW_ORDINALS:
        return ordinal == func.any(bindparam(None, list(ordinals), ARRAY(BigInteger)))
    bits = bindparam(None, as_bits(ordinals), LargeBinary)
    beyond = bindparam(None, ordinals.max(), BigInteger)
    return case((ordinal <= beyond, func.get_bit(bits, ordinal) == 1), else_=false())


def as_bits(ordinals: BitMap) -> bytes:
    """Bit n of the answer (the least significant of a byte first, as `get_bit` counts) tells whether n is in the
    bitmap."""
    flags = bytearray(b"0") * (ordinals.max() + 1)
    for ordinal in ordinals:
        flags[ordinal] = 49
    flags.reverse()
    return int(flags, 2).to_bytes(ordinals.max() // 8 + 1, "little")


def _kinds(wanted: Filter) -> list[ColumnElement[bool]]:
    return [] if wanted.kinds is None else [col(rows.Resource.kind).in_(wanted.kinds)]


def _packages(wanted: Filter) -> list[ColumnElement[bool]]:
    """One copy must meet both: a title of this package, and of this provider."""
    if wanted.packages is None and wanted.providers is None:
        return []
    title = packages.PackageTitle
    copies = select(col(title.resource_id)).where(col(title.status) != PackageTitleStatus.REMOVED)
    if wanted.packages is not None:
        copies = copies.where(col(title.package_id).in_(wanted.packages))
    if wanted.providers is not None:
        copies = copies.join(packages.Package, col(packages.Package.id) == col(title.package_id)).where(
            col(packages.Package.provider_id).in_(wanted.providers)
        )
    return [col(rows.Resource.id).in_(copies)]


def _languages(wanted: Filter) -> list[ColumnElement[bool]]:
    if wanted.languages is None:
        return []
    spoken = func.unnest(col(rows.Resource.languages)).table_valued("tag", name="spoken").render_derived()
    tag = func.lower(spoken.c.tag)
    ranges = [
        or_(tag == given.lower(), tag.startswith(given.lower() + "-", autoescape=True)) for given in wanted.languages
    ]
    return [exists().select_from(spoken).where(or_(false(), *ranges))]


def _subjects(wanted: Filter) -> list[ColumnElement[bool]]:
    if wanted.subjects is None:
        return []
    name = func.jsonb_each_text(col(rows.Subject.name)).table_valued("key", "value", name="name")
    named = exists().select_from(name).where(name.c.value.in_(wanted.subjects))
    about = (
        select(col(rows.ResourceSubject.resource_id))
        .join(rows.Subject, col(rows.Subject.id) == col(rows.ResourceSubject.subject_id))
        .where(or_(col(rows.Subject.code).in_(wanted.subjects), named))
    )
    return [col(rows.Resource.id).in_(about)]


def _identifiers(wanted: Filter) -> list[ColumnElement[bool]]:
    if wanted.identifiers is None:
        return []
    held = rows.ResourceIdentifier
    pairs = [pair for given in wanted.identifiers for pair in identifiers.stored(given)]
    one_of = [(col(held.namespace) == namespace) & (col(held.value) == value) for namespace, value in pairs]
    return [col(rows.Resource.id).in_(select(col(held.resource_id)).where(or_(false(), *one_of)))]


def _years(wanted: Filter) -> list[ColumnElement[bool]]:
    """A span of publication meets the years asked for where the two overlap; without a date nothing is known to."""
    found: list[ColumnElement[bool]] = []
    if wanted.published_from_year is not None:
        found.append(func.date_part("year", col(rows.Resource.published_last)) >= wanted.published_from_year)
    if wanted.published_to_year is not None:
        found.append(func.date_part("year", col(rows.Resource.published_first)) <= wanted.published_to_year)
    return found
