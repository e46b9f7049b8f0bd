"""`mutua database prepare` beside a database that is only just starting, as containers do."""

import threading

import pytest

from api.database import Urls
from tests.operation.commands import Mutua
from tests.support.databases import Databases, name_of


@pytest.fixture
def asleep(databases: Databases, database: Urls, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a database that lets nobody in yet."""
    assert database.owner
    name = name_of(database)
    monkeypatch.setenv("MUTUA_DATABASE_URL", database.app)
    monkeypatch.setenv("MUTUA_DATABASE_OWNER_URL", database.owner)
    monkeypatch.setenv("PREPARE_ADMIN_URL", databases.cluster.url("postgres", name))
    databases.close(name)
    return name


def test_it_waits_as_long_as_it_is_told_to(mutua: Mutua, databases: Databases, asleep: str) -> None:
    opening = threading.Timer(0.5, databases.open, [asleep])
    opening.start()
    done = mutua("database", "prepare", "--wait", "30")
    opening.join()
    assert (done.code, done.out, done.err) == (0, "The database is prepared.\n", "")


def test_untold_it_says_at_once_that_nobody_answers(mutua: Mutua, databases: Databases, asleep: str) -> None:
    done = mutua("database", "prepare")
    databases.open(asleep)
    assert done.code == 2
    assert done.err.startswith("mutua: the database can't be reached: ")
    assert len(done.err.splitlines()) == 1
