"""An ONIX-PL document as a licence file: the same plain values that a YAML file yields, and what isn't modelled.

Days come from the document's time points, never from a file's name; `00000000` stands for none.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from domain.exchange.onixpl import definitions, documents, fragments, licensors, lists, ours, usages
from domain.exchange.onixpl.definitions import Definitions
from domain.exchange.onixpl.documents import Document, Element, child, children, line, said, tag, text, texts
from domain.exchange.onixpl.fragments import Fragment
from domain.intake import contract
from domain.intake.document import Place
from domain.intake.reasons import Problem, Reason
from domain.intake.source import Source
from domain.limits import flaw
from models.vocabulary import Action, ClauseVisibility, LicenceStatus, LimitKind, NoticeUnit

EIGHT_DIGITS = re.compile("[0-9]{8}")
NO_DAY = re.compile("0000[0-9]{4}|[0-9]{4}00[0-9]{2}|[0-9]{6}00")
"""A time point that a template leaves open, in whole or in part."""
LANGUAGES = {"zho": "zh", "chi": "zh", "eng": "en"}
"""ISO 639-2 (the standard lists its bibliographic codes) to the keys of our texts."""
NOTICE = {"NoticePeriodForTermination", "NoticePeriodForNonRenewal"}
CANONICAL = {
    "Licensor": "Agent",
    "Licensee": "Agent",
    "LicensedContent": "Resource",
    "LicenseStartDate": "TimePoint",
    "LicenseEndDate": "TimePoint",
}
"""What a licence is related to under the label that is its role: nothing to keep."""
DAYS = {"LicenseStartDate": "start", "LicenseEndDate": "end"}
MAIN_TERMS = "License"
"""The label of a document's main terms."""
WHOLE = ("ExpressionDetail", "LicenseGrant")
"""Sections that are kept in one piece."""
PIECES = ("Definitions", "SupplyTerms", "ContinuingAccessTerms", "PaymentTerms", "GeneralTerms")
"""Sections that are kept piece by piece."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command says where the document doesn't, or instead of it."""

    code: str | None = None
    licensor: str | None = None
    draft: bool = False
    """A template is taken as the draft of a licence."""


def read(source: Source, options: Options = Options()) -> tuple[dict[str, Any], list[Problem]]:
    """The licence in plain values, and what is worth a look.

    Raises:
        FileRefused: it isn't ONIX-PL 1.0, or with every mistake.
    """
    document = documents.load(source)
    defined = definitions.read(document)
    found = _Reading(document, defined, options).file()
    document.settle()
    return found, document.notes


