"""What a reader says of a use where a licence tells uses apart: what she has still to say, and what she may answer.

She declares it; nobody guesses it for her. What is asked is what the deciding term asks, and the choice names what the
licence itself names, so that she isn't led to one answer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.decisions import Asked
from domain.rights import facts
from domain.rights.answer import Answer, Refused, Use
from domain.rights.grants import NOTHING, Grants
from models import licence as licences
from models.vocabulary import AccessReason

BOUNDS = {"purpose": "purposes", "recipient": "recipients", "method": "methods", "part": "parts"}
"""The facts of a use, in the order of their checks, and the column of a term that bounds each."""

OTHER = "mutua:Other"
"""Said of a fact: none of the values that the licence names."""

PROHIBITS = "prohibited"
"""How the statuses of prohibitions begin."""


@dataclass(frozen=True, slots=True)
class Question:
    """A fact of the use to be said, and the values that the licence names for it, as it writes them, and `OTHER`."""

    fact: str
    values: tuple[str, ...]


def named(term: licences.Term, fact: str) -> list[str]:
    """The values that a term names for a fact of the use."""
    found: list[str] | None = getattr(term, BOUNDS[fact])
    return found or []


def unsaid(answer: Answer, term: licences.Term | None, asked: Asked | None) -> tuple[str, ...]:
    """The facts for want of which it was refused: some of `BOUNDS`, or affiliation or territory. Empty: it was refused
    for something else, or it can't be told any more. `term`: the deciding one."""
    if not (isinstance(answer, Refused) and answer.reason is AccessReason.ATTRIBUTE_MISSING and asked):
        return ()
    use, gate = asked.context.use, asked.context.gate
    if term is None:  # a statute asks for the purpose; nothing else does without a term, once it is known when it is of
        by_statute = answer.term_id is None and gate and asked.context.published and use.purpose is None
        return ("purpose",) if by_statute else ()
    of_use = tuple(fact for fact in BOUNDS if named(term, fact) and getattr(use, fact) is None)
    if of_use and gate:
        return of_use
    if term.affiliations and not facts.held(asked.principal, answer.member_id):
        return ("affiliation",)
    return ("territory",) if term.territories else ()


def declared(answer: Answer, term: licences.Term | None, asked: Asked | None) -> dict[str, str]:
    """What was said of the use that a term refuses, by fact. `term`: the deciding one."""
    if not (isinstance(answer, Refused) and answer.reason is AccessReason.TERM_PROHIBITS and term and asked):
        return {}
    said = stated(asked.context.use)
    bound = {fact: word for fact, word in said.items() if named(term, fact)}
    if bound or term.status.startswith(PROHIBITS):
        return bound
    return {fact: word for fact, word in said.items() if fact == "part"}  # more than a limit of the term allows


def stated(use: Use) -> dict[str, str]:
    """All that was said of a use, by fact."""
    return {fact: word for fact in BOUNDS if (word := getattr(use, fact))}


async def questions(
    session: AsyncSession, grants: Grants | None, answer: Answer, term: licences.Term | None, asked: Asked
) -> tuple[Question, ...]:
    """What is to be asked of the reader before it can open. `grants` None: they can't be had, and only the deciding
    term is known."""
    wanted = [fact for fact in unsaid(answer, term, asked) if fact in BOUNDS]
    if not wanted:
        return ()
    if term is None:
        statutes = grants.statutes if grants else ()
        words = (word for one in statutes if one.action is answer.action for word in sorted(one.purposes or ()))
        return (Question("purpose", _each(words)),)
    ids = dict.fromkeys([*(_spoken(grants, answer, term, asked) if grants else ()), term.id])
    found = await session.scalars(select(licences.Term).where(col(licences.Term.id).in_(ids)))
    rows = {row.id: row for row in found}
    terms = [rows[key] for key in ids if key in rows]
    return tuple(Question(fact, _each(word for one in terms for word in named(one, fact))) for fact in wanted)


def _spoken(grants: Grants, answer: Answer, term: licences.Term, asked: Asked) -> Iterator[UUID]:
    """The terms that speak of the same action in the same contract on that day, its parents' among them."""
    if answer.member_id is None or answer.entitlement_id is None:
        return
    held = (target.grant for target in grants.holdings.get(answer.member_id, NOTHING).targets)
    licence = next((one.licence for one in held if one.entitlement_id == answer.entitlement_id and one.licence), None)
    if licence is None:
        return
    day = asked.context.on or grants.today(grants.members.get(answer.member_id), asked.at)
    for level in licence.of(term.action, day):
        yield from (one.id for one in level if one.speaks)


def _each(named_values: Iterable[str]) -> tuple[str, ...]:
    """Each once, whatever its case, as decisions compare them, and something else."""
    words = {word.strip().lower(): word.strip() for word in named_values}
    return (*words.values(), *([] if OTHER.lower() in words else [OTHER]))
