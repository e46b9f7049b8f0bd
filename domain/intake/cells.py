"""Cells of a table as they are read: blanks cut, quotes taken off, whatever a database can't hold refused."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from domain.intake.reasons import Problem, Reason, Severity

LONGEST_CELL = 20_000
"""Characters."""
SHOWN = 300
"""Characters of a value that a report repeats."""

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x01-\x09\x0b-\x1f\x7f-\x9f]+")
_INVISIBLE = "".join(
    chr(code)
    for code in (0xFEFF, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2065))
)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it was read, ready to be staged. `result` is None where there is nothing to stage; `counted` is false
    for what isn't a row of data."""

    line: int
    result: dict[str, Any] | None
    problems: list[Problem]
    counted: bool = True


def visible(written: str) -> str:
    """Control characters as `\\x00`: a database holds no NUL, and terminals obey others."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in written)


def unquoted(written: str) -> tuple[str, Reason | None]:
    """A tab-separated cell in quotes, as spreadsheets write it, without them. An opening quote alone stays."""
    if not written.startswith('"'):
        return written, None
    if len(written) > 1 and written.endswith('"') and '"' not in written[1:-1].replace('""', ""):
        return written[1:-1].replace('""', '"'), Reason.QUOTES_TAKEN_OFF
    return written, Reason.QUOTE_UNCLOSED if written.count('"') % 2 else None


class Cells:
    """One row under its header: takes values out cell by cell and remembers what was wrong with them."""

    def __init__(self, line: int, values: dict[str, str]) -> None:
        self.line = line
        self.problems: list[Problem] = []
        self._written = values
        self._values = {column: self._clean(column, value) for column, value in values.items() if value}

    def _clean(self, column: str, written: str) -> str:
        plain = written.strip()
        if plain.isprintable() and len(plain) <= LONGEST_CELL:  # nothing that would have to go is printable
            return plain if plain.isascii() else unicodedata.normalize("NFC", plain)
        bare = plain.strip(_INVISIBLE).strip()
        if bare != plain:
            self.note(column, Reason.VALUE_NORMALISED)
        if _UNSTORABLE.search(bare):
            self.lose(column, Reason.CONTROL_CHARACTER)
            return ""
        if _CONTROL.search(bare):
            self.note(column, Reason.CONTROL_CHARACTER)
            bare = _CONTROL.sub(" ", bare).strip()
        if len(bare) > LONGEST_CELL:
            self.lose(column, Reason.VALUE_TOO_LONG, str(LONGEST_CELL))
            return ""
        return unicodedata.normalize("NFC", bare)

    def __contains__(self, column: str) -> bool:
        """Whether the file has this column at all."""
        return column in self._written

    def get(self, column: str) -> str:
        """The value, cut; empty where there is none."""
        return self._values.get(column, "")

    def written(self, column: str) -> str:
        return self._written.get(column, "")

    def list(self, column: str) -> list[str]:
        """The items of a cell separated by `;`, in order, each once."""
        if not (value := self.get(column)):
            return []
        return list(dict.fromkeys(item for part in value.split(";") if (item := part.strip())))

    def read(self, column: str, reader: Callable[[str], Value], reason: Reason) -> Value | None:
        """The value as `reader` understands it; where that raises ValueError the cell is refused for `reason`."""
        if not (value := self.get(column)):
            return None
        try:
            return reader(value)
        except ValueError:
            self.lose(column, reason)
            return None

    def note(self, column: str, reason: Reason, detail: str = "", value: str | None = None) -> None:
        self._add(column, reason, Severity.NOTE, detail, value)

    def lose(self, column: str, reason: Reason, detail: str = "", value: str | None = None) -> None:
        """This cell, or this item of it, isn't loaded."""
        self._add(column, reason, Severity.CELL, detail, value)

    def reject(self, column: str, reason: Reason, detail: str = "") -> None:
        """This row isn't loaded."""
        self._add(column, reason, Severity.ROW, detail, None)

    @property
    def rejected(self) -> bool:
        return bool(self.problems) and any(problem.severity is Severity.ROW for problem in self.problems)

    def _add(self, column: str, reason: Reason, severity: Severity, detail: str, value: str | None) -> None:
        shown = (self._written.get(column, "") if value is None else value)[:SHOWN]
        self.problems.append(Problem(self.line, column, shown, reason, severity, detail))
