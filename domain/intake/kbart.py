"""KBART title lists (NISO RP-9-2014): tab-separated, one row = one coverage statement of a title.

What is read of each column, and the extension columns of ours, stand in docs/formats.md.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from domain import dates
from domain.catalogue import sorting, tokenizer
from domain.catalogue.identifiers import ISSN
from domain.intake import identifiers, patterns
from domain.intake.cells import Cells, Row, unquoted, visible
from domain.intake.identifiers import IdentifierRefused
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.source import Source, refuse
from domain.rights import embargo as embargoes
from models.vocabulary import AccessType, ResourceKind

CORE = [
    "publication_title",
    "print_identifier",
    "online_identifier",
    "date_first_issue_online",
    "date_last_issue_online",
    "title_url",
    "title_id",
]
"""A file without these isn't KBART."""

STANDARD = frozenset(CORE) | frozenset(
    [
        "num_first_vol_online",
        "num_first_issue_online",
        "num_last_vol_online",
        "num_last_issue_online",
        "first_author",
        "embargo_info",
        "coverage_depth",
        "notes",
        "coverage_notes",
        "publisher_name",
        "publication_type",
        "date_monograph_published_print",
        "date_monograph_published_online",
        "monograph_volume",
        "monograph_edition",
        "first_editor",
        "parent_publication_title_id",
        "preceding_publication_title_id",
        "access_type",
    ]
)
EXTENSION = frozenset(
    [
        "title_zh",
        "title_en",
        "languages",
        "subjects",
        "resource_kind",
        "open_access",
        "rights",
        "contributors",
        "contributed_by",
        "identifiers",
    ]
)
MOST_COLUMNS = 200

_TYPES = {"serial": ResourceKind.SERIAL, "monograph": ResourceKind.MONOGRAPH}
_ACCESS = {"": AccessType.PAID, "p": AccessType.PAID, "f": AccessType.FREE}
_NOT_A_TITLE = re.compile(r"[\W_]+")
_date = lru_cache(maxsize=4096)(dates.read)
"""Lists say the same days over and over."""


def rows(source: Source) -> Iterator[Row]:
    """Every line of the file.

    Raises:
        FileRefused: it isn't KBART; it names its line.
    """
    lines = source.lines()
    line, header = next(lines, (1, ""))
    columns, notes = _header(line, header)
    yield Row(line, None, [*source.notes, *notes], counted=False)
    for line, text in lines:
        if text is None:
            yield Row(line, None, [Problem(line, "", "", Reason.LINE_TOO_LONG, Severity.ROW)])
        elif text.strip():
            yield _row(line, columns, text)


def _header(line: int, text: str | None) -> tuple[list[str], list[Problem]]:
    if text is None:
        raise refuse(line, Reason.LINE_TOO_LONG)
    if not text.strip():
        raise refuse(line, Reason.EMPTY_FILE)
    columns = [unquoted(cell.strip())[0].strip().lower() for cell in text.split("\t")]
    if len(columns) > MOST_COLUMNS:
        raise refuse(line, Reason.COLUMNS_TOO_MANY, detail=str(len(columns)))
    if missing := [column for column in CORE if column not in columns]:
        raise refuse(line, Reason.NOT_KBART, value=text, detail=", ".join(missing))
    if twice := {column for column in columns if column and columns.count(column) > 1}:
        raise refuse(line, Reason.COLUMN_TWICE, detail=", ".join(sorted(twice)))
    known = STANDARD | EXTENSION
    extra = [column for column in columns if column not in known or (column == "coverage_notes" and "notes" in columns)]
    return columns, [Problem(line, column, "", Reason.COLUMN_EXTRA, Severity.NOTE) for column in extra]


