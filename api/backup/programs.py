"""PostgreSQL's client programs: where they are, and how they are told the way to the database.

The programs of the embedded PostgreSQL serve for any server of their version, but speak no TLS; those of the PATH go
before them.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from psycopg import conninfo

from api.backup.manifest import BackupError
from api.embedded import wheel_programs


@dataclass(frozen=True)
class Programs:
    """pg_dump, pg_restore and psql of one folder, for one database."""

    folder: Path
    target: str
    """The connection without its password."""
    environment: dict[str, str]

    def command(self, name: str, *arguments: str | Path) -> list[str]:
        return [str(self.folder / name), *map(str, arguments)]

    def connected(self, name: str, *arguments: str | Path) -> list[str]:
        return self.command(name, f"--dbname={self.target}", "--no-password", *arguments)


def find(url: str, server: int) -> Programs:
    """Programs that can dump and fill a server of this major version.

    Raises:
        BackupError: there are none.
    """
    for folder in _folders():
        if (major := _major(folder)) and major >= server:
            told = conninfo.conninfo_to_dict(plain(url))
            password = told.pop("password", None)
            environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
            if password:
                environment["PGPASSWORD"] = str(password)  # arguments are seen by everybody on the machine
            return Programs(folder, conninfo.make_conninfo("", **told), environment)
    raise BackupError(f"pg_dump, pg_restore and psql of PostgreSQL {server} or newer are needed on the PATH")


def plain(url: str) -> str:
    """A database URL without SQLAlchemy's name of a driver."""
    return "postgresql://" + url.partition("://")[2]


def failure(program: str, output: bytes) -> BackupError:
    """What a program said: its first error, else its last line."""
    lines = [" ".join(line.split()) for line in output.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\b(error|fatal):", line, re.IGNORECASE)]
    told = (errors[:1] or lines[-1:] or ["it said nothing"])[0]
    return BackupError(f"{program} failed: {told.removeprefix(f'{program}: ').removeprefix('error: ')[:300]}")


def _folders() -> list[Path]:
    found = shutil.which("pg_dump")
    return [folder for folder in (Path(found).parent if found else None, wheel_programs()) if folder is not None]


def _major(folder: Path) -> int | None:
    """The version that all three have; None where one is missing or doesn't run."""
    try:
        said = [
            subprocess.run([folder / name, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
            for name in ("pg_dump", "pg_restore", "psql")
        ]
    except (OSError, subprocess.CalledProcessError):
        return None
    majors = {int(number.group(1)) for line in said if (number := re.search(r" (\d+)[. ]?", line))}
    return majors.pop() if len(majors) == 1 else None
