"""A term of ours as a usage of ONIX-PL: what the standard can say of it, so that others understand it as we do.

It never says more than the term: an action, a purpose or a method that has no code isn't stretched to one that is near.
"""

from collections.abc import Sequence
from typing import Any

from domain.exchange.onixpl import lists, ours, shape
from domain.exchange.onixpl.definitions import ANYONE, EDUPERSON
from domain.exchange.onixpl.documents import Element, tag, text
from domain.exchange.onixpl.fragments import clause_id
from domain.exchange.onixpl.lists import coded, codes, known
from domain.exchange.onixpl.making import element, ordered
from domain.exchange.onixpl.usages import NOTE_BREAK, UNITS
from models.vocabulary import Action, TermStatus

TYPES = {
    Action.VIEW: "Access",
    Action.DOWNLOAD: "MakeDigitalCopy",
    Action.PRINT: "PrintCopy",
    Action.COURSE_PACK: "Include",
    Action.COURSE_RESERVE: "Include",
    Action.INTERLIBRARY_SUPPLY: "SupplyCopy",
    Action.TEXT_AND_DATA_MINE: "UseForDataMining",
    Action.ARCHIVE: "DepositInPerpetuity",
}
STATUSES = {
    TermStatus.PERMITTED_EXPLICIT: "Permitted",
    TermStatus.PERMITTED_CONDITIONAL: "Permitted",
    TermStatus.PERMITTED_INTERPRETED: "InterpretedAsPermitted",
    TermStatus.PROHIBITED_EXPLICIT: "Prohibited",
    TermStatus.PROHIBITED_INTERPRETED: "InterpretedAsProhibited",
    TermStatus.SILENT: "SilentUninterpreted",
    TermStatus.NOT_APPLICABLE: "NotApplicable",
}
TARGETS = {
    (Action.COURSE_PACK, "print"): "CoursePackPrinted",
    (Action.COURSE_PACK, "electronic"): "CoursePackElectronic",
    (Action.COURSE_RESERVE, "print"): "CourseReservePrinted",
    (Action.COURSE_RESERVE, "electronic"): "CourseReserveElectronic",
}
ROBOT, PUBLIC = coded("AccessByRobot"), coded("PublicNetwork")


def sayable(term: dict[str, Any]) -> bool:
    """Whether ONIX-PL has a type of usage for the action."""
    return Action(term["action"]) is not Action.AI_USE


def usage(term: dict[str, Any], left: Sequence[Element], concurrent: Sequence[Element] = ()) -> Element:
    """`left`: what a term can't say of it, from the document that it came from; `concurrent`: of the licence, told with
    whoever may view."""
    action, permits = Action(term["action"]), TermStatus(term["status"]).value.startswith("permitted")
    kind = _type(term, action)
    made = [
        element("UsageType", coded(kind)),
        element("UsageStatus", coded(STATUSES[TermStatus(term["status"])])),
        *_annotations(term["note"]),
        *_users(term, permits=permits),
        *(element("UsedResource", part) for part in _resources(term["parts"])),
        *(element("UsagePurpose", word) for word in _codes("UsagePurpose", term["purposes"])),
        *(element("UsageMethod", word) for word in _codes("UsageMethod", term["methods"])),
        *_quantities(term["limits"]),
        *_recipients(term, action),
        *_places(term),
        *left,
    ]
    if term["clause"] is not None:
        made.insert(2, element("LicenseTextLink", href=clause_id(term["clause"])))
    if term["except_as_permitted"]:
        made.append(element("UsageException", element("UsageExceptionType", coded("ExceptAsPermitted"))))
    if kind == "Include" and not any(_is_target(found) for found in left):
        made.append(_target(term, action))
    if action is Action.VIEW and permits:
        made += concurrent
    return element("Usage", *ordered(made, shape.USAGE))


def _type(term: dict[str, Any], action: Action) -> str:
    if action is Action.SHARE:
        return "SupplyCopy" if term["recipients"] and term["methods"] != [PUBLIC] else "MakeAvailable"
    if action is Action.TEXT_AND_DATA_MINE and term["methods"] == [ROBOT]:
        return "AccessByRobot"
    return TYPES[action]


def _annotations(note: str | None) -> list[Element]:
    made = []
    for written in note.split(NOTE_BREAK) if note else ():
        kind, colon, words = written.partition(": ")
        if colon and kind in known()["AnnotationType"]:
            made.append(element("Annotation", element("AnnotationType", coded(kind)), element("AnnotationText", words)))
        else:
            made.append(element("Annotation", element("AnnotationText", written)))
    return made


def _users(term: dict[str, Any], *, permits: bool) -> list[Element]:
    if term["affiliations"]:
        return [element("User", f"{EDUPERSON}{word}") for word in term["affiliations"]]
    if permits:
        return [element("User", ANYONE)]
    return [element("User", coded("Licensee")), element("User", coded("AuthorizedUser"))]


