"""The title lists of NESLi2 as KBART, and the licences of JISC Collections: what these cases are about.

Their lists have four lines before the header, the days of dates first, and aren't UTF-8.
"""

import csv
import io
import re
from pathlib import Path

import pytest

from tests.support.titlelists import kbart

PREAMBLE = 4
COLUMNS = {
    "print_identifier": "print_identifier",
    "online_identifier": "online_identifier",
    "date_first_issue_subscribed": "date_first_issue_online",
    "num_first_vol_subscribed": "num_first_vol_online",
    "num_first_issue_subscribed": "num_first_issue_online",
    "date_last_issue_subscribed": "date_last_issue_online",
    "num_last_vol_subscribed": "num_last_vol_online",
    "num_last_issue_subscribed": "num_last_issue_online",
}


def file(shared_data: Path, folder: str, name: str) -> Path:
    found = list((shared_data / folder).glob(name))
    if len(found) != 1:
        pytest.skip(f"real files: {folder}/{name} is absent")
    return found[0]


def titles(path: Path) -> bytes:
    """A list of NESLi2 as KBART. A title has no address there; the tests' own stands for the platform's."""
    text = path.read_bytes().decode("cp1252")
    lines = io.StringIO("".join(text.splitlines(keepends=True)[PREAMBLE:]))
    rows = []
    for number, row in enumerate(csv.DictReader(lines)):
        named = {key.strip("\ufeff�ï»¿ "): (value or "").strip() for key, value in row.items() if key}
        title = next(value for key, value in named.items() if key.endswith("publication_title"))
        said = {ours: _day(named[theirs]) for theirs, ours in COLUMNS.items() if named.get(theirs)}
        rows.append(
            said | {"publication_title": title, "title_id": f"t{number}", "title_url": f"https://p.example/{number}"}
        )
    return kbart(*rows)


def _day(written: str) -> str:
    found = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", written)
    return "-".join(reversed(found.groups())) if found else written
