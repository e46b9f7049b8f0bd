"""YAML documents whose every value knows its line, read against what is expected there."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from domain import dates
from domain.dates import PartialDate
from domain.intake import patterns
from domain.intake.parties import LONGEST_NAME
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.source import FileRefused, Source, refuse

LARGEST = 4 * 1024 * 1024
"""Characters."""
LONGEST_TEXT = 200_000

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class _Constructor(RoundTripConstructor):
    """Leaves dates as they are written: one that is none (2025-13-10) is a mistake with a line, not a broken file."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda self, node: node.value)

Value = TypeVar("Value")
Word = TypeVar("Word", bound=StrEnum)
Read = Callable[["Place"], Value]


class Place:
    """A value of the document, and where it stands. Reading remembers every problem and goes on."""

    def __init__(self, value: Any, line: int, path: str, problems: list[Problem]) -> None:
        self.value, self.line, self.path, self.problems = value, line, path, problems

    def bad(self, reason: Reason, detail: str = "") -> None:
        shown = "" if isinstance(self.value, dict | list) else str(self.value)[:300]
        self.problems.append(Problem(self.line, self.path, shown, reason, Severity.FILE, detail))

    def table(self, *known: str) -> "Table":
        """A mapping with no keys but these."""
        if not isinstance(self.value, CommentedMap):
            if self.value is not None:
                self.bad(Reason.TYPE_WRONG, "a mapping")
            return Table(self, CommentedMap())
        for key in self.value:
            if key not in known:
                place = self._child(key, self.value.lc.key(key)[0])
                place.bad(Reason.KEY_UNKNOWN, str(key)[:100])
        return Table(self, self.value)

    def items(self) -> Iterator["Place"]:
        """The items of a list; an empty one is a mistake."""
        if not isinstance(self.value, CommentedSeq):
            self.bad(Reason.TYPE_WRONG, "a list")
        elif not self.value:
            self.bad(Reason.LIST_EMPTY)
        else:
            for at, item in enumerate(self.value):
                yield Place(item, self.value.lc.item(at)[0] + 1, f"{self.path}[{at}]", self.problems)

    def list_of(self, read: Read[Value | None]) -> list[Value]:
        return [found for item in self.items() if (found := read(item)) is not None]

    def _child(self, key: Any, line: int) -> "Place":
        assert isinstance(self.value, CommentedMap)  # noqa: S101 only a mapping has children
        path = f"{self.path}.{key}" if self.path else str(key)
        return Place(self.value[key], line + 1, path, self.problems)


class Table:
    """A mapping being read."""

    def __init__(self, place: Place, values: CommentedMap) -> None:
        self.place, self.values = place, values

    def __contains__(self, key: str) -> bool:
        return self.values.get(key) is not None

    def at(self, key: str) -> Place:
        line = self.values.lc.value(key)[0] if key in self.values else self.place.line - 1
        path = f"{self.place.path}.{key}" if self.place.path else key
        return Place(self.values.get(key), line + 1, path, self.place.problems)

    def get(self, key: str, read: Read[Value | None]) -> Value | None:
        """The value if there is one."""
        return read(self.at(key)) if key in self else None

    def need(self, key: str, read: Read[Value | None]) -> Value | None:
        """The value, which can't be left out."""
        if key not in self:
            self.at(key).bad(Reason.VALUE_MISSING)
            return None
        return read(self.at(key))


def load(source: Source) -> Place:
    """The document.

    Raises:
        FileRefused: it isn't YAML, or too large; it names the line.
    """
    lines: list[str] = []
    size = 0
    for number, line in source.lines():
        size += len(line or "")
        if line is None or size > LARGEST:
            raise refuse(number, Reason.TOO_LARGE)
        lines.append(line)
    if not any(line.strip() for line in lines):
        raise refuse(1, Reason.EMPTY_FILE)
    try:
        yaml = YAML(typ="rt", pure=True)
        yaml.Constructor = _Constructor
        value = yaml.load("\n".join(lines) + "\n")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise refuse(
            (mark.line if mark else 0) + 1, Reason.YAML_BROKEN, detail=str(error.problem or "")[:200]
        ) from error
    except (YAMLError, ValueError) as error:
        raise refuse(_line(error), Reason.YAML_BROKEN, detail=str(error).splitlines()[0][:200]) from error
    except RecursionError as error:
        raise refuse(1, Reason.YAML_BROKEN, detail="nested too deeply") from error
    return Place(value, 1, "", [])


