"""A backup holds everything that must not be lost, of one moment, and comes back as it was."""

import multiprocessing
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.backup import making, manifest, programs, restoring, verification
from api.backup.manifest import BackupError
from api.backup.programs import plain
from api.database import Urls
from api.embedded import Cluster
from domain.content.store import Store
from migrations import chain
from tests.api import backups
from tests.api.backups import Places, asked, quiet, rows, told
from tests.support.databases import Databases

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.api.backups"])


@pytest.fixture
def places(cluster: Cluster, databases: Databases, database: Urls, tmp_path: Path) -> Places:
    return backups.filled(Places(cluster, databases, database, tmp_path))


def until(url: str, statement: str, wanted: list[Any]) -> None:
    deadline = time.monotonic() + 60
    while asked(url, statement) != wanted:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_is_restored_has_the_same_rows_rights_and_files(places: Places, tmp_path: Path) -> None:
    backup = places.made()
    with places.empty() as url:
        found = backups.restore(url, tmp_path / "elsewhere", backup)
        assert rows(url) == rows(places.url) | {"reader_key": None}
        assert [name for name, there in found.counts.items() if not there and not name.startswith("jobs.")] == []
        assert places.schema(url) == places.schema(places.url)
    assert len(found.content) == len(backups.FILES)
    assert backups.files(tmp_path / "elsewhere") == backups.files(tmp_path / "var" / "content")


def test_the_daily_keys_of_readers_are_in_no_part_of_it(places: Places) -> None:
    dump = places.made() / manifest.DUMP
    found = programs.find(places.url, 18)
    printing = found.command("pg_restore", "--data-only", "--file=-", dump)
    restored = subprocess.run(printing, capture_output=True, text=True, check=True).stdout
    assert "COPY public.session " in restored
    assert "COPY public.reader_key" not in restored
    assert "sealed-daily-key" not in restored


def test_who_was_signed_in_has_to_sign_in_again(places: Places, tmp_path: Path) -> None:
    assert asked(places.url, "SELECT count(*) FROM session WHERE ended_at IS NULL") == [(1,)]
    backup = places.made()
    with places.empty() as url:
        backups.restore(url, tmp_path / "elsewhere", backup)
        assert asked(url, "SELECT count(*) FROM session WHERE ended_at IS NULL") == [(0,)]


def test_it_is_of_one_moment_whatever_is_written_meanwhile(places: Places, tmp_path: Path) -> None:
    before = rows(places.url)

    def write(doing: str, done: int, total: int) -> None:
        if doing == "database" and rows(places.url) == before:
            told(places.url, "UPDATE epoch SET value = value + 1; DELETE FROM usage_event; DELETE FROM network_range")

    backup = tmp_path / "backup"
    making.make(places.url, places.store, backup, write)
    assert rows(places.url) != before
    with places.empty() as url:
        backups.restore(url, tmp_path / "elsewhere", backup)
        assert rows(url) == before | {"reader_key": None}


def test_a_table_that_hides_rows_from_its_owner_is_named(places: Places, tmp_path: Path) -> None:
    told(places.url, "ALTER TABLE clause ENABLE ROW LEVEL SECURITY; ALTER TABLE clause FORCE ROW LEVEL SECURITY")
    with pytest.raises(BackupError, match="hides rows from the database's owner: clause"):
        making.make(places.url, places.store, tmp_path / "backup", quiet)


def test_a_content_file_that_is_missing_or_changed_is_named(places: Places, tmp_path: Path) -> None:
    path, other, *_ = sorted(places.store.kept())
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(BackupError, match=rf"{path} .* is damaged \(changed\)"):
        places.made()
    other.unlink()
    path.unlink()
    with pytest.raises(BackupError, match=rf"{path} .* is missing"):
        places.made()
    assert list(tmp_path.glob("backup-?")) == []


def test_a_folder_that_is_there_is_left_alone(places: Places) -> None:
    backup = places.made()
    before = backups.files(backup)
    with pytest.raises(BackupError, match="there already"):
        making.make(places.url, places.store, backup, quiet)
    assert backups.files(backup) == before


def test_two_cannot_make_one_backup_at_once(places: Places, tmp_path: Path) -> None:
    refused: list[str] = []

    def again(doing: str, done: int, total: int) -> None:
        if not refused:
            with pytest.raises(BackupError, match="another process makes") as error:
                making.make(places.url, places.store, tmp_path / "backup", quiet)
            refused.append(str(error.value))

    making.make(places.url, places.store, tmp_path / "backup", again)
    assert refused
    verification.verify(tmp_path / "backup", quiet)


