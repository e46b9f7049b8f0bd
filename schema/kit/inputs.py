"""Kinds of input that many acts share."""

from typing import Any, TypeVar
from uuid import UUID

import strawberry

from domain.acts.act import ActRefused, Problem, text
from models.columns import Localised
from schema.kit import ids

LONGEST_CODE = 100
LONGEST_NAME = 500
LONGEST_TEXT = 20_000
MOST = 100
"""Values of one list."""

Value = TypeVar("Value")


@strawberry.input(description="A text in Chinese, in English, or in both.")
class LocalisedInput:
    zh: str | None = strawberry.field(default=strawberry.UNSET, description="In Chinese.")
    en: str | None = strawberry.field(default=strawberry.UNSET, description="In English.")


def localised(value: LocalisedInput, path: str, limit: int = LONGEST_NAME) -> Localised:
    """The text by language. Raises ActRefused where there is none, or one is too long."""
    given = {language: (getattr(value, language) or "").strip() for language in ("zh", "en")}
    for language, words in given.items():
        if len(words) > limit:
            raise ActRefused(Problem.TOO_LONG, path, language, field=path, limit=limit)
    if not any(given.values()):
        raise ActRefused(Problem.BLANK, path, field=path)
    return {language: words for language, words in given.items() if words}


def key(value: strawberry.ID | None, path: str, *types: str) -> UUID | None:
    """The key of an id; None where none was given. `path`: the input's fields, dots between them.

    Raises ActRefused for an id that isn't of these types.
    """
    if value is None or value is strawberry.UNSET:
        return None
    found = ids.decode(value, *types)
    if found is None:
        raise ActRefused(Problem.NOT_FOUND, *path.split("."))
    return found


def optional_text(value: str | None, path: str, limit: int) -> str | None:
    """A text that may be left out; a blank one is none. Raises ActRefused."""
    return text(value, path, limit) if value and value.strip() else None


def bounded(values: list[Value] | None, path: str, most: int = MOST) -> list[Value] | None:
    """A list's values; None where none was given. Raises ActRefused for too many."""
    if values is None or values is strawberry.UNSET:
        return None
    if len(values) > most:
        raise ActRefused(Problem.TOO_MANY, path, field=path, limit=most)
    return values


def given(**values: Any) -> dict[str, Any]:
    """The values that the caller named; what is left out stays as it is."""
    return {name: value for name, value in values.items() if value is not strawberry.UNSET}
