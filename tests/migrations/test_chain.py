"""The chain of migrations: what it makes is what is committed and what the models say; safe to run; there and back."""

import contextlib
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlmodel import SQLModel

import models  # noqa: F401 registers the tables
from api.database import Urls
from api.embedded import Cluster
from migrations import chain
from tests.support import dump, rows

ROOT = Path(__file__).parents[2]


@pytest.fixture
def owner_url(database: Urls) -> str:
    assert database.owner
    return database.owner


def steps() -> list[str]:
    """The revisions, oldest first."""
    return [step.revision for step in reversed(list(ScriptDirectory.from_config(chain.config()).walk_revisions()))]


def test_the_migrated_schema_is_the_committed_one(cluster: Cluster, owner_url: str) -> None:
    assert dump.schema(cluster, owner_url) == dump.COMMITTED.read_text("utf-8"), "make schema writes it anew"


def test_the_models_say_what_the_migrations_make(owner_url: str) -> None:
    engine = create_engine(owner_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    engine.dispose()


def test_there_is_one_chain() -> None:
    assert ScriptDirectory.from_config(chain.config()).get_heads() == [steps()[-1]]


@pytest.mark.parametrize("revision", steps())
def test_squawk_finds_nothing_unsafe(revision: str, tmp_path: Path) -> None:
    before = {after: before for before, after in zip(["base", *steps()], steps(), strict=False)}[revision]
    printed = io.StringIO()
    config = chain.config()
    config.output_buffer = printed
    with contextlib.redirect_stderr(io.StringIO()):
        command.upgrade(config, f"{before}:{revision}", sql=True)
    alembics_own = re.compile(r"CREATE TABLE alembic_version \(.*?\);", re.DOTALL)
    found = squawk(alembics_own.sub("", printed.getvalue()), tmp_path)
    assert found.returncode == 0, found.stdout[-4000:] + found.stderr


def squawk(sql: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    script = folder / "migration.sql"
    script.write_text(sql, "utf-8")
    command = [str(Path(sys.executable).with_name("squawk")), f"--config={ROOT}/.squawk.toml", str(script)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE resource ADD COLUMN colour text NOT NULL", "adding-required-field"),
        ("CREATE INDEX ix_resource_publisher ON resource (publisher)", "require-concurrent-index-creation"),
        ("ALTER TABLE resource ALTER COLUMN ordinal TYPE numeric", "changing-column-type"),
        ("ALTER TABLE term ADD CONSTRAINT noted CHECK (note <> '')", "constraint-missing-not-valid"),
        ("ALTER TABLE term DROP COLUMN note", "ban-drop-column"),
    ],
)
def test_squawk_would_find_what_locks_or_breaks(statement: str, rule: str, tmp_path: Path) -> None:
    limits = "SET lock_timeout = '5s';\nSET statement_timeout = '15min';\n"
    found = squawk(f"{limits}BEGIN;\n{statement};\nCOMMIT;\n", tmp_path)
    assert found.returncode == 1
    assert rule in found.stdout


def test_base_leaves_nothing_behind(owner_url: str) -> None:
    chain.downgrade(owner_url, "base")
    engine = create_engine(owner_url)
    with engine.connect() as connection:
        left = connection.execute(text(LEFT_BEHIND)).scalars().all()
    engine.dispose()
    assert left == ["alembic_version"]


def test_each_step_goes_down_and_up_again_with_a_row_in_every_table(cluster: Cluster, owner_url: str) -> None:
    with _as_owner(owner_url) as connection:
        rows.fill(connection)
        assert rows.empty(connection) == []
    for before, after in reversed(list(zip(["base", *steps()], steps(), strict=False))):
        chain.downgrade(owner_url, before)
        chain.upgrade(owner_url, after)
        chain.downgrade(owner_url, before)
    chain.upgrade(owner_url)
    assert dump.schema(cluster, owner_url) == dump.COMMITTED.read_text("utf-8")


@contextlib.contextmanager
def _as_owner(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('mutua.members', '*', true)"))
        yield connection
    engine.dispose()


@pytest.fixture
def two_migrators(owner_url: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    chain.downgrade(owner_url, "base")
    migrate = [sys.executable, "-c", f"from migrations import chain; chain.upgrade({owner_url!r})"]
    processes = [subprocess.Popen(migrate, stderr=subprocess.PIPE) for _ in range(2)]
    yield processes
    for process in processes:
        process.communicate()


def test_two_processes_that_migrate_at_once_wait_for_each_other(
    two_migrators: list[subprocess.Popen[bytes]], owner_url: str
) -> None:
    assert [process.wait(60) for process in two_migrators] == [0, 0]
    assert chain.revision(owner_url) == chain.head()


LEFT_BEHIND = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S', 'f', 'p')
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
UNION ALL
SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
UNION ALL
SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typrelid = 0 AND typelem = 0
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_type.oid AND deptype = 'e')
"""
