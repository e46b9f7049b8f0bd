"""The term sheet: what a librarian fills in from a document's clauses. One layout for XLSX and CSV (docs/licences.md).

A head of `key, value`; a table of terms, each action at least once; the clauses, on a sheet of their own in XLSX and
below the terms in CSV. It comes filled with `silent` and hints, never with a guess.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain import messages
from domain.documents import hints
from domain.documents.texts import Passage
from models.vocabulary import Action, Affiliation, ClauseVisibility, TermStatus

MARK = "mutua-term-sheet"
VERSION = "1"
TERMS_SHEET, CLAUSES_SHEET, GUIDE_SHEET = "terms", "clauses", "guide"
HEAD = (
    "code", "name_zh", "name_en", "licensor", "holder", "parent", "start", "end", "limit", "document_name",
    "document_signed", "document_sha256",
)  # fmt: skip
TERMS = (
    "action", "status", "clause", "affiliations", "user_classes", "place", "territories", "purposes", "recipients",
    "methods", "parts", "except_as_permitted", "limit", "public_note_zh", "public_note_en", "note", "hint",
)  # fmt: skip
CLAUSES = ("number", "text", "summary_zh", "summary_en", "visibility")

LANGUAGES = ("zh", "en")
"""Those in which it has a column for a text. A text that has neither stands in the last."""

ANYWHERE, ON_SITE = "anywhere", "on_site"
YES = "yes"
CHOICES: Mapping[str, Sequence[str]] = {
    "action": [action.value for action in Action],
    "status": [status.value for status in TermStatus],
    "place": [ANYWHERE, ON_SITE],
    "except_as_permitted": [YES],
    "visibility": [visibility.value for visibility in ClauseVisibility],
}
"""Columns that hold one of a few words."""
LISTS: Mapping[str, Sequence[str]] = {"affiliations": [affiliation.value for affiliation in Affiliation]}
"""Columns that hold several of a few words, with `;` between them."""
LONGEST_CELL = 32_767
"""Characters of a cell, as Excel has it. A clause that is longer goes on in rows below it without a number."""

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    head: Row = field(default_factory=dict)
    terms: Sequence[Row] = ()
    clauses: Sequence[Row] = ()


def drafted(clauses: Sequence[Passage], head: Row) -> Sheet:
    """What a document comes as: every action silent, with hints where to look."""
    found = hints.of(clauses)
    terms = [{**silent(action), "hint": found[action]} for action in Action]
    kept = [
        {"number": clause.number, "text": clause.text, "visibility": ClauseVisibility.STAFF.value} for clause in clauses
    ]
    return Sheet(head, terms, kept)


def silent(action: Action) -> Row:
    return {"action": action.value, "status": TermStatus.SILENT.value}


def explained(column: str, language: messages.Language) -> str:
    """What a key of the head or a column holds."""
    return messages.sentence(f"sheet.{column}", language)


def continued(clauses: Sequence[Row], longest: int) -> list[Row]:
    """Clauses as rows whose text fits into a cell."""
    rows: list[Row] = []
    for clause in clauses:
        first, *more = _pieces(clause.get("text", ""), longest)
        rows += [{**clause, "text": first}, *({"text": piece} for piece in more)]
    return rows


def _pieces(text: str, longest: int) -> list[str]:
    """Cut within words: blanks at a cell's border are lost, and marks are composed with letters cell by cell."""
    pieces = []
    while len(text) > longest:
        whole = (at for at in range(longest, 0, -1) if not (text[at - 1].isspace() or _begins_badly(text[at])))
        at = next(whole, longest)
        pieces.append(text[:at])
        text = text[at:]
    return [*pieces, text]


def _begins_badly(character: str) -> bool:
    return character.isspace() or unicodedata.combining(character) != 0
