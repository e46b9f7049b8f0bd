"""A licence as an ONIX-PL document: valid, and read again it yields the same rows.

What ONIX-PL can't say of it stands in annotations by the authority "Mutua"; what was kept of the document that it came
from goes back to where it stood.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from domain.exchange.onixpl import definitions, fragments, lists, ours, reading, shape, usages
from domain.exchange.onixpl.documents import EXPRESSION, NAMESPACE, Document, Element, child, tag, text
from domain.exchange.onixpl.lists import coded
from domain.exchange.onixpl.making import element, fit, ordered
from domain.exchange.onixpl.usages_written import definitions as defined_for
from domain.exchange.onixpl.usages_written import quantity, related, sayable, usage
from models.vocabulary import LicenceStatus, LimitKind

STATUSES = {
    LicenceStatus.TEMPLATE: "Template",
    LicenceStatus.DRAFT: "ProposedLicense",
    LicenceStatus.IN_NEGOTIATION: "ProposedLicense",
    LicenceStatus.ACTIVE: "ActiveLicense",
    LicenceStatus.TERMINATED: "NoLongerActive",
}
LANGUAGES = {"zh": "chi", "en": "eng"}
CONCURRENT = {kind: name for name, kind in usages.CONCURRENT.items()}
OPEN = "00000000"
AT_LEAST = "NotLessThan"


def write(file: dict[str, Any]) -> bytes:
    """The document of a licence in plain values, as a licence file has them."""
    return etree.tostring(_Writing(file).root(), xml_declaration=True, encoding="UTF-8", pretty_print=True)


HEAD = frozenset({"UsageType", "UsageStatus", "Authority"})
"""What comes before a usage's annotations."""
Made = tuple[dict[str, Any], Element, list[Element]]
"""A term, its usage, and what of the usage the term doesn't say."""


