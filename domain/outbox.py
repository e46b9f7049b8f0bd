"""Telling others what was done: a row, and a job for each of its consumers, in the very transaction that does it.

What is rolled back was never told. A consumer may hear of the same thing twice, so it makes its own thing again from
what the tables say now; what it hears of one key comes in the order of the telling.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models import outbox as rows

RESOURCE_CHANGED = "resource_changed"
"""The key is a resource whose title, contributors, subjects, publisher or identifiers are others than before."""

SEARCH_TEXT = "search_text"
"""The consumer that keeps the catalogue's search text."""

CONSUMERS: Mapping[str, tuple[str, ...]] = {RESOURCE_CHANGED: (SEARCH_TEXT,)}
"""By topic, who hears of it; `api.worker` knows what each one does."""

QUEUE = "mutua"

_TELL = text(
    """
    WITH told AS (
      INSERT INTO outbox (topic, key) SELECT :topic, unnest(CAST(:keys AS uuid[])) RETURNING id, key
    )
    SELECT jobs.procrastinate_defer_jobs_v1(array_agg(
      CAST(ROW(:queue, consumer, 0, consumer || ':' || key, NULL, jsonb_build_object('told', id), NULL)
           AS jobs.procrastinate_job_to_defer_v1)
      ORDER BY id))
    FROM told CROSS JOIN unnest(CAST(:consumers AS text[])) AS consumer
    """
)
"""The lock, `consumer:key`, is what keeps the order."""

_FORGET = text(
    """
    DELETE FROM outbox
    WHERE told_at < now() - interval '7 days'
      AND NOT EXISTS (SELECT FROM jobs.procrastinate_jobs AS job WHERE (job.args ->> 'told')::bigint = outbox.id)
    """
)


async def tell(session: AsyncSession, topic: str, *keys: UUID) -> None:
    """Let the topic's consumers hear of these keys once this transaction is committed."""
    if keys:
        consumers = list(CONSUMERS[topic])
        await session.execute(_TELL, {"topic": topic, "keys": list(keys), "queue": QUEUE, "consumers": consumers})


async def key_of(session: AsyncSession, told: int) -> UUID:
    """What a row of the outbox is about."""
    return (await session.execute(select(col(rows.Outbox.key)).where(col(rows.Outbox.id) == told))).scalar_one()


async def forget(session: AsyncSession) -> None:
    """Remove what was told a week ago and has been heard: a job that is done is gone, a dead one keeps its row."""
    await session.execute(_FORGET)
