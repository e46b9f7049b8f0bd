"""A licence's card on one page of plain text, 100 columns wide: for a terminal, a mail, a printer.

Chinese characters take two columns each (Unicode UAX #11: wide and full-width).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import zip_longest
from unicodedata import east_asian_width
from uuid import UUID

from domain import cards, messages
from domain.cards import Told
from domain.rights.card import PERMITTED, Cell, Row
from models.vocabulary import Action, Affiliation, LicenceStatus

WIDTH = 100
_FIRST, _COLUMN = 20, 8
EXCEPTED = "*"
"""Marks what is permitted, but not for every use."""


def page(told: Told, languages: Sequence[str]) -> str:
    """All of it, in the first language of `languages` that we speak."""
    lines = [*_head(told, languages), "", *_table(told, languages), "", *_wrapped(_say("legend", languages), WIDTH)]
    if notes := list(_notes(told, languages)):
        lines += ["", _say("conditions", languages), *notes]
    if clauses := list(_clauses(told, languages)):
        lines += ["", _say("clauses", languages), *clauses]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(told: Told, languages: Sequence[str]) -> Iterator[str]:
    licence = told.licence
    yield from _wrapped(
        f"{messages.localised(licence.name, languages)} · {messages.localised(told.licensor, languages)}", WIDTH
    )
    ended = licence.end_date is not None and licence.end_date < told.card.on
    when = [
        _dates(licence.start_date, licence.end_date, languages),
        _say("ended", languages) if ended else "",
        "" if licence.status is LicenceStatus.ACTIVE else messages.word(licence.status, languages),
        _say("on", languages, day=told.card.on),
    ]
    yield from _wrapped(" · ".join(filter(None, when)), WIDTH)
    for seats in told.card.seats:
        clause = told.clauses.get(seats.clause_id) if seats.clause_id else None
        number = f" ({clause.number})" if clause else ""
        yield messages.sentence("condition.at_a_time", languages, seats=seats.users) + number


def _dates(first: date | None, last: date | None, languages: Sequence[str]) -> str:
    if first is None and last is None:
        return _say("no_dates", languages)
    nothing = _say("open_end", languages)
    return _say("dates", languages, first=first or "…", last=last or nothing)


def _table(told: Told, languages: Sequence[str]) -> Iterator[str]:
    yield "".join(["".ljust(_FIRST), *(_cell(_say(action.value, languages)) for action in Action)])
    everybody = {reader for row in told.card.rows for reader in row.readers}
    for row in told.card.rows:
        yield "-" * WIDTH
        first = _who(row, languages, everybody=len(everybody) == len(row.readers))
        columns = [first, *(_told(cell, told, languages) for cell in row.cells)]
        for line in zip_longest(*columns, fillvalue=""):
            yield "".join([_padded(line[0], _FIRST), *(_cell(text) for text in line[1:])])


def _who(row: Row, languages: Sequence[str], *, everybody: bool) -> list[str]:
    separator = messages.sentence("page.list_separator", languages)
    named = _say("everybody", languages) if everybody else separator.join(_readers(row, languages))
    (where,) = row.places if len(row.places) == 1 else ("anywhere",)
    place = messages.sentence(f"word.place.{where}", languages)
    return [*_wrapped(named, _FIRST - 1), *(f"  {line}" for line in _wrapped(place, _FIRST - 3))]


def _readers(row: Row, languages: Sequence[str]) -> Iterator[str]:
    """Affiliations, then classes: whoever is of one, or only some of them."""
    classes: dict[str, list[Affiliation]] = {}
    for affiliation, code in row.readers:
        if code is None:
            yield messages.word(affiliation, languages)
        else:
            classes.setdefault(code, []).append(affiliation)
    for code, affiliations in classes.items():
        of_class = _say("user_class", languages, code=code)
        if len(affiliations) == len(Affiliation):
            yield of_class
        else:
            for affiliation in affiliations:
                yield _say("of_class", languages, reader=affiliation, user_class=of_class)


def _told(cell: Cell, told: Told, languages: Sequence[str]) -> list[str]:
    """The verdict, and below it the numbers of the clauses."""
    verdict = messages.sentence(f"word.verdict.{cell.verdict.value}", languages)
    mark = EXCEPTED if cell.except_for else ""
    return [verdict + mark, *(part for number in _numbers(cell.clauses, told) for part in _narrow(number))]


def _narrow(number: str) -> Iterator[str]:
    """A clause's number in a column; what goes on in the next line is set in by one."""
    line = ""
    for part in re.findall(r"[^.(]*[.(]?", number):
        if line and wide(line + part) >= _COLUMN:
            yield line
            line = " "
        line += part
    yield line


def _numbers(clauses: Iterable[UUID], told: Told) -> list[str]:
    return [told.clauses[key].number for key in clauses if key in told.clauses]


def _notes(told: Told, languages: Sequence[str]) -> Iterator[str]:
    """Each condition once, with the uses that it is of and the clauses that say so."""
    separator = messages.sentence("page.list_separator", languages)
    found: dict[tuple[str, tuple[str, ...]], dict[Action, None]] = {}
    permitted: dict[Action, None] = {}
    for row in told.card.rows:
        for cell in row.cells:
            if cell.verdict in PERMITTED:
                permitted[cell.action] = None
            for said, clauses in cards.bounds(cell, told, languages):
                found.setdefault((said, tuple(_numbers(clauses, told))), {})[cell.action] = None
    for (said, numbers), actions in found.items():
        every = len(actions) > 1 and actions.keys() == permitted.keys()
        named = [_say("every_use", languages)] if every else [messages.word(one, languages) for one in actions]
        rests = f" ({separator.join(numbers)})" if numbers else ""
        yield from _hanging(f"- {separator.join(named)}{rests}: {said}", 2)


def _clauses(told: Told, languages: Sequence[str]) -> Iterator[str]:
    """What the clauses on the card say, a line each."""
    for clause in sorted(told.clauses.values(), key=lambda one: one.position):
        said = messages.localised(clause.summary, languages) if clause.summary else clause.text
        if said:
            yield _cut(f"{clause.number}  {' '.join(said.split())}", WIDTH)


def _say(word: str, languages: Sequence[str], **facts: messages.Fact) -> str:
    return messages.sentence(f"word.card.{word}", languages, **facts)


def wide(text: str) -> int:
    """The columns that a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - wide(text))


def _cell(text: str) -> str:
    return _padded(text, _COLUMN)


def _cut(text: str, width: int) -> str:
    """As much of it as goes into one line."""
    if wide(text) <= width:
        return text
    kept = text
    while wide(kept) > width - 1:
        kept = kept[:-1]
    return kept + "…"


def _hanging(text: str, indent: int) -> Iterator[str]:
    first, *more = _wrapped(text, WIDTH - indent)
    yield first
    yield from (" " * indent + line for line in more)


def _wrapped(text: str, width: int) -> list[str]:
    """Broken at spaces and between Chinese characters; within a word only where it is longer than a line."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and wide(line) + wide(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
        while wide(line.rstrip()) > width:
            head = _cut_at(line, width)
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> Iterator[str]:
    piece = ""
    for character in text:
        if piece and east_asian_width(character) in "WF":
            yield piece
            piece = ""
        piece += character
        if character == " " or east_asian_width(character) in "WF":
            yield piece
            piece = ""
    if piece:
        yield piece


def _cut_at(text: str, width: int) -> str:
    taken = 0
    for place, character in enumerate(text):
        taken += wide(character)
        if taken > width:
            return text[:place]
    return text
