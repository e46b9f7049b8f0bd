"""The chain of migrations as the program runs it, from a checkout or from the wheel."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

HERE = Path(__file__).parent
LOCK = 0x6D757475  # "mutu": the advisory lock that a migrating process holds


def url_for_psycopg(url: str) -> str:
    return "postgresql+psycopg://" + url.partition("://")[2]


def config(url: str | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.attributes["url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database of mutua_owner's URL up to a revision."""
    command.upgrade(config(url), revision)


def downgrade(url: str, revision: str) -> None:
    command.downgrade(config(url), revision)


@cache
def head() -> str | None:
    """The newest revision of this program; its files don't change while it runs."""
    return ScriptDirectory.from_config(config()).get_current_head()


def revisions() -> list[str]:
    """Every revision that this program knows, the newest first."""
    return [step.revision for step in ScriptDirectory.from_config(config()).walk_revisions()]


@cache
def knows(revision: str) -> bool:
    """Whether it is one of this program's; one that isn't was made by a newer program."""
    return revision in {step.revision for step in ScriptDirectory.from_config(config()).walk_revisions()}


def revision(url: str) -> str | None:
    """The revision that the database is at."""
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def move(url: str, revision_wanted: str) -> None:
    """Migrate up or down, whichever way the wanted revision lies."""
    script = ScriptDirectory.from_config(config())
    present = revision(url)
    known = revisions()
    wanted = script.get_current_head() if revision_wanted == "head" else revision_wanted
    if present in known and (wanted == "base" or (wanted in known and known.index(wanted) > known.index(present))):
        downgrade(url, revision_wanted)
    else:
        upgrade(url, revision_wanted)
