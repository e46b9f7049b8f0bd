"""Whether the viewer sees a contract: asked once a request for all that a page shows, of the conditions that its lists
use."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import involvement, visibility
from domain.reading import Reading
from models.agreement import Agreement
from schema.kit.context import Info
from schema.kit.rows import KEYS


def _agreements_seen() -> Reading:
    among = select(col(Agreement.id)).where(col(Agreement.id) == KEYS)
    return Reading(visibility.only_agreements(among, visibility.kept_sight(everything=False)))


def _binding() -> Reading:
    """The licences that bind members, by licence and member."""
    concerned = involvement.licences_of(involvement.named("members"), drafts=False)
    return Reading(select(concerned.c.licence_id, concerned.c.whose).where(concerned.c.licence_id == KEYS))


_AGREEMENTS_SEEN = _agreements_seen()
_BINDING = _binding()


async def sees_agreement(info: Info, agreement_id: UUID) -> bool:
    """Whether the viewer sees an agreement, and so its periods and entitlements."""
    viewer = info.context.viewer
    members = visibility.contracted(viewer)
    if not members:
        return members is None

    given = info.context.given

    async def seen(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, bool]:
        found = await _AGREEMENTS_SEEN.rows(session, keys=list(keys), **given)
        return {key: True for (key,) in found}

    found: bool = await info.context.loaders.by("agreements seen", seen, False).load(agreement_id)
    return found


async def sees_licence(info: Info, licence_id: UUID) -> bool:
    """Whether the viewer sees a licence with all its terms."""
    return visibility.sees_licence(info.context.viewer, await bound(info, licence_id))


async def bound(info: Info, licence_id: UUID) -> frozenset[UUID]:
    """Of the members that concern the viewer those that a licence binds; not asked for where the answer can't
    matter."""
    viewer = info.context.viewer
    seen = visibility.contracted(viewer)
    members = (seen or frozenset()) | {membership.member_id for membership in viewer.principal.memberships}
    if seen is None or not members:
        return frozenset()

    async def binding(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, frozenset[UUID]]:
        found: dict[UUID, set[UUID]] = {}
        for key, member_id in await _BINDING.rows(session, keys=list(keys), members=list(members)):
            found.setdefault(key, set()).add(member_id)
        return {key: frozenset(of_it) for key, of_it in found.items()}

    found: frozenset[UUID] = await info.context.loaders.by("licences binding", binding, frozenset()).load(licence_id)
    return found
