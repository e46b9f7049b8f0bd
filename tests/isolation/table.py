"""The table of visibility.yaml, by the names of the schema."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from graphql import GraphQLInterfaceType, GraphQLObjectType

from schema.build import SCHEMA

TOLD: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("visibility.yaml").read_text(encoding="utf-8"))

CLIENT, OTHER_CLIENT = "client", "other_client"
"""A partner's system that the member named, or that another did."""
KINDS: list[str] = [*TOLD["viewers"]]

LISTS = {
    "Connection": {"edges", "nodes", "pageInfo", "totalCount", "totalCountIsExact", "facets"},
    "Edge": {"node", "cursor"},
    "PageInfo": {"hasNextPage", "hasPreviousPage", "startCursor", "endCursor"},
}
"""By the end of a type's name: fields that tell of what is listed."""
PAYLOAD = "Payload"
FOUND = "found"
CLAUSE = ("clause_public", "clause_members", "clause_staff")


def composite() -> Iterator[tuple[str, GraphQLObjectType | GraphQLInterfaceType]]:
    """Every type that has fields."""
    for name, of in SCHEMA.type_map.items():
        if isinstance(of, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            yield name, of


def classes_of(type_name: str, field: str) -> tuple[str, ...]:
    """The classes of a field; of several, the mark of the thing decides. None of a list's own: it tells of its rows.

    Raises:
        KeyError: the table has no entry for it.
    """
    for ending, fields in LISTS.items():
        if type_name.endswith(ending) and field in fields:
            return ("public",)
    if type_name == "Mutation":
        TOLD["acts"][field]
        return ("act",)
    if type_name.endswith(PAYLOAD):
        return ("asker",) if field == "problems" else ("act",)
    for of_class, fields in TOLD["types"][type_name].items():
        if of_class != FOUND and field in fields:
            return CLAUSE if of_class == "clause" else (of_class,)
    raise KeyError(f"{type_name}.{field}")


def sees(kind: str, of_class: str) -> bool:
    if kind == CLIENT:
        return bool(TOLD["classes"][of_class]["client"] != "no")
    if kind == OTHER_CLIENT:
        return sees("anonymous", of_class) and sees(CLIENT, of_class)
    seen_by: list[str] = TOLD["classes"][of_class]["seen_by"]
    return kind in seen_by


def found_as(type_name: str) -> str:
    """The class of a thing of this type that is asked for by its id."""
    name: str = TOLD["types"][type_name][FOUND]
    return name


def may(kind: str, act: str) -> bool:
    said = TOLD["acts"][act]
    return said == "everybody" or kind in said


def written() -> str:
    """The table as docs/visibility.md shows it."""
    viewers: dict[str, str] = TOLD["viewers"]
    lines = [
        "| | " + " | ".join(kind.replace("_", " ") for kind in viewers) + " |",
        "|---" * (len(viewers) + 1) + "|",
    ]
    for name, said in TOLD["classes"].items():
        answers = (said["client"] if kind == CLIENT else "yes" if sees(kind, name) else "–" for kind in viewers)
        cells = " | ".join("–" if answer == "no" else answer for answer in answers)
        lines.append(f"| **{name.replace('_', ' ')}**: {said['facts']} | {cells} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(written())  # noqa: T201 `python -m tests.isolation.table`, for docs/visibility.md
