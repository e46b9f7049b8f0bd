"""A decision told to a reader: the names behind its ids, and the sentences that its codes stand for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain import declaring, members, messages, visibility
from domain.decisions import Asked
from domain.principal import Viewer
from domain.rights.answer import Answer, Condition, Granted, Refused, Remedy
from models import agreement as agreements
from models import licence as licences
from models import party as parties
from models import resource as resources
from models.columns import Localised
from models.consortium import Consortium
from models.vocabulary import AccessReason, Action, Affiliation, RemedyKind


@dataclass(frozen=True, slots=True)
class Facts:
    """The names behind a decision's ids, each in every language that it has; None = the decision names none."""

    resource: Localised | None = None
    member: Localised | None = None
    licence: Localised | None = None
    licensor: Localised | None = None
    clause: licences.Clause | None = None
    clause_text: str | None = None
    """The clause as it stands in the contract; None where this viewer may not read it."""
    term: licences.Term | None = None
    terms: Mapping[UUID, licences.Term] = field(default_factory=dict)
    """The terms that the conditions name."""
    limits: Mapping[UUID, licences.UsageLimit] = field(default_factory=dict)
    """The limits that the conditions name."""
    kept: Mapping[UUID, Localised] = field(default_factory=dict)
    """What keeping a perpetual right is tied to, by the line that keeps it."""
    members: Mapping[UUID, Localised] = field(default_factory=dict)
    """The members that the remedies name."""
    contacts: Mapping[UUID, str] = field(default_factory=dict)
    """Of those of them that say where their librarians are."""
    asked: Asked | None = None
    """The question, where it is known: which fact it left out, or which it told, is said from it."""


async def gather(session: AsyncSession, answer: Answer, viewer: Viewer, asked: Asked | None = None) -> Facts:
    """Read what is to be told of `answer` in few statements: the names, and what its list of conditions or remedies
    names."""
    member, licensor = aliased(parties.Party), aliased(parties.Party)
    one = select(literal(1)).subquery()
    found = await session.execute(
        select(
            col(resources.Resource.title),
            col(member.name),
            col(licences.Licence.name),
            col(licensor.name),
            licences.Clause,
            licences.Term,
        )
        .select_from(one)
        .outerjoin(resources.Resource, col(resources.Resource.id) == answer.resource_id)
        .outerjoin(member, col(member.id) == answer.member_id)
        .outerjoin(licences.Licence, col(licences.Licence.id) == answer.licence_id)
        .outerjoin(licensor, col(licensor.id) == col(licences.Licence.licensor_id))
        .outerjoin(licences.Clause, col(licences.Clause.id) == answer.clause_id)
        .outerjoin(licences.Term, col(licences.Term.id) == answer.term_id)
    )
    title, institution, contract, giver, clause, term = found.one()
    helpers = await _members(session, answer)
    return Facts(
        resource=title,
        member=institution,
        licence=contract,
        licensor=giver,
        clause=clause,
        clause_text=clause.text if clause and _readable(clause, answer, viewer) else None,
        term=term,
        terms=await _terms(session, answer),
        limits=await _limits(session, answer),
        kept=await _kept(session, answer),
        members={key: name for key, (name, _) in helpers.items()},
        contacts={key: contact for key, (_, contact) in helpers.items() if contact},
        asked=asked,
    )


def _readable(clause: licences.Clause, answer: Answer, viewer: Viewer) -> bool:
    """Whether the clause's own words are this viewer's to read: the member whose right was used is bound by it."""
    bound = {answer.member_id} if answer.member_id else set()
    return visibility.reads_clause(viewer, clause.visibility, bound)


async def _terms(session: AsyncSession, answer: Answer) -> Mapping[UUID, licences.Term]:
    named = {one.term_id for one in answer.conditions if one.term_id} if isinstance(answer, Granted) else set()
    if not named:
        return {}
    found = await session.execute(select(licences.Term).where(col(licences.Term.id).in_(named)))
    return {term.id: term for term in found.scalars()}


async def _limits(session: AsyncSession, answer: Answer) -> Mapping[UUID, licences.UsageLimit]:
    named = {one.limit_id for one in answer.conditions if one.limit_id} if isinstance(answer, Granted) else set()
    if not named:
        return {}
    found = await session.scalars(select(licences.UsageLimit).where(col(licences.UsageLimit.id).in_(named)))
    return {limit.id: limit for limit in found}


async def _kept(session: AsyncSession, answer: Answer) -> Mapping[UUID, Localised]:
    named = {one.coverage_id for one in answer.conditions if one.coverage_id} if isinstance(answer, Granted) else set()
    if not named:
        return {}
    line = agreements.EntitlementCoverage
    found = await session.execute(select(col(line.id), col(line.conditions)).where(col(line.id).in_(named)))
    return {key: conditions for key, conditions in found if conditions}


async def _members(session: AsyncSession, answer: Answer) -> Mapping[UUID, tuple[Localised, str | None]]:
    named = {one.member_id for one in answer.remedies if one.member_id} if isinstance(answer, Refused) else set()
    return await members.names_and_contacts(session, named) if named else {}


async def consortium(session: AsyncSession) -> Consortium:
    """Whose language and time zone hold where nobody says another."""
    return (await session.execute(select(Consortium))).scalar_one()


