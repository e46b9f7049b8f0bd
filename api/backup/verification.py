"""Whether every part of a backup is there, whole and unchanged."""

from collections.abc import Callable, Iterator
from pathlib import Path

from api.backup import manifest
from api.backup.manifest import BackupError, Manifest, Part
from domain.content.store import Store

Watch = Callable[[str, int, int], None]
"""Told what is being done, how many bytes of it are done, and of how many (0: nobody knows)."""
NAMED = 10
"""Damaged parts in one line; more are counted."""


def verify(folder: Path, watch: Watch) -> Manifest:
    """The manifest of a backup all of whose parts are as they were written.

    Raises:
        BackupError: some are not; it names them.
    """
    found = manifest.read(folder)
    faults = [f"{name} ({fault})" for name, fault in _faults(folder, found, watch)]
    if faults:
        more = f" and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
        raise BackupError(f"the backup {folder} is damaged: {', '.join(faults[:NAMED])}{more}")
    return found


def _faults(folder: Path, found: Manifest, watch: Watch) -> Iterator[tuple[str, str]]:
    done = 0
    for path, part in _parts(folder, found):
        watch("checking", done, found.size)
        if fault := part.fault(path):
            yield str(path.relative_to(folder)), fault
        done += part.size
    watch("checking", done, found.size)


def _parts(folder: Path, found: Manifest) -> Iterator[tuple[Path, Part]]:
    yield folder / manifest.DUMP, found.database
    content = Store(folder / manifest.CONTENT)
    for part in found.content:
        yield content.path(part.sha256), part
