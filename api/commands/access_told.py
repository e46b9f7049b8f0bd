"""What `mutua access` prints: the answer, what it rests on, its checks, and what would change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain import explanation, grounds, messages
from domain.rights.answer import Answer, Granted, Refused
from domain.rights.change import Change
from domain.rights.explain import Checked, Outcome
from models.columns import Localised

_STYLES = {Outcome.PASSED: "green", Outcome.FAILED: "bold red", Outcome.NOT_REACHED: "dim"}


@dataclass(frozen=True, slots=True)
class Account:
    """All of it in one language. `about`: label and text; `clause`: its number, and what it says."""

    granted: bool
    verdict: str
    message: str
    about: tuple[tuple[str, str], ...]
    checks: tuple[grounds.Told, ...]
    labels: tuple[str, str, str]
    change: tuple[str, str] | None
    answer: Answer
    changes: Change | None
    clause: str | None

    def show(self, console: Console) -> None:
        console.print(Text(self.verdict, style="bold green" if self.granted else "bold red"))
        console.print(Text(self.message))
        console.print()
        facts = Table.grid(padding=(0, 2))
        for label, text in self.about:
            facts.add_row(Text(label, style="dim"), Text(text))
        console.print(facts)
        console.print()
        table = Table(*self.labels)
        for number, one in enumerate(self.checks, start=1):
            style = _STYLES[one.checked.outcome]
            said = Text("" if one.checked.outcome is Outcome.NOT_REACHED else one.message)
            for _, label, value in one.facts if one.checked.outcome is Outcome.FAILED else ():
                said.append(f"\n{label}: {value}", style="dim")
            table.add_row(Text(f"{number} {one.label}"), Text(one.outcome, style=style), said)
        console.print(table)
        if self.change:
            label, text = self.change
            console.print(Text.assemble((f"{label} ", "bold"), text))

    def as_json(self) -> dict[str, Any]:
        answer, change = self.answer, self.changes
        return {
            "granted": self.granted,
            "reason": answer.reason.name if isinstance(answer, Refused) else None,
            "basis": answer.basis.name if isinstance(answer, Granted) else None,
            "message": self.message,
            "clause": self.clause,
            "validUntil": answer.valid_until,
            "explanation": [
                {
                    "check": one.checked.check.name,
                    "outcome": one.checked.outcome.name,
                    "message": one.message,
                    "facts": [{"name": name.upper(), "label": label, "value": said} for name, label, said in one.facts],
                }
                for one in self.checks
            ],
            "wouldBeGrantedIf": {
                "kind": change.kind.name,
                "message": self.change[1],
                "affiliations": [word.name for word in change.affiliations],
                "availableOn": change.available_on,
            }
            if change and self.change
            else None,
        }


def account(
    answer: Answer,
    facts: explanation.Facts,
    checks: Sequence[Checked],
    change: Change | None,
    names: grounds.Names,
    lang: str,
) -> Account:
    tags = (lang,)

    def say(word: str) -> str:
        return messages.sentence(f"page.{word}", tags)

    def column(word: str) -> str:
        return messages.sentence(f"word.column.{word}", tags)

    granted = isinstance(answer, Granted)
    return Account(
        granted=granted,
        verdict=say("granted_title" if granted else "refused_title"),
        message=explanation.message(answer, facts, tags),
        about=tuple((say(word), text) for word, text in _about(answer, facts, tags)),
        checks=tuple(grounds.tell(one, answer, facts, names, tags) for one in checks),
        labels=(column("check"), column("outcome"), column("why")),
        change=(say("granted_if"), grounds.change(change, answer, facts, names, tags)) if change else None,
        answer=answer,
        changes=change,
        clause=facts.clause.number if facts.clause else None,
    )


def _about(answer: Answer, facts: explanation.Facts, tags: Sequence[str]) -> list[tuple[str, str]]:
    def named(name: Localised | None) -> str:
        return messages.localised(name, tags) if name else ""

    clause = facts.clause
    told = [
        ("resource", named(facts.resource)),
        ("action", messages.word(answer.action, tags)),
        ("member", named(facts.member)),
        ("licence", named(facts.licence)),
        ("licensor", named(facts.licensor)),
        ("clause", f"{clause.number}  {named(clause.summary) or facts.clause_text or ''}".strip() if clause else ""),
        ("term", messages.word(facts.term.status, tags) if facts.term else ""),
        ("valid_until", messages.day(answer.valid_until, tags) if answer.valid_until else ""),
    ]
    if isinstance(answer, Granted):
        told += [("conditions", line) for line in explanation.conditions(answer, facts, tags)]
    return [(label, text) for label, text in told if text]