def test_a_killed_backup_never_looks_whole_and_the_next_run_completes_it(places: Places, tmp_path: Path) -> None:
    target, content = tmp_path / "backup", tmp_path / "var" / "content"
    for moment in range(1, 20):
        child = processes.Process(target=backups.make_and_die, args=(places.url, content, target, moment))
        child.start()
        child.join(60)
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
        with pytest.raises(BackupError, match="no whole backup"):
            verification.verify(target, quiet)
        with pytest.raises(BackupError, match=f"cut off; mutua backup {target} goes on"):
            verification.verify(target.with_name("backup.partial"), quiet)
    assert moment > 3
    verification.verify(target, quiet)
    assert not target.with_name("backup.partial").exists()


def test_what_an_earlier_run_copied_in_vain_is_not_kept(places: Places, tmp_path: Path) -> None:
    stray = Store(tmp_path / "backup.partial" / "content")
    (tmp_path / "stray").write_bytes(b"erased meanwhile")
    with (tmp_path / "stray").open("rb") as file:
        kept = stray.add(file, "stray")
    making.make(places.url, places.store, tmp_path / "backup", quiet)
    assert not Store(tmp_path / "backup" / "content").path(kept.sha256).exists()


def test_a_killed_restore_leaves_an_empty_database(places: Places, tmp_path: Path) -> None:
    """Somebody holds the name of one of the last tables, so that the restore waits in the middle of its work."""
    backup = places.made()
    with places.empty() as url:
        with psycopg.connect(plain(url)) as holder:
            holder.execute("CREATE TABLE public.usage_event (x int)")
            child = processes.Process(target=backups.restore, args=(url, tmp_path / "elsewhere", backup))
            child.start()
            waiting = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            deadline = time.monotonic() + 60
            while asked(url, waiting) != [(1,)]:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            child.kill()
            child.join(60)
            holder.rollback()
        until(url, "SELECT wait_event_type FROM pg_stat_activity WHERE application_name = 'psql'", [])
        assert asked(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
        backups.restore(url, tmp_path / "elsewhere", backup)


def test_a_database_with_tables_stays_as_it_is(places: Places, tmp_path: Path) -> None:
    backup = places.made()
    before = rows(places.url)
    with pytest.raises(BackupError, match=r"has tables already .* empty one, made by mutua database prepare"):
        backups.restore(places.url, tmp_path / "elsewhere", backup)
    assert rows(places.url) == before
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"revision": "9999"}, "revision 9999, which this version doesn't know: restore it with Mutua 9.9 or newer"),
        ({"postgresql": 99}, "of PostgreSQL 99, the server is 18"),
        ({"format": 2}, "made by Mutua 9.9 in a form that this version can't read"),
    ],
)
def test_a_backup_of_something_newer_is_refused(
    places: Places, tmp_path: Path, told: dict[str, object], said: str
) -> None:
    backup = places.made()
    newer = manifest.read(backup).model_copy(update={"program": "9.9", **told})
    (backup / manifest.NAME).write_bytes(newer.written())
    with places.empty() as url:
        with pytest.raises(BackupError, match=said):
            backups.restore(url, tmp_path / "elsewhere", backup)
        assert rows(url) == {}
    assert not (tmp_path / "elsewhere").exists()


def test_an_older_backup_is_restored_and_then_migrated(places: Places, tmp_path: Path) -> None:
    with places.empty() as older:
        chain.upgrade(older, "0001")
        making.make(older, Store(tmp_path / "none"), tmp_path / "backup", quiet)
    with places.empty() as url:
        found = backups.restore(url, tmp_path / "elsewhere", tmp_path / "backup")
        assert restoring.is_older(found)
        chain.upgrade(url)
        assert chain.revision(url) == chain.head()


def test_a_password_is_in_no_argument() -> None:
    found = programs.find("postgresql+psycopg://mutua_owner:se%20cret@db.example:6543/mutua?sslmode=require", 18)
    assert "se cret" not in " ".join(found.connected("pg_dump"))
    assert found.environment["PGPASSWORD"] == "se cret"
    assert "sslmode=require" in found.target


def test_a_server_newer_than_every_pg_dump_is_refused_in_one_line() -> None:
    with pytest.raises(BackupError, match="PostgreSQL 99 or newer are needed on the PATH"):
        programs.find("postgresql://db/mutua", 99)
