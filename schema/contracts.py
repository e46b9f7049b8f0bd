"""Lists of licences and agreements, at the root and under what they belong to. They show what the viewer sees."""

from datetime import date
from typing import Annotated, Any

import strawberry
from sqlmodel import col

from domain import visibility
from domain.catalogue import contracts
from domain.catalogue.search import Search
from models.agreement import Agreement
from models.licence import Licence
from models.resource import Resource
from schema.kit.arguments import After, Before, First, Last
from schema.kit.connection import Listing, Page, among, asked, children
from schema.kit.context import Info
from schema.party import Institution
from schema.resource_page import ResourcePage
from schema.sight import sees_licence

LICENCES = Listing("licences", "licence", col(Licence.id), contracts.NEWEST_LICENCE)
AGREEMENTS = Listing("agreements", "agreement", col(Agreement.id), contracts.NEWEST_AGREEMENT)
RESOURCES = Listing("resources of a licence", "resource", col(Resource.id), contracts.BY_TITLE)

ActiveOn = Annotated[
    date | None, strawberry.argument(description="Only what is in force for it on this day, days of grace included.")
]


async def licences_of_member(
    root: strawberry.Parent[Institution],
    info: Info,
    active_on: ActiveOn = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    viewer, context = info.context.viewer, info.context
    if not visibility.sees_rights(viewer, root.id):
        return None
    part = asked(context, LICENCES.name, first, after, last, before)
    day = active_on or None
    of = contracts.licences_of_members(everything=visibility.sees_all_contracts(viewer), dated=day is not None)
    found, count = await among(info, LICENCES, of, root.id, part, given={"day": day})
    return Page(context, LICENCES.name, found, found.rows, count)


async def agreements_of_member(
    root: strawberry.Parent[Institution],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    viewer, context = info.context.viewer, info.context
    if not visibility.sees_rights(viewer, root.id):
        return None
    part = asked(context, AGREEMENTS.name, first, after, last, before)
    of = contracts.agreements_of_members(everything=visibility.sees_all_contracts(viewer))
    found, count = await among(info, AGREEMENTS, of, root.id, part, "member")
    return Page(context, AGREEMENTS.name, found, found.rows, count)


async def agreements_of_licence(
    root: strawberry.Parent[Licence],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    if not await sees_licence(info, root.id):
        return None
    part = asked(info.context, AGREEMENTS.name, first, after, last, before)
    rows, column = contracts.agreements_of_licences(everything=visibility.sees_all_contracts(info.context.viewer))
    return await children(info, AGREEMENTS, rows, (column, root.id), part, "licence")


async def resources_of_licence(
    root: strawberry.Parent[Licence],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    context = info.context
    if not await sees_licence(info, root.id):
        return None
    part = asked(context, RESOURCES.name, first, after, last, before)
    viewer, today = context.viewer, context.today
    found, count = await among(
        info,
        RESOURCES,
        contracts.resources_of_licences(everything=visibility.sees_all_contracts(viewer)),
        root.id,
        part,
        given={"day": today},
        counted=contracts.reach_of_licences(everything=visibility.sees_all_contracts(viewer)),
    )
    page = ResourcePage(context, RESOURCES.name, found, found.rows, count)
    page.search = lambda: Search(among=contracts.reached(root.id, viewer, today))
    return page
