"""The content store: a folder of files named by the SHA-256 of their bytes.

A name made by us from a digest can't climb out of the folder, one file is kept once, and any change of its bytes shows.
A file appears under its name only when it is whole and on disk: a crash leaves at most something in `incoming`.
"""

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from domain.content import media

CHUNK = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """`media_type`: by the bytes, else by the name, as media.media_type says."""

    sha256: str
    size: int
    media_type: str


class Store:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where the bytes of this digest are, or would be. Raises ValueError for what is no digest."""
        if not _DIGEST.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower-case hexadecimal")
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def add(self, source: IO[bytes], name: str) -> Stored:
        """Keep the bytes of `source`; `name` is the file's own and decides nothing but a harmless media type.

        Adding what is there already changes nothing, but puts a damaged file right.
        """
        with self._incoming() as file:
            digest = hashlib.sha256()
            size = 0
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                size += file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
            sha256 = digest.hexdigest()
            stored = Stored(sha256, size, media.media_type(*media.ends(Path(file.name)), name))
            self._settle(Path(file.name), sha256)
        return stored

    def holds(self, sha256: str, size: int) -> bool:
        """Whether the file is there in its full length. (Cheap: asked before each reading.)"""
        try:
            return self.path(sha256).stat().st_size == size
        except FileNotFoundError:
            return False

    def kept(self) -> Iterator[Path]:
        """Every file that has its name."""
        return self._folder.glob("??/??/" + "?" * 64)

    @contextlib.contextmanager
    def _incoming(self) -> Iterator[IO[bytes]]:
        folder = self._folder / "incoming"
        self._make(folder)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            try:
                yield file
            finally:
                Path(file.name).unlink(missing_ok=True)

    def _settle(self, incoming: Path, sha256: str) -> None:
        """Give a whole file its name. Renaming is atomic, and replaces a file of the same bytes."""
        target = self.path(sha256)
        self._make(target.parent)
        incoming.chmod(0o400)
        incoming.replace(target)
        _sync(target.parent)

    def _make(self, folder: Path) -> None:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for made in missing:
            _sync(made.parent)


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    """Put a folder's entries on disk (fsync of a file doesn't)."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