class _Reading:
    def __init__(self, document: Document, defined: Definitions, options: Options) -> None:
        self.document, self.root, self.defined, self.options = document, document.root, defined, options
        self.kept: list[Fragment] = []
        self.ours = ours.of_licence(document)

    def file(self) -> dict[str, Any]:
        licence = self._licence()
        clauses = self._clauses()
        limits: list[dict[str, Any]] = []
        terms = list(self._terms(limits))
        self._rest(limits)
        self._links()
        found = {
            "licence": licence,
            "document": self.ours.get("document"),
            "user_classes": self.ours.get("user_classes", {}),
            "clauses": clauses,
            "terms": sorted([*terms, *self.ours.get("terms", ())], key=lambda term: term["action"] == Action.AI_USE),
            "limits": self.ours.get("limits", limits),
            "amendments": self.ours.get("amendments", []),
            "fragments": sorted(self.kept, key=lambda kept: kept["path"] == "UsageTerms"),
            "agreement": None,
        }
        contract.check(Place(None, 0, "", self.document.problems), found)
        return found

    def _keep(self, path: str, *elements: Element) -> None:
        self.kept.append(fragments.keep(path, elements, self.defined.numbers))

    # the licence

    def _licence(self) -> dict[str, Any]:
        detail = child(self.root, "LicenseDetail")
        if detail is None:
            self.document.bad(self.root, Reason.VALUE_MISSING, value="LicenseDetail")
            return {}
        described = list(children(detail, "Description"))
        name: dict[str, str] = {}
        for description in described:
            language = LANGUAGES.get(description.get("language", ""), "und")
            if said(description) and language not in name:
                name[language] = said(description)
            else:
                self._keep("LicenseDetail", description)
        status = self._status(detail)
        start, end = self._day(detail, "LicenseStartDate"), self._day(detail, "LicenseEndDate")
        if start and end and end < start:
            self.document.bad(detail, Reason.DATES_REVERSED, start, value=end)
        for element in detail:
            if tag(element) not in {"Description", "LicenseStatus"} and not self._implied(detail, element):
                self._keep("LicenseDetail", element)
        parent, signed, holder = (self.ours.get(key) for key in ("parent", "document", "holder"))
        told = {"start_date": start, "end_date": end, "parent_id": parent, "document_id": signed}
        code = self._code(detail, described)
        return {
            "code": code,
            "name": self.ours.get("name") or name or {"und": text(detail, "LicenseIdentifier", "IDValue") or code},
            "licensor": self._licensor(detail),
            "status": status,
            "start": start,
            "end": end,
            "parent": (parent, line(detail)) if parent else None,
            "holder": (holder, line(detail)) if holder else None,
            "keep": ["status", *(key for key, value in told.items() if value is None)],
        }

    def _implied(self, detail: Element, element: Element) -> bool:
        """Whether every document of the licence says this."""
        if tag(element) == "LicenseDocument":
            alone = len(texts(detail, "LicenseDocument")) == 1 and child(self.root, "LicenseDocumentText") is not None
            main = lists.name(text(element, "LicenseDocumentType")) == "LicenseMainTerms"
            return alone and main and text(element, "DocumentLabel") == MAIN_TERMS
        what = tag(element).removeprefix("LicenseRelated")
        relator = lists.name(text(element, f"License{what}Relator"))
        return ours.is_one(element) or (
            relator is not None and CANONICAL.get(relator) == what and texts(element, f"Related{what}") == [relator]
        )

    def _code(self, detail: Element, described: list[Element]) -> str | None:
        said_so = self.options.code or self.ours.get("code")
        code = said_so or licensors.code_of(said(described[0]) if described else "")
        if not code:
            self.document.bad(detail, Reason.NOT_DERIVABLE, "--code", value="")
        return code or None

    def _licensor(self, detail: Element) -> tuple[str | None, int]:
        if self.options.licensor:
            return self.options.licensor, line(detail)
        found = licensors.find(self.root, self.defined)
        if found.undefined:
            self.document.note(found.element, Reason.LABEL_UNDEFINED, found.undefined)
        if found.name is None:
            self.document.bad(found.element, Reason.NOT_DERIVABLE, "--licensor", value=found.undefined)
        return found.name, line(found.element)

    def _status(self, detail: Element) -> LicenceStatus:
        if "status" in self.ours:
            return LicenceStatus(self.ours["status"])
        element = child(detail, "LicenseStatus")
        written = lists.name(said(element)) if element is not None else None
        if element is None or written is None:
            return LicenceStatus.DRAFT
        if written in {"ActiveLicense", "NoLongerActive"}:
            self.document.note(element, Reason.NOT_IN_FORCE, written)
        status = LicenceStatus(lists.codes().licence_status[written])
        if self.options.draft and status is LicenceStatus.TEMPLATE:
            return LicenceStatus.DRAFT
        if written not in {"Template", "ProposedLicense", "ActiveLicense"}:
            self._keep("LicenseDetail", element)
        return status

    def _day(self, detail: Element, relator: str) -> str | None:
        """A day of the licence as ISO date; None where the document leaves it open."""
        for related in children(detail, "LicenseRelatedTimePoint"):
            if lists.name(text(related, "LicenseTimePointRelator")) != relator:
                continue
            for label in texts(related, "RelatedTimePoint"):
                point = self.defined.time_points.get(lists.name(label) or label)
                identifier = child(point, "TimePointIdentifier") if point is not None else None
                if identifier is not None:
                    return self._civil(identifier, text(identifier, "IDValue"))
        return None

    def _civil(self, identifier: Element, written: str) -> str | None:
        if NO_DAY.fullmatch(written):
            return None
        try:
            if not EIGHT_DIGITS.fullmatch(written):
                raise ValueError(written)
            return date(int(written[:4]), int(written[4:6]), int(written[6:])).isoformat()
        except ValueError:
            self.document.bad(identifier, Reason.DATE_UNREADABLE, value=written)
            return None

    # its text

    def _clauses(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        more: dict[str, Any] = self.ours.get("clauses", {})
        unsaid = {"summary": None, "visibility": ClauseVisibility.STAFF}
        for document in children(self.root, "LicenseDocumentText"):
            for at, clause in enumerate(children(document, "TextElement")):
                number = self.defined.numbers[clause.get("id", "")]
                if at == 0 and (found or text(document, "DocumentLabel") != MAIN_TERMS):
                    self._keep(fragments.document_path(number), *children(document, "DocumentLabel"))
                left = [e for e in clause if tag(e) == "TextPreceding" or (tag(e) != "Text" and said(e) != number)]
                if left:
                    self._keep(fragments.clause_path(number), *left)
                found.append(
                    {
                        "number": number,
                        "text": text(clause, "Text") or None,
                        **(unsaid if self.ours else {}),
                        **more.get(number, {}),
                    }
                )
        return found

    # its terms

    def _terms(self, limits: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        section = child(self.root, "UsageTerms")
        told: Counter[tuple[str | None, str]] = Counter()
        for usage in children(section, "Usage") if section is not None else ():
            if not (text(usage, "UsageType") and text(usage, "UsageStatus")):
                self.document.bad(usage, Reason.VALUE_MISSING, value="UsageType, UsageStatus")
                continue
            if child(usage, "User") is None:
                self.document.bad(usage, Reason.VALUE_MISSING, value="User")
                continue
            mapped = usages.terms(usage, self.defined)
            own = ours.of_usage(self.document, usage)
            if own is ours.NOTHING:
                continue
            terms = (own.term,) if own is not None else mapped.terms
            for limit in terms[0]["limits"] if terms and own is None else ():
                counted = None if limit["amount"] is None else Decimal(limit["amount"])
                if flaw(limit["kind"], counted, limit["unit"], limit["formats"]):
                    self.document.bad(usage, Reason.LIMIT_WRONG, limit["kind"], value=limit["amount"] or "")
            if not terms:
                self._keep("UsageTerms", usage)
                kind, status = lists.name(text(usage, "UsageType")), lists.name(text(usage, "UsageStatus"))
                self.document.note(usage, Reason.NOT_MODELLED, f"{kind}: {status}")
                continue
            if own is not None:
                left = [e for at, e in enumerate(usage) if at in own.kept]
            else:
                left = list(self._concurrent(mapped.left, terms[0]["clause"], limits))
            for term in terms:
                told[term["clause"], term["action"]] += 1
                if left and term["action"] != Action.AI_USE:  # of which ONIX-PL has no usage to put it back into
                    nth = told[term["clause"], term["action"]]
                    self._keep(fragments.usage_path(term["clause"], term["action"], nth), *left)
                yield term

    def _concurrent(
        self, left: Sequence[Element], clause: str | None, limits: list[dict[str, Any]]
    ) -> Iterator[Element]:
        """What is left but for numbers of concurrent users, which bind the licence as a whole."""
        for element in left:
            kind = usages.CONCURRENT.get(lists.name(text(element, "UsageQuantityType")) or "")
            detail = child(element, "QuantityDetail")
            amount = usages.at_most(detail) if detail is not None else None
            if kind is None or amount is None:
                yield element
                continue
            limit = _limit(kind, line(element), clause, amount, None)
            if limit not in limits:
                limits.append(limit)

    # the rest

    def _rest(self, limits: list[dict[str, Any]]) -> None:
        for name, value in self.root.attrib.items():
            if name in {"datestamp", "sourcename", "sourcetype"}:
                self.kept.append({"path": f"@{name}", "content": str(value)})
        for section in self.root:
            name = tag(section)
            if name in WHOLE and not ours.is_one(section):
                self._keep(name, section)
                self.document.note(section, Reason.NOT_MODELLED)
            elif name in PIECES:
                said = [e for e in section if self._notice(e, limits) or self._modelled(e) or ours.is_one(e)]
                kept = [element for element in section if element not in said]
                for element in kept:
                    self._keep(name, element)
                if kept:
                    self.document.note(section, Reason.NOT_MODELLED, str(len(kept)))

    def _modelled(self, element: Element) -> bool:
        """Whether a definition says a day of the licence and nothing else."""
        return (
            tag(element) == "TimePointDefinition"
            and text(element, "TimePointLabel") in DAYS
            and [tag(part) for part in element] == ["TimePointLabel", "TimePointIdentifier"]
            and not NO_DAY.fullmatch(text(element, "TimePointIdentifier", "IDValue"))
        )

    def _notice(self, term: Element, limits: list[dict[str, Any]]) -> bool:
        """Whether a general term says a period of notice and nothing else."""
        for quantity in children(term, "GeneralTermQuantity"):
            if lists.name(text(quantity, "GeneralTermQuantityType")) not in NOTICE:
                continue
            detail = child(quantity, "QuantityDetail")
            amount = usages.at_least(detail) if detail is not None else None
            if detail is None or amount is None:
                continue
            link = child(term, "LicenseTextLink")
            clause = self.defined.numbers.get(link.get("href", "")) if link is not None else None
            unit = (lists.name(text(detail, "QuantityUnit")) or "").lower()
            if unit not in set(NoticeUnit):
                continue
            limits.append(_limit(LimitKind.NOTICE, line(quantity), clause, amount, unit))
            return [tag(element) for element in term] in (
                ["GeneralTermType", "GeneralTermQuantity"],
                ["GeneralTermType", "LicenseTextLink", "GeneralTermQuantity"],
            )
        return False

    def _links(self) -> None:
        for element in self.root.iter(f"{{{documents.NAMESPACE}}}LicenseTextLink"):
            if element.get("href", "") not in self.defined.numbers:
                self.document.bad(element, Reason.UNKNOWN_CLAUSE, value=element.get("href", ""))


def _limit(kind: LimitKind, at: int, clause: str | None, amount: int, unit: str | None) -> dict[str, Any]:
    return {
        "line": at,
        "clause": clause,
        "kind": kind,
        "amount": str(amount),
        "unit": unit,
        "formats": None,
        "note": None,
    }
