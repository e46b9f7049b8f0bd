"""What documents of ours say beyond ONIX-PL: annotations by the authority "Mutua" that hold JSON.

They are read as strictly as a licence file: a document comes from anybody, whatever it says of itself.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from domain.exchange.onixpl import making
from domain.exchange.onixpl.documents import Document, Element, child, children, line, path, tag, text
from domain.intake import contract
from domain.intake import document as files
from domain.intake.document import Place
from domain.intake.reasons import Reason
from models.vocabulary import LicenceStatus

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
    """Of the licence as a whole: code, name, parent, holder, its signed text, the classes of users that it names, what
    is said of clauses, limits, amendments, terms that ONIX-PL can't say."""
    detail = child(document.root, "LicenseDetail")
    annotation = _annotation(detail) if detail is not None else None
    place = _place(document, annotation) if annotation is not None else None
    if place is None:
        return {}
    table = place.table(
        "code",
        "name",
        "parent",
        "holder",
        "status",
        "document",
        "user_classes",
        "clauses",
        "limits",
        "amendments",
        "terms",
    )
    found: dict[str, Any] = {
        "code": table.get("code", files.code),
        "name": table.get("name", files.localised),
        "parent": table.get("parent", files.name),
        "holder": table.get("holder", files.name),
        "status": table.get("status", files.one_of(LicenceStatus)),
        "document": table.get("document", contract.document_told),
        "user_classes": table.get("user_classes", contract.user_classes),
        "clauses": {
            clause["number"]: {"summary": clause["summary"], "visibility": clause["visibility"]}
            for clause in table.get("clauses", contract.clauses) or ()
        },
        "limits": table.get("limits", contract.limits),
        "amendments": table.get("amendments", contract.amendments),
        "terms": table.get("terms", lambda terms: terms.list_of(contract.term)),
    }
    if found["status"] not in UNENFORCED:
        found["status"] = None
    document.problems += place.problems
    return {key: value for key, value in found.items() if value}


def of_usage(document: Document, usage: Element) -> Own | None:
    """What a usage of ours stands for, where ONIX-PL can't say all of it."""
    annotation = _annotation(usage)
    place = _place(document, annotation) if annotation is not None else None
    if place is None:
        return None
    if not place.value:
        return NOTHING
    kept = place.value.pop("kept", [])
    term = contract.term(place)
    document.problems += place.problems
    return Own(term, frozenset(at for at in kept if isinstance(at, int)) if isinstance(kept, list) else frozenset())


def told(term: dict[str, Any]) -> dict[str, Any]:
    """A term without what it doesn't say."""
    found = {key: value for key, value in term.items() if value and key not in {"line", "limits"}}
    limits = [limit_told(limit) for limit in term["limits"]]
    return found | ({"limits": limits} if limits else {})


def limit_told(limit: dict[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in limit.items() if value is not None and key != "line"}
    return found | ({"amount": amount(found["amount"])} if "amount" in found else {})


def amount(found: Any) -> str:
    """As it is written: without a fraction where there is none."""
    number = Decimal(str(found)).normalize()
    return f"{number:f}"


def encoded(value: dict[str, Any]) -> str:
    return json.dumps(_fit(value), ensure_ascii=False, sort_keys=True)


def _fit(value: Any) -> Any:
    """JSON would write as escapes, and so hide, what can't be read back."""
    if isinstance(value, str):
        return making.fit(value)
    if isinstance(value, dict):
        return {key: _fit(inner) for key, inner in value.items()}
    return [_fit(inner) for inner in value] if isinstance(value, list | tuple) else value


def _annotation(element: Element) -> Element | None:
    return next((found for found in children(element, "Annotation") if is_one(found)), None)


def _place(document: Document, annotation: Element) -> Place | None:
    try:
        value = orjson.loads(text(annotation, "AnnotationText"))
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        document.bad(annotation, Reason.TYPE_WRONG, "JSON")
        return None
    try:
        return files.of(value, line(annotation), path(annotation))
    except RecursionError:
        document.bad(annotation, Reason.TYPE_WRONG, "JSON", value="")
        return None
