"""What a document defines: its agents, resources and places by label, its clauses by id."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from domain.exchange.onixpl import fragments, lists, ours
from domain.exchange.onixpl.documents import Document, Element, child, children, said, tag, text, texts
from models.vocabulary import Affiliation

EDUPERSON = "eduPerson:"
"""Labels of agents in documents of ours: one affiliation each."""
ANYONE = "Mutua:anyone"
"""The label of whoever uses it, in documents of ours: no constraint."""

_NUMBER_END = re.compile(r"[\s.]+$")


@dataclass(frozen=True, slots=True)
class People:
    """Who the users of a usage are: their codes, users that lead to none, and the restrictions of their definitions."""

    codes: tuple[str, ...]
    affiliations: frozenset[Affiliation]
    unknown: frozenset[str]
    restrictions: tuple[str, ...]
    anyone: bool
    named: frozenset[str]
    """Every code and label on the way."""


@dataclass(frozen=True, slots=True)
class Definitions:
    agents: dict[str, Element]
    resources: dict[str, Element]
    documents: dict[str, Element]
    time_points: dict[str, Element]
    numbers: dict[str, str]
    """The clauses' numbers by the ids of their text elements."""
    granted: frozenset[str]
    """The purposes for which the licence is granted at all."""
    narrower: frozenset[str]
    """Labels of parts of the licensed content."""

    def people(self, users: list[str]) -> People:
        codes, unknown, restrictions = list[str](), set[str](), list[str]()
        affiliations, seen = set[Affiliation](), set[str]()
        above, ends = defaultdict[str, list[str]](list), set[str]()
        open_ = [(user, user) for user in reversed(users)]
        while open_:
            user, named = open_.pop()
            if user in seen:
                continue
            seen.add(user)
            label = lists.name(user) or user
            definition = self.agents.get(label)
            inner: list[str] = []
            if user.startswith(EDUPERSON) and user.removeprefix(EDUPERSON) in set(Affiliation):
                affiliations.add(Affiliation(user.removeprefix(EDUPERSON)))
            elif label in lists.codes().users:
                codes.append(label)
            elif definition is not None and (inner := _members_of(definition)):
                restrictions += _restrictions(definition)
                open_ += [(member, named) for member in reversed(inner)]
                for member in inner:
                    above[member].append(user)
            elif user != ANYONE:
                unknown.add(named)
            if label in lists.codes().everybody:
                codes.append(label)
            if not inner or label in lists.codes().everybody:
                ends.add(user)
        unknown |= set(users) - _reaching(ends, above)
        return People(
            tuple(dict.fromkeys(codes)),
            frozenset(affiliations),
            frozenset(unknown),
            tuple(dict.fromkeys(restrictions)),
            ANYONE in users,
            frozenset(lists.name(user) or user for user in seen),
        )


def read(document: Document) -> Definitions:
    root = document.root
    defined = child(root, "Definitions")
    agents = _by_label(defined, "AgentDefinition", "AgentLabel")
    resources = _by_label(defined, "ResourceDefinition", "ResourceLabel")
    grant = child(root, "LicenseGrant")
    return Definitions(
        agents,
        resources,
        _by_label(defined, "DocumentDefinition", "DocumentLabel"),
        _by_label(defined, "TimePointDefinition", "TimePointLabel"),
        _numbers(root),
        frozenset(texts(grant, "LicenseGrantPurpose") if grant is not None else ()),
        frozenset(_narrower(resources)),
    )


def _by_label(defined: Element | None, name: str, label: str) -> dict[str, Element]:
    return {text(found, label): found for found in children(defined, name)} if defined is not None else {}


def _members_of(definition: Element) -> list[str]:
    """The agents of which a defined one is any."""
    return [
        member
        for related in children(definition, "AgentRelatedAgent")
        if lists.name(text(related, "AgentAgentRelator")) in {"IsA", "IsAnyOf"}
        for member in texts(related, "RelatedAgent")
    ]


def _reaching(ends: set[str], above: dict[str, list[str]]) -> set[str]:
    """The agents that lead to any of these, themselves too; one that leads only to itself isn't among them."""
    found, open_ = set[str](), list(ends)
    while open_:
        agent = open_.pop()
        if agent not in found:
            found.add(agent)
            open_ += above.get(agent, ())
    return found


def _restrictions(definition: Element) -> Iterator[str]:
    for related in children(definition, "AgentRelatedPlace"):
        relator = lists.name(text(related, "AgentPlaceRelator"))
        if relator in {"GeographicalRestriction", "SiteRestriction"}:
            yield relator


def _narrower(resources: dict[str, Element]) -> Iterator[str]:
    """Labels of what the licensed content is any of, in steps, and of parts of that."""
    related = {
        label: {
            lists.name(text(found, "ResourceResourceRelator")) or "": texts(found, "RelatedResource")
            for found in children(definition, "ResourceRelatedResource")
        }
        for label, definition in resources.items()
    }
    found, open_ = set[str](), ["LicensedContent"]
    while open_:
        for part in related.get(open_.pop(), {}).get("IsAnyOf", ()):
            if part not in found:
                found.add(part)
                open_.append(part)
    whole = found | {"LicensedContent", lists.coded("LicensedContent")}
    yield from found
    for label, relations in related.items():
        if label not in whole and any(set(relations.get(kind, ())) & whole for kind in ("IsPartOf", "IsCopyOfPartOf")):
            yield label


def _numbers(root: Element) -> dict[str, str]:
    """A clause is called as the document displays it, else by its sort number; where two texts would be called the
    same, the later one has its document's label in front. Documents of ours have the number in the id."""
    found, taken = dict[str, str](), set[str]()
    own = _is_ours(root)
    for document in children(root, "LicenseDocumentText"):
        label = text(document, "DocumentLabel")
        for clause in children(document, "TextElement"):
            number = (fragments.numbered(clause.get("id", "")) if own else None) or display(clause)
            again = 1
            while number in taken:
                again += 1
                number = f"{label} {display(clause)}" if again == 2 else f"{label} {display(clause)} ({again - 1})"
            taken.add(number)
            found[clause.get("id", "")] = number
    return found


def _is_ours(root: Element) -> bool:
    detail = child(root, "LicenseDetail")
    return detail is not None and any(ours.is_one(found) for found in children(detail, "Annotation"))


def display(clause: Element) -> str:
    written = text(clause, "DisplayNumber") or text(clause, "SortNumber")
    return _NUMBER_END.sub("", written) or written or said(clause) or tag(clause)
