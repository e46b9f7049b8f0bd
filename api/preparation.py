"""What belongs to the database cluster and not to a migration: the roles, the database, what each role may do.

Every statement may run again and again: `mutua database prepare` is idempotent.
"""

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from api.settings import Settings, SettingsError

LEAST_VERSION = 18_00_00
"""PostgreSQL's, as `server_version_num` tells it."""
DATABASE = "mutua"
OWNER = "mutua_owner"
APP = "mutua_app"
LOOKUP = "mutua_lookup"

_ROLES = {
    OWNER: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    APP: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    LOOKUP: "NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS",
}

_IN_DATABASE = f"""
ALTER SCHEMA public OWNER TO {OWNER};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {APP}, {LOOKUP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {APP};
"""
"""The app reads and writes what the owner makes; the lookup role gets table by table what its functions need."""

WITHOUT_DEFAULTS = f"""
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public REVOKE ALL ON TABLES FROM {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public REVOKE ALL ON SEQUENCES FROM {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public REVOKE ALL ON FUNCTIONS FROM {APP};
"""
"""Undoes the defaults: a dump sets rights as if there were none, and brings the defaults back at its end."""


def prepare(admin_url: str, database: str, passwords: dict[str, str] | None = None) -> None:
    """Make the roles and the database, owned by mutua_owner, through a superuser's connection.

    Args:
        admin_url: to any database of the cluster.
        database: the name of ours.
        passwords: by role; a role without one keeps what it has (an embedded database needs none).

    Raises:
        SettingsError: PostgreSQL is too old.
    """
    with _connect(admin_url) as connection:
        if connection.info.server_version < LEAST_VERSION:
            raise SettingsError(f"PostgreSQL 18 or newer is needed; this is {connection.info.server_version // 10000}")
        for role, attributes in _ROLES.items():
            _make_role(connection, role, attributes)
            if passwords and role in passwords:
                _set_password(connection, role, passwords[role])
        # The owner hands functions over to the lookup role, yet never reads through it unless it says so.
        connection.execute(f"GRANT {LOOKUP} TO {OWNER} WITH INHERIT FALSE, SET TRUE")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
        name = sql.Identifier(database)
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, sql.Identifier(OWNER)))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(APP)))
    with _connect(make_url(admin_url).set(database=database).render_as_string(hide_password=False)) as connection:
        connection.execute(_IN_DATABASE)


def prepare_from(settings: Settings, admin_url: str) -> None:
    """Prepare the database that the settings' two URLs name, with the passwords in them.

    Raises:
        SettingsError: a URL is missing, or they name other roles or two databases.
    """
    if not settings.database_url or not settings.database_owner_url:
        raise SettingsError("MUTUA_DATABASE_URL and MUTUA_DATABASE_OWNER_URL are needed for this")
    app, owner = make_url(settings.database_url), make_url(settings.database_owner_url)
    if app.username != APP or owner.username != OWNER:
        raise SettingsError(f"MUTUA_DATABASE_URL is for role {APP}, MUTUA_DATABASE_OWNER_URL for role {OWNER}")
    if not app.database or app.database != owner.database:
        raise SettingsError("MUTUA_DATABASE_URL and MUTUA_DATABASE_OWNER_URL name different databases")
    passwords = {role: str(url.password) for role, url in ((APP, app), (OWNER, owner)) if url.password}
    prepare(admin_url, app.database, passwords)


def _connect(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _make_role(connection: psycopg.Connection, role: str, attributes: str) -> None:
    verb = "ALTER" if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() else "CREATE"
    connection.execute(sql.SQL(f"{verb} ROLE {{}} {attributes}").format(sql.Identifier(role)))


def _set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """Hashed here, so that the password is in no statement that a server might log."""
    hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(hashed)))
