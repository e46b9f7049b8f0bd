"""What a reader may declare of her use before a file opens: as a form of our pages, and as members of a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from domain import declaring, explanation, messages
from domain.decisions import Asked
from domain.declaring import Question
from domain.rights.answer import Answer, Refused
from domain.rights.grants import Grants
from models.vocabulary import Action
from schema.kit import ids


@dataclass(frozen=True, slots=True)
class Choice:
    """One fact to be said, by its parameter: what is asked, and what may be answered, each value with its name."""

    fact: str
    label: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Declaring:
    """What a refusal asks, or what was declared in vain. `action`: where the form leads, with what is `kept` of the
    address; `again`: where what was declared can be declared anew."""

    action: str
    kept: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]
    again: str | None


async def at_the_gate(
    request: Request,
    session: AsyncSession,
    grants: Grants | None,
    answer: Answer,
    facts: explanation.Facts,
    tags: Sequence[str],
) -> Declaring | None:
    """None: nothing of the use is to be said, or it isn't known of which file."""
    asked = facts.asked
    if not isinstance(answer, Refused) or asked is None or asked.content_item_id is None:
        return None
    questions = await declaring.questions(session, grants, answer, facts.term, asked)
    declared = declaring.declared(answer, facts.term, asked)
    if not questions and not declared:
        return None
    action = address(asked.content_item_id)
    kept = tuple(_kept(request, answer.action, asked))
    anew = [pair for pair in kept if pair[0] not in declared]
    return Declaring(
        action=action,
        kept=kept,
        choices=tuple(_choice(one, tags) for one in questions),
        again=f"{action}?{urlencode(anew)}" if declared else None,
    )


def address(item_id: UUID) -> str:
    """Where a file is opened."""
    return f"/content/{ids.encode('ContentItem', item_id)}"


def _kept(request: Request, action: Action, asked: Asked) -> list[tuple[str, str]]:
    """What the address says besides: the action, the facts said already, the language chosen by hand."""
    chosen = request.query_params.get("lang")
    return [
        ("action", action.value),
        *declaring.stated(asked.context.use).items(),
        *([("lang", chosen)] if chosen else []),
    ]


def _choice(question: Question, tags: Sequence[str]) -> Choice:
    options = tuple((value, messages.coded(value, tags)) for value in question.values)
    return Choice(question.fact, explanation.wanted(question.fact, tags), options)


def missing(
    answer: Answer, facts: explanation.Facts, found: Declaring | None, tags: Sequence[str]
) -> list[dict[str, Any]]:
    """For programs: each fact that is wanting, the parameter to send it by (null: it isn't the reader's to say), and
    the values that the licence names."""
    choices = {one.fact: one.options for one in found.choices} if found else {}
    return [
        {
            "fact": fact,
            "parameter": fact if fact in declaring.BOUNDS else None,
            "message": explanation.wanted(fact, tags),
            "values": [{"value": value, "name": name} for value, name in choices.get(fact, ())],
        }
        for fact in explanation.unknown(answer, facts)
    ]
