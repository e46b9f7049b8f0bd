"""The oracle in Cedar: what licences, statutes, standing and counts say, as policies of another engine.

Which rights cover a resource on a day, and what of it is open, comes from plain SQL (oracle.sql up to its CTE `asked`).
What a licence says to a person is written here as Cedar policies, made from the words that a world is told in, and
decided by cedarpy: nothing of `domain.rights` takes part.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import cedarpy
from pyroaring import BitMap
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.principal import Principal
from domain.rights.answer import Context
from models.vocabulary import Action
from tests.rights import oracle
from tests.rights.world import World

Words = Mapping[str, Any]

READING = ("view", "download", "print")
THOUSANDTHS = 1000
"""Cedar counts in whole numbers."""
_SQL = (
    oracle.SQL.partition("permission AS (")[0].rstrip().rstrip(",")
    + """
SELECT asked.ordinal, asked.kind, asked.licence_id, asked.pooled, asked.there, asked.rights, asked.on_site,
       asked.territory, asked.affiliations, asked.standing, coalesce(person.uris, '{}') AS uris,
       coalesce(person.day, asked.day) AS day,
       giver.kind = 'member' AND giver.id <> asked.member_id AS of_others
FROM asked LEFT JOIN person ON person.n = asked.as_person LEFT JOIN party AS giver ON giver.id = asked.giver_id
"""
)


async def readable(
    session: AsyncSession,
    world: World,
    told: Words,
    principal: Principal,
    action: Action,
    context: Context,
    now: Any,
) -> BitMap:
    """The ordinals that Cedar permits; the same question as `oracle.readable`."""
    question = oracle.question(principal, action, context, now)
    found = (await session.execute(text(_SQL), {"question": json.dumps(question)})).all()
    requests, entities = [], []
    for number, row in enumerate(found):
        name = world.name("licence", row.licence_id) if row.licence_id else None
        entities += [_person(number, row), _right(number, row, f"{name} {row.day}" if name else row.kind)]
        requests.append(
            {
                "principal": f'Person::"{number}"',
                "action": f'Action::"{action.value}"',
                "resource": f'Right::"{number}"',
                "context": _context(context),
            }
        )
    days = {(world.name("licence", row.licence_id), row.day) for row in found if row.licence_id}
    policies = "\n".join([*_contracts(told, days), *_open(told), *_forbidden()])
    answers = cedarpy.is_authorized_batch(requests, policies, entities) if requests else []
    for answer in answers:
        assert not answer.diagnostics.errors, answer.diagnostics.errors
    return BitMap(row.ordinal for row, answer in zip(found, answers, strict=True) if answer.allowed)


def _person(number: int, row: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"affiliations": list(row.affiliations), "uris": list(row.uris), "onSite": row.on_site}
    if row.territory is not None:
        facts["territory"] = row.territory
    facts["standing"] = row.standing
    return {"uid": {"type": "Person", "id": str(number)}, "attrs": facts, "parents": []}


def _right(number: int, row: Any, says: str) -> dict[str, Any]:
    facts = {
        "kind": row.kind,
        "says": says,
        "there": row.there,
        "pooled": row.pooled and row.kind == "subscription",
        "ofOthers": bool(row.of_others),
        "rights": row.rights or "",
    }
    return {"uid": {"type": "Right", "id": str(number)}, "attrs": facts, "parents": []}


def _context(context: Context) -> dict[str, Any]:
    use = context.use
    said = {name: getattr(use, name) for name in ("purpose", "recipient", "method", "part")}
    facts: dict[str, Any] = {name: value.strip().lower() for name, value in said.items() if value is not None}
    facts["gate"] = context.gate
    if use.part and (counted := _counted(use.part)):
        facts["unit"], facts["quantity"] = counted
    return facts


def _counted(part: str) -> tuple[str, int] | None:
    number, _, unit = part.strip().lower().replace("%", " %").partition(" ")
    unit = unit.strip()
    kind = {"%": "percent", "pages": "pages", "page": "pages", "copies": "copies", "copy": "copies"}.get(unit)
    return (kind, round(float(number) * THOUSANDTHS)) if kind else None


def _contracts(told: Words, days: Iterable[tuple[str | None, date]]) -> Iterable[str]:
    """A policy for each licence, day and action of which it is asked: it permits, or a statute does."""
    consortium = told.get("consortium", {})
    for name, day in sorted(days, key=str):
        assert name
        says = {action.value: Licence(told, name, day, action.value) for action in Action}
        for action, licence in says.items():
            contract = f"({licence.permits}) && ({licence.unlimited})"
            view = says["view"]
            statutes = [_statute(one) for one in consortium.get("statutes", []) if one["action"] == action]
            law = f"({_any(statutes)}) && ({view.permits}) && ({view.unlimited}) && !({licence.permits})"
            yield (
                f'permit(principal, action == Action::"{action}", resource) when '
                f'{{ resource.says == "{name} {day}" && (({contract}) || ({law})) }};'
            )


class Licence:
    """What a licence and its parents say of an action on a day, as Cedar expressions."""

    def __init__(self, told: Words, name: str, day: date, action: str) -> None:
        levels, counts = [], False
        level: str | None = name
        while level:
            licence = told["licences"][level]
            terms = [t for t in _standing(licence, day) if t["action"] == action and _speaks(t)]
            levels += [Level([_Term(told, term) for term in terms])] if terms else []
            counts |= action in READING and any(key.startswith("concurrent") for key in licence.get("limits") or {})
            level = licence.get("parent")
        default = action in told.get("consortium", {}).get("permits_when_silent", [])
        allowed = [one.permits for one in levels]
        nobody_refuses = _all(f"({one.permits}) || !({one.matters})" for one in levels)
        self.permits = f"({_any(allowed)}) && ({nobody_refuses})" if levels else _bool(default)
        self.unlimited = "false" if counts else _all(f"({one.unlimited}) || !({one.permits})" for one in levels)
        if not levels and action != "view":  # the default serves whom the licence lets view
            view = Licence(told, name, day, "view")
            self.permits = f"{_bool(default)} && ({view.permits})"
            if action in READING:
                self.unlimited = f"({self.unlimited}) && ({view.unlimited})"


class Level:
    """Explicit beats interpreted; at the same strength prohibited beats permitted, unless "except as permitted"."""

    def __init__(self, terms: list["_Term"]) -> None:
        def any_of(chosen: Iterable[_Term], how: str) -> str:
            return _any(getattr(one, how) for one in chosen)

        permitting = {e: [t for t in terms if t.allows and t.explicit is e] for e in (True, False)}
        hard = {e: [t for t in terms if not t.allows and t.explicit is e and not t.yields] for e in (True, False)}
        prohibiting = [t for t in terms if not t.allows]
        explicitly = any_of(permitting[True], "applies")
        interpreted = any_of(permitting[False], "applies")
        plainly = any_of([t for t in prohibiting if t.explicit], "may_apply")
        self.permits = (
            f"if ({explicitly}) then !({any_of(hard[True], 'may_apply')}) "
            f"else (({interpreted}) && !({plainly}) && !({any_of(hard[False], 'may_apply')}))"
        )
        unlimited = {e: any_of([t for t in permitting[e] if not t.counted], "applies") for e in (True, False)}
        self.unlimited = f"if ({explicitly}) then ({unlimited[True]}) else ({unlimited[False]})"
        self.matters = "true" if any(permitting.values()) else any_of(prohibiting, "may_apply")


@dataclass
class _Term:
    """When a term applies to the principal and the context: yes, perhaps (a fact is missing that the gate must know),
    or no."""

    told: Words
    term: Words

    @property
    def allows(self) -> bool:
        return str(self.term["status"]).startswith("permitted")

    @property
    def explicit(self) -> bool:
        return not str(self.term["status"]).endswith("interpreted")

    @property
    def yields(self) -> bool:
        return bool(self.term.get("except_as_permitted"))

    @property
    def counted(self) -> bool:
        return self.term.get("concurrent_users") is not None

    @property
    def applies(self) -> str:
        return f"{self.may_apply} && !({self._perhaps})"

    @property
    def may_apply(self) -> str:
        unsaid = "false" if self.allows else f"({self._unsaid}) && !context.gate"
        return f"!({self._not_meant}) && !({unsaid})"

    @property
    def _perhaps(self) -> str:
        unknown = ["principal.affiliations.isEmpty()"] if self.term.get("affiliations") else []
        unknown += ["!(principal has territory)"] if self.term.get("territories") else []
        return f"(({self._unsaid}) && context.gate) || ({_any(unknown)})"

    @property
    def _unsaid(self) -> str:
        facts = {"purposes": "purpose", "recipients": "recipient", "methods": "method", "parts": "part"}
        return _any(f"!(context has {fact})" for key, fact in facts.items() if self.term.get(key))

    @property
    def _not_meant(self) -> str:
        return _any([*self._other_person, *self._other_use])

    @property
    def _other_person(self) -> Iterable[str]:
        term = self.term
        if term.get("affiliations"):
            given = _set(term["affiliations"])
            yield f"!principal.affiliations.isEmpty() && !principal.affiliations.containsAny({given})"
        if term.get("user_classes"):
            uris = [uri for code in term["user_classes"] for uri in self.told.get("user_classes", {}).get(code, [])]
            yield f"!principal.uris.containsAny({_set(uris)})"
        if term.get("on_site_only"):
            yield "!principal.onSite"
        if term.get("territories"):
            yield f"principal has territory && !{_set(term['territories'])}.contains(principal.territory)"

    @property
    def _other_use(self) -> Iterable[str]:
        for key, fact in (("purposes", "purpose"), ("recipients", "recipient"), ("methods", "method")):
            if words := self.term.get(key):
                yield f"context has {fact} && !{_set(_plain(words))}.contains(context.{fact})"
        if words := self.term.get("parts"):
            shares = [counted[1] for word in words if (counted := _counted(word)) and counted[0] == "percent"]
            within = "false"
            if shares:
                bound = f"<= {max(shares)}" if self.allows else f">= {min(shares)}"
                within = f'context has unit && context.unit == "percent" && context.quantity {bound}'
            yield f"context has part && !({_set(_plain(words))}.contains(context.part) || ({within}))"
        if self.allows:
            for kind, amount in (self.term.get("limits") or {}).items():
                more = f'context.unit == "{kind}" && context.quantity > {amount * THOUSANDTHS}'
                yield f"context has unit && {more}"


def _standing(licence: Words, day: date) -> Iterable[Words]:
    """The terms as they are amended on a day."""
    told = {str(number): term for number, term in enumerate(licence.get("terms", []), start=1)}
    ended: set[str] = set()
    for number, amendment in (licence.get("amendments") or {}).items():
        if amendment.get("status", "active") != "active" or amendment["effective"] > day:
            continue
        ended |= set(map(str, amendment.get("replaces", [])))
        brought = amendment.get("terms", [])
        told |= {f"{number}+{position}": term for position, term in enumerate(brought, start=1)}
    return [term for name, term in told.items() if name not in ended]


def _speaks(term: Words) -> bool:
    return term["status"] not in ("silent", "not_applicable")


def _statute(rule: Words) -> str:
    purposes = _set(_plain(rule.get("purposes") or []))
    fits = "true"
    if rule.get("purposes"):
        said = f"context has purpose && {purposes}.contains(context.purpose)"
        fits = f"({said}) || (!(context has purpose) && !context.gate)"
    return f'principal has territory && principal.territory == "{rule["territory"].upper()}" && ({fits})'


def _open(told: Words) -> Iterable[str]:
    """What is open to everybody by its rights statement, and what is the member's own."""
    by = "https://creativecommons.org/licenses/by"
    free = [f'resource.rights like "{by}{kind}/*"' for kind in ("", "-nc", "-sa", "-nc-sa")]
    free += [f'resource.rights like "https://creativecommons.org/publicdomain/{kind}/*"' for kind in ("zero", "mark")]
    bound = [f'resource.rights like "{by}{kind}/*"' for kind in ("-nd", "-nc-nd")]
    silent = told.get("consortium", {}).get("permits_when_silent", [])
    statutes = told.get("consortium", {}).get("statutes", [])
    for action in (one.value for one in Action):
        law = _any(_statute(one) for one in statutes if one["action"] == action)
        derived = "false" if action in ("course_pack", "ai_use") else _any(bound)
        permitted = "true" if action in ("view", "download") else f"({_any(free)}) || ({derived})"
        yield (
            f'permit(principal, action == Action::"{action}", resource) when '
            f'{{ ["open", "free"].contains(resource.kind) && (({permitted}) || ({law})) }};'
        )
        here = 'principal.onSite || principal.affiliations != ["library-walk-in"]'
        own = here if action in READING else f"({here}) && ({_bool(action in silent)} || ({law}))"
        yield f'permit(principal, action == Action::"{action}", resource) when {{ resource.kind == "own" && ({own}) }};'


def _forbidden() -> Iterable[str]:
    reading = ", ".join(f'Action::"{action}"' for action in READING)
    yield f"forbid(principal, action in [{reading}], resource) when {{ !resource.there }};"
    yield 'forbid(principal, action, resource) when { resource.pooled && principal.standing == "suspended" };'
    yield (
        "forbid(principal, action, resource) when "
        '{ resource.pooled && resource.ofOthers && principal.standing == "restricted" };'
    )


def _any(expressions: Iterable[str]) -> str:
    return reduce(lambda one, other: f"{one} || ({other})", expressions, "false")


def _all(expressions: Iterable[str]) -> str:
    return reduce(lambda one, other: f"{one} && ({other})", expressions, "true")


def _set(words: Iterable[str]) -> str:
    return json.dumps(list(words), ensure_ascii=False)


def _plain(words: Iterable[str]) -> list[str]:
    return [word.strip().lower() for word in words]


def _bool(value: bool) -> str:
    return str(value).lower()
