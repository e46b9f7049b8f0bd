"""The second fence: the database itself keeps one member's rows from another, whatever the program forgets (C03, C04).

Every test connects as the role that it is about, and takes the tables from the catalogue of the database.
"""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from api import database as edge
from api import preparation
from api.database import Urls, libpq
from domain import visibility
from tests.isolation.fences import FILL, OPEN, PROTECTED, SETTINGS, enter, sql
from tests.schema.conftest import Filled

Connection = psycopg.Connection[Any]


@pytest.fixture
def members(database: Urls, filled: Filled) -> dict[str, UUID]:
    """alpha, beta and gamma, each with a row in every protected table."""
    found = {name: filled.world.id("member", name) for name in ("alpha", "beta", "gamma")}
    with psycopg.connect(libpq(database.app)) as connection:
        enter(connection, "*")
        for name, key in found.items():
            for statement in FILL:
                sql(connection, statement, code=name, member=key)
    return found


@pytest.fixture
def app_role(database: Urls, members: dict[str, UUID]) -> Iterator[Connection]:
    """As mutua_app; what a test does is undone."""
    with psycopg.connect(libpq(database.app)) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def owner_role(database: Urls, members: dict[str, UUID]) -> Iterator[Connection]:
    assert database.owner
    with psycopg.connect(libpq(database.owner)) as connection:
        yield connection
        connection.rollback()


OF_SEVERAL = {"session", "client_authorization"}
"""Tables whose rows may be several members' at once."""


def protected(connection: Connection) -> list[str]:
    rows = sql(connection, "SELECT relname FROM pg_class WHERE relrowsecurity AND relkind IN ('r', 'p') ORDER BY 1")
    return [row["relname"] for row in rows]


def whose(connection: Connection, table: str) -> set[UUID | None]:
    """The members whose rows this transaction sees."""
    column = "unnest(member_ids)" if table in OF_SEVERAL else "member_id"
    return {row["whose"] for row in sql(connection, f"SELECT {column} AS whose FROM {table}")}


def test_every_table_is_fenced_or_says_why_not(app_role: Connection) -> None:
    listed = (
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'procrastinate%%'"
    )
    every = {row["name"] for row in sql(app_role, listed)}
    assert {*protected(app_role)} == PROTECTED
    assert every - PROTECTED - {*OPEN} == set(), "protect it by row-level security, or say in fences.py why not"
    assert {*OPEN} & PROTECTED == set()
    assert {*OPEN} <= every


def test_a_table_that_refers_to_a_member_is_looked_at(app_role: Connection) -> None:
    """Whatever has a member's id is fenced, part of the catalogue or of a contract, or a client."""
    found = sql(
        app_role,
        "SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint "
        "WHERE contype = 'f' AND confrelid = 'member'::regclass",
    )
    public = {"group_membership", "member_identifier", "member_scope", "resource"}
    contracts = {"participation", "agreement", "licence", "licence_document"}
    assert {row["name"] for row in found} - PROTECTED == public | contracts | {"client", "client_member"}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_that_names_nobody_opens_nothing_and_tells_nothing(app_role: Connection, setting: str) -> None:
    enter(app_role, SETTINGS[setting])
    for table in protected(app_role):
        assert whose(app_role, table) - {None} == set(), table


def test_members_rows_are_seen_by_whoever_entered_them_and_everybodys_by_staff(
    app_role: Connection, members: dict[str, UUID]
) -> None:
    alpha, beta = members["alpha"], members["beta"]
    entered = {str(alpha): {alpha}, f"{alpha},{beta}": {alpha, beta}, str(uuid4()): set(), "*": {*members.values()}}
    tables = protected(app_role)
    for setting, expected in entered.items():
        enter(app_role, setting)
        for table in tables:
            want = expected - {members["gamma"]} if table in WITHOUT_GAMMA else expected
            assert whose(app_role, table) - {None} == want, f"{table} after {setting}"


WITHOUT_GAMMA = {"obligation", "standing_change", "role_assignment"}
"""Where gamma has nothing."""


