"""The code lists of ONIX-PL 1.0, and what the codes mean in our words."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

PREFIX = "onixPL:"
_FOLDER = Path(__file__).parent


@cache
def known() -> dict[str, frozenset[str]]:
    """The names of the codes by the element that may hold them."""
    found: dict[str, frozenset[str]] = {}
    for issue in ("issue_4", "later", "unlisted"):
        for element, names in of_issue(issue).items():
            found[element] = found.get(element, frozenset()) | frozenset(names.split())
    return found


def of_issue(issue: str) -> dict[str, str]:
    """The same for one section of the file, the names in a row."""
    found: dict[str, str] = _read("lists.yaml")[issue]
    return found


@dataclass(frozen=True, slots=True)
class Codes:
    """`codes.yaml`, read."""

    licence_status: dict[str, str]
    status: dict[str, str]
    action: dict[str, str]
    users: dict[str, list[str]]
    on_site: frozenset[str]
    narrower_users: dict[str, dict[str, str]]
    everybody: frozenset[str]
    content: frozenset[str]
    parts: frozenset[str]
    targets: dict[str, list[list[str]]]
    libraries: frozenset[str]
    signing_in: frozenset[str]
    premises: frozenset[str]
    except_as_permitted: frozenset[str]
    conditions: dict[str, dict[str, str]]
    units: dict[str, dict[str, str]]


@cache
def codes() -> Codes:
    written = _read("codes.yaml")
    lists = {name for name, kind in Codes.__annotations__.items() if kind == frozenset[str]}
    read: dict[str, Any] = {name: frozenset(value) if name in lists else value for name, value in written.items()}
    return Codes(**read)


def coded(name: str) -> str:
    """A code as documents and terms write it."""
    return f"{PREFIX}{name}"


def name(written: str) -> str | None:
    """The name of a code; None where a label of the document's own stands."""
    return written.removeprefix(PREFIX) if written.startswith(PREFIX) else None


def _read(file: str) -> dict[str, Any]:
    with (_FOLDER / file).open(encoding="utf-8") as opened:
        found: dict[str, Any] = YAML(typ="safe").load(opened)
    return found
