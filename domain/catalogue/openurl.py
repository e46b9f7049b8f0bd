"""OpenURLs: what a discovery service, a database or a bibliography says of the thing that a reader wants.

Read is the Key/Encoded-Value form of OpenURL 1.0 (ANSI/NISO Z39.88-2004, Part 2, with the registry's matrices
info:ofi/fmt:kev:mtx:ctx, :journal and :book), OpenURL 0.1, and a short form of our own. They have the same keys: those
of 1.0 begin with `rft.`. Only the referent is read; who asks, who refers and private data (`req_`, `rfe_`, `rfr_`,
`svc_`, `rft_dat`) are nobody's business here. Unknown keys are passed over, and so are blank ones: services fill in
templates and leave in what they don't know.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import TypeVar

from stdnum.exceptions import InvalidChecksum, ValidationError

from domain import dates
from domain.catalogue import identifiers
from domain.catalogue.identifiers import ISBN, ISSN, Identifier

REFERENT = "rft."
"""What the keys of the referent's metadata begin with (Part 2, Section 7.1)."""
IDS = ("rft_id", "id")
"""Identifiers of the referent: the only keys read that may stand more than once."""
NUMBERS = {"doi": "doi", "issn": "issn", "eissn": "issn", "isbn": "isbn", "eisbn": "isbn"}
"""Keys that hold a number, and its namespace. `doi` is of no standard, but found in the wild."""
IDENTIFIER = "identifier"
"""Of the short form: `namespace:value`, which IdentifierInput of the API has apart."""
TITLES, ARTICLES = ("jtitle", "title", "btitle", "stitle"), ("atitle",)
"""For display alone: nobody is granted or refused anything by a title."""

MOST_IDS = 20
LONGEST_PART = 60
"""Characters of a volume or an issue."""
LONGEST_TITLE = 300
"""What is longer is cut."""
LONGEST_TOLD = 100
"""Characters of a value that is told again."""

_URIS = {"doi": "doi:", "issn": "urn:ISSN:", "isbn": "urn:ISBN:"}
_IDS: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"(?:info:doi/|doi:|https?://(?:dx\.)?doi\.org/)(.*)", re.I), "doi"),
    (re.compile(r"urn:issn:(.*)", re.I), "issn"),
    (re.compile(r"urn:isbn:(.*)", re.I), "isbn"),
)
"""URIs of the registry (`info:` and `urn:`; Part 1, Section 7), and what 0.1 and common use make of them."""
_EMPTY_ID = re.compile(r"info:[a-z]+/|urn:[a-z]+:|[a-z]+:", re.I)
"""What a template leaves of an identifier that isn't known: `info:pmid/`, `urn:ISSN:`, `doi:`."""
_NAMED = re.compile(r"([a-z0-9_.-]{1,50}):(.+)", re.I)
_SOLID_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})?")
"""`20030901`, `200309`: not of the standard, which has hyphens (W3CDTF), but sent by large services."""


class Flaw(StrEnum):
    """What is wrong with an OpenURL; each has its sentence under `openurl.<value>`."""

    CONTRADICTION = "contradiction"
    DOUBLED = "doubled"
    NOT_A_DATE = "not_a_date"
    NOT_A_DOI = "not_a_doi"
    NOT_A_SWITCH = "not_a_switch"
    NOT_AN_IDENTIFIER = "not_an_identifier"
    NOT_AN_ISBN = "not_an_isbn"
    NOT_AN_ISSN = "not_an_issn"
    NOTHING_NAMED = "nothing_named"
    NUL = "nul"
    QUERY_TOO_LONG = "query_too_long"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    WRONG_CHECK_DIGIT = "wrong_check_digit"


_MALFORMED = {"doi": Flaw.NOT_A_DOI, "issn": Flaw.NOT_AN_ISSN, "isbn": Flaw.NOT_AN_ISBN}


class Unreadable(ValueError):
    """An OpenURL that must be changed: at `parameter`, which holds `value`, or says something else than `other`."""

    def __init__(
        self, flaw: Flaw, parameter: str | None = None, value: str | None = None, other: str | None = None
    ) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw
        self.parameter = parameter
        self.value = value
        self.other = other


