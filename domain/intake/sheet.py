"""CSV files with a header (RFC 4180): one row at a time, each as Cells."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from domain.intake.cells import Cells, Row
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.source import Source, refuse

Reader = Callable[[Cells], dict[str, Any] | None]

MOST_COLUMNS = 200
LONGEST_ROW = 1_000_000
"""Characters of one row, over all its lines: where a quote is never closed, the file is refused there."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a format. A file without the needed ones isn't of it; others that it doesn't know are reported."""

    needed: tuple[str, ...]
    known: frozenset[str]


def rows(source: Source, layout: Layout) -> Iterator[tuple[Cells | None, Row | None]]:
    """(cells, None) for each row of data, (None, row) for the header and for what can't be read as a row.

    Raises:
        FileRefused: it isn't of this format, or a quote is never closed; it names its line.
    """
    found = records(source)
    line, header = next(found, (1, []))
    columns = [cell.strip().lower() for cell in header]
    yield None, Row(line, None, [*source.notes, *_check(line, columns, layout)], counted=False)
    for line, values in found:
        if not any(value.strip() for value in values):
            continue
        cells = Cells(line, dict(zip(columns, values, strict=False)))
        if any(value.strip() for value in values[len(columns) :]):
            cells.reject("", Reason.ROW_LONG, f"{len(values)} > {len(columns)}")
        elif len(values) < len(columns):
            cells.note("", Reason.ROW_SHORT, f"{len(values)} < {len(columns)}")
        yield cells, None


def records(source: Source, delimiter: str = ",", after: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it begins, from the line behind `after`."""
    began, at, length = after + 1, 0, 0

    def lines() -> Iterator[str]:
        nonlocal at, length
        for number, text in islice(source.lines(), after, None):
            if text is None:
                raise refuse(number, Reason.LINE_TOO_LONG)
            at, length = number, length + len(text)
            if length > LONGEST_ROW:
                raise refuse(began, Reason.QUOTE_UNCLOSED)
            yield text + "\n"

    previous = csv.field_size_limit(LONGEST_ROW)
    try:
        for values in csv.reader(lines(), delimiter=delimiter, strict=True):
            yield began, values
            began, length = at + 1, 0
    except csv.Error as error:
        raise refuse(began, Reason.QUOTE_UNCLOSED, detail=str(error)) from error
    finally:
        csv.field_size_limit(previous)


def _check(line: int, columns: list[str], layout: Layout) -> list[Problem]:
    if not any(columns):
        raise refuse(line, Reason.EMPTY_FILE)
    if len(columns) > MOST_COLUMNS:
        raise refuse(line, Reason.COLUMNS_TOO_MANY, detail=str(len(columns)))
    if missing := [column for column in layout.needed if column not in columns]:
        raise refuse(line, Reason.NOT_THIS_FORMAT, value=",".join(columns), detail=", ".join(missing))
    if twice := {column for column in columns if column and columns.count(column) > 1}:
        raise refuse(line, Reason.COLUMN_TWICE, detail=", ".join(sorted(twice)))
    extra = [column for column in columns if column not in layout.known]
    return [Problem(line, column, "", Reason.COLUMN_EXTRA, Severity.NOTE) for column in extra]


def localised(cells: Cells, stem: str) -> dict[str, str]:
    """`name_zh` and `name_en` as one text by language."""
    return {language: text for language in ("zh", "en") if (text := cells.get(f"{stem}_{language}"))}


def collect(source: Source, layout: Layout, read: Reader) -> Iterator[Row]:
    """The rows of a file as `read` understands each; what it returns is staged unless the row was rejected."""
    for cells, other in rows(source, layout):
        if other is not None:
            yield other
        if cells is not None:
            result = None if cells.rejected else read(cells)
            yield Row(cells.line, None if cells.rejected else result, cells.problems)
