"""Why an answer is as it is: its checks in the printed order, and the cheapest change that would allow it."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain import explanation, grounds
from domain.rights import change, explain
from domain.rights.answer import Granted, Refused
from domain.rights.facts import Fact, FactName, Named
from models.vocabulary import AccessReason, Affiliation
from schema.decide import Decision, Denial, fresh
from schema.kit.arguments import Lang
from schema.kit.context import Info
from schema.kit.loaders import loader
from schema.kit.scalars import URL
from schema.kit.source import computed, fact, pointer
from schema.licence import Clause, Licence, Term
from schema.member import Member
from schema.viewer import sign_in_url


class CheckName(StrEnum):
    """The printed order (domain/rights/order.py)."""

    ENTITLEMENT = "entitlement"
    AGREEMENT = "agreement"
    COVERAGE = "coverage"
    EMBARGO = "embargo"
    IDENTITY = "identity"
    TERM = "term"
    AFFILIATION = "affiliation"
    PLACE = "place"
    TERRITORY = "territory"
    STANDING = "standing"
    ABUSE_HOLD = "abuse_hold"
    CONTENT_THERE = "content_there"
    LIMIT = "limit"


strawberry.enum(CheckName, name="CheckName", description="The checks of a right, in the order in which they are made.")
strawberry.enum(explain.Outcome, name="CheckOutcome", description="What came out of a check.")
strawberry.enum(FactName, name="CheckFactName", description="What a check read.")
strawberry.enum(
    change.ChangeKind,
    name="AccessChangeKind",
    description="What would have to change, in the order in which it is tried: the first that would do is told.",
)


@loader("fact_name")
async def _names(session: AsyncSession, keys: Sequence[Named]) -> dict[Named, Any]:
    return dict(await grounds.names(session, keys))


async def facts_of(info: Info, decision: Decision) -> explanation.Facts:
    """What explanation.gather reads for one answer, out of this request's loaders: a page of answers costs no more
    statements than one."""
    answer, load = decision.answer, info.context.loaders.load
    resource = await _loaded(info, "resource", answer.resource_id)
    member = await _loaded(info, "party", answer.member_id)
    licence = await _loaded(info, "licence", answer.licence_id)
    clause = await _loaded(info, "clause", answer.clause_id)
    term = await _loaded(info, "term", answer.term_id)
    conditions = answer.conditions if isinstance(answer, Granted) else ()
    terms = [one.term_id for one in conditions if one.term_id]
    limits = [one.limit_id for one in conditions if one.limit_id]
    kept = [one.coverage_id for one in conditions if one.coverage_id]
    members = [one.member_id for one in answer.remedies if one.member_id] if isinstance(answer, Refused) else []
    parties = {key: await load("party", key) for key in members}
    return explanation.Facts(
        resource=resource.title if resource else None,
        member=member.name if member else None,
        licence=licence.name if licence else None,
        licensor=(await load("party", licence.licensor_id)).name if licence else None,
        clause=clause,
        term=term,
        terms={key: found for key in terms if (found := await load("term", key))},
        limits={key: found for key in limits if (found := await load("limit", key))},
        kept={key: found.conditions for key in kept if (found := await load("entitlement_coverage", key))},
        members={key: found.name for key, found in parties.items() if found},
        contacts={key: found.contact for key, found in parties.items() if found and found.contact},
        asked=decision.asked,
    )


async def _loaded(info: Info, loader: str, key: UUID | None) -> Any:
    return await info.context.loaders.load(loader, key) if key else None


async def _called(info: Info, wanted: Iterable[Named]) -> grounds.Names:
    keys = list(wanted)
    found = await asyncio.gather(*(info.context.loaders.load("fact_name", key) for key in keys))
    return {key: name for key, name in zip(keys, found, strict=True) if name}


@dataclass(frozen=True, slots=True)
class _Checked:
    """A check of one decision, with the names of what its facts are about."""

    told: explain.Checked
    of: Decision
    names: grounds.Names
    as_then_known: bool

    @property
    def check(self) -> CheckName:
        return CheckName(self.told.check.name.lower())

    @property
    def outcome(self) -> explain.Outcome:
        return self.told.outcome

    @property
    def reason(self) -> AccessReason | None:
        return self.told.reason

    @property
    def licence_id(self) -> UUID | None:
        return self.told.licence_id

    @property
    def term_id(self) -> UUID | None:
        return self.told.term_id

    @property
    def clause_id(self) -> UUID | None:
        return self.told.clause_id


@dataclass(frozen=True, slots=True)
class _Fact:
    told: Fact
    names: grounds.Names

    @property
    def name(self) -> FactName:
        return self.told.name


def _fact_label(root: strawberry.Parent[_Fact], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return grounds.label(root.told, info.context.languages(lang))


def _fact_value(root: strawberry.Parent[_Fact], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return grounds.value(root.told, root.names, info.context.languages(lang)) or ""


@strawberry.type(description="Something that a check read.")
class CheckFact:
    name: FactName = fact("name", "What it is, for programs.")
    label: str = computed(_fact_label, "What it is, in words.")
    value: str = computed(_fact_value, "What it says, in words: dates, names and coded values as people say them.")


def _label(root: strawberry.Parent[_Checked], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return grounds.check_label(root.told, info.context.languages(lang))


async def _message(root: strawberry.Parent[_Checked], info: Info, lang: Lang = strawberry.UNSET) -> str:
    about = await facts_of(info, root.of)
    return grounds.message(root.told, root.of.answer, about, root.names, info.context.languages(lang))


def _check_facts(root: strawberry.Parent[_Checked]) -> Any:
    return [_Fact(one, root.names) for one in grounds.tellable(root.told, root.names)]


@strawberry.type(
    description="One check of the right that decided: that which grants, or, of a refusal, that which came furthest. A "
    " refusal has exactly one that FAILED; those after it were not reached."
)
class Check:
    check: CheckName = fact("check", "Which one, for programs.")
    label: str = computed(_label, "Which one, in words.")
    outcome: explain.Outcome = fact("outcome", "What came out.")
    message: str = computed(_message, "The same in one sentence, with what it rests on.")
    facts: list[CheckFact] = computed(
        _check_facts,
        "What it read. The package and the agreement are told to those who see the member's agreements.",
    )
    reason: AccessReason | None = fact("reason", "Why it failed; null = it didn't.")
    licence: Licence | None = pointer("licence_id", "licence", "The licence that it asked; null = none.")
    term: Term | None = pointer("term_id", "term", "The term that decided it; null = none.")
    clause: Clause | None = pointer("clause_id", "clause", "The clause that decided it; null = none.")
    as_then_known: bool = fact(
        "as_then_known",
        "Rights have changed since the answer was given: told is what the answer itself says, without more facts.",
    )


async def explained(root: strawberry.Parent[Decision], info: Info) -> Any:
    """Access.explanation."""
    grants = await fresh(info) if root.asked.epoch else None
    told = grounds.behind(grants, root.asked, root.answer, info.context.viewer)
    names = await _called(info, grounds.named(told.checks))
    return [_Checked(one, root, names, told.as_then_known) for one in told.checks]


@dataclass(frozen=True, slots=True)
class _Change:
    told: change.Change
    of: Denial

    @property
    def kind(self) -> change.ChangeKind:
        return self.told.kind

    @property
    def affiliations(self) -> Sequence[Affiliation]:
        return self.told.affiliations

    @property
    def member_id(self) -> UUID | None:
        return self.told.member_id

    @property
    def available_on(self) -> date | None:
        return self.told.available_on


async def _change_message(root: strawberry.Parent[_Change], info: Info, lang: Lang = strawberry.UNSET) -> str:
    about = await facts_of(info, root.of)
    names = await _called(info, grounds.of_change(root.told))
    return grounds.change(root.told, root.of.answer, about, names, info.context.languages(lang))


async def _change_url(root: strawberry.Parent[_Change], info: Info) -> str | None:
    if root.told.kind is change.ChangeKind.SIGN_IN:
        return sign_in_url(info, None)
    if root.told.kind is change.ChangeKind.WAIT or root.told.member_id is None:
        return None
    member = await info.context.loaders.load("party", root.told.member_id)
    contact: str | None = member.contact
    return contact


@strawberry.type(description="The cheapest change that would allow what was refused, tried before it is said.")
class AccessChange:
    kind: change.ChangeKind = fact("kind", "What would have to change.")
    message: str = computed(_change_message, "The same in plain words.")
    affiliations: list[Affiliation] = fact("affiliations", "OTHER_AFFILIATION: any of these would do. Otherwise empty.")
    member: Member | None = pointer("member_id", "party", "The member at which, or whose agreement it would be.")
    available_on: date | None = fact("available_on", "WAIT: the first day on which it opens.")
    url: URL | None = computed(_change_url, "Where to do it: the sign-in, or the member's librarians; null = nowhere.")


async def granted_if(root: strawberry.Parent[Denial], info: Info) -> Any:
    """AccessRefused.wouldBeGrantedIf."""
    grants = await fresh(info) if root.asked.epoch else None
    found = grounds.would_grant(grants, root.asked, root.answer, info.context.viewer, own=root.sealed is None)
    return _Change(found, root) if found else None
