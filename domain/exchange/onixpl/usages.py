"""One usage of an ONIX-PL document as terms of ours.

A usage becomes one term for each action and, where its users include walk-ins, one more for them on the premises. What
a term can't say is left: with a permission that depends on it the term is conditional and says so in its public note;
a prohibition without it prohibits more. A usage of which no action of ours speaks becomes no term at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domain.exchange.onixpl import lists
from domain.exchange.onixpl.definitions import Definitions, People
from domain.exchange.onixpl.documents import Element, child, children, line, said, tag, text, texts
from domain.exchange.onixpl.lists import Codes, coded, codes
from models.vocabulary import Action, Affiliation, LimitKind, TermStatus

TELLING = {TermStatus.PERMITTED_EXPLICIT, TermStatus.PERMITTED_INTERPRETED}
LONGEST_NUMBER = 6
"""Digits."""
NOTE_BREAK = "\n\n"
CONCURRENT = {
    "NumberOfConcurrentUsers": LimitKind.CONCURRENT_USERS_PER_MEMBER,
    "NumberOfPooledConcurrentUsers": LimitKind.CONCURRENT_USERS,
}
"""Quantities that bind the licence as a whole."""
UNITS = {"Copies": "copies", "Pages": "pages", "Percent": "percent"}
"""Units of what a usage may make, and the limits that they are."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """`terms` in plain values; `left`: the children of the usage that the terms don't say."""

    terms: tuple[dict[str, Any], ...] = ()
    left: tuple[Element, ...] = ()


def terms(usage: Element, definitions: Definitions) -> Mapped:
    """What the usage means; no terms where none of our actions is meant."""
    return _Usage(usage, definitions).mapped()


