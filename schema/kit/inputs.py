"""Kinds of input that many acts share."""

from typing import Any
from uuid import UUID

import strawberry

from domain.acts.act import ActRefused, Problem
from models.columns import Localised
from schema.kit import ids

LONGEST_NAME = 500
LONGEST_TEXT = 20_000


@strawberry.input(description="A text in Chinese, in English, or in both.")
class LocalisedInput:
    zh: str | None = strawberry.field(default=strawberry.UNSET, description="In Chinese.")
    en: str | None = strawberry.field(default=strawberry.UNSET, description="In English.")


def localised(value: LocalisedInput, path: str, limit: int = LONGEST_NAME) -> Localised:
    """The text by language. Raises ActRefused where there is none, or one is too long."""
    given = {language: (getattr(value, language) or "").strip() for language in ("zh", "en")}
    for language, text in given.items():
        if len(text) > limit:
            raise ActRefused(Problem.TOO_LONG, path, language, field=path, limit=limit)
    if not any(given.values()):
        raise ActRefused(Problem.BLANK, path, field=path)
    return {language: text for language, text in given.items() if text}


def key(value: strawberry.ID | None, path: str, *types: str) -> UUID | None:
    """The key of an id; None where none was given. Raises ActRefused for an id that isn't of these types."""
    if value is None or value is strawberry.UNSET:
        return None
    found = ids.decode(value, *types)
    if found is None:
        raise ActRefused(Problem.NOT_FOUND, path)
    return found


def given(**values: Any) -> dict[str, Any]:
    """The values that the caller named; what is left out stays as it is."""
    return {name: value for name, value in values.items() if value is not strawberry.UNSET}