def test_rows_of_another_member_are_neither_changed_nor_removed_nor_added(
    app_role: Connection, members: dict[str, UUID]
) -> None:
    alpha, beta = members["alpha"], members["beta"]
    for table in protected(app_role):
        array = table in OF_SEVERAL
        column, value = ("member_ids", [beta]) if array else ("member_id", beta)
        enter(app_role, "*")
        (row, *_) = sql(app_role, f"SELECT to_jsonb(t) AS it FROM {table} t WHERE {column} = %(value)s", value=value)
        enter(app_role, str(alpha))
        copied = f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, %(row)s)).*"
        assert _refused(app_role, copied, row=psycopg.types.json.Jsonb(row["it"])), f"insert into {table}"
        for name, statement in (
            ("delete from", f"DELETE FROM {table} WHERE {column} = %(value)s"),
            ("update", f"UPDATE {table} SET {column} = {column} WHERE {column} = %(value)s"),
        ):
            assert _nothing_done(app_role, statement, value=value), f"{name} {table}"
        mine = [alpha] if array else alpha
        moved = f"UPDATE {table} SET {column} = %(value)s WHERE {column} = %(mine)s"
        assert _refused(app_role, moved, value=value, mine=mine), f"move a row of {table} to another member"


def _refused(connection: Connection, statement: str, **values: Any) -> bool:
    """Whether the database refuses, without telling anything of a row."""
    try:
        with connection.transaction():
            sql(connection, statement, **values)
    except InsufficientPrivilege as error:
        told = f"{error} {error.diag.message_detail} {error.diag.message_hint}"
        assert not any(str(value) in told for value in values.values())
        return True
    return False


def _nothing_done(connection: Connection, statement: str, **values: Any) -> bool:
    """Whether no row is touched: none is seen, or the role may not at all."""
    try:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.rowcount == 0
    except InsufficientPrivilege:
        return True


def test_the_owner_sees_all_rows_to_migrate_them(owner_role: Connection, members: dict[str, UUID]) -> None:
    for table in protected(owner_role):
        assert {members["alpha"], members["beta"]} <= whose(owner_role, table), table


def test_nobody_signs_in_as_the_role_that_looks_things_up(database: Urls) -> None:
    url = make_url(database.app).set(username=preparation.LOOKUP)
    with pytest.raises(psycopg.OperationalError, match="is not permitted to log in"):
        psycopg.connect(libpq(url.render_as_string(hide_password=False)))


def test_the_program_owns_nothing_and_passes_no_fence(app_role: Connection) -> None:
    (role,) = sql(app_role, "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = 'mutua_app'")
    assert not any(role.values())
    owned = "SELECT relname FROM pg_class JOIN pg_roles ON relowner = pg_roles.oid WHERE rolname = 'mutua_app'"
    assert sql(app_role, owned) == []
    granted = sql(
        app_role, "SELECT 1 FROM pg_auth_members JOIN pg_roles r ON r.oid = member WHERE rolname = 'mutua_app'"
    )
    assert granted == []
    for role_name in ("mutua_owner", "mutua_lookup"):
        with pytest.raises(InsufficientPrivilege), app_role.transaction():
            sql(app_role, f"SET LOCAL ROLE {role_name}")
    with pytest.raises(InsufficientPrivilege), app_role.transaction():
        sql(app_role, "ALTER TABLE pseudonym DISABLE ROW LEVEL SECURITY")


def test_every_fence_binds_the_owner_too_and_has_these_two_gates(app_role: Connection) -> None:
    gates = sql(app_role, "SELECT tablename, roles::text, cmd, permissive FROM pg_policies WHERE schemaname = 'public'")
    found = sorted((row["tablename"], row["roles"], row["cmd"], row["permissive"]) for row in gates)
    roles = ("{mutua_app}", "{mutua_owner}")
    assert found == sorted((table, role, "ALL", "PERMISSIVE") for table in PROTECTED for role in roles)
    unforced = sql(app_role, "SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity")
    assert unforced == []


