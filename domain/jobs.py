"""What an operator sees of the jobs, and does about those that are dead."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Counts:
    """Jobs by state; one that is done is gone."""

    waiting: int
    running: int
    dead: int


@dataclass(frozen=True, slots=True)
class Dead:
    """A job that failed as often as one may. It stays until a person has it tried again."""

    id: int
    name: str
    attempts: int
    last_at: datetime


_COUNTS = text(
    """
    SELECT count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing'),
           count(*) FILTER (WHERE status = 'failed')
    FROM jobs.procrastinate_jobs
    """
)
_DEAD = text(
    """
    SELECT job.id, task_name, attempts, max(event.at)
    FROM jobs.procrastinate_jobs AS job JOIN jobs.procrastinate_events AS event ON event.job_id = job.id
    WHERE status = 'failed' GROUP BY job.id ORDER BY job.id
    """
)
_REVIVE = text(
    """
    SELECT count(jobs.procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)) FROM jobs.procrastinate_jobs
    WHERE status = 'failed'
    """
)


async def counts(session: AsyncSession) -> Counts:
    return Counts(*(await session.execute(_COUNTS)).one())


async def dead(session: AsyncSession) -> list[Dead]:
    return [Dead(*row) for row in await session.execute(_DEAD)]


async def revive(session: AsyncSession) -> int:
    """Have every dead job tried once more; how many there were."""
    revived: int = (await session.execute(_REVIVE)).scalar_one()
    return revived