def _row(line: int, columns: list[str], text: str) -> Row:
    values = text.split("\t")
    written = dict(zip(columns, values, strict=False))
    quotes: list[tuple[str, Reason]] = []
    for column, cell in zip(columns, values, strict=False) if '"' in text else ():
        written[column], quoting = unquoted(cell)
        if quoting:
            quotes.append((column, quoting))
    cells = Cells(line, written)
    for column, quoting in quotes:
        cells.note(column, quoting)
    if any(value.strip() for value in values[len(columns) :]):
        cells.reject("", Reason.ROW_LONG, f"{len(values)} > {len(columns)}")
    elif len(values) < len(columns):
        broken = any(reason is Reason.QUOTE_UNCLOSED for _, reason in quotes)
        (cells.reject if broken else cells.note)("", Reason.ROW_SHORT, f"{len(values)} < {len(columns)}")
    if not cells.get("publication_title"):
        cells.reject("publication_title", Reason.VALUE_MISSING)
    if cells.rejected:
        title_id = cells.get("title_id")
        return Row(line, {"rejected": True, "title_id": title_id} if title_id else None, cells.problems)
    return Row(line, _result(cells), cells.problems)


def _result(cells: Cells) -> dict[str, Any]:
    titles = _titles(cells)
    kind, found = _kind_and_identifiers(cells)
    title_id, url = cells.get("title_id")[:400], _url(cells, "title_url")
    plain = title_key(cells.get("publication_title"))
    published = _published(cells)
    return {
        "key": "\n".join((title_id, plain, "" if title_id else (url or " ".join(value for _, value in found)))),
        "title_id": title_id or None,
        "url": url,
        "kind": kind,
        "titles": titles,
        "keys": sorted({title_key(title) for title in titles.values()}),
        "sort": sorting.filing_key(titles),
        "identifiers": found,
        "published": [published.text, published.first.isoformat(), published.last.isoformat()] if published else None,
        "publisher": cells.get("publisher_name") or None,
        "languages": [item for item in cells.list("languages") if _language(cells, item)],
        "open_access": _open(cells),
        "rights": _url(cells, "rights"),
        "contributors": _contributors(cells),
        "subjects": [_subject(item) for item in cells.list("subjects")],
        "contributed_by": cells.get("contributed_by") or None,
        "preceding": cells.get("preceding_publication_title_id") or None,
        "coverage": _coverage(cells),
    }


@lru_cache(maxsize=1024)
def title_key(title: str) -> str:
    """Titles that differ in case, accents, punctuation, script of Chinese, `&` or a "the" are one title."""
    plain = _NOT_A_TITLE.sub(" ", tokenizer.normalise(title.replace("&", " and "))).strip()
    return plain.removeprefix("the ").removesuffix(" the") or title


def _titles(cells: Cells) -> dict[str, str]:
    titles = {language: title for language in ("zh", "en") if (title := cells.get(f"title_{language}"))}
    plain = cells.get("publication_title")
    return titles if plain in titles.values() else {**titles, "und": plain}


def _kind_and_identifiers(cells: Cells) -> tuple[ResourceKind, list[tuple[str, str]]]:
    kind = _kind(cells)
    serial = kind is not ResourceKind.MONOGRAPH
    found: dict[tuple[str, str], None] = {}
    for column, namespaces in (("print_identifier", ("issn", "isbn")), ("online_identifier", ("eissn", "eisbn"))):
        if not (value := cells.get(column)):
            continue
        try:
            if kind is None:
                pair = _either(namespaces, value)
                kind = ResourceKind.SERIAL if pair[0] in ISSN else ResourceKind.MONOGRAPH
                cells.note("publication_type", Reason.VALUE_NORMALISED, kind)
                serial = kind is ResourceKind.SERIAL
            else:
                pair = identifiers.normal(namespaces[0 if serial else 1], value)
            found[pair] = None
        except IdentifierRefused as refused:
            cells.lose(column, refused.reason)
    for item in cells.list("identifiers"):
        namespace, _, value = item.partition(":")
        try:
            found[identifiers.normal(namespace, value)] = None
        except IdentifierRefused as refused:
            cells.lose("identifiers", refused.reason, value=item)
    return kind or ResourceKind.OTHER, list(found)


def _either(namespaces: tuple[str, str], value: str) -> tuple[str, str]:
    try:
        return identifiers.normal(namespaces[0], value)
    except IdentifierRefused:
        return identifiers.normal(namespaces[1], value)