def test_what_is_on_record_cant_be_changed_by_the_program(app_role: Connection) -> None:
    may = (
        "SELECT tablename AS name, has_table_privilege(tablename::text, 'UPDATE') AS change, "
        "has_table_privilege(tablename::text, 'DELETE') AS remove FROM pg_tables WHERE schemaname = 'public'"
    )
    rows = sql(app_role, may)
    records = {"change", "decision", "grant_history", "rights_change", "usage_event", "standing_change"}
    fixed = {"alembic_version", "refused_act", "outbox"}
    assert {row["name"] for row in rows if not row["change"]} == records | fixed
    assert {row["name"] for row in rows if not row["remove"]} == records | {"alembic_version", "consortium", "epoch"}


def test_views_look_with_the_eyes_of_whoever_asks(app_role: Connection) -> None:
    views = sql(
        app_role,
        "SELECT relname, coalesce('security_invoker=true' = ANY (reloptions), false) AS asks FROM pg_class "
        "JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'v' AND nspname = 'public'",
    )
    assert views
    assert [view["relname"] for view in views if not view["asks"]] == []


DEFINERS = {
    "session_by_token(bytea)",
    "invitation_by_token(bytea)",
    "members_on_network(inet)",
    "current_standings()",
    "forget_decisions(uuid[])",
    "forget_usage_events(uuid[])",
    "forget_actor(uuid)",
    "authorization_in_force(uuid)",
    "authorization_members(uuid)",
    "sessions_at_provider(uuid,bytea[],bytea[])",
}
"""What looks past the fences, each for one thing."""


def test_these_functions_alone_look_past_the_fences(app_role: Connection) -> None:
    found = sql(
        app_role,
        "SELECT p.oid::regprocedure::text AS name, r.rolname AS owner, p.proconfig AS config, "
        "ARRAY(SELECT coalesce(g.rolname, 'PUBLIC') FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a "
        "LEFT JOIN pg_roles g ON g.oid = a.grantee WHERE a.privilege_type = 'EXECUTE')::text[] AS callers "
        "FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner JOIN pg_namespace n ON n.oid = p.pronamespace "
        "WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')",
    )
    assert {one["name"] for one in found} == DEFINERS
    for one in found:
        assert one["owner"] == "mutua_lookup", one
        assert one["config"] == ["search_path=pg_catalog, public"], one
        assert {*one["callers"]} <= {"mutua_app", "mutua_owner", "mutua_lookup"}, one


async def test_a_pooled_connection_keeps_nothing_of_the_request_before(
    database: Urls, members: dict[str, UUID]
) -> None:
    """C03: after a commit, an error within the transaction, and a request that was cancelled in the middle."""
    pool = edge.engine(database.app)
    maker, used = edge.sessions(pool), set[int]()
    begun = asyncio.Event()

    async def commits() -> None:
        async with maker.begin() as session:
            await visibility.enter_members(session, None)

    async def fails() -> None:
        async with maker.begin() as session:
            await visibility.enter_members(session, {members["alpha"]})
            await session.execute(text("SELECT 1/0"))

    async def is_cancelled() -> None:
        async with maker.begin() as session:
            await visibility.enter_members(session, None)
            begun.set()
            await session.execute(text("SELECT pg_sleep(60)"))

    try:
        for number in range(9):
            if number % 3 == 2:
                begun.clear()
                task = asyncio.create_task(is_cancelled())
                await begun.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            elif number % 3 == 1:
                with pytest.raises(DBAPIError):
                    await fails()
            else:
                await commits()
            async with maker.begin() as session:
                used.add((await session.execute(text("SELECT pg_backend_pid()"))).scalar_one())
                for table in sorted(PROTECTED - {"decision", "reading", "usage_event"}):
                    seen = await session.scalar(text(f"SELECT count(*) FROM {table}"))
                    assert seen == 0, f"{table} after request {number}"
        assert len(used) < 9, "no connection was used twice"
    finally:
        await pool.dispose()
