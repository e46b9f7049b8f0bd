"""Lists of packages and of the titles in them: what they hold, and their order. Paging them is the caller's."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Text,
    Uuid,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import col

from domain.catalogue import tokenizer
from domain.catalogue.paging import Key, Keyset
from models import package as rows
from models import resource as resources
from models.columns import Localised
from models.vocabulary import PackageTitleStatus

MOST_WORDS = 8

BY_CODE = Keyset((Key(col(rows.Package.code), Text(), str), Key(col(rows.Package.id), Uuid(), UUID)))
BY_TITLE = Keyset((Key(col(resources.Resource.sort_title), Text(), str), Key(col(rows.PackageTitle.id), Uuid(), UUID)))


def packages(text: str | None) -> Select[Any]:
    """The packages whose name has every word of a text, in any language. There are hundreds of packages, not millions:
    no index."""
    return select().select_from(rows.Package).where(*(named(col(rows.Package.name), word) for word in words(text)))


_HELD: Select[Any] = (
    select()
    .select_from(rows.PackageTitle)
    .join(resources.Resource, col(resources.Resource.id) == col(rows.PackageTitle.resource_id))
    .where(col(rows.PackageTitle.status) != PackageTitleStatus.REMOVED)
)
_FOUND = _HELD.where(col(resources.Resource.search).bool_op("@@")(cast(bindparam("asked", type_=Text), TSQUERY)))


def titles(text: str | None) -> tuple[Select[Any], dict[str, str | None]]:
    """The titles that packages hold now or will; of those whose resource a text finds, where one is given. With the
    statement's parameters."""
    if text is None or not text.strip():
        return _HELD, {}
    return _FOUND, {"asked": tokenizer.query(text)}  # where there is nothing to look for, null finds nothing


def words(text: str | None) -> list[str]:
    return (text or "").replace("\0", " ").split()[:MOST_WORDS]


def named(names: SQLColumnExpression[Localised], word: str) -> ColumnElement[bool]:
    """Whether a localised name holds this word, as it is written or in simplified characters."""
    name = func.jsonb_each_text(names).table_valued("key", "value", name="name")
    holds = [name.c.value.icontains(form, autoescape=True) for form in {word, tokenizer.normalise(word)}]
    return exists().select_from(name).where(or_(*holds))
