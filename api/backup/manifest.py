"""What a backup says of itself. It is written last, and in one canonical form, so that a change of any bit shows."""

import hashlib
from datetime import datetime
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.content.store import digest

NAME = "manifest.json"
DUMP = "database.dump"
CONTENT = "content"
FORMAT = 1
CUT_OFF = ".partial"
"""How the name of a backup ends that isn't finished."""


class BackupError(Exception):
    """A backup can't be made, read or restored; its text is the one line to print."""


class Part(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(ge=0)

    def fault(self, path: Path) -> str | None:
        """What is wrong with the file of this part."""
        try:
            size = path.stat().st_size
            if size != self.size:
                return f"{'cut' if size < self.size else 'grown'}: {size} bytes of {self.size}"
            return None if digest(path) == self.sha256 else "changed"
        except FileNotFoundError:
            return "missing"
        except OSError as error:
            return str(error.strerror)


class Manifest(BaseModel):
    """`counts`: rows by table. `content`: the files of the content items; each is named by its digest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    program: str
    """Mutua's version."""
    revision: str
    postgresql: int
    """The server's major version."""
    made_at: datetime
    """The moment of the database; whatever was committed later isn't in it."""
    counts: dict[str, int]
    database: Part
    content: tuple[Part, ...]

    def written(self) -> bytes:
        told = self.model_dump(mode="json")
        seal = hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
        return orjson.dumps({"manifest": told, "sha256": seal}, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return self.database.size + sum(part.size for part in self.content)


def read(folder: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        BackupError: there is none, it is damaged, or another version of the program wrote it.
    """
    if folder.name.endswith(CUT_OFF):
        raise BackupError(f"{folder} is a backup that was cut off; mutua backup {_finished(folder)} goes on with it")
    path = folder / NAME
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        raise BackupError(f"{folder} is no whole backup: {NAME} is missing") from None
    except OSError as error:
        raise BackupError(f"{path} can't be read: {error.strerror}") from None
    try:
        manifest = Manifest.model_validate(orjson.loads(found)["manifest"])
    except (ValueError, KeyError, TypeError, ValidationError):
        raise BackupError(f"the backup {folder} is damaged: {NAME} (changed)") from None
    if manifest.written() != found:
        raise BackupError(f"the backup {folder} is damaged: {NAME} (changed)")
    if manifest.format != FORMAT:
        raise BackupError(f"{folder} was made by Mutua {manifest.program} in a form that this version can't read")
    return manifest


def _finished(folder: Path) -> Path:
    return folder.with_name(folder.name.removesuffix(CUT_OFF))
