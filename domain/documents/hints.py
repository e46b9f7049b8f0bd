"""Where a document may speak of an action: numbers of clauses in which its words occur, with a piece of each.

What a clause says is for a person to read. Nothing here is ever taken for a term's status.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from domain.documents.texts import Passage
from models.vocabulary import Action

QUOTED = 4
"""Clauses of which a piece is shown; the numbers of others follow."""
NAMED = 20
AROUND = 40
"""Characters on each side of the word."""


def of(clauses: Sequence[Passage]) -> dict[Action, str]:
    """For each action what to read; empty where none of its words occurs."""
    return {action: _told(words, clauses) for action, words in _words().items()}


def _told(words: re.Pattern[str], clauses: Sequence[Passage]) -> str:
    found = [(clause, match) for clause in clauses if (match := words.search(clause.text))]
    quoted = [f"{clause.number}: {_piece(clause.text, match)}" for clause, match in found[:QUOTED]]
    others = [clause.number for clause, _ in found[QUOTED:NAMED]]
    more = ["…"] if len(found) > NAMED else []
    return "\n".join([*quoted, *([", ".join([*others, *more])] if others else [])])


def _piece(text: str, match: re.Match[str]) -> str:
    first, last = max(0, match.start() - AROUND), min(len(text), match.end() + AROUND)
    piece = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{piece}{'…' if last < len(text) else ''}"


@cache
def _words() -> dict[Action, re.Pattern[str]]:
    with files("domain.documents").joinpath("hints.yaml").open(encoding="utf-8") as file:
        words: dict[str, list[Any]] = YAML(typ="safe").load(file)
    return {Action(action): re.compile("|".join(map(_pattern, of_it))) for action, of_it in words.items()}


def _pattern(word: str) -> str:
    if word.startswith("="):
        return rf"\b{re.escape(word[1:])}\b"
    if not word.isascii():
        return re.escape(word)
    pieces = r"[\s-]{0,3}".join(map(re.escape, re.split(r"[ -]", word)))
    return rf"(?i:\b{pieces})"
