"""What documents of ours say beyond ONIX-PL: annotations by the authority "Mutua" that hold JSON.

They are read as strictly as a licence file: a document comes from anybody, whatever it says of itself.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import orjson

from domain.exchange.onixpl.documents import Document, Element, child, children, line, path, tag, text
from domain.intake import document as files
from domain.intake import licence
from domain.intake.document import Place
from domain.intake.reasons import Reason
from models.vocabulary import LicenceStatus, LimitKind, NoticeUnit

AUTHORITY = "Mutua"


@dataclass(frozen=True, slots=True)
class Own:
    """The one term that a usage of ours stands for, and at which places stands what the term doesn't say."""

    term: dict[str, Any]
    kept: frozenset[int] = frozenset()


NOTHING = Own({})
"""A usage that is there because the schema wants one."""
UNENFORCED = (LicenceStatus.TEMPLATE, LicenceStatus.DRAFT, LicenceStatus.IN_NEGOTIATION)


def is_one(element: Element) -> bool:
    owned = tag(element) in {"Annotation", "ExpressionDetail"} or tag(element).endswith("Definition")
    return owned and text(element, "Authority") == AUTHORITY


def of_licence(document: Document) -> dict[str, Any]:
    """Of the licence as a whole: code, name, parent, what is said of clauses, limits, terms that ONIX-PL can't say."""
    detail = child(document.root, "LicenseDetail")
    annotation = _annotation(detail) if detail is not None else None
    value = _value(document, annotation) if annotation is not None else None
    if annotation is None or value is None:
        return {}
    terms = value.pop("terms", [])
    place = files.of(value, line(annotation), path(annotation))
    table = place.table("code", "name", "parent", "status", "clauses", "limits")
    found: dict[str, Any] = {
        "code": table.get("code", files.code),
        "name": table.get("name", files.localised),
        "parent": table.get("parent", files.name),
        "status": table.get("status", files.one_of(LicenceStatus)),
        "clauses": {
            clause["number"]: {"summary": clause["summary"], "visibility": clause["visibility"]}
            for clause in table.get("clauses", licence.read_clauses) or ()
        },
        "limits": table.get("limits", lambda limits: limits.list_of(_limit)),
        "terms": [own.term for term in terms if (own := _term(document, annotation, term))],
    }
    if found["status"] not in UNENFORCED:
        found["status"] = None
    document.problems += place.problems
    return {key: value for key, value in found.items() if value}


def of_usage(document: Document, usage: Element) -> Own | None:
    """What a usage of ours stands for, where ONIX-PL can't say all of it."""
    annotation = _annotation(usage)
    value = _value(document, annotation) if annotation is not None else None
    if annotation is None or value is None:
        return None
    return _term(document, annotation, value) if value else NOTHING


def told(term: dict[str, Any]) -> dict[str, Any]:
    """A term without what it doesn't say."""
    found = {key: value for key, value in term.items() if value and key not in {"line", "limits"}}
    limits = [limit_told(limit) for limit in term["limits"]]
    return found | ({"limits": limits} if limits else {})


def limit_told(limit: dict[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in limit.items() if value is not None and key != "line"}
    if (amount := found.get("amount")) is not None:
        found["amount"] = int(amount) if int(amount) == amount else str(amount)
    return found


def encoded(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _term(document: Document, annotation: Element, value: Any) -> Own | None:
    if not isinstance(value, dict):
        document.bad(annotation, Reason.TYPE_WRONG, "a mapping", value="")
        return None
    said = {key: inner for key, inner in value.items() if key not in {"limits", "kept"}}
    place = files.of(said, line(annotation), path(annotation))
    limits = files.of({"limits": value.get("limits", [])}, place.line, place.path)
    read = limits.table("limits").at("limits").list_of(_limit) if value.get("limits") else []
    read = [{key: inner for key, inner in limit.items() if key not in {"line", "clause"}} for limit in read]
    term = licence.read_term(place) | {"limits": read}
    document.problems += [*place.problems, *limits.problems]
    kept = value.get("kept")
    return Own(term, frozenset(at for at in kept if isinstance(at, int)) if isinstance(kept, list) else frozenset())


def _limit(place: Place) -> dict[str, Any]:
    table = place.table("clause", "kind", "amount", "unit", "formats", "note")
    return {
        "line": place.line,
        "clause": table.get("clause", files.string),
        "kind": table.need("kind", files.one_of(LimitKind)),
        "amount": table.get("amount", _amount),
        "unit": table.get("unit", files.one_of(NoticeUnit)),
        "formats": table.get("formats", lambda formats: formats.list_of(files.string)),
        "note": table.get("note", files.localised),
    }


def _amount(place: Place) -> Any:
    """A whole number, or a decimal fraction in quotes."""
    if not isinstance(place.value, str):
        return files.count(place)
    if not re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}", place.value):
        place.bad(Reason.TYPE_WRONG, "a number above 0")
        return None
    return float(place.value)


def _annotation(element: Element) -> Element | None:
    return next((found for found in children(element, "Annotation") if is_one(found)), None)


def _value(document: Document, annotation: Element) -> dict[str, Any] | None:
    try:
        value = orjson.loads(text(annotation, "AnnotationText"))
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        document.bad(annotation, Reason.TYPE_WRONG, "JSON")
        return None
    return value
