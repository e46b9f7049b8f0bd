"""Jobs: told with the commit or never, done at least once, whatever becomes of the worker."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from api import database as edge
from api import worker
from api.database import Transactions, Urls
from api.settings import Settings
from domain import jobs, outbox
from domain.catalogue import tokenizer
from models import outbox as rows
from tests.catalogue import shelf
from tests.support.databases import Databases, name_of

PATIENCE = 30
"""Seconds; alone each of these takes one or two."""


@asynccontextmanager
async def working(url: str, *periodic: worker.Due) -> AsyncIterator[None]:
    """A worker in this process, stopped as SIGTERM stops it."""
    work = asyncio.create_task(worker.work(url, periodic))
    try:
        yield
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(20 * PATIENCE):
        if await true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(true)


async def all_done(begin: Transactions) -> None:
    async def done() -> bool:
        async with begin() as session:
            return await jobs.counts(session) == jobs.Counts(0, 0, 0)

    await until(done)


async def made(begin: Transactions, *names: str) -> list[UUID]:
    async with begin() as session:
        return [(await shelf.title(session, name)).id for name in names]


async def renamed(session: AsyncSession, resource_id: UUID, name: str) -> None:
    """What an act does: change the row, tell."""
    title = "UPDATE resource SET title = jsonb_build_object('en', CAST(:name AS text)) WHERE id = :id"
    await session.execute(text(title), {"name": name, "id": resource_id})
    await outbox.tell(session, outbox.RESOURCE_CHANGED, resource_id)


async def found(begin: Transactions, words: str) -> set[UUID]:
    asked = text("SELECT id FROM resource WHERE search @@ CAST(:asked AS tsquery)")
    async with begin() as session:
        return set((await session.execute(asked, {"asked": tokenizer.query(words)})).scalars())


def test_every_consumer_that_is_told_is_known_and_no_other() -> None:
    told = {consumer for consumers in outbox.CONSUMERS.values() for consumer in consumers}
    assert told == set(worker.CONSUMERS)


def test_every_job_of_the_clock_has_a_name_of_its_own_and_a_time() -> None:
    names = [due.name for due in worker.periodic(Settings())]
    assert len(names + list(worker.CONSUMERS)) == len({*names, *worker.CONSUMERS})


async def test_a_changed_title_is_found_and_files_by_its_new_name(begin: Transactions, database: Urls) -> None:
    (resource,) = await made(begin, "Annals of Physics")
    async with begin() as session:
        await renamed(session, resource, "The Chemistry Letters")
    assert await found(begin, "chemistry") == set()
    async with working(database.app):
        await all_done(begin)
    assert (await found(begin, "chemistry"), await found(begin, "physics")) == ({resource}, set())
    async with begin() as session:
        assert await session.scalar(text("SELECT sort_title FROM resource")) == "chemistry letters"


async def test_contributors_and_subjects_are_found_too(begin: Transactions, database: Urls) -> None:
    (resource,) = await made(begin, "Annals")
    async with begin() as session:
        await session.execute(
            text("INSERT INTO contributor (resource_id, position, name) VALUES (:r, 0, 'Marie Curie')"), {"r": resource}
        )
        subject = await shelf.subject(session, "radio", "放射性", "radioactivity")
        await session.execute(
            text("INSERT INTO resource_subject (resource_id, subject_id) VALUES (:r, :s)"),
            {"r": resource, "s": subject.id},
        )
        await outbox.tell(session, outbox.RESOURCE_CHANGED, resource)
    async with working(database.app):
        await all_done(begin)
    assert await found(begin, "Curie radioactivity") == {resource}


async def test_what_is_rolled_back_was_never_told(begin: Transactions) -> None:
    (resource,) = await made(begin, "Annals")
    async with begin() as session:
        await renamed(session, resource, "Letters")
        await session.rollback()
    async with begin() as session:
        assert await session.scalar(select(func.count()).select_from(rows.Outbox)) == 0
        assert await jobs.counts(session) == jobs.Counts(0, 0, 0)


async def test_a_job_waits_for_the_commit(begin: Transactions, database: Urls) -> None:
    one, other = await made(begin, "Annals", "Letters")
    async with working(database.app):
        async with begin() as first:
            await renamed(first, one, "Yearbook")
            async with begin() as second:
                await renamed(second, other, "Notes")
            await until(lambda: _finds(begin, "notes", other))
            assert await found(begin, "yearbook") == set()
        await all_done(begin)
    assert await found(begin, "yearbook") == {one}


async def _finds(begin: Transactions, words: str, resource: UUID) -> bool:
    return await found(begin, words) == {resource}


async def test_a_worker_that_was_away_for_long_catches_up(begin: Transactions, database: Urls) -> None:
    resources = await made(begin, *(f"Annals {n}" for n in range(50)))
    for n, resource in enumerate(resources * 3):
        async with begin() as session:
            await renamed(session, resource, f"Letters {n}")
    async with working(database.app):
        await all_done(begin)
    assert await found(begin, "annals") == set()
    assert await found(begin, "letters") == set(resources)


async def test_a_job_that_fails_holds_up_its_own_resource_only_and_keeps_the_order(
    begin: Transactions, database: Urls, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = await made(begin, "Annals", "Letters")
    heard: list[str] = []

    async def hear(session: AsyncSession, key: UUID) -> None:
        title = await session.scalar(text("SELECT title ->> 'en' FROM resource WHERE id = :id"), {"id": key})
        heard.append("one" if key == one else "other")
        if heard.count("one") == 1 and key == one:
            raise ValueError(f"nobody may read of {title} in the log")

    monkeypatch.setitem(worker.CONSUMERS, outbox.SEARCH_TEXT, hear)
    async with begin() as session:
        await outbox.tell(session, outbox.RESOURCE_CHANGED, one)
        await outbox.tell(session, outbox.RESOURCE_CHANGED, one)
        await outbox.tell(session, outbox.RESOURCE_CHANGED, other)
    with caplog.at_level(logging.INFO):
        async with working(database.app):
            await all_done(begin)
    assert sorted(heard) == ["one", "one", "one", "other"]
    assert heard.index("other") < 2, "it waited for a stranger's failure"
    lines = [line for line in caplog.text.splitlines() if "search_text" in line]
    assert len(lines) == 4
    assert "Annals" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_job_that_fails_too_often_is_dead_until_a_person_revives_it(
    begin: Transactions, database: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    (resource,) = await made(begin, "Annals")

    async def fail(session: AsyncSession, key: UUID) -> None:
        raise ValueError

    async with begin() as session:
        await renamed(session, resource, "Letters")
        await session.execute(text("UPDATE jobs.procrastinate_jobs SET attempts = :n"), {"n": worker.MOST_ATTEMPTS - 1})

    async def is_dead() -> bool:
        async with begin() as session:
            return (await jobs.counts(session)).dead == 1

    with monkeypatch.context() as patch:
        patch.setitem(worker.CONSUMERS, outbox.SEARCH_TEXT, fail)
        async with working(database.app):
            await until(is_dead)
    async with begin() as session:
        (dead,) = await jobs.dead(session)
        assert (dead.name, dead.attempts) == ("search_text", worker.MOST_ATTEMPTS)
        assert await jobs.revive(session) == 1
    async with working(database.app):
        await all_done(begin)
    assert await found(begin, "letters") == {resource}


async def test_what_the_clock_asked_for_meanwhile_is_made_up_for_once(begin: Transactions, database: Urls) -> None:
    done: list[str] = []

    def noting(name: str) -> Callable[[AsyncSession], Awaitable[None]]:
        async def note(session: AsyncSession) -> None:
            assert await session.scalar(text("SELECT mutua_sees_all()"))
            done.append(name)

        return note

    async def fetch(transaction: Transactions) -> None:
        for _ in range(2):
            async with transaction() as session:
                assert await session.scalar(text("SELECT mutua_sees_all()"))
        done.append("daily")

    due: list[worker.Due] = [worker.Periodic("monthly", "0 4 1 * *", noting("monthly"))]
    due.append(worker.Errand("daily", "0 4 * * *", fetch))

    async def both() -> bool:
        return len(done) == 2

    async with working(database.app, *due):
        await until(both)
        await all_done(begin)
    async with working(database.app, *due):
        await asyncio.sleep(1)
        await all_done(begin)
    assert sorted(done) == ["daily", "monthly"]


async def test_what_was_heard_is_forgotten_after_a_week_and_nothing_else(begin: Transactions, database: Urls) -> None:
    resources = await made(begin, "heard long ago", "heard now", "never heard")
    async with begin() as session:
        await outbox.tell(session, outbox.RESOURCE_CHANGED, *resources[:2])
    async with working(database.app):
        await all_done(begin)
    async with begin() as session:
        await outbox.tell(session, outbox.RESOURCE_CHANGED, resources[2])
    await _aged(database, resources[0], resources[2])
    async with begin() as session:
        await outbox.forget(session)
        assert set(await session.scalars(select(col(rows.Outbox.key)))) == set(resources[1:])


async def _aged(database: Urls, *keys: UUID) -> None:
    assert database.owner
    pool = edge.engine(database.owner)
    async with pool.begin() as connection:
        aged = text("UPDATE outbox SET told_at = now() - interval '8 days' WHERE key = ANY(:keys)")
        await connection.execute(aged, {"keys": list(keys)})
    await pool.dispose()


async def test_a_worker_waits_for_a_database_that_is_away(
    begin: Transactions, database: Urls, databases: Databases
) -> None:
    (resource,) = await made(begin, "Annals")
    async with working(database.app):
        await asyncio.sleep(0.5)
        databases.close(name_of(database))
        await asyncio.sleep(0.5)
        databases.open(name_of(database))
        async with begin() as session:
            await renamed(session, resource, "Letters")
        await all_done(begin)
    assert await found(begin, "letters") == {resource}


@contextmanager
def process(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """`mutua worker` as an operator runs it."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("MUTUA_")}
    program = [sys.executable, "-c", "from api.cli import main; main()", "worker"]
    started = subprocess.Popen(program, env=settings | {"MUTUA_DATABASE_URL": url}, stderr=subprocess.PIPE)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


