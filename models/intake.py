"""Imports: each run, the rows it read, and what it could not take."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from models.columns import document, instant, key, one_of, refers, string, word
from models.vocabulary import ImportKind, ImportStatus


class ImportRun(SQLModel, table=True):
    """One file read once. A run that is still `running` without a process is taken up again by the same command."""

    __tablename__ = "import_run"
    __table_args__ = (
        one_of("kind", ImportKind),
        one_of("status", ImportStatus),
        Index(None, "kind", "target", "file_sha256"),
    )

    id: UUID = key()
    kind: ImportKind = word(ImportKind)
    target: str = string()
    """What the file was loaded into, with its options: the package, provider and platform, say."""
    file_name: str = string()
    file_sha256: str = string()
    status: ImportStatus = word(ImportStatus)
    actor: str = string()
    last_line: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """The last line that is staged: a resumed run goes on after it."""
    counts: dict[str, Any] = document()
    """Rows read, loaded, changed, unchanged, rejected."""
    refusal: str | None = string(default=None, nullable=True)
    started_at: datetime = instant()
    finished_at: datetime | None = instant(optional=True)


class ImportRow(SQLModel, table=True):
    """A row as it was read, staged until the run is applied whole."""

    __tablename__ = "import_row"

    run_id: UUID = refers("import_run.id", primary=True, delete="CASCADE")
    line: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    result: dict[str, Any] = document()


class ImportProblem(SQLModel, table=True):
    """A cell that was not taken as it stood."""

    __tablename__ = "import_problem"

    id: UUID = key()
    run_id: UUID = refers("import_run.id", delete="CASCADE")
    line: int | None = Field(default=None, sa_type=BigInteger)
    column: str | None = string(default=None, nullable=True)
    value: str | None = string(default=None, nullable=True)
    severity: str = string()
    """note: repaired or worth a look, all loaded; cell, row, file: that much isn't loaded."""
    reason: str = string()