def message(answer: Answer, facts: Facts, languages: Sequence[str]) -> str:
    """The decision in one sentence."""
    names = {
        "member": _name(facts.member, languages),
        "licence": _name(facts.licence, languages),
        "licensor": _name(facts.licensor, languages),
    }
    if isinstance(answer, Granted):
        return messages.basis(
            answer.basis, languages, **names, use=None if answer.action is Action.VIEW else answer.action
        )
    if answer.reason is AccessReason.TERM_SILENT and answer.term_id:
        names["licence"] = None  # it isn't silent: its term reaches other uses or readers only
    waits = [remedy.available_on for remedy in answer.remedies if remedy.kind is RemedyKind.WAIT]
    return messages.reason(
        answer.reason,
        languages,
        **names,
        clause=facts.clause.number if facts.clause else None,
        available_on=next(iter(waits), None),
        until=answer.ended_on,
        seats=facts.term.concurrent_users if facts.term else None,
        **_of_use(answer, facts, languages),
    )


def _of_use(answer: Refused, facts: Facts, languages: Sequence[str]) -> dict[str, Sequence[str] | None]:
    """What a refusal says of the use: which fact is wanting, which was declared, and what the term names."""
    term, unsaid = facts.term, unknown(answer, facts)
    undated = unsaid == (UNDATED,)
    declared = declaring.declared(answer, term, facts.asked).values()
    said: dict[str, Sequence[str] | None] = {
        "depends" if undated else "wanted": [wanted(fact, languages) for fact in unsaid] or None,
        "declared": [messages.coded(word, languages) for word in declared] or None,
    }
    if term and len(unsaid) == 1 and unsaid[0] in declaring.BOUNDS:
        named = [messages.coded(word, languages) for word in declaring.named(term, unsaid[0])]
        said["prohibited" if term.status.startswith(declaring.PROHIBITS) else "permitted"] = named
    if term and answer.reason is AccessReason.TERM_SILENT:
        said["prohibited"] = list(_bounds(term, languages)) or None
    return said


UNDATED = "published"
"""The fact that a file's date of publication is, which nobody recorded."""


def unknown(answer: Answer, facts: Facts) -> tuple[str, ...]:
    """The facts for want of which it was refused, by their names."""
    if (
        isinstance(answer, Refused)
        and answer.reason is AccessReason.ATTRIBUTE_MISSING
        and not answer.term_id
        and facts.asked
        and facts.asked.context.published is None
    ):
        return (UNDATED,)
    return declaring.unsaid(answer, facts.term, facts.asked)


def wanted(fact: str, languages: Sequence[str]) -> str:
    """A fact that isn't known, as what is to be said."""
    return messages.sentence(f"word.wanted.{fact}", languages)


def _bounds(term: licences.Term, languages: Sequence[str]) -> Iterator[str]:
    """Within what a term alone speaks, in words."""
    for fact in declaring.BOUNDS:
        yield from (messages.coded(word, languages) for word in declaring.named(term, fact))
    yield from (messages.word(Affiliation(word), languages) for word in term.affiliations or ())
    yield from term.user_classes or ()
    if term.on_site_only:
        yield messages.sentence("word.place.on_site", languages)
    yield from term.territories or ()


def remedy(of: Remedy, facts: Facts, languages: Sequence[str]) -> str:
    """What one remedy says. It names a member only where it is tied to one."""
    member = facts.members.get(of.member_id) if of.member_id else None
    return messages.remedy(of.kind, languages, member=_name(member, languages), available_on=of.available_on)


def contact(of: Remedy, facts: Facts) -> str | None:
    """Where a remedy is to be had: the page of the librarians whom it names."""
    helps = of.kind in (RemedyKind.ASK_LIBRARIAN, RemedyKind.COME_ON_SITE)
    return facts.contacts.get(of.member_id) if of.member_id and helps else None


def conditions(answer: Granted, facts: Facts, languages: Sequence[str]) -> list[str]:
    """What must be kept to, in plain words: coded ones as our sentences, terms' public notes as they are written."""
    return kept_to(answer.conditions, facts, languages)


def kept_to(of: Iterable[Condition], facts: Facts, languages: Sequence[str]) -> list[str]:
    """The same of conditions that no answer tells."""
    said = [_condition(one, facts, languages) for one in of]
    return list(dict.fromkeys(line for line in said if line))


_VALUES = {
    "purpose_as_licensed": "purposes",
    "recipient_as_licensed": "recipients",
    "method_as_licensed": "methods",
    "part_as_licensed": "parts",
}
"""Which column of the term a condition speaks of."""


def _condition(one: Condition, facts: Facts, languages: Sequence[str]) -> str:
    if one.coverage_id:
        return _name(facts.kept.get(one.coverage_id), languages) or ""
    if one.limit_id:
        return _limit(one, facts.limits.get(one.limit_id), languages)
    term = facts.terms.get(one.term_id) if one.term_id else None
    if one.code is None:
        return _name(term.public_note if term else None, languages) or ""
    values = getattr(term, _VALUES[one.code]) if term and one.code in _VALUES else None
    said = [messages.coded(value, languages) for value in values or ()]
    return messages.sentence(f"condition.{one.code}", languages, values=said or None)


def _limit(one: Condition, limit: licences.UsageLimit | None, languages: Sequence[str]) -> str:
    """How much, and its note; nothing where the limit is gone since."""
    if limit is None:
        return ""
    amount = None if limit.amount is None else f"{limit.amount.normalize():f}"
    formats = [messages.file_format(name, languages) for name in limit.formats or ()]
    said = messages.sentence(f"condition.{one.code}", languages, amount=amount, values=formats or None)
    return " ".join(filter(None, (said, _name(limit.note, languages))))


def _name(names: Localised | None, languages: Sequence[str]) -> str | None:
    return messages.localised(names, languages) if names else None


def help_path(reason: AccessReason) -> str:
    """Where a reason is explained; its remedy links there."""
    return f"/help/{reason.value}"
