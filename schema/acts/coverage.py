"""Coverage statements as input: what of a title a package, or a line of an agreement, covers."""

from typing import Any

import strawberry

from domain.acts import coverage
from domain.acts.act import ActRefused, Problem, path_of
from models.vocabulary import AccessType
from schema.kit.inputs import LocalisedInput, key, localised
from schema.kit.scalars import PartialDate

_UNSET: Any = strawberry.UNSET
LONGEST_CONDITIONS = 2000


@strawberry.input
class _StatementInput:
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


@strawberry.input(description="One coverage statement, as a KBART row writes it. Nothing given = everything.")
class CoverageInput(_StatementInput):
    package_title: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="Of what is kept for ever of a package: the one title that this keeps."
    )
    subscribed_only: bool | None = strawberry.field(
        default=_UNSET, description="Of what is kept for ever: only what was published while the member took part."
    )
    conditions: LocalisedInput | None = strawberry.field(
        default=_UNSET, description="Of what is kept for ever: what keeping it is tied to, such as a yearly fee."
    )


@strawberry.input(description="A coverage statement of a title in a package.")
class TitleCoverageInput(_StatementInput):
    access_type: AccessType = strawberry.field(default=AccessType.PAID, description="Paid, or free to read.")
    depth: str | None = strawberry.field(default=_UNSET, description="fulltext, selected articles, abstracts.")
    note: str | None = strawberry.field(default=_UNSET, description="What else the provider says.")


def kept(given: list[CoverageInput] | None, path: str = "perpetualCoverage") -> list[dict[str, Any]]:
    """The columns of what is kept for ever, in order. Raises ActRefused."""
    return [
        columns
        | {
            "package_title_id": key(one.package_title, f"{path}.{index}.packageTitle", "PackageTitle"),
            "subscribed_only": bool(one.subscribed_only),
            "conditions": localised(one.conditions, "conditions", LONGEST_CONDITIONS) if one.conditions else None,
        }
        for index, (one, columns) in enumerate(zip(given or [], statements(given, path), strict=True))
    ]


def narrowing(given: list[CoverageInput] | None) -> list[dict[str, Any]]:
    """The columns of what is given, which keeps nothing. Raises ActRefused."""
    for index, one in enumerate(given or []):
        for name in ("package_title", "subscribed_only", "conditions"):
            if getattr(one, name):
                raise ActRefused(Problem.VALUE, "coverage", str(index), path_of(name), field=path_of(name))
    return statements(given)


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
