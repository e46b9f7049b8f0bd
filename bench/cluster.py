"""A PostgreSQL for a measurement, and how its figures are printed."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from api import embedded, preparation
from migrations import chain


@dataclass(frozen=True)
class Place:
    """Where a measurement takes place: a folder of its own, and a migrated database as its roles see it."""

    folder: Path
    app: str
    owner: str

    @property
    def admin(self) -> str:
        """As the superuser, for psycopg itself."""
        url = make_url(self.app).set(drivername="postgresql", username=embedded.SUPERUSER)
        return url.render_as_string(hide_password=False)


@contextmanager
def place() -> Iterator[Place]:
    """An empty migrated database in memory's speed: no fsync. Nothing of it is left."""
    folder = Path(tempfile.mkdtemp(prefix="mutua-bench-"))
    folder.chmod(0o755)  # the account that PostgreSQL runs as must reach its data
    try:
        with embedded.running(folder, durable=False) as cluster:
            preparation.prepare(cluster.admin_url, preparation.DATABASE)
            app, owner = (cluster.url(role, preparation.DATABASE) for role in (preparation.APP, preparation.OWNER))
            chain.upgrade(owner)
            yield Place(folder, app, owner)
    finally:
        shutil.rmtree(folder)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def figure(what: str, value: float, unit: str) -> None:
    say(f"{what:<62} {value:>12,.1f} {unit}")


def seconds(run: Callable[[], object], *, times: int = 1) -> float:
    """How long one takes, on average."""
    began = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - began) / times
