"""Databases for tests: one embedded cluster per test process, one migrated template, a fresh clone per test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from api import preparation
from api.database import Urls
from api.embedded import Cluster

TEMPLATE = "mutua_template"


@dataclass
class Databases:
    """Clones of databases of one cluster; a clone takes about 30 ms."""

    cluster: Cluster
    _numbers: Iterator[int] = field(default_factory=count)

    def urls(self, name: str) -> Urls:
        return Urls(self.cluster.url(preparation.APP, name), self.cluster.url(preparation.OWNER, name))

    @contextmanager
    def clone(self, source: str = TEMPLATE) -> Iterator[Urls]:
        """A copy of a database that nobody is connected to, dropped at the end of the block.

        A test module that needs much data clones once, fills the clone, and clones that one for each test.
        """
        name = f"mutua_test_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy", name, source, preparation.OWNER)
        self._run("REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
        self._run("GRANT CONNECT ON DATABASE {} TO {}", name, preparation.APP)
        try:
            yield self.urls(name)
        finally:
            self.drop(name)

    def drop(self, name: str) -> None:
        self._run("DROP DATABASE {} WITH (FORCE)", name)

    def close(self, name: str) -> None:
        """End its connections and let nobody but a superuser in, as a server does that is down."""
        self._run("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
        ended = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
        self._execute(ended.format(sql.Literal(name)))

    def open(self, name: str) -> None:
        self._run("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)

    def _run(self, statement: str, *names: str) -> None:
        self._execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _execute(self, statement: sql.Composed) -> None:
        plain = make_url(self.cluster.admin_url).set(drivername="postgresql").render_as_string()
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)


def name_of(urls: Urls) -> str:
    """The database's name, to clone from it."""
    return str(make_url(urls.app).database)
