"""The database: its version, who we are in it, its tables; the content store: room, and whether files are there."""

import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.examination.finding import Area, Finding, fine, one_line, to_do
from api.preparation import APP, LEAST_VERSION
from domain.content.store import Store
from domain.rights import history
from migrations import chain

SAMPLE = 20
LEAST_FREE_GB = 1.0
CLOCK_SECONDS = 5
"""Dates of rights and ends of sign-ins are told by both clocks, the database's and ours."""

_ROLE = text("""
    SELECT current_user AS name,
        rolsuper OR rolbypassrls OR EXISTS (
            SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind IN ('r', 'p') AND relpersistence = 'p'
        ) AS unbound
    FROM pg_roles WHERE rolname = current_user""")
_PROTECTED = text("""
    SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS bound
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)
    ORDER BY relname""")
"""A table keeps its policies when somebody switches row-level security off."""
_ITEMS = text("""
    SELECT sha256, size, file_name FROM (
        SELECT sha256, size, file_name FROM content_item
        UNION ALL SELECT sha256, size, file_name FROM licence_document WHERE sha256 IS NOT NULL
    ) AS kept
    ORDER BY random() LIMIT :most""")


async def database(session: AsyncSession) -> AsyncIterator[Finding]:
    """What a server needs of its database, which answers."""
    number = int((await session.execute(text("SHOW server_version_num"))).scalar_one())
    version = f"{number // 10000}.{number % 10000}"
    if number < LEAST_VERSION:
        yield to_do(Area.DATABASE, "database_old", version=version)
    else:
        yield fine(Area.DATABASE, "database_reached", version=version)
    role = (await session.execute(_ROLE)).one()
    if role.name != APP:
        yield to_do(Area.DATABASE, "role_other", role=role.name)
    if role.unbound:
        yield to_do(Area.DATABASE, "role_unbound", role=role.name)
    elif role.name == APP:
        yield fine(Area.DATABASE, "role_bound", role=role.name)
    yield await _revision(session)
    yield await _row_security(session)


async def clock(session: AsyncSession) -> Finding:
    before = time.time()
    theirs = float((await session.execute(text("SELECT extract(epoch FROM clock_timestamp())"))).scalar_one())
    seconds = round(abs(theirs - (before + time.time()) / 2))
    if seconds > CLOCK_SECONDS:
        return to_do(Area.CLOCK, "clock_database_off", seconds=seconds)
    return fine(Area.CLOCK, "clock_database", seconds=seconds)


async def migrated(session: AsyncSession) -> bool:
    """Whether our tables are there to be asked."""
    return bool((await session.execute(text("SELECT to_regclass('alembic_version') IS NOT NULL"))).scalar_one())


async def _revision(session: AsyncSession) -> Finding:
    head = str(chain.head())
    if not await migrated(session):
        return to_do(Area.DATABASE, "revision_none")
    found = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
    if found == head:
        return fine(Area.DATABASE, "revision_present", revision=head)
    if found is None:
        return to_do(Area.DATABASE, "revision_none")
    if not chain.knows(found):
        return to_do(Area.DATABASE, "revision_newer", revision=found, head=head)
    return to_do(Area.DATABASE, "revision_other", revision=found, head=head)


async def _row_security(session: AsyncSession) -> Finding:
    protected = (await session.execute(_PROTECTED)).all()
    unbound = [table.name for table in protected if not table.bound]
    if unbound:
        return to_do(Area.DATABASE, "rls_off", tables=", ".join(unbound))
    return fine(Area.DATABASE, "rls_on", count=len(protected))


async def rights(session: AsyncSession) -> AsyncIterator[Finding]:
    """Whether the history of rights says what agreements and licences imply; processes follow rights by it."""
    if not (await session.execute(text("SELECT to_regclass('grant_history') IS NOT NULL"))).scalar_one():
        return
    if found := await history.differences(session):
        yield to_do(Area.DATABASE, "history_off", count=len(found), example=found[0].grant_key)
    else:
        yield fine(Area.DATABASE, "history_fine")


def content_store(folder: Path) -> Iterator[Finding]:
    """Whether a file can be put there, and how much room is left."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free / 1e9
    gigabytes = f"{free:.1f}"
    try:
        if there == folder:
            tempfile.TemporaryFile(dir=folder).close()
        elif not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(f"{there} belongs to somebody else")
    except OSError as error:
        yield to_do(Area.CONTENT, "content_unwritable", folder=str(folder), cause=error.strerror or one_line(error))
        return
    if free < LEAST_FREE_GB:
        yield to_do(Area.CONTENT, "content_full", folder=str(folder), gigabytes=gigabytes)
    else:
        code = "content_writable" if there == folder else "content_absent"
        yield fine(Area.CONTENT, code, folder=str(folder), gigabytes=gigabytes)


async def content_items(session: AsyncSession, store: Store) -> AsyncIterator[Finding]:
    """A few files that the catalogue promises, and licences' documents. (`mutua backup` compares the bytes of all.)"""
    items = (await session.execute(_ITEMS, {"most": SAMPLE})).all()
    bad = [item.file_name for item in items if not _readable(store, item.sha256, item.size)]
    if bad:
        yield to_do(Area.CONTENT, "content_damaged", count=len(items), bad=len(bad), example=bad[0])
    elif items:
        yield fine(Area.CONTENT, "content_sampled", count=len(items))


def _readable(store: Store, sha256: str, size: int) -> bool:
    try:
        with store.path(sha256).open("rb") as file:
            return os.fstat(file.fileno()).st_size == size
    except OSError:
        return False