def of(value: Any, line: int, path: str) -> Place:
    """Plain values from elsewhere (of JSON) as a document all of which stands on one line."""
    return Place(_on_one_line(value, line - 1), line, path, [])


def _on_one_line(value: Any, at: int) -> Any:
    if isinstance(value, dict):
        mapping = CommentedMap((key, _on_one_line(inner, at)) for key, inner in value.items())
        for key in mapping:
            mapping.lc.add_kv_line_col(key, [at, 0, at, 0])
        return mapping
    if isinstance(value, list):
        sequence = CommentedSeq(_on_one_line(inner, at) for inner in value)
        for position in range(len(sequence)):
            sequence.lc.add_idx_line_col(position, [at, 0])
        return sequence
    return value


def _line(error: Exception) -> int:
    """Where a character that YAML doesn't allow stands; what the error says counts characters, not lines."""
    match = re.search(r"line ([0-9]+)", str(error))
    return int(match.group(1)) if match else 1


def settle(place: Place) -> None:
    """Raises FileRefused if anything was wrong, with all of it, in order of lines."""
    if place.problems:
        raise FileRefused(*sorted(place.problems, key=lambda problem: problem.line))


def string(place: Place) -> str | None:
    """Text. A number isn't: `3.10` would lose its nought."""
    if isinstance(place.value, bool) or not isinstance(place.value, str | int):
        place.bad(Reason.TYPE_WRONG, "text (in quotes)")
        return None
    text = str(place.value).strip()
    if _UNSTORABLE.search(text):
        place.bad(Reason.CONTROL_CHARACTER)
    elif len(text) > LONGEST_TEXT:
        place.bad(Reason.VALUE_TOO_LONG, str(LONGEST_TEXT))
    elif not text:
        place.bad(Reason.VALUE_MISSING)
    else:
        return text
    return None


def name(place: Place) -> str | None:
    """A name by which something is found, on one line."""
    text = string(place)
    if text is not None and len(text) > LONGEST_NAME:
        place.bad(Reason.VALUE_TOO_LONG, str(LONGEST_NAME))
        return None
    return text


def code(place: Place) -> str | None:
    text = string(place)
    if text is not None and not CODE.fullmatch(text):
        place.bad(Reason.TYPE_WRONG, "letters, digits, . _ -")
        return None
    return text


def localised(place: Place) -> dict[str, str] | None:
    """`{zh: …, en: …}`, or one text whose language isn't said."""
    if not isinstance(place.value, CommentedMap):
        text = string(place)
        return None if text is None else {"und": text}
    table = place.table(*(str(key) for key in place.value if patterns.LANGUAGE.fullmatch(str(key))))
    texts = {str(key): table.get(str(key), string) for key in place.value if patterns.LANGUAGE.fullmatch(str(key))}
    if not texts:
        place.bad(Reason.VALUE_MISSING)
    return {language: text for language, text in texts.items() if text} or None


def flag(place: Place) -> bool | None:
    if not isinstance(place.value, bool):
        place.bad(Reason.TYPE_WRONG, "true, false")
        return None
    return place.value


def count(place: Place) -> int | None:
    if isinstance(place.value, bool) or not isinstance(place.value, int) or not 0 < place.value < 2**31:
        place.bad(Reason.TYPE_WRONG, "a number above 0")
        return None
    return int(place.value)


def day(place: Place) -> date | None:
    """A civil day, YYYY-MM-DD."""
    found = partial_date(place)
    if found is not None and found.first != found.last:
        place.bad(Reason.DATE_UNREADABLE)
        return None
    return found.first if found else None


def partial_date(place: Place) -> PartialDate | None:
    try:
        if isinstance(place.value, str | int) and not isinstance(place.value, bool):
            return dates.read(str(place.value))
    except ValueError:
        pass
    place.bad(Reason.DATE_UNREADABLE)
    return None


def one_of(words: type[Word]) -> Read[Word | None]:
    def read(place: Place) -> Word | None:
        if isinstance(place.value, str) and place.value in set(words):
            return words(place.value)
        place.bad(Reason.VALUE_UNKNOWN, ", ".join(words))
        return None

    return read
