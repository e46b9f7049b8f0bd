"""What a backup asks the database: tables, rows, revision, the files that rows name. As role mutua_owner."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from api.backup.manifest import BackupError
from api.backup.programs import plain

LEFT_OUT = ("reader_key",)
"""Tables whose rows no backup may hold: a reader's daily key is destroyed after two days, copies of it wouldn't be."""

_OURS = "relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'"
_TABLES = f"""
SELECT relnamespace::regnamespace::text, relname FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND {_OURS}
ORDER BY 1, 2
"""  # noqa: S608 made of what stands here
_HIDDEN = f"""
SELECT relname FROM pg_class
WHERE relrowsecurity AND {_OURS} AND NOT EXISTS (
  SELECT FROM pg_policy
  WHERE polrelid = pg_class.oid AND polcmd IN ('*', 'r') AND polpermissive
    AND current_user::regrole = ANY (polroles) AND pg_get_expr(polqual, polrelid) = 'true'
)
"""  # noqa: S608 made of what stands here
_DOCUMENTS_ARE_FILES = """
SELECT FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = 'licence_document' AND column_name = 'sha256'
"""


@contextmanager
def frozen(url: str) -> Iterator[psycopg.Connection]:
    """A connection that sees the database as it is at this moment, however long it lasts."""
    with psycopg.connect(plain(url), application_name="mutua backup", options="-c timezone=UTC") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield connection


def major(connection: psycopg.Connection) -> int:
    """The server's version."""
    return connection.info.server_version // 10000


def names(connection: psycopg.Connection) -> dict[str, sql.Identifier]:
    """Every table that isn't PostgreSQL's own; those outside of the schema public by their full name."""
    found = [(str(schema), str(name)) for schema, name in connection.execute(_TABLES)]
    return {name if schema == "public" else f"{schema}.{name}": sql.Identifier(schema, name) for schema, name in found}


def counts(connection: psycopg.Connection) -> dict[str, int]:
    """Rows by table, of those that a backup holds."""
    found = {}
    for name, identifier in names(connection).items():
        if name not in LEFT_OUT:
            counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(identifier))
            found[name] = int(counted.fetchall()[0][0])
    return found


def all_seen(connection: psycopg.Connection) -> None:
    """Row-level security binds the owner too: a table without a policy for her would be dumped empty.

    Raises:
        BackupError: there is such a table.
    """
    if hidden := [name for (name,) in connection.execute(_HIDDEN)]:
        raise BackupError(f"row-level security hides rows from the database's owner: {', '.join(hidden)}")


def revision(connection: psycopg.Connection) -> str:
    """Raises BackupError where there are no tables of ours."""
    if "alembic_version" in names(connection):
        for (found,) in connection.execute("SELECT version_num FROM alembic_version"):
            return str(found)
    raise BackupError("the database has no tables of ours yet: mutua database migrate")


def files(connection: psycopg.Connection) -> list[tuple[str, int]]:
    """Digest and size of each file that content items name, and licences' documents.

    Before revision 0012 documents were no files; such a database is backed up as well, before it is migrated.
    """
    named = "SELECT sha256, size FROM content_item"
    if connection.execute(_DOCUMENTS_ARE_FILES).fetchone() is not None:
        named += " UNION SELECT sha256, size FROM licence_document WHERE sha256 IS NOT NULL"
    found = connection.execute(f"SELECT DISTINCT sha256, size FROM ({named}) AS named ORDER BY sha256")  # noqa: S608 ours
    return [(str(sha256), int(size)) for sha256, size in found]
