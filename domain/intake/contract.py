"""What the parts of a contract say, as files write them: clauses, terms, limits, amendments (docs/formats.md)."""

import re
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any

from domain.intake import document, patterns
from domain.intake.countries import COUNTRIES
from domain.intake.document import Place
from domain.intake.reasons import Reason
from domain.limits import OF_THE_WHOLE, flaw
from domain.rights.qualifiers import more_than_all
from models.licence import QUALIFIERS
from models.vocabulary import (
    Action,
    Affiliation,
    AmendmentStatus,
    ClauseVisibility,
    LimitKind,
    NoticeUnit,
    TermStatus,
)

TERM = (
    "clause", "action", "status", "affiliations", *QUALIFIERS, "on_site_only", "except_as_permitted",
    "concurrent_users", "public_note", "note", "limits",
)  # fmt: skip
OF_A_TERM = frozenset(LimitKind) - OF_THE_WHOLE
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")


def document_told(place: Place) -> dict[str, Any]:
    table = place.table("name", "signed")
    signed = table.get("signed", document.day)
    return {"name": table.need("name", document.localised), "signed": signed and signed.isoformat()}


def user_classes(place: Place) -> dict[str, list[str]]:
    """Entitlement URIs by the classes' codes."""
    written = place.value if isinstance(place.value, dict) else {}
    names = [str(name) for name in written if patterns.CODE.fullmatch(str(name))]
    table = place.table(*names)
    return {name: table.get(name, _texts) or [] for name in names}


def clauses(place: Place) -> list[dict[str, Any]]:
    numbers: set[str] = set()

    def clause(item: Place) -> dict[str, Any]:
        table = item.table("number", "text", "summary", "visibility")
        number = table.need("number", document.name)
        if number in numbers:
            table.at("number").bad(Reason.NUMBER_TWICE, number or "")
        numbers.add(number or "")
        return {
            "number": number,
            "text": table.get("text", document.string),
            "summary": table.get("summary", document.localised),
            "visibility": table.get("visibility", document.one_of(ClauseVisibility)) or ClauseVisibility.STAFF,
        }

    return place.list_of(clause)


def term(item: Place) -> dict[str, Any]:
    table = item.table(*TERM)
    return {
        "line": item.line,
        "clause": table.get("clause", document.string),
        "action": table.need("action", document.one_of(Action)),
        "status": table.need("status", document.one_of(TermStatus)),
        "affiliations": table.get("affiliations", lambda place: place.list_of(document.one_of(Affiliation))),
        **{name: table.get(name, _LISTS.get(name, _texts)) for name in QUALIFIERS},
        "on_site_only": table.get("on_site_only", document.flag) or False,
        "except_as_permitted": table.get("except_as_permitted", document.flag) or False,
        "concurrent_users": table.get("concurrent_users", document.count),
        "public_note": table.get("public_note", document.localised),
        "note": table.get("note", document.string),
        "limits": table.get("limits", lambda place: place.list_of(lambda limit: _limit(limit, OF_A_TERM))) or [],
    }


def _parts(place: Place) -> list[str]:
    def part(item: Place) -> str | None:
        value = document.string(item)
        if value is not None and more_than_all(value):
            item.bad(Reason.PERCENT_OVER_100)
        return value

    return place.list_of(part)


def _texts(place: Place) -> list[str]:
    return place.list_of(document.string)


def _country_list(place: Place) -> list[str]:
    def country(item: Place) -> str | None:
        value = document.string(item)
        if value is not None and value not in COUNTRIES:
            item.bad(Reason.COUNTRY_UNKNOWN)
        return value

    return place.list_of(country)


def limits(place: Place) -> list[dict[str, Any]]:
    """Of the licence as a whole: users at the same time, and notice."""
    return place.list_of(lambda item: _limit(item, OF_THE_WHOLE, "clause"))


def _limit(item: Place, kinds: AbstractSet[LimitKind], *more: str) -> dict[str, Any]:
    table = item.table("kind", "amount", "unit", "formats", "note", *more)
    kind = table.need("kind", document.one_of(LimitKind))
    if kind is not None and kind not in kinds:
        table.at("kind").bad(Reason.TYPE_WRONG, ", ".join(sorted(kinds)))
    found: dict[str, Any] = {
        "line": item.line,
        "kind": kind,
        "amount": table.get("amount", _amount),
        "unit": table.get("unit", document.one_of(NoticeUnit)),
        "formats": table.get("formats", _texts),
        "note": table.get("note", document.localised),
        **{key: table.get(key, document.string) for key in more},
    }
    amount = Decimal(found["amount"]) if found["amount"] is not None else None
    if kind is not None and kind in kinds and (wrong := flaw(kind, amount, found["unit"], found["formats"])):
        table.at(wrong).bad(Reason.LIMIT_WRONG, kind)
    return found


def _amount(place: Place) -> str | None:
    """A number, kept as it is written."""
    written = str(place.value)
    if not _NUMBER.fullmatch(written):
        place.bad(Reason.TYPE_WRONG, "a number")
        return None
    return written


def amendments(place: Place) -> list[dict[str, Any]]:
    """What changes the licence later, in the order of their days."""
    numbers: set[str] = set()

    def amendment(item: Place) -> dict[str, Any]:
        table = item.table("number", "name", "effective", "status", "document", "replaces", "terms")
        number = table.need("number", document.name)
        if number in numbers:
            table.at("number").bad(Reason.NUMBER_TWICE, number or "")
        numbers.add(number or "")
        effective = table.need("effective", document.day)
        return {
            "line": item.line,
            "number": number,
            "name": table.get("name", document.localised),
            "effective": effective and effective.isoformat(),
            "status": table.get("status", document.one_of(AmendmentStatus)) or AmendmentStatus.ACTIVE,
            "document": table.get("document", document_told),
            "replaces": table.get("replaces", lambda items: items.list_of(_replaced)) or [],
            "terms": table.get("terms", lambda items: items.list_of(term)) or [],
        }

    return sorted(place.list_of(amendment), key=lambda one: one["effective"] or "")


def _replaced(item: Place) -> dict[str, Any]:
    """Which terms end: all of an action, of a clause, or of an action by a clause; or the one that says just this."""
    table = item.table("clause", "action", "term")
    exactly = table.get("term", term)
    if exactly is None and "clause" not in table and "action" not in table:
        item.bad(Reason.VALUE_MISSING)
    action = table.get("action", document.one_of(Action))
    return {"line": item.line, "clause": table.get("clause", document.string), "action": action, "term": exactly}


def check(whole: Place, file: dict[str, Any]) -> None:
    """Whatever names a clause names one of the licence's."""
    numbers = {clause["number"] for clause in file["clauses"]}
    brought = [one for amendment in file["amendments"] for one in (*amendment["terms"], *amendment["replaces"])]
    brought += [one["term"] for one in brought if one.get("term")]
    for named in (*file["terms"], *file["limits"], *brought):
        if named["clause"] is not None and named["clause"] not in numbers:
            Place(named["clause"], named["line"], "terms.clause", whole.problems).bad(Reason.UNKNOWN_CLAUSE)


_LISTS = {"territories": _country_list, "parts": _parts}
