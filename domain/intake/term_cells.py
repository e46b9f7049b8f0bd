"""The cells of a term sheet, each with the name by which a librarian finds it, and what is written in them."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from domain import limits
from domain.documents import apart, sheet
from domain.documents.apart import Kind
from domain.documents.refusals import Refused, Wrong
from domain.intake import document
from domain.intake.countries import COUNTRIES
from domain.intake.document import Place
from domain.intake.reasons import Problem, Reason
from domain.intake.report import unguarded
from domain.intake.sheet import records
from domain.intake.source import Source, refuse
from domain.rights.qualifiers import more_than_all
from models.vocabulary import LimitKind, NoticeUnit

Value = TypeVar("Value")

TERM_LIMITS = "10 % | 20 pages | 2 copies | 5 users | formats pdf epub"
WHOLE_LIMITS = "50 users | 5 users per member | 90 days notice"

_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_SEP = re.compile(r'"?sep=.?"?[,;]*')
_SEPARATOR = re.compile(r"[;；\n]")
_AMOUNT = r"(?P<amount>[0-9]{1,9}(?:\.[0-9]{1,4})?)\s*"
_TERM_LIMITS = {
    LimitKind.PERCENT: re.compile(_AMOUNT + r"(?:%|per ?cent)"),
    LimitKind.PAGES: re.compile(_AMOUNT + r"(?:pages?|页)"),
    LimitKind.COPIES: re.compile(_AMOUNT + r"(?:cop(?:y|ies)|份)"),
    LimitKind.CONCURRENT_USERS: re.compile(_AMOUNT + r"(?:concurrent |simultaneous )?(?:users?|(?:个)?(?:并发)?用户)"),
}
_FORMATS = re.compile(r"(?:formats?|格式)[\s:]+(?P<formats>.+)", re.IGNORECASE)
_COMMA = re.compile("[,、]")
_WHOLE_LIMITS = {
    LimitKind.CONCURRENT_USERS: _TERM_LIMITS[LimitKind.CONCURRENT_USERS],
    LimitKind.CONCURRENT_USERS_PER_MEMBER: re.compile(
        _AMOUNT
        + r"(?:concurrent |simultaneous )?users? per member|每个?成员\s*(?P<amount_zh>[0-9]{1,9})\s*个?(?:并发)?用户"
    ),
    LimitKind.NOTICE: re.compile(
        _AMOUNT + r"(?P<unit>days?|weeks?|months?|years?|天|日|周|个月|月|年)(?:['’]? ?notice|(?:前|提前)?通知)"
    ),
}
_UNITS = {"天": "days", "日": "days", "周": "weeks", "个月": "months", "月": "months", "年": "years"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet. `prefix`: the sheet's name in a cell's, where there is more than one."""

    number: int
    cells: Sequence[Any]
    prefix: str = ""

    def at(self, column: int, name: str, problems: list[Problem]) -> Place:
        """`terms!C7 status`; of a CSV, whose rows count lines, `C status`."""
        value = self.cells[column] if column < len(self.cells) else ""
        where = f"{self.prefix}{letter(column)}{self.number if self.prefix else ''} {name}"
        return Place(_plain(value, bare=bool(self.prefix)), self.number, where, problems)

    @property
    def first(self) -> str:
        return str(self.cells[0]).strip() if self.cells else ""

    @property
    def blank(self) -> bool:
        return all(str(cell).strip() == "" for cell in self.cells) or self.first.startswith("#")


def letter(column: int) -> str:
    """A, B … Z, AA …, as spreadsheets name columns."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def layout(source: Source) -> tuple[int, str]:
    """Of a CSV: the lines before its mark (`sep=,` is for Excel), and what stands behind the mark and between cells.
    Raises FileRefused."""
    first = [line or "" for _, line in islice(source.lines(), 2)]
    before = 1 if first and _SEP.fullmatch(first[0]) else 0
    marked = first[before].lstrip('\ufeff"') if len(first) > before else ""
    if not marked.startswith(sheet.MARK):
        return before, ","
    behind = marked.removeprefix(sheet.MARK).lstrip('"')[:1]
    return before, behind if behind and behind in ";\t" else ","


def lines(source: Source, kind: Kind | None) -> Iterator[Line]:
    """The rows of a sheet: the head and terms, then the clauses. `kind`: None = CSV. Raises FileRefused."""
    if kind is None:
        before, separator = layout(source)
        for number, values in records(source, separator, before):
            yield Line(number, values)
        return
    try:
        sheets = apart.read(source.path, kind)["sheets"]
    except Refused as refused:
        broken = refused.wrong in (Wrong.ENCRYPTED, Wrong.DAMAGED)
        raise refuse(0, Reason.SHEET_BROKEN if broken else Reason.TOO_LARGE, detail=refused.detail) from refused
    for name in (sheet.TERMS_SHEET, sheet.CLAUSES_SHEET):
        for at, cells in enumerate(sheets.get(name, ()), 1):
            yield Line(at, cells, f"{name}!")


def _plain(value: Any, *, bare: bool) -> Any:
    """Blanks cut; of a CSV also the mark that keeps a spreadsheet from computing it."""
    if not isinstance(value, str):
        return value
    text = value if bare else unguarded(value)
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


@dataclass(frozen=True, slots=True)
class Cells:
    """A row under its header: what is written in a column, read as what it should be."""

    line: Line
    columns: Mapping[str, int]
    problems: list[Problem]

    def at(self, name: str) -> Place:
        return self.line.at(self.columns.get(name, 10_000), name, self.problems)

    def get(self, name: str, read: Callable[[Place], Value | None]) -> Value | None:
        """The value if there is one."""
        place = self.at(name)
        return None if place.value == "" else read(place)

    def need(self, name: str, read: Callable[[Place], Value | None]) -> Value | None:
        place = self.at(name)
        if place.value == "":
            place.bad(Reason.VALUE_MISSING)
            return None
        return read(place)

    def several(self, name: str, read: Callable[[Place], Value | None]) -> list[Value] | None:
        """The items of a cell, each once; None where there are none: an empty cell doesn't constrain."""
        found = [value for item in items(self.at(name)) if (value := read(item)) is not None]
        return [*dict.fromkeys(found)] or None

    def localised(self, stem: str) -> dict[str, str] | None:
        texts = {language: self.get(f"{stem}_{language}", document.string) for language in sheet.LANGUAGES}
        return {language: text for language, text in texts.items() if text} or None