@dataclass(frozen=True, slots=True)
class Wanted:
    """The referent. Identifiers are in their normal form (an electronic ISSN is an ISSN), `published` is a partial
    date."""

    identifiers: tuple[Identifier, ...] = ()
    published: str | None = None
    volume: str | None = None
    issue: str | None = None
    title: str | None = None
    """Of the journal or book."""
    article: str | None = None
    passed_over: tuple[str, ...] = ()
    """Identifiers of schemes that no catalogue of titles has, such as `info:pmid/`."""

    @property
    def ways(self) -> list[list[Identifier]]:
        """The identifiers by what they name, the most exact first: this very thing, a book, a journal or series."""
        exact = [one for one in self.identifiers if one.namespace not in ("isbn", "issn")]
        books, journals = ([one for one in self.identifiers if one.namespace == kind] for kind in ("isbn", "issn"))
        return [way for way in (exact, books, journals) if way]

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The same in the short form: `read` reads it back. What was passed over is left out."""
        ids = [
            ("id", _URIS[one.namespace] + one.value)
            if one.namespace in _URIS
            else (IDENTIFIER, f"{one.namespace}:{one.value}")
            for one in self.identifiers
        ]
        rest = {
            "date": self.published,
            "volume": self.volume,
            "issue": self.issue,
            "title": self.title,
            "atitle": self.article,
        }
        return [*ids, *((key, value) for key, value in rest.items() if value)]


def read(parameters: Iterable[tuple[str, str]]) -> Wanted:
    """What the parameters of an address name.

    Raises:
        Unreadable: something is malformed, given twice, or contradicts something else; or nothing is named.
    """
    given = _given(parameters)
    found: list[tuple[Identifier, str]] = []
    """Each with its key."""
    if named := _one(given, IDENTIFIER, _named, prefixes=("",)):
        found.append((named, IDENTIFIER))
    for key, value in given.ids:
        found += [(one, key) for one in _identifiers(key, value)]
    for key, kind in NUMBERS.items():
        if number := _one(given, key, partial(_proven, kind)):
            found.append((number, key))
    _agree([(one.value, key) for one, key in found if one.namespace == "doi"])
    wanted = Wanted(
        identifiers=tuple(dict.fromkeys(one for one, _ in found)),
        published=_one(given, "date", _date),
        volume=_one(given, "volume", _part),
        issue=_one(given, "issue", _part),
        title=_title(given, TITLES),
        article=_title(given, ARTICLES),
        passed_over=tuple(value[:LONGEST_TOLD] for key, value in given.ids if not _identifiers(key, value)),
    )
    if not (wanted.identifiers or wanted.title or wanted.article or wanted.passed_over):
        raise Unreadable(Flaw.NOTHING_NAMED)
    return wanted


@dataclass(frozen=True, slots=True)
class _Given:
    """What is there and not blank: the values of each key; of the ids, with their keys."""

    values: dict[str, list[str]] = field(default_factory=dict)
    ids: list[tuple[str, str]] = field(default_factory=list)


def _given(parameters: Iterable[tuple[str, str]]) -> _Given:
    given = _Given()
    for key, written in parameters:
        if "\0" in key + written:
            raise Unreadable(Flaw.NUL)
        value = _plain(written)
        if key == "pmid" and value:
            given.ids.append((key, f"pmid:{value}"))
        elif key in IDS and value and not _EMPTY_ID.fullmatch(value):
            given.ids.append((key, value))
        elif value:
            given.values.setdefault(key, []).append(value)
    if len(given.ids) > MOST_IDS:
        raise Unreadable(Flaw.TOO_MANY, IDS[0])
    return given


Value = TypeVar("Value", bound=Hashable)


def _one(
    given: _Given, key: str, normal: Callable[[str, str], Value], prefixes: Sequence[str] = ("", REFERENT)
) -> Value | None:
    """The value of a key, however it is written: `normal` makes it of the key and the text."""
    found: list[tuple[Value, str]] = []
    for name in (prefix + key for prefix in prefixes):
        values = given.values.get(name, [])
        if len(values) > 1:
            raise Unreadable(Flaw.DOUBLED, name)
        found += [(normal(name, value), name) for value in values]
    _agree(found)
    return found[0][0] if found else None


def _agree(found: Sequence[tuple[Hashable, str]]) -> None:
    for value, key in found[1:]:
        if value != found[0][0]:
            raise Unreadable(Flaw.CONTRADICTION, key, other=found[0][1])


def _identifiers(key: str, written: str) -> list[Identifier]:
    """The identifier in a URI; none where it is of a scheme that we don't look for."""
    for form, kind in _IDS:
        if match := form.fullmatch(written):
            return [_proven(kind, key, match[1])]
    return []


def _named(key: str, written: str) -> Identifier:
    match = _NAMED.fullmatch(written)
    if match is None:
        raise Unreadable(Flaw.NOT_AN_IDENTIFIER, key, written[:LONGEST_TOLD])
    namespace = match[1].lower()
    kind = "issn" if namespace in ISSN else "isbn" if namespace in ISBN else namespace
    return _proven(kind, key, match[2].strip())


def _proven(kind: str, key: str, written: str) -> Identifier:
    if len(written) > identifiers.LONGEST:
        raise Unreadable(Flaw.TOO_LONG, key)
    try:
        return Identifier(kind, identifiers.proven(kind, written.strip()))
    except InvalidChecksum:
        raise Unreadable(Flaw.WRONG_CHECK_DIGIT, key, written[:LONGEST_TOLD]) from None
    except ValidationError:
        raise Unreadable(_MALFORMED[kind], key, written[:LONGEST_TOLD]) from None


def _date(key: str, written: str) -> str:
    """As the standard has it, YYYY-MM-DD, YYYY-MM or YYYY; hyphens may be left out."""
    solid = _SOLID_DATE.fullmatch(written)
    try:
        return dates.read("-".join(part for part in solid.groups() if part) if solid else written).text
    except ValueError:
        raise Unreadable(Flaw.NOT_A_DATE, key, written[:LONGEST_TOLD]) from None


def _part(key: str, written: str) -> str:
    if len(written) > LONGEST_PART:
        raise Unreadable(Flaw.TOO_LONG, key)
    return written


def _title(given: _Given, keys: Sequence[str]) -> str | None:
    """The first that there is: two titles that differ are one in two spellings."""
    names = [prefix + key for key in keys for prefix in ("", REFERENT)]
    written = next((given.values[name][0] for name in names if name in given.values), "")
    return written[:LONGEST_TITLE].strip() or None


def _plain(written: str) -> str:
    """On one line, without characters that steer a terminal or turn the direction of writing."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in written).split())
