"""What a person can act on: problems in a mutation's payload. The mutation then changed nothing."""

from dataclasses import dataclass, field

import strawberry

from domain import messages
from schema.kit.arguments import Lang
from schema.kit.context import Info
from schema.kit.source import computed, fact, noun, type_of


@dataclass(frozen=True, slots=True)
class Complaint:
    """One problem. `code`: an entry of the message catalogue. `path`: the input's fields from the outside in."""

    code: str
    path: tuple[str, ...] | None = None
    facts: dict[str, messages.Fact] = field(default_factory=dict)


def _message(root: strawberry.Parent[Complaint], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return messages.sentence(f"problem.{root.code}", info.context.languages(lang), **root.facts)


def _code(root: strawberry.Parent[Complaint]) -> str:
    return root.code.upper()


@strawberry.interface(description="Why a mutation changed nothing, so that a person can act on it.")
class Problem:
    code: str = computed(_code, "For programs.")
    message: str = computed(_message, "For people.")
    path: list[str] | None = fact("path", "The input field it is about, outermost first; null = the act as a whole.")

    resolve_type = staticmethod(type_of)


@noun(Complaint, "A problem with what was sent.")
class InputProblem(Problem):
    pass
