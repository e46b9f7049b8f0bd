"""Access: the answer to "may I", why, by which licence, term and clause, and how to get there or what would help."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import decisions, explanation
from domain.rights.answer import Remedy as RightsRemedy
from models.agreement import Entitlement as Line
from models.vocabulary import AccessBasis, AccessReason, Action, RemedyKind
from schema import entitlement
from schema.access_explanation import AccessChange, Check, explained, facts_of, granted_if
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


def _decision_id(root: strawberry.Parent[Decision], info: Info) -> str:
    return root.sealed or decisions.seal(info.context.keys, root.answer, root.asked)


async def _message(root: strawberry.Parent[Decision], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return explanation.message(root.answer, await facts_of(info, root), info.context.languages(lang))


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
    explanation: list[Check] = computed(
        explained, "How it came about: the checks of the right that decided, in the printed order."
    )

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
    return explanation.conditions(root.answer, await facts_of(info, root), info.context.languages(lang))


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
    return explanation.remedy(root.remedy, await facts_of(info, root.of), info.context.languages(lang))


async def _remedy_url(root: strawberry.Parent[_Way], info: Info) -> str | None:
    """To sign in, to the librarian, or else to the page that explains the reason."""
    if root.kind is RemedyKind.SIGN_IN:
        return sign_in_url(info, None)
    contact = explanation.contact(root.remedy, await facts_of(info, root.of))
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
    would_be_granted_if: AccessChange | None = computed(
        granted_if,
        "The cheapest change that would allow it: signing in, another affiliation that she holds (for staff who ask "
        "about a reader: any), coming on site, waiting, a new agreement. null = none of them alone would, or rights "
        "have changed since the answer was given.",
    )
