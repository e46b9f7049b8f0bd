"""The content store keeps exactly the bytes that it was given, or nothing."""

import hashlib
import io
from pathlib import Path

import pytest

from domain.content.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "content")


def test_bytes_are_kept_under_their_digest_and_once(store: Store, tmp_path: Path) -> None:
    text = b"some bytes" * 200_000
    first = store.add(io.BytesIO(text), "a.bin")
    second = store.add(io.BytesIO(text), "b.bin")
    assert first == second
    assert first.sha256 == hashlib.sha256(text).hexdigest()
    assert first.size == len(text)
    assert store.path(first.sha256).read_bytes() == text
    assert len([path for path in (tmp_path / "content").rglob("*") if path.is_file()]) == 1
    assert list((tmp_path / "content" / "incoming").iterdir()) == []


def test_an_empty_file_is_a_file(store: Store) -> None:
    kept = store.add(io.BytesIO(b""), "empty")
    assert store.holds(kept.sha256, 0)


def test_a_source_that_breaks_off_leaves_nothing(store: Store, tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError("gone")
            return super().read(10)

    with pytest.raises(OSError, match="gone"):
        store.add(Broken(b"x" * 100), "a")
    assert [path for path in (tmp_path / "content").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("text", [b"", b"other", b"some bytez"])
def test_adding_again_mends_a_damaged_file(store: Store, text: bytes) -> None:
    kept = store.add(io.BytesIO(b"some bytes"), "a")
    store.path(kept.sha256).chmod(0o600)
    store.path(kept.sha256).write_bytes(text)
    store.add(io.BytesIO(b"some bytes"), "a")
    assert store.path(kept.sha256).read_bytes() == b"some bytes"


def test_a_file_that_is_missing_or_cut_is_not_there(store: Store) -> None:
    kept = store.add(io.BytesIO(b"some bytes"), "a")
    assert store.holds(kept.sha256, kept.size)
    assert not store.holds(kept.sha256, kept.size + 1)
    assert not store.holds("0" * 64, 0)


@pytest.mark.parametrize(
    "key",
    ["", "..", "../" * 20, "%2e%2e%2f" * 7, "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n", "0" * 63 + "\0", "CON"],
)
def test_only_digests_are_keys(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.path(key)
