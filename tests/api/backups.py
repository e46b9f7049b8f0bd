"""Databases to back up and to restore into, and processes that die while they do."""

import io
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import create_engine, pool

from api import preparation
from api.backup import making, restoring, tables
from api.backup.manifest import Manifest
from api.backup.programs import plain
from api.database import Urls
from api.embedded import Cluster
from domain.content.store import Store
from tests.support import dump
from tests.support.databases import Databases
from tests.support.rows import fill

FILES = (b"%PDF-1.7 one\n%%EOF\n" * 1000, b"another", b"%PDF-1.7 a licence\n%%EOF\n")
"""Of two content items, and of a licence's document."""

_COLUMNS = "SELECT column_name::text FROM information_schema.columns WHERE table_name = 'content_item'"


def quiet(doing: str, done: int, total: int) -> None:
    """Nobody watches."""


@dataclass
class Places:
    """A filled database with its content store, and places to restore to."""

    cluster: Cluster
    databases: Databases
    source: Urls
    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def url(self) -> str:
        assert self.source.owner
        return self.source.owner

    @property
    def store(self) -> Store:
        return Store(self.folder / "var" / "content")

    def made(self) -> Path:
        target = self.folder / f"backup-{next(self._numbers)}"
        making.make(self.url, self.store, target, quiet)
        return target

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The owner's URL of a prepared database without tables."""
        name = f"mutua_restored_{next(self._numbers)}"
        preparation.prepare(self.cluster.admin_url, name)
        try:
            yield self.cluster.url(preparation.OWNER, name)
        finally:
            self.databases.drop(name)

    def schema(self, url: str) -> str:
        """As PostgreSQL dumps it; a restored view names columns that need no name."""
        return re.sub(r"::(\w+) AS \1\b", r"::\1", dump.schema(self.cluster, url))


def filled(places: Places) -> Places:
    """A row in every table, a job, somebody signed in, and files for the content items."""
    engine = create_engine(places.url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        fill(connection)
    kept = [places.store.add(io.BytesIO(content), "a.pdf") for content in FILES]
    told(places.url, f"UPDATE content_item SET sha256 = '{kept[0].sha256}', size = {kept[0].size}")
    copied = ", ".join(name for (name,) in asked(places.url, _COLUMNS) if name not in {"id", "sha256", "size"})
    told(
        places.url,
        f"INSERT INTO content_item (sha256, size, {copied}) "
        f"SELECT '{kept[1].sha256}', {kept[1].size}, {copied} FROM content_item",
    )
    told(places.url, f"UPDATE licence_document SET sha256 = '{kept[2].sha256}', size = {kept[2].size}")
    told(places.url, "UPDATE session SET ended_at = NULL; UPDATE reader_key SET sealed = 'sealed-daily-key'")
    told(places.url, "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name) VALUES ('rest', 'rest')")
    return places


def asked(url: str, statement: str) -> list[Any]:
    with psycopg.connect(plain(url)) as connection:
        return connection.execute(statement.encode()).fetchall()


def told(url: str, statement: str) -> None:
    with psycopg.connect(plain(url)) as connection:
        connection.execute(statement.encode())


def rows(url: str) -> dict[str, str]:
    """Every table's rows as one digest; a restore changes when sessions ended."""
    found = {}
    with psycopg.connect(plain(url)) as connection:
        for name, identifier in tables.names(connection).items():
            row = "to_jsonb(t) - 'ended_at'" if name == "session" else "to_jsonb(t)"
            statement = f"SELECT count(*) || md5(string_agg(({row})::text, ',' ORDER BY t::text)) FROM {{}} AS t"
            found[name] = connection.execute(sql.SQL(statement).format(identifier)).fetchall()[0][0]
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def make_and_die(url: str, content: Path, target: Path, moment: int) -> None:
    """A process that makes a backup and is killed when it tells of its progress for the nth time; 0: nobody dies."""
    told = count(1)

    def watch(doing: str, done: int, total: int) -> None:
        if next(told) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    making.make(url, Store(content), target, watch)


def restore(url: str, content: Path, backup: Path) -> Manifest:
    return restoring.restore(url, Store(content), backup, quiet)
