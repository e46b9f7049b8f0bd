"""Restore a backup into an empty database and a content store.

Everything is checked before anything is written. The files come first, since rows must never name files that aren't
there; the database is one transaction, so that a restore that was cut off leaves an empty one.
"""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, cast

import psycopg

from api import preparation
from api.backup import making, manifest, programs, tables, verification
from api.backup.manifest import BackupError, Manifest
from api.backup.programs import Programs, plain
from api.backup.verification import Watch
from domain.content.store import Store
from migrations import chain

_BEFORE = f"""
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL statement_timeout = 0;
GRANT CREATE ON SCHEMA public TO {preparation.LOOKUP};
{preparation.WITHOUT_DEFAULTS}
"""
"""What the app may do comes from the backup alone: what it gets by default as tables are made would add to that."""

_AFTER = f"""
SET ROLE {preparation.OWNER};
REVOKE CREATE ON SCHEMA public FROM {preparation.LOOKUP};
"""
_SIGNED_OUT = """
SET LOCAL row_security = on;
UPDATE public.session SET ended_at = now() WHERE ended_at IS NULL;
COMMIT;
"""
"""Who has signed out since the backup must not be signed in again."""


def restore(url: str, store: Store, folder: Path, watch: Watch) -> Manifest:
    """Restore the backup of a folder.

    Args:
        url: the empty database, as mutua_owner, prepared.

    Raises:
        BackupError: a part is damaged, the program or the server is older than the backup, the database isn't empty,
            or something went wrong; then the database is as it was.
    """
    found = manifest.read(folder)
    _fits(found)
    with psycopg.connect(plain(url)) as connection:
        _empty(connection)
        server = tables.major(connection)
    if server < found.postgresql:
        raise BackupError(f"the backup is of PostgreSQL {found.postgresql}, the server is {server}: take a newer one")
    verification.verify(folder, watch)
    _copy(found, Store(folder / manifest.CONTENT), store, watch)
    watch("database", 0, 0)
    _fill(programs.find(url, server), folder / manifest.DUMP)
    _check(url, found, store, watch)
    return found


def is_older(found: Manifest) -> bool:
    """Whether its tables must be migrated before this program can serve them."""
    return found.revision != chain.head()


def _fits(found: Manifest) -> None:
    if found.revision not in chain.revisions():
        raise BackupError(
            f"the backup is at revision {found.revision}, which this version doesn't know: "
            f"restore it with Mutua {found.program} or newer"
        )


def _empty(connection: psycopg.Connection) -> None:
    if there := tables.names(connection):
        raise BackupError(
            f"the database has tables already ({len(there)}, such as {next(iter(there))}) and stays as it is: "
            "restore into an empty one, made by mutua database prepare"
        )


def _copy(found: Manifest, source: Store, target: Store, watch: Watch) -> None:
    total = sum(part.size for part in found.content)
    done = 0
    for part in found.content:
        watch("content", done, total)
        if part.fault(target.path(part.sha256)):
            making.copy(source, target, part)
        done += part.size
    watch("content", done, total)


def _fill(found: Programs, dump: Path) -> None:
    """One transaction in psql: it commits only if it reads the last line of ours, which follows the whole dump."""
    with _psql(found) as script, TemporaryDirectory() as lists:
        script.write(_BEFORE.encode())
        for number, (role, entries) in enumerate(_runs(_listed(found, dump))):
            chosen = Path(lists) / str(number)
            chosen.write_text("\n".join(entries) + "\n", "utf-8")
            _print(found, dump, script, "--no-owner", f"--role={role}", f"--use-list={chosen}")
        script.write((_AFTER + _SIGNED_OUT).encode())


def _runs(entries: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Entries of the dump in their order, by the role that makes them: the owner may hand something over to the lookup
    role, but could then no longer say who may use it."""

    def maker(entry: str) -> str:
        return preparation.LOOKUP if entry.rsplit(" ", 1)[-1] == preparation.LOOKUP else preparation.OWNER

    for role, run in groupby(entries, key=maker):
        yield role, list(run)


def _listed(found: Programs, dump: Path) -> list[str]:
    listed = subprocess.run(  # noqa: S603 our programs
        found.command("pg_restore", "--list", dump), env=found.environment, capture_output=True, check=False
    )
    if listed.returncode != 0:
        raise programs.failure("pg_restore", listed.stderr)
    return [line for line in listed.stdout.decode().splitlines() if line and not line.startswith(";")]


def _print(found: Programs, dump: Path, to: IO[bytes], *arguments: str) -> None:
    printed = subprocess.run(  # noqa: S603 our programs
        found.command("pg_restore", "--file=-", *arguments, dump),
        env=found.environment,
        stdout=to,
        stderr=subprocess.PIPE,
        check=False,
    )
    if printed.returncode != 0:
        raise programs.failure("pg_restore", printed.stderr)


@contextmanager
def _psql(found: Programs) -> Iterator[IO[bytes]]:
    """psql's input. It says best what went wrong: whoever writes to it then only finds it gone."""
    command = found.connected("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
    with (
        TemporaryFile() as said,
        subprocess.Popen(command, env=found.environment, stdin=subprocess.PIPE, stderr=said, bufsize=0) as running,  # noqa: S603
    ):
        gone: Exception | None = None
        try:
            yield cast(IO[bytes], running.stdin)
        except (OSError, BackupError) as error:
            gone = error
        except BaseException:
            running.kill()
            raise
        running.communicate()  # closes its input
        said.seek(0)
        if running.returncode != 0:
            raise programs.failure("psql", said.read()) from gone
        if gone:
            raise gone


def _check(url: str, found: Manifest, store: Store, watch: Watch) -> None:
    """What is there now is what the backup counted."""
    with tables.frozen(url) as connection:
        tables.all_seen(connection)
        if (there := tables.counts(connection)) != found.counts:
            differing = sorted(name for name in there | found.counts if there.get(name) != found.counts.get(name))
            raise BackupError(f"restored, but with other rows than the backup has: {', '.join(differing)}")
    _verify_content(found, store, watch)


def _verify_content(found: Manifest, store: Store, watch: Watch) -> None:
    total = sum(part.size for part in found.content)
    done = 0
    for part in found.content:
        watch("checking", done, total)
        if fault := part.fault(store.path(part.sha256)):
            raise BackupError(f"restored, but the file {store.path(part.sha256)} is damaged ({fault}): restore again")
        done += part.size
    watch("checking", done, total)