class _Usage:
    """A usage being read. `said` gathers the children that the terms say."""

    def __init__(self, element: Element, definitions: Definitions) -> None:
        self.element, self.definitions = element, definitions
        self.codes: Codes = codes()
        self.type = lists.name(text(element, "UsageType")) or ""
        self.status = TermStatus(self.codes.status[lists.name(text(element, "UsageStatus")) or "SilentUninterpreted"])
        self.said: set[Element] = {e for e in element if tag(e) in {"UsageType", "UsageStatus"}}

    @property
    def permits(self) -> bool:
        return self.status in TELLING

    def mapped(self) -> Mapped:
        parts = self._parts()
        if parts is False:
            return Mapped()
        actions = self._actions()
        people = self.definitions.people(texts(self.element, "User"))
        whom = list(self._whom(people))
        if not actions or not whom:
            return Mapped()
        self._say_users(people)
        common: dict[str, Any] = {
            "line": line(self.element),
            "clause": self._clause(),
            "user_classes": None,
            "purposes": self._purposes(),
            "methods": self._methods(),
            "parts": parts,
            "territories": None,
            "except_as_permitted": self._except_as_permitted(),
            "concurrent_users": None,
            "note": self._note(),
        }
        limits = self._limits()
        found = [
            {
                **common,
                "action": action,
                "recipients": recipients,
                "affiliations": affiliations,
                "on_site_only": on_site,
                **self._telling(people),
                "limits": [*limits, *forms],
            }
            for action, recipients, forms in actions
            for affiliations, on_site in whom
        ]
        return Mapped(tuple(found), tuple(e for e in self.element if e not in self.said))

    # what is done, and to whom it is given

    def _actions(self) -> list[tuple[Action, list[str] | None, list[dict[str, Any]]]]:
        """Each with its recipients and the forms in which it is permitted."""
        if self.type == "Include":
            return list(self._includes())
        if self.type == "SupplyCopy":
            return list(self._supplies())
        if self.type == "Use":
            return [] if self.permits else [(action, None, []) for action in Action]
        if self.type not in self.codes.action:
            return []
        action = Action(self.codes.action[self.type])
        if action is Action.ARCHIVE:
            return [(action, self._places("PlaceOfDeposit", say=True) or None, [])]
        return [(action, self._receivers() or None, [])]

    def _includes(self) -> Iterator[tuple[Action, list[str] | None, list[dict[str, Any]]]]:
        forms: dict[str, set[str]] = {}
        for target in self._related_resources("TargetResource"):
            for action, form in self.codes.targets.get(lists.name(target) or "", ()):
                forms.setdefault(action, set()).add(form)
        for action, found in sorted(forms.items()):
            limited = [_limit("formats", formats=sorted(found))] if len(found) == 1 else []
            yield Action(action), None, limited

    def _supplies(self) -> Iterator[tuple[Action, list[str] | None, list[dict[str, Any]]]]:
        receivers = self._receivers()
        libraries = [receiver for receiver in receivers if (lists.name(receiver) or "") in self.codes.libraries]
        others = [receiver for receiver in receivers if receiver not in libraries]
        if others or not receivers:
            yield Action.SHARE, others or None, []
        if libraries or not receivers:
            any_library = not libraries or coded("ThirdPartyLibrary") in libraries
            yield Action.INTERLIBRARY_SUPPLY, None if any_library else libraries, []

    def _receivers(self) -> list[str]:
        found = []
        for related in children(self.element, "UsageRelatedAgent"):
            self.said.add(related)
            found += texts(related, "RelatedAgent")
        return found

    def _related_resources(self, relator: str) -> list[str]:
        return [
            resource
            for related in children(self.element, "UsageRelatedResource")
            if lists.name(text(related, "UsageResourceRelator")) == relator
            for resource in texts(related, "RelatedResource")
        ]

    def _places(self, relator: str, *, say: bool = False) -> list[str]:
        found = []
        for related in children(self.element, "UsageRelatedPlace"):
            if lists.name(text(related, "UsagePlaceRelator")) == relator:
                found += texts(related, "RelatedPlace")
                if say:
                    self.said.add(related)
        return found

    # who

    def _whom(self, people: People) -> Iterator[tuple[list[Affiliation] | None, bool]]:
        """Affiliations, and whether on the premises only."""
        places = {lists.name(place) or place for place in self._places("PlaceOfUsage")}
        on_site = bool(places) and places <= self.codes.premises
        if on_site:
            self._places("PlaceOfUsage", say=True)
        if people.anyone:
            yield None, on_site
            return
        if not self.permits:
            everybody = people.unknown or self.codes.everybody & set(people.codes) or self._all_users()
            told = _ordered(self._affiliations(people.codes), people.affiliations)
            yield (None if everybody else told or None), on_site  # users who lead to nobody: it prohibits more
            return
        at_large = [code for code in people.codes if code not in self.codes.on_site]
        if {"AuthorizedUser"} & {lists.name(user) or user for user in texts(self.element, "User")}:
            at_large = [code for code in at_large if code != "Licensee"]
        remote = self._affiliations(at_large) | people.affiliations
        walk_in = self._affiliations(code for code in people.codes if code in self.codes.on_site)
        if on_site and (remote | walk_in):
            yield _ordered(remote | walk_in), True
            return
        if remote:
            yield _ordered(remote), False
        if walk_in - remote:
            yield _ordered(walk_in), True

    def _all_users(self) -> bool:
        return self.status in {TermStatus.SILENT, TermStatus.NOT_APPLICABLE}

    def _affiliations(self, found: Any) -> frozenset[Affiliation]:
        return frozenset(Affiliation(word) for code in found for word in self.codes.users.get(code, ()))

    def _say_users(self, people: People) -> None:
        self.said |= {user for user in children(self.element, "User") if said(user) not in people.unknown}

    # within which bounds

    def _clause(self) -> str | None:
        first = child(self.element, "LicenseTextLink")
        if first is None:
            return None
        self.said.add(first)
        return self.definitions.numbers.get(first.get("href", ""))

    def _parts(self) -> list[str] | bool | None:
        """What of the content; None = any of it, False = it isn't the licensed content that is used."""
        whole, parts = False, []
        for resource in children(self.element, "UsedResource"):
            written = said(resource)
            name = lists.name(written) or (written if written in self.codes.content else "")
            if name in self.codes.content:
                whole = True
            elif name in self.codes.parts or written in self.definitions.narrower:
                parts.append(written)
            else:
                continue
            self.said.add(resource)
        return None if whole else parts or False

    def _purposes(self) -> list[str] | None:
        """A prohibition of what the licence is granted for prohibits altogether."""
        purposes = texts(self.element, "UsagePurpose")
        if not self.permits and self.definitions.granted & set(purposes):
            return None
        self.said |= set(children(self.element, "UsagePurpose"))
        return purposes or None

    def _methods(self) -> list[str] | None:
        found = []
        for method in children(self.element, "UsageMethod"):
            if lists.name(said(method)) not in self.codes.signing_in:
                found.append(said(method))
                self.said.add(method)
        if self.type == "AccessByRobot":
            found.append(coded("AccessByRobot"))
        for exception in children(self.element, "UsageException"):
            kind = lists.name(text(exception, "UsageExceptionType"))
            if kind == "ExceptOnSecureNetwork" and not self.permits and self.type == "MakeAvailable":
                found.append(coded("PublicNetwork"))
                self._say_exception(exception)
        return found or None

    def _except_as_permitted(self) -> bool:
        excepted = False
        for exception in children(self.element, "UsageException"):
            kind = lists.name(text(exception, "UsageExceptionType"))
            if kind in self.codes.except_as_permitted and not self.permits:
                excepted = True
                self._say_exception(exception)
        return excepted

    def _say_exception(self, exception: Element) -> None:
        if len(exception) == 1:
            self.said.add(exception)

    def _limits(self) -> list[dict[str, Any]]:
        found = []
        for quantity in children(self.element, "UsageQuantity"):
            details = list(children(quantity, "QuantityDetail"))
            kind = lists.name(text(quantity, "UsageQuantityType"))
            if kind != "NumberOfCopiesPermitted" or len(details) != 1:
                continue
            unit = UNITS.get(lists.name(text(details[0], "QuantityUnit")) or "")
            amount = at_most(details[0])
            if unit and amount:
                found.append(_limit(unit, amount=amount))
                self.said.add(quantity)
        return found

    # what is told

    def _note(self) -> str | None:
        written = []
        for annotation in children(self.element, "Annotation"):
            if child(annotation, "Authority") is not None:
                continue
            self.said.add(annotation)
            kind, words = lists.name(text(annotation, "AnnotationType")), text(annotation, "AnnotationText")
            written.append(f"{kind}: {words}" if kind else words)
        return NOTE_BREAK.join(written) or None

    def _telling(self, people: People) -> dict[str, Any]:
        """Status and public note: a permission with conditions is conditional."""
        conditions = list(dict.fromkeys(self._conditions(people))) if self.permits else []
        if not conditions:
            return {"status": self.status, "public_note": None}
        interpreted = self.status is TermStatus.PERMITTED_INTERPRETED
        sentences: dict[str, list[str]] = {"zh": [], "en": []}
        for key, value, unit in conditions:
            for language, found in sentences.items():
                words = self.codes.units.get(unit, {}).get(language, unit)
                found.append(self._sentence(key)[language].replace("{value}", value).replace("{unit}", words))
        return {
            "status": self.status if interpreted else TermStatus.PERMITTED_CONDITIONAL,
            "public_note": {"zh": "；".join(sentences["zh"]) + "。", "en": "; ".join(sentences["en"]) + "."},
        }

    def _sentence(self, key: str) -> dict[str, str]:
        return self.codes.conditions.get(key) or self.codes.narrower_users[key]

    def _conditions(self, people: People) -> Iterator[tuple[str, str, str]]:
        """(key, value, unit) of each condition."""
        known = self.codes.conditions
        for code in people.codes:
            if code in self.codes.narrower_users:
                yield code, "", ""
        for restriction in people.restrictions:
            yield restriction, "", ""
        for condition in texts(self.element, "UsageCondition"):
            if (name := lists.name(condition) or "") in known:
                yield name, "", ""
        for resource in self._related_resources("MustInclude"):
            name = lists.name(resource) or resource
            yield (name, "", "") if name in known else ("MustInclude", name, "")
        for relator in ("PlaceOfUsage", "PlaceOfReceivingAgent"):
            places = {lists.name(place) or place for place in self._places(relator)}
            if relator == "PlaceOfUsage" and places & self.codes.premises:
                continue
            for name in sorted(places):
                yield (name, "", "") if name in known else (relator, name, "")
        for quantity in children(self.element, "UsageQuantity"):
            yield from self._unread(quantity)
        for point in children(self.element, "UsageRelatedTimePoint"):
            relator = lists.name(text(point, "UsageTimePointRelator")) or ""
            labels = ", ".join(lists.name(label) or label for label in texts(point, "RelatedTimePoint"))
            yield "UsageRelatedTimePoint", f"{relator} {labels}".strip(), ""
        for reference in children(self.element, "OtherDocumentReference"):
            if lists.name(text(reference, "ReferenceRelator")) == "InAccordanceWith":
                yield "InAccordanceWith", text(reference, "DocumentLabel"), ""

    def _unread(self, quantity: Element) -> Iterator[tuple[str, str, str]]:
        """A quantity that is no limit of ours."""
        kind = lists.name(text(quantity, "UsageQuantityType")) or ""
        details = list(children(quantity, "QuantityDetail"))
        counted = kind in CONCURRENT and details and at_most(details[0]) is not None
        if quantity in self.said or counted:
            return
        units = [lists.name(text(detail, "QuantityUnit")) or "" for detail in details]
        if kind == "RetentionPeriodForUsedResource" and details:
            yield kind, text(details[0], "Value"), units[0]
            return
        amounts = [f"{text(detail, 'Value')} {unit}".strip() for detail, unit in zip(details, units, strict=True)]
        yield "UsageQuantity", ", ".join(amounts) or kind, ""


def at_most(detail: Element) -> int | None:
    """The largest number that a quantity allows; None where it names no largest."""
    value = text(detail, "Value")
    if not value.isdecimal() or len(value) > LONGEST_NUMBER:
        return None
    match lists.name(text(detail, "Proximity")):
        case None | "Exactly" | "NotMoreThan":
            return int(value) or None
        case "LessThan":
            return int(value) - 1 or None
        case _:
            return None


def at_least(detail: Element) -> int | None:
    """The smallest number that a quantity asks for."""
    value = text(detail, "Value")
    told = lists.name(text(detail, "Proximity")) in {None, "Exactly", "NotLessThan"}
    return int(value) or None if told and value.isdecimal() and len(value) <= LONGEST_NUMBER else None


def _limit(kind: str, *, amount: int | None = None, formats: list[str] | None = None) -> dict[str, Any]:
    counted = None if amount is None else str(amount)
    return {"kind": LimitKind(kind), "amount": counted, "unit": None, "formats": formats, "note": None}


def _ordered(*found: frozenset[Affiliation]) -> list[Affiliation]:
    every = frozenset().union(*found)
    return [word for word in Affiliation if word in every]