class _Writing:
    def __init__(self, file: dict[str, Any]) -> None:
        self.file, self.licence = file, file["licence"]
        self.kept: defaultdict[str, list[Element]] = defaultdict(list)
        self.keyed: dict[str, list[Element]] = {}
        self.attributes: dict[str, str] = {}
        for fragment in file.get("fragments", ()):
            self._take_up(fragment)
        self.terms = [term for term in file["terms"] if sayable(term)]

    def _take_up(self, fragment: fragments.Fragment) -> None:
        path = fragment["path"]
        if path.startswith("@"):
            self.attributes[path[1:]] = fragment["content"]
            return
        found = [self._linked(kept) for kept in fragments.read(fragment["content"])]
        if fragments.key(path)[1] is None:
            self.kept[path] += found
        else:
            self.keyed[path] = found

    def _linked(self, kept: Element) -> Element:
        """Without links to clauses that are gone."""
        ids = {fragments.clause_id(clause["number"]) for clause in self.file["clauses"]}
        for link in list(kept.iter(f"{{{NAMESPACE}}}LicenseTextLink")):
            above = link.getparent()
            if link.get("href") not in ids and above is not None:
                above.remove(link)
        return kept

    def root(self) -> Element:
        root = etree.Element(f"{{{NAMESPACE}}}{EXPRESSION}", nsmap={None: NAMESPACE}, version="1.0")
        for name, value in self.attributes.items():
            root.set(name, fit(value))
        root.append(self._expression())
        root.append(self._detail())
        root.append(self._definitions())
        root.extend(self.kept["LicenseGrant"][:1])
        made = list(self._usages())
        said = [*(found for _, found, _ in made), *self.kept["UsageTerms"]]
        root.append(element("UsageTerms", *(said or [_nothing()])))
        for section in reading.PIECES[1:]:
            pieces = [*self.kept[section], *(self._notices() if section == "GeneralTerms" else ())]
            if pieces:
                root.append(element(section, *pieces))
        root.extend(self._text())
        self._complete(root, made)
        return root

    # the licence

    def _expression(self) -> Element:
        if self.kept["ExpressionDetail"]:
            return self.kept["ExpressionDetail"][0]
        template = self.licence["status"] == LicenceStatus.TEMPLATE
        return element(
            "ExpressionDetail",
            element("ExpressionType", coded("LicenseTemplate" if template else "LicenseExpression")),
            element("ExpressionStatus", coded("Complete")),
            element("Authority", ours.AUTHORITY),
        )

    def _detail(self) -> Element:
        kept = self.kept["LicenseDetail"]
        name = self.licence["name"]
        made = [element("Description", name[key], **_language(key)) for key in ("und", *LANGUAGES) if key in name]
        if not made:
            made = [element("Description", next(iter(name.values())))]
        status = next((found for found in kept if tag(found) == "LicenseStatus"), None)
        said = lists.codes().licence_status.get(lists.name(text(status)) or "") if status is not None else None
        if said != self.licence["status"]:
            kept = [found for found in kept if found is not status]
            made.append(element("LicenseStatus", coded(STATUSES[LicenceStatus(self.licence["status"])])))
        made.append(_annotation(ours.encoded(self._beyond())))
        relators = {_relator(found) for found in kept}
        for relator, what in reading.CANONICAL.items():
            if relator in relators or (relator in reading.DAYS and not self._day_told(relator)):
                continue
            made.append(related(f"LicenseRelated{what}", f"License{what}Relator", relator, f"Related{what}", [relator]))
        if self.file["clauses"] and not any(tag(found) == "LicenseDocument" for found in kept):
            made.append(_main_terms())
        return element("LicenseDetail", *ordered([*made, *kept], shape.DETAIL))

    def _day_told(self, relator: str) -> bool:
        defined = {text(found, "TimePointLabel") for found in self.kept["Definitions"]}
        return self.licence[reading.DAYS[relator]] is not None or relator in defined

    def _beyond(self) -> dict[str, Any]:
        """What only an annotation can say of the licence as a whole."""
        clauses = [
            {key: clause[key] for key in ("number", "summary", "visibility") if clause.get(key)}
            for clause in self.file["clauses"]
            if clause.get("summary") or clause.get("visibility", "staff") != "staff"
        ]
        limits = [ours.limit_told(limit) for limit in self.file.get("limits", ())]
        found = {
            "code": self.licence["code"],
            "name": None if set(self.licence["name"]) <= {"und", *LANGUAGES} else self.licence["name"],
            "status": None if self._status_said() else self.licence["status"],
            "parent": (self.licence.get("parent") or (None,))[0],
            "holder": (self.licence.get("holder") or (None,))[0],
            "document": self.file.get("document"),
            "user_classes": {code: uris or None for code, uris in self.file.get("user_classes", {}).items()},
            "clauses": clauses,
            "limits": limits,
            "amendments": [_amendment(found) for found in self.file.get("amendments", ())],
            "terms": [ours.told(term) for term in self.file["terms"] if not sayable(term)],
        }
        return {key: value for key, value in found.items() if value}

    def _status_said(self) -> bool:
        status = LicenceStatus(self.licence["status"])
        return status not in ours.UNENFORCED or lists.codes().licence_status[STATUSES[status]] == status

    # its definitions

    def _definitions(self) -> Element:
        kept = self.kept["Definitions"]
        made = [*defined_for(self.terms)]
        licensor = next(
            (text(found, "RelatedAgent") for found in self.kept["LicenseDetail"] if _relator(found) == "Licensor"),
            "Licensor",
        )
        for label, name in ((licensor, self.licence["licensor"][0]), ("Licensee", None)):
            definition = next((found for found in kept if text(found, "AgentLabel") == label), None)
            if definition is None:
                made.append(_organisation(label, name))
            elif name is not None:
                _rename(definition, name)
        if not any(tag(found) == "ResourceDefinition" for found in kept):
            said = element("ResourceLabel", "LicensedContent"), element("Authority", ours.AUTHORITY)
            made.append(element("ResourceDefinition", *said))
        for label, key in reading.DAYS.items():
            point = next((found for found in kept if text(found, "TimePointLabel") == label), None)
            day = (self.licence[key] or OPEN).replace("-", "")
            if point is not None:
                _set_day(point, day)
            elif day != OPEN:
                made.append(_time_point(label, day))
        return element("Definitions", *ordered([*made, *kept], shape.DEFINED))

    # its terms

    def _usages(self) -> Iterator[Made]:
        told: Counter[tuple[str | None, str]] = Counter()
        limits = self.file.get("limits", ())
        for term in self.terms:
            told[term["clause"], term["action"]] += 1
            path = fragments.usage_path(term["clause"], term["action"], told[term["clause"], term["action"]])
            concurrent = [
                quantity("UsageQuantity", CONCURRENT[LimitKind(limit["kind"])], limit["amount"], "Users")
                for limit in limits
                if limit["kind"] in CONCURRENT
            ]
            left = self.keyed.get(path, [])
            found = usage(term, left, concurrent)
            yield term, found, [one for one in found if one in left]

    def _complete(self, root: Element, made: Sequence[Made]) -> None:
        """Where a reader of ours would understand a usage otherwise than as its term, the term stands beside it."""
        known = definitions.read(Document(root))
        for term, found, left in made:
            mapped = usages.terms(found, known)
            understood = [one for one in mapped.left if not _concurrent(one)]
            if len(mapped.terms) == 1 and ours.told(mapped.terms[0]) == ours.told(term) and understood == left:
                continue
            where = next(
                at for at, one in enumerate(found) if tag(one) not in {"UsageType", "UsageStatus", "Authority"}
            )
            beside = _annotation("")
            found.insert(where, beside)
            kept = {"kept": [at for at, one in enumerate(found) if one in left]} if left else {}
            beside[-1].text = fit(ours.encoded(ours.told(term) | kept))

    def _notices(self) -> Iterator[Element]:
        for limit in self.file.get("limits", ()):
            if limit["kind"] == LimitKind.NOTICE and ours.amount(limit["amount"]).isdecimal():
                made = [element("GeneralTermType", coded("TerminationByNotice"))]
                if limit["clause"]:
                    made.append(element("LicenseTextLink", href=fragments.clause_id(limit["clause"])))
                unit = str(limit["unit"]).capitalize()
                made.append(
                    quantity("GeneralTermQuantity", "NoticePeriodForTermination", limit["amount"], unit, AT_LEAST)
                )
                yield element("GeneralTerm", *made)

    # its text

    def _text(self) -> Iterator[Element]:
        document: Element | None = None
        for clause in self.file["clauses"]:
            label = self.keyed.get(fragments.document_path(clause["number"]))
            if document is None or label:
                if document is not None:
                    yield document
                document = element("LicenseDocumentText", *(label or [element("DocumentLabel", reading.MAIN_TERMS)]))
            document.append(self._clause(clause))
        if document is not None:
            yield document

    def _clause(self, clause: dict[str, Any]) -> Element:
        number = clause["number"]
        made: dict[str, Element] = {tag(found): found for found in self.keyed.get(fragments.clause_path(number), ())}
        for name in ("SortNumber", "DisplayNumber"):
            made.setdefault(name, element(name, number))
        made["Text"] = element("Text", clause["text"] or "")
        return element("TextElement", *ordered(made.values(), shape.CLAUSE), id=fragments.clause_id(number))


