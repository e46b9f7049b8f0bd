"""`mutua database prepare`: roles as the isolation needs them, on our own cluster and on anybody's."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from api import preparation
from api.database import Urls
from api.embedded import Cluster
from api.settings import Settings, SettingsError
from tests.support.databases import Databases


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)


@pytest.fixture
def named(cluster: Cluster, databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    """Settings that name a database which isn't there yet, with passwords."""
    urls = databases.urls("mutua_named")
    yield Settings(
        database_url=urls.app.replace("mutua_app@", "mutua_app:first@"),
        database_owner_url=(urls.owner or "").replace("mutua_owner@", "mutua_owner:second@"),
        state_dir=tmp_path,
    )
    databases.drop("mutua_named")
    with connect(cluster.admin_url) as admin:
        admin.execute("ALTER ROLE mutua_app PASSWORD NULL")
        admin.execute("ALTER ROLE mutua_owner PASSWORD NULL")


def test_it_makes_the_database_and_may_run_again(cluster: Cluster, named: Settings) -> None:
    for _ in range(2):
        preparation.prepare_from(named, cluster.admin_url)
    assert named.database_owner_url
    with connect(named.database_owner_url) as owner:
        owner.execute("CREATE TABLE made (x int)")
    assert named.database_url
    with connect(named.database_url) as app:
        app.execute("INSERT INTO made VALUES (1)")


def test_passwords_are_kept_hashed(cluster: Cluster, named: Settings) -> None:
    preparation.prepare_from(named, cluster.admin_url)
    with connect(cluster.admin_url) as admin:
        kept = admin.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL").fetchall()
    assert {role for role, _ in kept} == {"mutua_app", "mutua_owner"}
    assert all(password.startswith("SCRAM-SHA-256$") for _, password in kept)


def test_no_role_but_the_lookup_passes_row_level_security(cluster: Cluster, database: Urls) -> None:
    with connect(cluster.admin_url) as admin:
        roles = admin.execute(
            "SELECT rolname, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname LIKE 'mutua%' ORDER BY rolname"
        ).fetchall()
    assert roles == [("mutua_app", False, True), ("mutua_lookup", True, False), ("mutua_owner", False, True)]


def test_the_application_cannot_become_another_role(database: Urls) -> None:
    with connect(database.app) as app:
        for role in ("mutua_owner", "mutua_lookup", "postgres"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(f"SET ROLE {role}")


@pytest.mark.parametrize(
    ("app", "owner", "said"),
    [
        (None, None, "are needed"),
        ("postgresql://someone@db/mutua", "postgresql://mutua_owner@db/mutua", "is for role"),
        ("postgresql://mutua_app@db/mutua", "postgresql://mutua_owner@db/other", "different databases"),
    ],
)
def test_urls_that_do_not_fit_are_refused(app: str | None, owner: str | None, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=said):
        preparation.prepare_from(Settings(database_url=app, database_owner_url=owner, state_dir=tmp_path), "unused")
