"""The kinds of columns that tables are made of, so that each table reads as a list of facts."""

from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import CheckConstraint, DateTime, Dialect, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

OnDelete = Literal["CASCADE", "SET NULL", "RESTRICT"]
Localised = dict[str, str]
"""A text by language: {"zh": …, "en": …}; the key "und" holds one whose language is unknown."""


class Vocabulary(TypeDecorator[StrEnum]):
    """A closed vocabulary kept as text. A CHECK (`one_of`) closes it: PostgreSQL's own enums can't lose a value."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


def _listed(words: type[StrEnum]) -> str:
    return ", ".join(f"'{word.value}'" for word in words)


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({_listed(words)})", name=f"{column}_known")


def some_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """An array column of a vocabulary; null = no constraint, so an empty list would be a mistake."""
    return CheckConstraint(f"{column} <@ ARRAY[{_listed(words)}] AND cardinality({column}) > 0", name=f"{column}_known")


def _instance(column_type: Any) -> Any:
    """SQLModel declares `sa_type` as a class; SQLAlchemy takes an instance as well."""
    return column_type


def key() -> Any:
    """A UUIDv7 primary key: made by PostgreSQL, ordered by time."""
    return Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})


def _on_delete(action: OnDelete | None) -> dict[str, Any]:
    return {"ondelete": action} if action else {}


def refers(target: str, *, primary: bool = False, index: bool = True, delete: OnDelete | None = None) -> Any:
    """A required reference to `table.column`. `delete`: what happens here when that row goes; not said: it can't go."""
    if primary:
        return Field(foreign_key=target, primary_key=True, **_on_delete(delete))
    return Field(foreign_key=target, index=index, **_on_delete(delete))


def may_refer(target: str, *, index: bool = True, delete: OnDelete | None = None) -> Any:
    return Field(default=None, foreign_key=target, index=index, nullable=True, **_on_delete(delete))


def string(**options: Any) -> Any:
    return Field(sa_type=Text, **options)


def word(vocabulary: type[StrEnum], **options: Any) -> Any:
    return Field(sa_type=_instance(Vocabulary(vocabulary)), **options)


def vocabulary(of: type[StrEnum]) -> Any:
    """The type of a column that may be null."""
    return _instance(Vocabulary(of))


def words(vocabulary: type[StrEnum]) -> Any:
    """A list of words; null means "no constraint"."""
    return Field(default=None, sa_type=_instance(ARRAY(Vocabulary(vocabulary))), nullable=True)


def texts(*, optional: bool = False) -> Any:
    """A list of strings; where it is optional, null means "no constraint"."""
    if optional:
        return Field(default=None, sa_type=_instance(ARRAY(Text)), nullable=True)
    return Field(
        default_factory=list, sa_type=_instance(ARRAY(Text)), sa_column_kwargs={"server_default": text("'{}'")}
    )


def localised(*, optional: bool = False) -> Any:
    if optional:
        return Field(default=None, sa_type=_instance(JSONB(none_as_null=True)), nullable=True)
    return Field(sa_type=JSONB)


def document() -> Any:
    """A JSON object."""
    return Field(default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": text("'{}'")})


def instant(*, optional: bool = False) -> Any:
    """A moment, with time zone. A required one is the transaction's own unless it is given."""
    column_type = _instance(DateTime(timezone=True))
    if optional:
        return Field(default=None, sa_type=column_type, nullable=True)
    return Field(default=None, sa_type=column_type, nullable=False, sa_column_kwargs={"server_default": text("now()")})


def days(*, optional: bool = False) -> Any:
    """A span of civil days; PostgreSQL normalises it to [first, day after the last)."""
    if optional:
        return Field(default=None, sa_type=DATERANGE, nullable=True)
    return Field(sa_type=DATERANGE)


def version() -> Any:
    """Rises by one with every change; who changes the row says which one she saw."""
    return Field(default=1, sa_column_kwargs={"server_default": text("1")})


def flag(default: bool = False) -> Any:
    return Field(default=default, sa_column_kwargs={"server_default": text("true" if default else "false")})
