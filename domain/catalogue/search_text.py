"""What search and sorting read of a resource, made from what the tables say of it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.catalogue import sorting, tokenizer
from models import resource as rows

BATCH = 1000
"""Resources of one transaction when all of them are made again."""

_DESCRIBED = text(
    """
    SELECT resource.id, resource.title, resource.publisher,
           ARRAY(SELECT name FROM contributor WHERE resource_id = resource.id ORDER BY position) AS contributors,
           ARRAY(SELECT value FROM resource_identifier WHERE resource_id = resource.id
                 ORDER BY namespace, value) AS identifiers,
           ARRAY(SELECT name FROM resource_subject JOIN subject ON subject.id = subject_id
                 WHERE resource_id = resource.id ORDER BY code) AS subjects
    FROM resource WHERE resource.id = ANY(:resources)
    """
)
_KEPT = text(
    """
    UPDATE resource SET search = CAST(:search AS tsvector), sort_title = :sort_title
    WHERE id = :resource AND (search, sort_title) IS DISTINCT FROM (CAST(:search AS tsvector), :sort_title)
    """
)


async def refresh(session: AsyncSession, resource_ids: Iterable[UUID]) -> None:
    """Make it again. Whoever else does so for one of them waits, and then reads what is true by then."""
    wanted = set(resource_ids)
    if not wanted:
        return
    resource = col(rows.Resource.id)
    await session.execute(
        select(resource).where(resource.in_(wanted)).order_by(resource).with_for_update(key_share=True)
    )
    found = await session.execute(_DESCRIBED, {"resources": list(wanted)})
    if made := [_made(described) for described in found]:
        await session.execute(_KEPT, made)


async def refresh_behind(session: AsyncSession, ordinal: int) -> tuple[int, int]:
    """Make it again for the next batch of resources behind an ordinal: how many, and the last one's ordinal."""
    resource = rows.Resource
    found = await session.execute(
        select(col(resource.id), col(resource.ordinal))
        .where(col(resource.ordinal) > ordinal)
        .order_by(col(resource.ordinal))
        .limit(BATCH)
    )
    batch = found.all()
    await refresh(session, (resource_id for resource_id, _ in batch))
    return len(batch), batch[-1][1] if batch else ordinal


def _made(described: Row[Any]) -> dict[str, Any]:
    return {
        "resource": described.id,
        "sort_title": sorting.filing_key(described.title),
        "search": tokenizer.document_vector(
            titles=described.title.values(),
            contributors=described.contributors,
            subjects=[name for subject in described.subjects for name in subject.values()],
            publisher=described.publisher,
            identifiers=described.identifiers,
        ),
    }
