"""Cases that a librarian can read: YAML files, one per rule, run against the real tables.

A file has a `world` (see world.py), `people`, and `cases`. A case says `who` asks to do what (`asks: view Annals`),
`about` whom if not herself, when (`day`, or `now` for a moment), for which `published` date, at the `gate` or not, and
what is expected. Only what is written is compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from domain.principal import Membership, Principal, Viewer
from domain.rights.answer import Answer, Condition, Context, Granted, Remedy, Use, Window
from domain.rights.subject import Subject
from models.vocabulary import Action, Affiliation, Role
from tests.rights.world import World, span

FOLDER = Path(__file__).parent / "cases"
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One case of a file, with the world it plays in."""

    rule: str
    told: Mapping[str, Any]
    world: Mapping[str, Any]
    people: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.told["case"])

    @property
    def action(self) -> Action:
        return Action(self.told["asks"].split()[0])

    @property
    def resource(self) -> str:
        return str(self.told["asks"].split(maxsplit=1)[1])

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.told["now"]) if "now" in self.told else NOW

    @property
    def expected(self) -> Mapping[str, Any]:
        return {"answer": "granted", **self.told["granted"]} if "granted" in self.told else refused(self.told)

    def principal(self, world: World) -> Principal:
        return self._viewer(world).principal

    def viewer_and_subject(self, world: World) -> tuple[Viewer, Subject | None]:
        return self._viewer(world), self._subject(world)

    def context(self, world: World) -> Context:
        first, last = span(self.told.get("published"))
        return Context(
            on=self.told.get("day"),
            published=(first, last) if first and last else None,
            use=Use(**self.told.get("use", {})),
            gate=self.told.get("gate", False),
            package_title_id=world.id("package_title", self.told["copy"]) if "copy" in self.told else None,
        )

    def _viewer(self, world: World) -> Viewer:
        who = self.people[self.told["who"]] or {}
        memberships = [membership(world, told) for told in who.get("is", [])]
        on_site = frozenset(world.id("member", name) for name in who.get("at", []))
        return Viewer(Principal(tuple(memberships), on_site, who.get("territory")))

    def _subject(self, world: World) -> Subject | None:
        if "about" not in self.told:
            return None
        about = self.told["about"]
        return Subject(
            named="member" in about,
            member_id=world.ids.get(("member", about.get("member", ""))),
            affiliations=_affiliations(about["affiliations"]) if "affiliations" in about else None,
            entitlements=frozenset(about["entitlements"]) if "entitlements" in about else None,
            on_site=about.get("on_site"),
            territory=about.get("territory"),
        )


def cases() -> Iterator[Case]:
    for file in sorted(FOLDER.glob("*.yaml")):
        told = yaml.safe_load(file.read_text("utf-8"))
        for case in told["cases"]:
            yield Case(str(told["rule"]), case, merged(told["world"], case.get("with", {})), told["people"])


def merged(world: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A world with some of its parts told differently."""
    both = dict(world)
    for key, change in changes.items():
        old = both.get(key)
        both[key] = merged(old, change) if isinstance(old, dict) and isinstance(change, dict) else change
    return both


def refused(told: Mapping[str, Any]) -> dict[str, Any]:
    """`refused: EMBARGOED` for short."""
    how = told["refused"]
    return {"answer": "refused", **({"reason": how} if isinstance(how, str) else how)}


def membership(world: World, told: Mapping[str, Any]) -> Membership:
    return Membership(
        world.id("member", told["of"]),
        _affiliations(told.get("as", [])),
        frozenset(told.get("with", [])),
        frozenset(Role(role) for role in told.get("roles", [])),
    )


def in_words(world: World, answer: Answer) -> dict[str, Any]:
    """An answer with names for ids, as the files tell it."""
    said: dict[str, Any] = {
        "member": world.name("member", answer.member_id),
        "entitlement": world.name("entitlement", answer.entitlement_id),
        "licence": world.name("licence", answer.licence_id),
        "clause": world.name("clause", answer.clause_id),
        "until": answer.valid_until,
    }
    if isinstance(answer, Granted):
        return said | {
            "answer": "granted",
            "basis": answer.basis.name,
            "conditions": [_condition(world, condition) for condition in answer.conditions],
            "windows": [_window(window) for window in answer.windows],
            "links": [world.name("package_title", link.package_title_id) for link in answer.links],
            "coverage": [
                world.name("coverage", of) or world.name("entitlement_coverage", of) for of in answer.coverage_ids
            ],
            "by_default": answer.by_default,
            "in_grace": answer.in_grace,
        }
    return said | {
        "answer": "refused",
        "reason": answer.reason.name,
        "ended": answer.ended_on,
        "remedies": [_remedy(world, remedy) for remedy in answer.remedies],
    }


def _condition(world: World, condition: Condition) -> str:
    if condition.coverage_id:
        return f"kept by {world.name('entitlement_coverage', condition.coverage_id)}"
    return condition.code or f"note of {world.name('term', condition.term_id)}"


def _window(window: Window) -> str:
    return f"{_day(window.first)}..{_day(window.last)}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _remedy(world: World, remedy: Remedy) -> str:
    where = world.name("member", remedy.member_id) if remedy.kind.name == "COME_ON_SITE" else None
    return " ".join(str(part) for part in (remedy.kind.name, remedy.available_on, where) if part)


def _affiliations(words: list[str]) -> frozenset[Affiliation]:
    return frozenset(Affiliation(word) for word in words)
