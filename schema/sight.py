"""Whether the viewer sees a contract: asked once a request for all that a page shows, of the conditions that its lists
use."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import involvement, visibility
from models.agreement import Agreement
from schema.kit.context import Info


async def sees_agreement(info: Info, agreement_id: UUID) -> bool:
    """Whether the viewer sees an agreement, and so its periods and entitlements."""
    viewer = info.context.viewer
    if viewer.sees_everything or not viewer.librarian_of:
        return viewer.sees_everything

    async def seen(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, bool]:
        among = select(col(Agreement.id)).where(col(Agreement.id).in_(keys))
        return dict.fromkeys(await session.scalars(visibility.only_agreements(among, viewer)), True)

    found: bool = await info.context.loaders.by("agreements seen", seen, False).load(agreement_id)
    return found


async def sees_licence(info: Info, licence_id: UUID) -> bool:
    """Whether the viewer sees a licence with all its terms."""
    return visibility.sees_licence(info.context.viewer, await bound(info, licence_id))


async def bound(info: Info, licence_id: UUID) -> frozenset[UUID]:
    """The viewer's members that a licence binds; not asked for where the answer can't matter."""
    viewer = info.context.viewer
    members = {membership.member_id for membership in viewer.principal.memberships}
    if viewer.sees_everything or not members:
        return frozenset()

    async def binding(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, frozenset[UUID]]:
        concerned = involvement.licences_of(members, drafts=False)
        found: dict[UUID, set[UUID]] = {}
        statement = select(concerned.c.licence_id, concerned.c.whose).where(concerned.c.licence_id.in_(keys))
        for key, member_id in await session.execute(statement):
            found.setdefault(key, set()).add(member_id)
        return {key: frozenset(of_it) for key, of_it in found.items()}

    found: frozenset[UUID] = await info.context.loaders.by("licences binding", binding, frozenset()).load(licence_id)
    return found
