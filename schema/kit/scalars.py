"""Strict scalars: one spelling each. Python's own parsers take several (`20261122`, `2026-W47-1`, naive times)."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from domain import dates
from schema.kit.errors import Malformed

PartialDate = NewType("PartialDate", str)
URL = NewType("URL", str)
CountryCode = NewType("CountryCode", str)
ByteCount = NewType("ByteCount", int)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PARTIAL = re.compile(r"\d{4}(-\d{2}){0,2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,20})?", re.ASCII)
_URL = re.compile(r"https?://[^\s\x00-\x1f\x7f\\]{1,2000}")
_LARGEST = 2**63 - 1


def _text(value: object, what: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"not {what}")
    return value


def _date(value: object) -> date:
    return date.fromisoformat(_text(value, "a date of the form YYYY-MM-DD", _DATE))


def _moment(value: object) -> datetime:
    text = _text(value, "an RFC 3339 time with offset", _MOMENT)
    return datetime.fromisoformat(text.upper())


def _partial(value: object) -> PartialDate:
    text = _text(value, "a year, month or day of the form 1999, 1999-03 or 1999-03-14", _PARTIAL)
    return PartialDate(dates.read(text).text)


def _bytes(value: object) -> ByteCount:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise ValueError("not a non-negative whole number")
    return ByteCount(value)


def _decimal(value: object) -> Decimal:
    return Decimal(_text(value, "a decimal number in a string", _DECIMAL))


def _country(value: object) -> CountryCode:
    return CountryCode(_text(value, "an ISO 3166-1 alpha-2 code in capitals", re.compile("[A-Z]{2}")))


def _url(value: object) -> URL:
    return URL(_text(value, "an http or https address", _URL))


def _scalar(
    name: str,
    description: str,
    read: Callable[[object], Any],
    serialize: Callable[[Any], Any] = str,
    url: str | None = None,
) -> ScalarDefinition:
    def parse(value: object) -> Any:
        try:
            return read(value)
        except ValueError as error:
            raise Malformed(str(error)) from error

    return strawberry.scalar(
        name=name, description=description, parse_value=parse, serialize=serialize, specified_by_url=url
    )


SCALARS: dict[object, ScalarDefinition] = {
    date: _scalar("Date", "A civil day, exactly YYYY-MM-DD.", _date, date.isoformat),
    datetime: _scalar(
        "DateTime",
        "A moment after RFC 3339, with offset.",
        _moment,
        datetime.isoformat,
        "https://www.rfc-editor.org/rfc/rfc3339",
    ),
    PartialDate: _scalar(
        "PartialDate", "1999, 1999-03 or 1999-03-14; as a start its first day, as an end its last.", _partial
    ),
    URL: _scalar("URL", "An absolute http or https address.", _url),
    CountryCode: _scalar("CountryCode", "A country: ISO 3166-1 alpha-2.", _country),
    ByteCount: _scalar("ByteCount", "A number of bytes; it may exceed 2^31.", _bytes, int),
    Decimal: _scalar("Decimal", "A decimal number, as a string so that no digit is lost.", _decimal),
}
