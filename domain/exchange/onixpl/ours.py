"""What documents of ours say beyond ONIX-PL: annotations by the authority "Mutua" that hold JSON.

They are read as strictly as a licence file: a document comes from anybody, whatever it says of itself.
"""

import json
from typing import Any

import orjson

from domain.exchange.onixpl.documents import Document, Element, child, children, line, path, tag, text
from domain.intake import document as files
from domain.intake import licence
from domain.intake.document import Place
from domain.intake.reasons import Problem, Reason

AUTHORITY = "Mutua"


def is_one(element: Element) -> bool:
    return tag(element) in {"Annotation", "AgentDefinition"} and text(element, "Authority") == AUTHORITY


def of_licence(document: Document) -> dict[str, Any]:
    """Of the licence as a whole: code, name, parent, what is said of clauses, limits, amendments."""
    detail = child(document.root, "LicenseDetail")
    place = _read(document, detail) if detail is not None else None
    if place is None:
        return {}
    table = place.table("code", "name", "parent", "clauses", "limits", "amendments")
    found: dict[str, Any] = {
        "code": table.get("code", files.code),
        "name": table.get("name", files.localised),
        "parent": table.get("parent", files.name),
        "clauses": {
            clause["number"]: {"summary": clause["summary"], "visibility": clause["visibility"]}
            for clause in table.get("clauses", licence.read_clauses) or ()
        },
    }
    _settle(document, place)
    return {key: value for key, value in found.items() if value}


def of_usage(document: Document, usage: Element) -> dict[str, Any] | None:
    """The one term that a usage of ours stands for, where ONIX-PL can't say all of it."""
    place = _read(document, usage)
    if place is None:
        return None
    term = licence.read_term(place)
    _settle(document, place)
    return {"term": term}


def said(term: dict[str, Any]) -> str:
    """A term as JSON, without what it doesn't say."""
    return encoded({key: value for key, value in term.items() if value and key != "line"})


def encoded(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _read(document: Document, element: Element) -> Place | None:
    for annotation in children(element, "Annotation"):
        if not is_one(annotation):
            continue
        try:
            value = orjson.loads(text(annotation, "AnnotationText"))
        except orjson.JSONDecodeError:
            document.bad(annotation, Reason.TYPE_WRONG, "JSON")
            return None
        return files.of(value, line(annotation), path(annotation))
    return None


def _settle(document: Document, place: Place) -> None:
    document.problems += [Problem(p.line, p.column, p.value, p.reason, p.severity, p.detail) for p in place.problems]
