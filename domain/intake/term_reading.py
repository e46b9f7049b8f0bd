"""A term sheet read: its head, its terms and its clauses, with every mistake by its cell."""

from collections.abc import Iterable
from typing import Any

from domain.documents import kinds, sheet
from domain.documents.refusals import Refused
from domain.intake import document, term_cells
from domain.intake.document import Place
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.source import FileRefused, Source, refuse
from domain.intake.term_cells import Cells, Line
from models.licence import QUALIFIERS
from models.vocabulary import Action, Affiliation, ClauseVisibility, LicenceStatus, LimitKind, TermStatus

MOST_ROWS = 20_000
TABLES = {"action": (sheet.TERMS, ("action", "status")), "number": (sheet.CLAUSES, ("number", "text"))}
"""By the first column of its header: the columns of a table, and those that it can't do without."""
_ARCHIVE = "PK\x03\x04"
_DECISIVE = frozenset(sheet.TERMS) - {"action", "status", "hint"}
"""Columns by which a row says something."""


def read(source: Source) -> tuple[dict[str, Any], list[Problem]]:
    """The sheet's content as of a licence file, and what is worth a look. Beside it stands how cells are called, for
    what only the tables of the database show.

    Raises:
        FileRefused: with every mistake.
    """
    try:
        kind = kinds.of(source.path)
    except Refused as refused:
        raise refuse(0, Reason.SHEET_BROKEN) from refused
    if kind in kinds.DOCUMENTS:
        raise refuse(0, Reason.SHEET_MEANT)
    reading = _Reading([] if kind else list(source.notes))
    reading.take(term_cells.lines(source, kind))
    return reading.found(), reading.notes