def _nothing() -> Element:
    """The schema wants a usage, even of a licence that says nothing yet."""
    return element(
        "Usage",
        element("UsageType", coded("Use")),
        element("UsageStatus", coded("SilentUninterpreted")),
        _annotation("{}"),
        element("User", coded("AuthorizedUser")),
        element("UsedResource", coded("LicensedContent")),
    )


def _concurrent(left: Element) -> bool:
    return lists.name(text(left, "UsageQuantityType")) in usages.CONCURRENT


def _amendment(found: dict[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in found.items() if value and key not in {"line", "terms", "replaces"}}
    replaced = [
        {"term": ours.told(one["term"])} if one["term"] else {key: one[key] for key in ("clause", "action") if one[key]}
        for one in found["replaces"]
    ]
    terms = [ours.told(term) for term in found["terms"]]
    return said | {key: value for key, value in (("replaces", replaced), ("terms", terms)) if value}


def _annotation(words: str) -> Element:
    return element("Annotation", element("Authority", ours.AUTHORITY), element("AnnotationText", words))


def _language(key: str) -> dict[str, str]:
    return {"language": LANGUAGES[key]} if key in LANGUAGES else {}


def _relator(found: Element) -> str:
    what = tag(found).removeprefix("LicenseRelated")
    return lists.name(text(found, f"License{what}Relator")) or ""


def _main_terms() -> Element:
    kind, label = (
        element("LicenseDocumentType", coded("LicenseMainTerms")),
        element("DocumentLabel", reading.MAIN_TERMS),
    )
    return element("LicenseDocument", kind, label)


def _organisation(label: str, name: str | None) -> Element:
    made = element(
        "AgentDefinition",
        element("AgentLabel", label),
        element("AgentType", coded("Organization")),
        element("Authority", ours.AUTHORITY),
    )
    if name:
        made.append(element("AgentName", element("Name", name)))
    return made


def _rename(definition: Element, name: str) -> None:
    found = child(definition, "AgentName")
    written = child(found, "Name") if found is not None else None
    if written is not None:
        written.text = fit(name)


def _set_day(point: Element, day: str) -> None:
    identifier = child(point, "TimePointIdentifier")
    written = child(identifier, "IDValue") if identifier is not None else None
    if written is not None and not (day == OPEN and reading.NO_DAY.fullmatch(written.text or "")):
        written.text = day


def _time_point(label: str, day: str) -> Element:
    return element(
        "TimePointDefinition",
        element("TimePointLabel", label),
        element("Authority", ours.AUTHORITY),
        element("TimePointIdentifier", element("TimePointIDType", coded("YYYYMMDD")), element("IDValue", day)),
    )