async def told(begin: Transactions) -> list[str]:
    """The states of the jobs of which a change told. `mutua worker` also begins what the clock asks for, if it gets as
    far."""
    states = text("SELECT status FROM jobs.procrastinate_jobs WHERE task_name = 'search_text'")
    async with begin() as session:
        return list((await session.execute(states)).scalars())


async def test_a_killed_workers_job_is_taken_up_by_the_next_one(begin: Transactions, database: Urls) -> None:
    (resource,) = await made(begin, "Annals")
    async with begin() as session:
        await renamed(session, resource, "Letters")

    async def runs() -> bool:
        return await told(begin) == ["doing"]

    async with begin() as holding:
        await holding.execute(text("SELECT FROM resource FOR UPDATE"))
        with process(database.app) as killed:
            await until(runs)
            killed.send_signal(signal.SIGKILL)
            killed.wait(PATIENCE)
    assert await told(begin) == ["doing"]
    async with begin() as session:
        await session.execute(
            text("UPDATE jobs.procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
        )
    async with working(database.app):

        async def taken_up() -> bool:
            return await told(begin) == []

        await until(taken_up)
    assert await found(begin, "letters") == {resource}


async def test_a_worker_told_to_stop_ends_its_job_first(begin: Transactions, database: Urls) -> None:
    (resource,) = await made(begin, "Annals")
    async with begin() as session:
        await renamed(session, resource, "Letters")

    async def runs() -> bool:
        return await told(begin) == ["doing"]

    with process(database.app) as stopped:
        async with begin() as holding:
            await holding.execute(text("SELECT FROM resource FOR UPDATE"))
            await until(runs)
            stopped.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.5)
            assert stopped.poll() is None
        assert await asyncio.to_thread(stopped.wait, PATIENCE) == 0
        said = stopped.stderr.read().decode() if stopped.stderr else ""
    assert "Traceback" not in said
    assert await found(begin, "letters") == {resource}
    assert await told(begin) == []


def test_a_worker_on_a_database_without_tables_is_one_line(databases: Databases) -> None:
    with databases.clone("template1") as empty, process(empty.app) as refused:
        said = refused.communicate(timeout=PATIENCE)[1].decode()
    assert (refused.returncode, said) == (2, "mutua: the database has no tables of ours yet: mutua database migrate\n")