def _resources(parts: list[str] | None) -> list[str]:
    """A part that is described in words ("10 %", "one chapter") is a part of the content to others."""
    named = [part for part in parts or () if lists.name(part) in known()["UsedResource"] or _label(part)]
    return named or [coded("LicensedContentPart" if parts else "LicensedContent")]


def _label(word: str) -> bool:
    """Whether it may be the label of something that a document defines."""
    return word.replace(" ", "").replace("-", "").isalpha() and word[:1].isupper()


def _codes(name: str, words: list[str] | None) -> list[str]:
    return [word for word in words or () if lists.name(word) in known()[name]]


def _quantities(limits: list[dict[str, Any]]) -> list[Element]:
    units = {limit: unit for unit, limit in UNITS.items()}
    return [
        quantity("UsageQuantity", "NumberOfCopiesPermitted", limit["amount"], units[limit["kind"]])
        for limit in limits
        if limit["kind"] in units and ours.amount(limit["amount"]).isdecimal()
    ]


def quantity(name: str, kind: str, amount: Any, unit: str, proximity: str = "NotMoreThan") -> Element:
    return element(
        name,
        element(f"{name}Type", coded(kind)),
        element(
            "QuantityDetail",
            element("Proximity", coded(proximity)),
            element("Value", ours.amount(amount)),
            element("QuantityUnit", coded(unit)),
        ),
    )


def _recipients(term: dict[str, Any], action: Action) -> list[Element]:
    what = "RelatedPlace" if action is Action.ARCHIVE else "RelatedAgent"
    found = [word for word in term["recipients"] or () if (lists.name(word) or word) in known()[what] or _label(word)]
    if not found and action is Action.INTERLIBRARY_SUPPLY:
        found = [coded("ThirdPartyLibrary")]
    if not found:
        return []
    if action is Action.ARCHIVE:
        return [related("UsageRelatedPlace", "UsagePlaceRelator", "PlaceOfDeposit", what, found)]
    return [related("UsageRelatedAgent", "UsageAgentRelator", "ReceivingAgent", what, found)]


def _places(term: dict[str, Any]) -> list[Element]:
    places = [coded("LicenseePremises")] if term["on_site_only"] else []
    places += term["territories"] or ()
    return [related("UsageRelatedPlace", "UsagePlaceRelator", "PlaceOfUsage", "RelatedPlace", [p]) for p in places]


def _is_target(found: Element) -> bool:
    return tag(found) == "UsageRelatedResource" and text(found, "UsageResourceRelator") == coded("TargetResource")


def _target(term: dict[str, Any], action: Action) -> Element:
    formats = [limit["formats"] for limit in term["limits"] if limit["kind"] == "formats"]
    forms = formats[0] if formats and set(formats[0]) <= {"print", "electronic"} else ["print", "electronic"]
    into = [coded(TARGETS[action, form]) for form in forms]
    return related("UsageRelatedResource", "UsageResourceRelator", "TargetResource", "RelatedResource", into)


def related(name: str, relator: str, kind: str, what: str, values: Sequence[str]) -> Element:
    return element(name, element(relator, coded(kind)), *(element(what, value) for value in values))


def definitions(terms: Sequence[dict[str, Any]]) -> list[Element]:
    """What the labels of these usages mean to others, each with our authority."""
    affiliations = sorted({word for term in terms for word in term["affiliations"] or ()})
    made = [
        _agent(f"{EDUPERSON}{word}", [coded(code) for code, words in codes().users.items() if words == [word]])
        for word in affiliations
    ]
    permitting = [term for term in terms if TermStatus(term["status"]).value.startswith("permitted")]
    if any(not term["affiliations"] for term in permitting):
        made.append(_agent(ANYONE, []))
    made += [_country(code) for code in sorted({code for term in terms for code in term["territories"] or ()})]
    return made


def _agent(label: str, standard: list[str]) -> Element:
    made = element(
        "AgentDefinition",
        element("AgentLabel", label),
        element("AgentType", coded("Person")),
        element("Authority", "Mutua"),
        element("Description", f"eduPersonAffiliation {label.removeprefix(EDUPERSON)}" if standard else label),
    )
    if standard:
        made.append(related("AgentRelatedAgent", "AgentAgentRelator", "IsAnyOf", "RelatedAgent", standard))
    return made


def _country(code: str) -> Element:
    return element(
        "PlaceDefinition",
        element("PlaceLabel", code),
        element("Authority", "Mutua"),
        element(
            "PlaceIdentifier",
            element("PlaceIDType", coded("ISOCountryCode")),
            element("IDValue", code),
        ),
    )
