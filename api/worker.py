"""The worker: runs the jobs of the outbox and those that come round by the clock, in a process of its own or within
the server of an embedded database.

A job is one transaction that sees every member's rows, but for those that wait for other servers. Its log line names
the job and the kind of error, never what it is about.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.tasks import Task
from sqlalchemy.ext.asyncio import AsyncSession

from api import database
from api.database import Transactions
from api.settings import Settings
from auth.federation import refreshing
from domain import deadlines, outbox, retention
from domain.catalogue import search_text

log = logging.getLogger("mutua.jobs")

Heard = Callable[[AsyncSession, UUID], Awaitable[None]]
Done = Callable[[AsyncSession], Awaitable[None]]
Run = Callable[..., Awaitable[None]]

MOST_ATTEMPTS = 15
"""Over an hour and a half; then the job is dead and waits for a person."""
LONGEST_WAIT = 900
AT_ONCE = 2
GRACE_SECONDS = 8
"""For what runs when the worker is told to stop; what takes longer is cut off and done by the next one."""
HEARTBEAT_SECONDS = 10
DEAD_SECONDS = 30
"""Without a heartbeat for this long, a worker was killed: others take up its jobs."""
LONGEST_PAUSE = 60
CONNECTION_SECONDS = 5.0
"""A connection is waited for, also by a worker that was told to stop while the database is away."""
A_YEAR = 366 * 86400.0


@dataclass(frozen=True, slots=True)
class Periodic:
    """Done whenever the clock (UTC) says so; what came round while no worker ran is made up for, once.

    `cron`: minute, hour, day of month, month, day of week.
    """

    name: str
    cron: str
    done: Done


@dataclass(frozen=True, slots=True)
class Errand:
    """The same for what waits for other servers: it opens transactions of its own, none while it waits."""

    name: str
    cron: str
    run: Callable[[Transactions], Awaitable[None]]


Due = Periodic | Errand


async def _search_text(session: AsyncSession, resource_id: UUID) -> None:
    await search_text.refresh(session, [resource_id])


CONSUMERS: dict[str, Heard] = {outbox.SEARCH_TEXT: _search_text}
"""What each consumer of `outbox.CONSUMERS` does when it hears of a key. It may hear of it again."""


def periodic(settings: Settings) -> list[Due]:
    """What the clock asks for. It may be asked for twice."""
    return [
        Periodic("forget_told", "20 3 * * *", outbox.forget),
        Periodic("deadlines", "40 4 * * *", deadlines.warn),
        Periodic("retention", "50 * * * *", partial(retention.sweep, limits=settings.retention)),
        Errand("metadata", "10 * * * *", partial(refreshing.sweep, at_home=settings.on_loopback)),
    ]


class Backoff(BaseRetryStrategy):
    """2, 4, 8 … seconds, then every fifteen minutes; what was cut off by a stop is for the next worker at once."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if not isinstance(exception, Exception):
            return RetryDecision(retry_in={"seconds": 0})
        if job.attempts + 1 >= MOST_ATTEMPTS:
            return None
        return RetryDecision(retry_in={"seconds": min(2 ** (job.attempts + 1), LONGEST_WAIT)})


async def work(url: str, periodic: Sequence[Due]) -> None:
    """Run jobs until this is cancelled, which lets those that run come to their end. A database that is away is waited
    for."""
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # its lines hold arguments and errors' texts
    pool = database.engine(url, statement_seconds=0)
    begin = database.as_everybody(database.sessions(pool))
    pause = 1
    try:
        while True:
            started = time.monotonic()
            why = await _until_it_stops(application(url, begin, periodic))
            if (this := asyncio.current_task()) and this.cancelling():
                raise asyncio.CancelledError  # the library meets a database that is away, and forgets that it was told
            pause = 1 if time.monotonic() - started > LONGEST_PAUSE else min(2 * pause, LONGEST_PAUSE)
            log.warning("the worker stopped (%s); going on in %d s", why, pause)
            await asyncio.sleep(pause)
    finally:
        await pool.dispose()


async def _until_it_stops(app: App) -> str:
    """The kind of error that stopped it, for the log."""
    try:
        async with app.open_async():
            rescue = asyncio.create_task(_take_up(app.job_manager))
            try:
                await app.run_worker_async(
                    queues=[outbox.QUEUE],
                    concurrency=AT_ONCE,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=GRACE_SECONDS,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=DEAD_SECONDS,
                    delete_jobs="successful",
                )
            finally:
                rescue.cancel()
                await asyncio.gather(rescue, return_exceptions=True)
    except Exception as error:
        return _kind(error)
    return "its connection was lost"


async def _take_up(jobs: JobManager) -> None:
    """Let jobs of killed workers run again; one that outlives its worker every time is what kills it, and is dead."""
    while True:
        with suppress(ConnectorException):  # another worker was faster, or the database is away
            for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=DEAD_SECONDS):
                log.warning("job %s %s: its worker is gone", job.task_name, job.id)
                if job.attempts + 1 >= MOST_ATTEMPTS:
                    await jobs.finish_job(job, Status.FAILED, delete_job=False)
                else:
                    await jobs.retry_job(job)
        await asyncio.sleep(HEARTBEAT_SECONDS)


def application(url: str, begin: Transactions, periodic: Sequence[Due]) -> App:
    """The library's view of our jobs, on connections of its own to the schema `jobs`."""
    connector = PsycopgConnector(
        conninfo=database.libpq(url),
        min_size=1,
        max_size=AT_ONCE + 2,
        timeout=CONNECTION_SECONDS,
        kwargs={"options": "-c search_path=jobs -c timezone=UTC", "application_name": "mutua jobs"},
    )
    app = App(connector=connector, periodic_defaults={"max_delay": A_YEAR})
    for name, heard in CONSUMERS.items():
        _task(app, name, _hearing(heard, begin))
    for due in periodic:
        job = _running(due.run, begin) if isinstance(due, Errand) else _doing(due.done, begin)
        app.periodic(cron=due.cron)(_task(app, due.name, job, lock=due.name))
    return app


def _task(app: App, name: str, job: Run, *, lock: str | None = None) -> Task[Any, Any, Any]:
    return app.task(name=name, queue=outbox.QUEUE, lock=lock, pass_context=True, retry=Backoff())(job)


def _hearing(heard: Heard, begin: Transactions) -> Run:
    async def run(context: JobContext, told: int) -> None:
        async with _logged(context.job), begin() as session:
            await heard(session, await outbox.key_of(session, told))

    return run


def _doing(done: Done, begin: Transactions) -> Run:
    async def run(context: JobContext, timestamp: int) -> None:
        async with _logged(context.job), begin() as session:
            await done(session)

    return run


def _running(errand: Callable[[Transactions], Awaitable[None]], begin: Transactions) -> Run:
    async def run(context: JobContext, timestamp: int) -> None:
        async with _logged(context.job):
            await errand(begin)

    return run


@asynccontextmanager
async def _logged(job: Job) -> AsyncIterator[None]:
    """One line a job."""
    started = time.monotonic()
    try:
        yield
    except Exception as error:
        dead = job.attempts + 1 >= MOST_ATTEMPTS
        what = "is dead; `mutua jobs` tells of it" if dead else "failed and will be tried again"
        log.log(
            logging.ERROR if dead else logging.WARNING, "job %s %s %s: %s", job.task_name, job.id, what, _kind(error)
        )
        raise
    log.info("job %s %s done in %.0f ms", job.task_name, job.id, (time.monotonic() - started) * 1000)


def _kind(error: BaseException) -> str:
    return type(error).__name__