def items(place: Place) -> Iterator[Place]:
    """What a cell lists, with `;` or line ends between."""
    for part in _SEPARATOR.split(str(place.value)):
        if text := part.strip():
            yield Place(text, place.line, place.path, place.problems)


def number(place: Place) -> str | None:
    """A clause's number. A cell that holds 3.1 as a quantity may have held 3.10."""
    if isinstance(place.value, float):
        place.bad(Reason.NUMBER_NOT_TEXT)
        return None
    return document.name(place)


def country(place: Place) -> str | None:
    value = document.string(place)
    if value is not None and value not in COUNTRIES:
        place.bad(Reason.COUNTRY_UNKNOWN)
        return None
    return value


def part(place: Place) -> str | None:
    value = document.string(place)
    if value is not None and more_than_all(value):
        place.bad(Reason.PERCENT_OVER_100)
    return value


def yes(place: Place) -> bool | None:
    """`yes` or `no`, or the truth values that a spreadsheet makes of them."""
    found = {sheet.YES: True, "true": True, "no": False, "false": False}.get(str(place.value).casefold())
    if found is None:
        place.bad(Reason.VALUE_UNKNOWN, "yes, no")
    return found or None


def day(place: Place) -> date | None:
    """A day, YYYY-MM-DD; or as Excel writes it into a CSV, where the year stands first: 2027/1/1, 2027年1月1日."""
    if found := _DAY.fullmatch(str(place.value)):
        year, month, of_month = found.groups()
        written = Place(f"{year}-{month:0>2}-{of_month:0>2}", place.line, place.path, place.problems)
        return document.day(written)
    return document.day(place)


def on_site(place: Place) -> bool | None:
    if place.value not in (sheet.ANYWHERE, sheet.ON_SITE):
        place.bad(Reason.VALUE_UNKNOWN, f"{sheet.ANYWHERE}, {sheet.ON_SITE}")
    return True if place.value == sheet.ON_SITE else None


def limit(place: Place, *, whole: bool = False) -> dict[str, Any] | None:
    """How much of something, of a term or, `whole`, of the licence."""
    as_written = " ".join(unicodedata.normalize("NFKC", str(place.value)).split())
    written = as_written.casefold()
    for kind, pattern in (_WHOLE_LIMITS if whole else _TERM_LIMITS).items():
        if found := pattern.fullmatch(written):
            facts = found.groupdict()
            amount = _amount(facts.get("amount") or facts.get("amount_zh") or "")
            made = _made(kind, amount=amount, unit=_unit(facts.get("unit")))
            if limits.flaw(kind, Decimal(amount), made["unit"], None):
                place.bad(Reason.LIMIT_WRONG, kind)
                return None
            return made
    if not whole and (found := _FORMATS.fullmatch(as_written)):
        named = found["formats"]
        parted = _COMMA.split(named) if _COMMA.search(named) else named.split()
        if formats := [one for name in parted if (one := name.strip())]:
            return _made(LimitKind.FORMATS, formats=formats)
    place.bad(Reason.LIMIT_UNREADABLE, WHOLE_LIMITS if whole else TERM_LIMITS)
    return None


def _amount(written: str) -> int | str:
    """A number that is broken stays as it is written."""
    return int(float(written)) if float(written).is_integer() else written


def _unit(written: str | None) -> str | None:
    if not written:
        return None
    return NoticeUnit(_UNITS.get(written) or written.rstrip("s") + "s").value


def _made(
    kind: LimitKind, *, amount: int | str | None = None, unit: str | None = None, formats: list[str] | None = None
) -> dict[str, Any]:
    return {"kind": kind.value, "amount": amount, "unit": unit, "formats": formats}
