"""The root of queries: composition only."""

import asyncio
from typing import Annotated, Any

import strawberry

from domain.catalogue import packages as catalogue
from schema import access_question, deadline, node, pool, search
from schema.access import Access, AccessGranted, AccessRefused
from schema.agreement import Agreement, AgreementConnection, Participation
from schema.amendment import Amendment, UsageLimit
from schema.client import Client, clients_seen
from schema.content import ContentItem
from schema.contracts import AGREEMENTS, LICENCES
from schema.deadline import Deadline
from schema.entitlement import Entitlement
from schema.filters import AgreementFilter, LicenceFilter, agreements_wanted, licences_wanted
from schema.kit.arguments import After, Before, First, Last
from schema.kit.connection import Connection, asked, page
from schema.kit.context import Info
from schema.kit.errors import Refusal
from schema.kit.problems import InputProblem
from schema.kit.source import computed
from schema.licence import Clause, Licence, LicenceConnection, Term
from schema.lookups import MemberBy, ResourceBy, member_key, resource_key
from schema.member import MEMBERS, Member, MemberGroup, RoleAssignment, members_named
from schema.node import Node
from schema.obligation import OBLIGATIONS, Obligation, ObligationFilter, wanted
from schema.package import PACKAGES, Package, PackageTitle, Platform
from schema.party import Institution, Provider
from schema.pool import SilentDefault, StatutoryRule
from schema.resource import Resource
from schema.search import ResourceConnection, ResourceFilter, ResourceOrder
from schema.viewer import Viewer

MOST_IDS = 100

Words = Annotated[str | None, strawberry.argument(description="Words of the name, in any language.")]


OneId = Annotated[strawberry.ID, strawberry.argument(description="A global id.")]
Ids = Annotated[list[strawberry.ID], strawberry.argument(description="Up to 100 global ids.")]
OneResource = Annotated[ResourceBy, strawberry.argument(description="Which one.")]
OneMember = Annotated[MemberBy, strawberry.argument(description="Which one.")]
SearchText = Annotated[
    str | None, strawberry.argument(description="Words of titles, contributors, subjects; Chinese too.")
]
Filter = Annotated[ResourceFilter | None, strawberry.argument(description="What to narrow the list to.")]
Duties = Annotated[ObligationFilter | None, strawberry.argument(description="What to narrow the list to.")]
Licences = Annotated[LicenceFilter | None, strawberry.argument(description="What to narrow the list to.")]
Agreements = Annotated[AgreementFilter | None, strawberry.argument(description="What to narrow the list to.")]
OrderBy = Annotated[
    ResourceOrder | None, strawberry.argument(description="Left out: the best first; without a query, by title.")
]


def _viewer(info: Info) -> Any:
    return info.context.viewer


async def _node(info: Info, id: OneId) -> Any:
    return await node.find(info, id)


async def _nodes(info: Info, ids: Ids) -> Any:
    if len(ids) > MOST_IDS:
        raise Refusal(f"ids has more than {MOST_IDS} values")
    return await asyncio.gather(*(node.find(info, one) for one in ids))


async def _resource(info: Info, by: OneResource) -> Any:
    key = await resource_key(info, by)
    return await info.context.loaders.load("resource", key) if key else None


async def _resources(
    info: Info,
    query: SearchText = strawberry.UNSET,
    filter: Filter = strawberry.UNSET,
    order_by: OrderBy = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    return await search.find(info, query or None, filter or None, order_by or None, (first, after, last, before))


async def _packages(
    info: Info,
    query: Words = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, PACKAGES.name, first, after, last, before)
    return await page(info, PACKAGES, catalogue.packages(query or None), part)


async def _member(info: Info, by: OneMember) -> Any:
    key = await member_key(info, by)
    found = await info.context.loaders.load("party", key) if key else None
    return found if isinstance(found, Institution) else None


async def _members(
    info: Info,
    query: Words = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, MEMBERS.name, first, after, last, before)
    return await page(info, MEMBERS, members_named(query or None), part)


async def _obligations(
    info: Info,
    filter: Duties = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, OBLIGATIONS.name, first, after, last, before)
    return await page(info, OBLIGATIONS, wanted(info, filter or ObligationFilter()), part)


async def _licences(
    info: Info,
    filter: Licences = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, LICENCES.name, first, after, last, before)
    return await page(info, LICENCES, await licences_wanted(info, filter or LicenceFilter()), part)


async def _agreements(
    info: Info,
    filter: Agreements = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, AGREEMENTS.name, first, after, last, before)
    return await page(info, AGREEMENTS, await agreements_wanted(info, filter or AgreementFilter()), part)


@strawberry.type(description="What can be asked.")
class Query:
    viewer: Viewer = computed(_viewer, "Who asks, as far as we know.")
    node: Node | None = computed(_node, "Whatever has this id; malformed, unknown and hidden ids are null alike.")
    nodes: list[Node | None] = computed(_nodes, "The same for several, in the order asked.")
    resource: Resource | None = computed(
        _resource,
        "Several match (an ISSN shared by former titles): the current one. All: resources(filter: {identifiers}).",
    )
    resources: ResourceConnection = computed(_resources, "The catalogue, searched, narrowed and ordered.")
    access: Access = computed(
        access_question.access,
        "The decision for any member, user class, place and date, before anybody signs in. No right to ask for that "
        "member: refused with ASKING_NOT_ALLOWED; everybody may ask for the own situation.",
    )
    accesses: list[Access] = computed(
        access_question.accesses, "The same for up to 100 questions, answers in the order asked."
    )
    decision: Access | None = computed(access_question.decision, "Explains a decision again from its id.")
    packages: Connection[Package] = computed(_packages, "The packages, by code.")
    member: Member | None = computed(_member, "One member.")
    members: Connection[Member] = computed(_members, "The members, by code.")
    licences: LicenceConnection = computed(
        _licences, "The licences that the viewer sees with all their terms, the last entered first."
    )
    agreements: AgreementConnection = computed(
        _agreements, "The agreements that the viewer sees, the last entered first."
    )
    clients: Connection[Client] = computed(
        clients_seen, "The apps and partners' systems that the viewer sees, the last registered first."
    )
    deadlines: list[Deadline] = computed(
        deadline.coming,
        "What has to be done or happens within so many days (left out: 90) of the agreements that the viewer sees, the "
        "soonest first; 500 at a time: where there are as many, `skip` leads to the next.",
    )
    silent_defaults: list[SilentDefault] = computed(
        pool.silent_defaults, "What the consortium declared where licences are silent, for each action."
    )
    statutory_rules: list[StatutoryRule] = computed(
        pool.statutes, "What statutes permit whatever contracts say, by territory."
    )
    obligations: Connection[Obligation] = computed(
        _obligations, "What members owe, by due date; of the members whose staff the viewer is."
    )


TYPES = [
    Member,
    MemberGroup,
    Provider,
    Resource,
    Package,
    PackageTitle,
    Platform,
    ContentItem,
    Licence,
    Clause,
    Term,
    Amendment,
    UsageLimit,
    StatutoryRule,
    Agreement,
    Participation,
    Entitlement,
    Client,
    Obligation,
    RoleAssignment,
    InputProblem,
    AccessGranted,
    AccessRefused,
]
"""Types that are reached through an interface only, or by id as well."""
