"""No bit of a backup changes, and no byte goes missing, without being noticed and named; then nothing is restored."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from api.backup import manifest, verification
from api.backup.manifest import BackupError
from api.database import Urls
from api.embedded import Cluster
from domain.content.store import Store
from tests.api import backups
from tests.api.backups import Places, quiet, rows
from tests.support.databases import Databases

SAMPLES = 200
"""Bits of the longer parts that are tried, drawn with a fixed seed; of the manifest there is one in every byte."""


@pytest.fixture
def places(cluster: Cluster, databases: Databases, database: Urls, tmp_path: Path) -> Places:
    return backups.filled(Places(cluster, databases, database, tmp_path))


def parts(backup: Path) -> dict[str, Path]:
    """One of each kind: the manifest, the dump, a content item's file."""
    content = sorted(Store(backup / manifest.CONTENT).kept())[0]
    return {"manifest": backup / manifest.NAME, "dump": backup / manifest.DUMP, "content": content}


def flipped(path: Path, byte: int, bit: int) -> None:
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(byte)
        [value] = file.read(1)
        file.seek(byte)
        file.write(bytes([value ^ 1 << bit]))


def refused(backup: Path) -> str:
    with pytest.raises(BackupError) as error:
        verification.verify(backup, quiet)
    return str(error.value)


@pytest.mark.parametrize("kind", ["manifest", "dump", "content"])
def test_a_flipped_bit_is_found_and_its_part_named(places: Places, kind: str) -> None:
    backup = places.made()
    path = parts(backup)[kind]
    name = f"{path.relative_to(backup)} (changed)"
    size = path.stat().st_size
    chance = random.Random(size)
    places_in_it = range(size) if kind == "manifest" else [0, size - 1, *chance.choices(range(size), k=SAMPLES)]
    for byte in places_in_it:
        bit = chance.randrange(8)
        flipped(path, byte, bit)
        assert refused(backup) == f"the backup {backup} is damaged: {name}", (byte, bit)
        flipped(path, byte, bit)
    verification.verify(backup, quiet)


def test_a_flipped_bit_anywhere_keeps_everything_from_being_restored(places: Places, tmp_path: Path) -> None:
    backup = places.made()
    with places.empty() as url:
        for kind, path in parts(backup).items():
            flipped(path, path.stat().st_size // 2, 3)
            with pytest.raises(BackupError, match=path.name):
                backups.restore(url, tmp_path / "elsewhere", backup)
            flipped(path, path.stat().st_size // 2, 3)
            assert (kind, rows(url), (tmp_path / "elsewhere").exists()) == (kind, {}, False)
        backups.restore(url, tmp_path / "elsewhere", backup)


Cut = Callable[[Path], None]


def shorter(path: Path) -> None:
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)


def emptied(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("kind", "cut", "said"),
    [
        ("manifest", shorter, "manifest.json (changed)"),
        ("manifest", emptied, "manifest.json (changed)"),
        ("manifest", Path.unlink, "no whole backup: manifest.json is missing"),
        ("dump", shorter, "database.dump (cut: "),
        ("dump", emptied, "database.dump (cut: 0 bytes of "),
        ("dump", Path.unlink, "database.dump (missing)"),
        ("content", shorter, " (cut: "),
        ("content", Path.unlink, " (missing)"),
    ],
)
def test_a_backup_that_was_cut_says_where(places: Places, kind: str, cut: Cut, said: str) -> None:
    backup = places.made()
    path = parts(backup)[kind]
    cut(path)
    line = refused(backup)
    assert said in line
    assert path.name in line


def test_every_damaged_part_is_named_at_once(places: Places) -> None:
    backup = places.made()
    for path in Store(backup / manifest.CONTENT).kept():
        shorter(path)
    (backup / manifest.DUMP).unlink()
    line = refused(backup)
    assert "database.dump (missing)" in line
    assert all(path.name in line for path in Store(backup / manifest.CONTENT).kept())


def test_a_manifest_of_another_backup_is_no_excuse(places: Places) -> None:
    first = places.made()
    backups.told(places.url, "DELETE FROM network_range")
    second = places.made()
    shutil.copy(first / manifest.NAME, second / manifest.NAME)
    assert "database.dump" in refused(second)