class _Reading:
    def __init__(self, notes: list[Problem]) -> None:
        self.notes = notes
        self._problems: list[Problem] = []
        self._head: dict[str, Place] = {}
        self._rows: dict[str, list[Cells]] = {"action": [], "number": []}
        self._called: dict[str, str] = {}

    def take(self, lines: Iterable[Line]) -> None:
        """Sort the rows into head, terms and clauses."""
        table, columns = "", {}
        for at, line in enumerate(lines):
            if at == 0 and line.first != sheet.MARK:
                broken = line.first.startswith(_ARCHIVE)
                reason = Reason.SHEET_BROKEN if broken else Reason.NOT_THIS_FORMAT
                raise refuse(line.number, reason, value=line.first, detail="" if broken else sheet.MARK)
            if at > MOST_ROWS:
                raise refuse(line.number, Reason.TOO_LARGE)
            if at == 0 or line.blank:
                continue
            if line.first in TABLES:
                table, columns = line.first, self._header(line)
            elif table:
                self._rows[table].append(Cells(line, columns, self._problems))
            else:
                self._fact(line)
        if not self._head and not table:
            raise refuse(1, Reason.NOT_THIS_FORMAT, detail="action, status")

    def found(self) -> dict[str, Any]:
        clauses = self._clauses()
        numbers = {clause["number"] for clause in clauses}
        found = {
            "licence": self._licence(),
            "document": self._document(),
            "user_classes": {},
            "clauses": clauses,
            "terms": [term for cells in self._rows["action"] if (term := self._term(cells, numbers))],
            "limits": self._limits(),
            "agreement": None,
            "languages": sheet.LANGUAGES,
            "called": self._called,
        }
        if self._problems:
            raise FileRefused(*sorted(self._problems, key=lambda problem: problem.line))
        return found

    def _fact(self, line: Line) -> None:
        """A row of the head: key and value."""
        key, value = line.first, line.at(1, line.first, self._problems)
        if key not in sheet.HEAD:
            line.at(0, key, self._problems).bad(Reason.KEY_UNKNOWN, key[:100])
        elif key in self._head:
            line.at(0, key, self._problems).bad(Reason.ROW_TWICE)
        else:
            self._head[key] = value
            self._called[f"licence.{key}"] = value.path

    def _header(self, line: Line) -> dict[str, int]:
        known, needed = TABLES[line.first]
        names = [str(cell).strip() for cell in line.cells]
        columns: dict[str, int] = {}
        for at, name in enumerate(names):
            if name in columns:
                line.at(at, name, self._problems).bad(Reason.COLUMN_TWICE, name)
            elif name in known:
                columns[name] = at
                self._called[f"{line.first}.{name}"] = f"{line.prefix}{term_cells.letter(at)}"
            elif name:
                place = line.at(at, name, self._problems)
                self.notes.append(Problem(place.line, place.path, name, Reason.COLUMN_EXTRA, Severity.NOTE))
        if missing := [name for name in needed if name not in columns]:
            line.at(0, line.first, self._problems).bad(Reason.NOT_THIS_FORMAT, ", ".join(missing))
        return columns

    def _get(self, key: str, read: Any, *, need: bool = False) -> Any:
        """What the head says; where it lacks the key, its first row is where that is told."""
        place = self._head.get(key) or Place("", 1, key, self._problems)
        if place.value != "":
            return read(place)
        if need:
            place.bad(Reason.VALUE_MISSING)
        return None

    def _reference(self, key: str) -> tuple[str, int] | None:
        value = self._get(key, document.name)
        return (value, self._head[key].line) if value else None

    def _licence(self) -> dict[str, Any]:
        start, end = self._get("start", term_cells.day), self._get("end", term_cells.day)
        if start and end and end < start:
            self._head["end"].bad(Reason.DATES_REVERSED, start.isoformat())
        names = {language: self._get(f"name_{language}", document.name) for language in sheet.LANGUAGES}
        if not any(names.values()):
            self._get("name_en", document.name, need=True)
        return {
            "code": self._get("code", document.code, need=True),
            "name": {language: name for language, name in names.items() if name},
            "licensor": (self._get("licensor", document.name, need=True), self._at("licensor")),
            "holder": self._reference("holder"),
            "status": LicenceStatus.DRAFT,
            "start": start and start.isoformat(),
            "end": end and end.isoformat(),
            "parent": self._reference("parent"),
        }

    def _at(self, key: str) -> int:
        return self._head[key].line if key in self._head else 1

    def _document(self) -> dict[str, Any] | None:
        """What was signed; `sha256` is looked for among the documents that were uploaded."""
        name, signed = self._get("document_name", document.name), self._get("document_signed", term_cells.day)
        digest = self._get("document_sha256", _digest)
        if not (name or signed or digest):
            return None
        said = {"und": name} if name else {"zh": "许可文件", "en": "Licence document"}
        return {
            "name": said,
            "called": name,
            "signed": signed and signed.isoformat(),
            "sha256": digest,
            "lines": {key: self._at(key) for key in ("document_name", "document_signed", "document_sha256")},
        }

    def _limits(self) -> list[dict[str, Any]]:
        """Of the licence as a whole."""
        written = self._head.get("limit")
        found = [term_cells.limit(item, whole=True) for item in term_cells.items(written)] if written else []
        return [{"line": self._at("limit"), **limit} for limit in found if limit]

    def _clauses(self) -> list[dict[str, Any]]:
        clauses: list[dict[str, Any]] = []
        numbers: set[str] = set()
        for cells in self._rows["number"]:
            number = cells.get("number", term_cells.number)
            text = cells.get("text", document.string)
            if cells.at("number").value == "":
                if not clauses:
                    cells.at("number").bad(Reason.VALUE_MISSING)
                elif text:  # a text that is longer than a cell
                    clauses[-1]["text"] = f"{clauses[-1]['text'] or ''}{text}"
                continue
            if number in numbers:
                cells.at("number").bad(Reason.NUMBER_TWICE, str(number))
            numbers.add(str(number))
            clauses.append(
                {
                    "number": number,
                    "text": text,
                    "summary": cells.localised("summary"),
                    "visibility": cells.get("visibility", document.one_of(ClauseVisibility)) or ClauseVisibility.STAFF,
                }
            )
        return clauses

    def _term(self, cells: Cells, numbers: set[Any]) -> dict[str, Any] | None:
        """None where the row says nothing: it was left alone."""
        action = cells.need("action", document.one_of(Action))
        says = any(cells.at(name).value != "" for name in _DECISIVE)
        if not says and cells.at("status").value in ("", TermStatus.SILENT.value):
            return None
        clause = cells.get("clause", term_cells.number)
        if clause is not None and clause not in numbers:
            cells.at("clause").bad(Reason.UNKNOWN_CLAUSE)
        limits = [found for item in term_cells.items(cells.at("limit")) if (found := term_cells.limit(item))]
        users = [limit["amount"] for limit in limits if limit["kind"] == LimitKind.CONCURRENT_USERS]
        texts = dict.fromkeys(QUALIFIERS, document.string) | {
            "territories": term_cells.country,
            "parts": term_cells.part,
        }
        return {
            "line": cells.line.number,
            "clause": clause,
            "action": action,
            "status": cells.need("status", document.one_of(TermStatus)),
            "affiliations": cells.several("affiliations", document.one_of(Affiliation)),
            **{name: cells.several(name, read) for name, read in texts.items()},
            "on_site_only": cells.get("place", term_cells.on_site) or False,
            "except_as_permitted": cells.get("except_as_permitted", term_cells.yes) or False,
            "concurrent_users": users[0] if users else None,
            "public_note": cells.localised("public_note"),
            "note": cells.get("note", document.string),
            "limits": [limit for limit in limits if limit["kind"] != LimitKind.CONCURRENT_USERS],
        }


def _digest(place: Place) -> str | None:
    text = document.string(place)
    if text is not None and not (len(text) == 64 and set(text) <= set("0123456789abcdef")):
        place.bad(Reason.TYPE_WRONG, "SHA-256")
        return None
    return text