def _kind(cells: Cells) -> ResourceKind | None:
    """What the row says; None where it says nothing that is known."""
    if written := cells.get("resource_kind").lower():
        if written in set(ResourceKind):
            return ResourceKind(written)
        cells.lose("resource_kind", Reason.VALUE_UNKNOWN)
    written = cells.get("publication_type").lower()
    if written and written not in _TYPES:
        cells.lose("publication_type", Reason.VALUE_UNKNOWN)
    return _TYPES.get(written)


def _url(cells: Cells, column: str) -> str | None:
    value = cells.get(column)
    if value and (len(value) > 2000 or not patterns.URL.fullmatch(value)):
        cells.lose(column, Reason.URL_UNREADABLE)
        return None
    return value or None


def _language(cells: Cells, item: str) -> bool:
    if patterns.LANGUAGE.fullmatch(item.lower()):
        return True
    cells.lose("languages", Reason.LANGUAGE_UNREADABLE, value=item)
    return False


def _open(cells: Cells) -> bool | None:
    """None where the file doesn't speak of it."""
    written = cells.get("open_access").lower()
    if written not in ("", "yes", "no"):
        cells.lose("open_access", Reason.VALUE_UNKNOWN)
    return written == "yes" if "open_access" in cells else None


def _contributors(cells: Cells) -> list[tuple[str, str | None]]:
    listed = [item.partition("|") for item in cells.list("contributors")]
    people: list[tuple[str, str | None]] = [
        (name.strip(), role.strip() or None) for name, _, role in listed if name.strip()
    ]
    for column, role in (("first_author", "author"), ("first_editor", "editor")):
        if (name := cells.get(column)) and name not in {known for known, _ in people}:
            people.append((name, role))
    return people


def _subject(item: str) -> dict[str, str]:
    zh, bar, en = item.partition("|")
    return {"zh": zh.strip(), "en": en.strip()} if bar and zh.strip() and en.strip() else {"und": item.strip("| ")}


def _published(cells: Cells) -> dates.PartialDate | None:
    """A monograph's own date: of the printed book, or, where that isn't known, of the electronic one."""
    printed = cells.read("date_monograph_published_print", _date, Reason.DATE_UNREADABLE)
    online = cells.read("date_monograph_published_online", _date, Reason.DATE_UNREADABLE)
    return printed or online


def _coverage(cells: Cells) -> dict[str, Any]:
    """The statement. One whose limits can't be read is kept closed: `embargo` then says what couldn't be read."""
    start = cells.read("date_first_issue_online", _date, Reason.DATE_UNREADABLE)
    end = cells.read("date_last_issue_online", _date, Reason.DATE_UNREADABLE)
    embargo = cells.get("embargo_info") or None
    understood = {"date_first_issue_online": start, "date_last_issue_online": end, "embargo_info": embargo}
    unread = [
        f"{column}={visible(cells.written(column).strip()[:60])}"
        for column, value in understood.items()
        if value is None and cells.written(column).strip()
    ]
    if start and end and end.last < start.first:
        cells.lose("date_last_issue_online", Reason.DATES_REVERSED, start.text)
        unread, start, end = [f"{start.text}>{end.text}"], None, None
    if embargoes.read(embargo) is embargoes.UNREADABLE:
        cells.lose("embargo_info", Reason.EMBARGO_UNREADABLE)
    access = cells.get("access_type").lower()
    if access not in _ACCESS:
        cells.lose("access_type", Reason.VALUE_UNKNOWN)
    return {
        "start_date": start and start.text,
        "start_on": start and start.first.isoformat(),
        "start_volume": cells.get("num_first_vol_online") or None,
        "start_issue": cells.get("num_first_issue_online") or None,
        "end_date": end and end.text,
        "end_on": end and end.last.isoformat(),
        "end_volume": cells.get("num_last_vol_online") or None,
        "end_issue": cells.get("num_last_issue_online") or None,
        "embargo": "? " + "; ".join(unread) if unread else embargo,
        "access_type": _ACCESS.get(access, AccessType.PAID),
        "depth": cells.get("coverage_depth") or None,
        "note": cells.get("notes") or cells.get("coverage_notes") or None,
    }
