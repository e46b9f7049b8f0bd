"""Licences as KB+ coded them in CSV, one a row: Yes, No or Other a column; and where ONIX-PL says the same."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from domain.intake.reasons import Reason
from domain.intake.source import FileRefused, Source, refuse

UNLIMITED = "No limit"
NEEDED = frozenset({"remote_access", "walkin_access", "alumni_access"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and where ONIX-PL says the same."""

    name: str
    path: str
    rule: str
    ours: str
    also: tuple[str, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """What the last step of the path names in brackets."""
        bracketed = re.findall(r"\[([^\]]*)\]", self.path)
        return frozenset(re.split(r",\s*", bracketed[-1])) if bracketed else frozenset()


@cache
def columns() -> tuple[Column, ...]:
    with Path(__file__).with_suffix(".yaml").open(encoding="utf-8") as file:
        written = YAML(typ="safe").load(file)
    return tuple(Column(name, **{**said, "also": tuple(said.get("also", ()))}) for name, said in written.items())


def is_one(source: Source) -> bool:
    """Whether a file's header is that of such a file."""
    try:
        with source.opened() as opened:
            return set(next(csv.reader(opened), [])) >= NEEDED
    except (FileRefused, UnicodeDecodeError, csv.Error):
        return False


def rows(source: Source) -> Iterator[tuple[int, dict[str, str]]]:
    """Each licence by column, under the names of the table.

    Raises:
        FileRefused: it isn't such a file.
    """
    names = {also: column.name for column in columns() for also in (column.name, *column.also)}
    with source.opened() as opened:
        table = csv.reader(opened)
        header = next(table, [])
        if not set(header) >= NEEDED:
            raise refuse(1, Reason.NOT_THIS_FORMAT, detail=", ".join(sorted(NEEDED)))
        for cells in table:
            found: dict[str, str] = {}
            for column, cell in zip(header, cells, strict=False):
                found.setdefault(names.get(column, column), cell.strip())
            yield table.line_num, found
