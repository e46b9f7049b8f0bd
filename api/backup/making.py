"""Make a backup: the database as it is at one moment, and the files that it names at that moment.

It grows in a folder whose name says that it isn't finished, and gets its own name when all of it is on disk. A run that
was cut off goes on with the files that are copied already; the database is dumped anew.
"""

import contextlib
import fcntl
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg

from api.backup import manifest, programs, tables
from api.backup.manifest import BackupError, Manifest, Part
from api.backup.verification import Watch
from domain.content.store import Store, digest

_LOOK = 0.2
"""Seconds between two looks at how far pg_dump is."""


def make(url: str, store: Store, folder: Path, watch: Watch) -> Manifest:
    """Make a backup in a folder that isn't there yet.

    Args:
        url: the database, as mutua_owner.

    Raises:
        BackupError: the folder is there, another backup is being made there, a file of the content store is missing or
            damaged, or PostgreSQL's programs fail.
    """
    with _growing(folder) as unfinished, tables.frozen(url) as connection:
        tables.all_seen(connection)
        made = Manifest(
            format=manifest.FORMAT,
            program=version("mutua"),
            revision=tables.revision(connection),
            postgresql=tables.major(connection),
            made_at=datetime.now(UTC),
            counts=tables.counts(connection),
            database=_dump(url, connection, unfinished / manifest.DUMP, watch),
            content=_copy(store, Store(unfinished / manifest.CONTENT), tables.files(connection), watch),
        )
        _write(unfinished / manifest.NAME, made.written())
    return made


@contextlib.contextmanager
def _growing(folder: Path) -> Iterator[Path]:
    """The folder that a backup is made in; it gets its final name only if nothing goes wrong."""
    unfinished = folder.with_name(folder.name + manifest.CUT_OFF)
    try:
        if folder.exists():
            raise BackupError(f"{folder} is there already; each backup is a folder of its own")
        unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(unfinished):
            yield unfinished
            _sync(unfinished)
            unfinished.rename(folder)
            _sync(folder.parent)
    except OSError as error:
        raise BackupError(f"the backup {folder} can't be written: {error.strerror}") from error


@contextlib.contextmanager
def _alone(unfinished: Path) -> Iterator[None]:
    held = os.open(unfinished, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another process makes the backup {unfinished}") from None
        yield
    finally:
        os.close(held)


def _dump(url: str, connection: psycopg.Connection, target: Path, watch: Watch) -> Part:
    """pg_dump of the moment that the connection sees. Its policies show the owner every row: row-level security stays
    on, since pg_dump would refuse tables that bind their owner."""
    found = programs.find(url, tables.major(connection))
    snapshot = connection.execute("SELECT pg_export_snapshot()").fetchall()[0][0]
    target.unlink(missing_ok=True)  # an orphan of a killed run may still be writing to it
    command = found.connected(
        "pg_dump",
        *("--format=custom", "--enable-row-security", f"--snapshot={snapshot}", f"--file={target}"),
        *(f"--exclude-table-data=public.{name}" for name in tables.LEFT_OUT),
    )
    with subprocess.Popen(command, env=found.environment, stderr=subprocess.PIPE) as running:  # noqa: S603 our programs
        said = None
        try:
            while said is None:
                watch("database", target.stat().st_size if target.exists() else 0, 0)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    said = running.communicate(timeout=_LOOK)[1]
        except BaseException:
            running.kill()
            raise
    if running.returncode != 0:
        raise programs.failure("pg_dump", said)
    target.chmod(0o600)
    return Part(sha256=digest(target), size=target.stat().st_size)


def _copy(source: Store, target: Store, files: list[tuple[str, int]], watch: Watch) -> tuple[Part, ...]:
    """Copy the files that aren't there yet, checked on the way; drop what an earlier run copied in vain."""
    parts = tuple(Part(sha256=sha256, size=size) for sha256, size in files)
    for stale in set(target.kept()) - {target.path(part.sha256) for part in parts}:
        stale.unlink()
    total = sum(part.size for part in parts)
    done = 0
    for part in parts:
        watch("content", done, total)
        if part.fault(target.path(part.sha256)):
            copy(source, target, part)
        done += part.size
    watch("content", done, total)
    return parts


def copy(source: Store, target: Store, part: Part) -> None:
    """Copy one file of a content store.

    Raises:
        BackupError: the source doesn't have it as it should be.
    """
    path = source.path(part.sha256)
    try:
        with path.open("rb") as file:
            copied = target.add(file, part.sha256).sha256
    except FileNotFoundError:
        raise BackupError(f"the file {path} of a content item is missing; import the item again") from None
    if copied != part.sha256:
        target.path(copied).unlink()
        raise BackupError(f"the file {path} of a content item is damaged (changed); import the item again")


def _write(path: Path, text: bytes) -> None:
    with path.open("wb") as file:
        path.chmod(0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
