"""Coverage statements as input: what of a title a package, or a line of an agreement, covers."""

from typing import Any

import strawberry

from domain.acts import coverage
from domain.acts.act import ActRefused, Problem, path_of
from models.vocabulary import AccessType
from schema.kit.scalars import PartialDate

_UNSET: Any = strawberry.UNSET


@strawberry.input(description="One coverage statement, as a KBART row writes it. Nothing given = everything.")
class CoverageInput:
    start_date: PartialDate | None = strawberry.field(
        default=_UNSET, description="From when; left out = from the start."
    )
    start_volume: str | None = strawberry.field(default=_UNSET, description="The first volume.")
    start_issue: str | None = strawberry.field(default=_UNSET, description="The first issue.")
    end_date: PartialDate | None = strawberry.field(
        default=_UNSET, description="Until when; left out = to the present."
    )
    end_volume: str | None = strawberry.field(default=_UNSET, description="The last volume.")
    end_issue: str | None = strawberry.field(default=_UNSET, description="The last issue.")
    embargo: str | None = strawberry.field(default=_UNSET, description="What is held back: P1Y, R10Y, R10Y;P30D.")


@strawberry.input(description="A coverage statement of a title in a package.")
class TitleCoverageInput(CoverageInput):
    access_type: AccessType = strawberry.field(default=AccessType.PAID, description="Paid, or free to read.")
    depth: str | None = strawberry.field(default=_UNSET, description="fulltext, selected articles, abstracts.")
    note: str | None = strawberry.field(default=_UNSET, description="What else the provider says.")


def statements(given: list[Any] | None, path: str = "coverage") -> list[dict[str, Any]]:
    """The columns of these statements, in order. Raises ActRefused."""
    wanted = given or []
    if len(wanted) > coverage.MOST:
        raise ActRefused(Problem.TOO_MANY, path, field=path, limit=coverage.MOST)
    return [_columns(one, path, index) for index, one in enumerate(wanted)]


def _columns(one: Any, path: str, index: int) -> dict[str, Any]:
    texts = ("start_volume", "start_issue", "end_volume", "end_issue", *_OF_TITLES[type(one)])
    columns = {name: _text(getattr(one, name), path, index, name) for name in texts}
    columns |= coverage.statement(
        path, index, start=one.start_date or None, end=one.end_date or None, embargo=(one.embargo or "").strip() or None
    )
    return columns | ({"access_type": one.access_type} if isinstance(one, TitleCoverageInput) else {})


_OF_TITLES: dict[type, tuple[str, ...]] = {CoverageInput: (), TitleCoverageInput: ("depth", "note")}


def _text(value: str | None, path: str, index: int, name: str) -> str | None:
    plain = (value or "").strip()
    if len(plain) > coverage.LONGEST:
        called = path_of(name)
        raise ActRefused(Problem.TOO_LONG, path, str(index), called, field=called, limit=coverage.LONGEST)
    return plain or None
