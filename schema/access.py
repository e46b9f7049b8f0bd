"""Access: the answer to "may I", why, by which licence, term and clause, and how to get there or what would help."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain import decisions, explanation
from domain.rights.answer import Granted, Refused
from domain.rights.answer import Remedy as RightsRemedy
from models.agreement import Entitlement as Line
from models.vocabulary import AccessBasis, AccessReason, Action, RemedyKind
from schema import entitlement
from schema.access_links import AccessLink, links_of
from schema.decide import Admission, Decision, Denial
from schema.entitlement import Entitlement
from schema.kit.arguments import Lang
from schema.kit.context import Info
from schema.kit.scalars import URL
from schema.kit.source import computed, fact, noun, pointer, type_of
from schema.licence import Clause, Licence, Term
from schema.member import Member
from schema.package import Coverage
from schema.viewer import sign_in_url

if TYPE_CHECKING:
    from schema.resource import Resource


async def _facts(info: Info, decision: Decision) -> explanation.Facts:
    """What explanation.gather reads for one answer, out of this request's loaders: a page of answers costs no more
    statements than one."""
    answer, load = decision.answer, info.context.loaders.load
    resource = await _loaded(info, "resource", answer.resource_id)
    member = await _loaded(info, "party", answer.member_id)
    licence = await _loaded(info, "licence", answer.licence_id)
    clause = await _loaded(info, "clause", answer.clause_id)
    term = await _loaded(info, "term", answer.term_id)
    terms = [one.term_id for one in answer.conditions if one.term_id] if isinstance(answer, Granted) else []
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
        members={key: found.name for key, found in parties.items() if found},
        contacts={key: found.contact for key, found in parties.items() if found and found.contact},
    )


async def _loaded(info: Info, loader: str, key: UUID | None) -> Any:
    return await info.context.loaders.load(loader, key) if key else None


def _decision_id(root: strawberry.Parent[Decision], info: Info) -> str:
    return root.sealed or decisions.seal(info.context.keys, root.answer, root.asked)


async def _message(root: strawberry.Parent[Decision], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return explanation.message(root.answer, await _facts(info, root), info.context.languages(lang))


@strawberry.interface(
    description="A decision. decisionId is opaque and self-contained (encrypted inputs, epoch, result; no identity of "
    "a person): explainable later without a stored row per title shown."
)
class Access:
    decision_id: strawberry.ID = computed(_decision_id, "For Query.decision and the page /why/{decisionId}.")
    granted: bool = fact("granted", "Whether it may be used so.")
    action: Action = fact("action", "What was asked for.")
    resource: Annotated["Resource", strawberry.lazy("schema.resource")] | None = pointer(
        "resource_id", "resource", "What it was asked of; null = there is no such resource."
    )
    member: Member | None = pointer("member_id", "party", "The member whose right was used, or that came closest.")
    message: str = computed(_message, "The answer in one sentence.")
    licence: Licence | None = pointer("licence_id", "licence", "The licence that decided.")
    term: Term | None = pointer("term_id", "term", "The term that decided.")
    clause: Clause | None = pointer(
        "clause_id", "clause", "The clause that decided, or on which a right that has ended rested."
    )
    valid_until: date | None = fact("valid_until", "The last day on which the answer stands; null = no known end.")

    resolve_type = staticmethod(type_of)


def _basis(root: strawberry.Parent[Admission]) -> AccessBasis:
    return root.answer.basis


async def _coverage(root: strawberry.Parent[Admission], info: Info) -> Any:
    """Statements of the title, or perpetual ones of the entitlement: their ids don't say which."""
    keys = root.answer.coverage_ids
    loaders = ("coverage", "entitlement_coverage")
    found = await asyncio.gather(*(info.context.loaders.load(loader, key) for key in keys for loader in loaders))
    return [row for row in found if row is not None]


async def _conditions(root: strawberry.Parent[Admission], info: Info, lang: Lang = strawberry.UNSET) -> list[str]:
    return explanation.conditions(root.answer, await _facts(info, root), info.context.languages(lang))


async def _entitlement(root: strawberry.Parent[Admission], info: Info) -> Any:
    return await entitlement.seen(info, root.answer.entitlement_id)


async def _links(root: strawberry.Parent[Admission], info: Info) -> Any:
    return await links_of(info, root)


@noun(Admission, "It may be used so.")
class AccessGranted(Access):
    basis: AccessBasis = computed(_basis, "On what the right rests.")
    entitlement: Entitlement | None = computed(
        _entitlement,
        "The line of the agreement that gives it; null = none does, or not for you to see.",
        Line.agreement_id,
    )
    coverage: list[Coverage] = computed(_coverage, "The coverage statements that are open, best first.")
    conditions: list[str] = computed(_conditions, "What must be kept to (conditional terms), in plain words.")
    links: list[AccessLink] = computed(_links, "Every way to get it under a granting right, best first.")


@dataclass(frozen=True, slots=True)
class _Way:
    """A remedy of one refusal."""

    remedy: RightsRemedy
    of: Denial

    @property
    def kind(self) -> RemedyKind:
        return self.remedy.kind

    @property
    def available_on(self) -> date | None:
        return self.remedy.available_on


async def _remedy_message(root: strawberry.Parent[_Way], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return explanation.remedy(root.remedy, await _facts(info, root.of), info.context.languages(lang))


async def _remedy_url(root: strawberry.Parent[_Way], info: Info) -> str | None:
    """To sign in, to the librarian, or else to the page that explains the reason."""
    if root.kind is RemedyKind.SIGN_IN:
        return sign_in_url(info, None)
    contact = explanation.contact(root.remedy, await _facts(info, root.of))
    return contact or f"{info.context.public_url}{explanation.help_path(root.of.answer.reason)}"


@strawberry.type(description="What would change a refusal.")
class Remedy:
    kind: RemedyKind = fact("kind", "What to do.")
    message: str = computed(_remedy_message, "The same in plain words.")
    url: URL | None = computed(_remedy_url, "Where to do it, or to read about it.")
    available_on: date | None = fact("available_on", "The day from which it helps to wait for.")


def _reason(root: strawberry.Parent[Denial]) -> AccessReason:
    return root.answer.reason


def _remedies(root: strawberry.Parent[Denial]) -> Any:
    return [_Way(remedy, root) for remedy in root.answer.remedies]


@noun(Denial, "It may not be used so, and why.")
class AccessRefused(Access):
    reason: AccessReason = computed(_reason, "Why, for programs.")
    remedies: list[Remedy] = computed(_remedies, "What would change it, best first.")
