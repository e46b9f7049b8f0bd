"""A folder of files with a list of what they are, `content.csv`: each becomes a content item of a package's title.

Bytes go into the store while the list is read; a file that isn't what its name says never does.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import dates
from domain.content import media
from domain.content.store import Store, Stored
from domain.epoch import Changed
from domain.intake import agreements, comparing, sheet
from domain.intake.cells import Cells, Row
from domain.intake.comparing import Unknown
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.runs import Run
from domain.intake.source import Source, refuse
from models import content as rows
from models import intake as staged_rows
from models import package as package_rows
from models.vocabulary import ImportKind

LIST = "content.csv"
LAYOUT = sheet.Layout(
    needed=("file", "package", "identifier"),
    known=frozenset(("file", "package", "provider", "identifier", "label_zh", "label_en", "published", "rights")),
)


@dataclass(frozen=True)
class ContentFolder:
    """The folder, and the store that takes its files; without a store they are only looked at."""

    folder: Path
    store: Store | None
    kind: ImportKind = ImportKind.CONTENT

    @property
    def target(self) -> dict[str, str]:
        return {"folder": self.folder.name}

    @property
    def list(self) -> Path:
        return self.folder / LIST

    def rows(self, source: Source) -> Iterable[Row]:
        return sheet.collect(source, LAYOUT, self._read)

    async def apply(self, session: AsyncSession, run: Run) -> None:
        staged = staged_rows.ImportRow
        stream = await session.stream(
            select(col(staged.line), col(staged.result)).where(col(staged.run_id) == run.id).order_by(col(staged.line)),
            execution_options={"yield_per": 500},
        )
        async for line, facts in stream:
            await _bring(session, run, line, facts)

    def _read(self, cells: Cells) -> dict[str, Any] | None:
        stored = self._keep(cells)
        for column in ("package", "identifier"):
            if not cells.get(column):
                cells.reject(column, Reason.VALUE_MISSING)
        published = cells.read("published", dates.read, Reason.DATE_UNREADABLE)
        rights = cells.get("rights")
        if rights and not rights.startswith(("http://", "https://")):
            cells.lose("rights", Reason.URL_UNREADABLE)
            rights = ""
        if stored is None or cells.rejected:
            return None
        name = cells.get("file")
        return {
            "file": name,
            "package": cells.get("package"),
            "provider": cells.get("provider") or None,
            "identifier": cells.get("identifier"),
            "label": sheet.localised(cells, "label") or {"und": name},
            "published": [published.text, published.first.isoformat(), published.last.isoformat()]
            if published
            else None,
            "rights": rights or None,
            "sha256": stored.sha256,
            "size": stored.size,
            "media_type": stored.media_type,
        }

    def _keep(self, cells: Cells) -> Stored | None:
        """Take the file in. Only a plain name of a plain file of this folder counts: no path, no link out of it."""
        name = cells.get("file")
        if not name:
            cells.reject("file", Reason.VALUE_MISSING)
            return None
        if name != Path(name).name or "\\" in name or name in (".", ".."):
            cells.reject("file", Reason.FILE_OUTSIDE)
            return None
        path = self.folder / name
        try:
            plain = path.is_file() and not path.is_symlink()
            found = media.media_type(*media.ends(path), name) if plain else media.OPAQUE
        except OSError as error:
            cells.reject("file", Reason.NOT_READABLE, error.strerror or "")
            return None
        if not plain:
            cells.reject("file", Reason.FILE_MISSING)
        elif media.contradicts(name, found):
            cells.reject("file", Reason.MEDIA_TYPE_DIFFERS, found)
        elif found == media.OPAQUE:
            cells.note("file", Reason.MEDIA_TYPE_UNKNOWN)
        return None if cells.rejected else self._store(cells.line, path, found)

    def _store(self, line: int, path: Path, found: str) -> Stored:
        try:
            with path.open("rb") as file:
                if self.store:
                    return self.store.add(file, path.name)
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                return Stored(sha256, path.stat().st_size, found)
        except OSError as error:  # a full disk
            raise refuse(
                line, Reason.NOT_READABLE, column="file", value=path.name, detail=error.strerror or ""
            ) from error


async def _bring(session: AsyncSession, run: Run, line: int, facts: dict[str, Any]) -> None:
    """Make or change the item. A file of the same name with other bytes replaces the former."""
    title_id = await _title(session, run, line, facts)
    if title_id is None:
        run.count("loaded", -1)
        run.count("rejected")
        return
    run.reach(Changed(package_titles={title_id}))
    item, title = rows.ContentItem, package_rows.PackageTitle
    found = await session.execute(select(item).where(col(item.package_title_id) == title_id))
    known = list(found.scalars())
    row = next((one for one in known if one.sha256 == facts["sha256"]), None)
    row = row or next((one for one in known if one.file_name == facts["file"]), None)
    published, first, last = facts["published"] or (None, None, None)
    values = {
        "label": facts["label"],
        "file_name": facts["file"],
        "media_type": facts["media_type"],
        "size": facts["size"],
        "sha256": facts["sha256"],
        "published": published,
        "published_first": first and date.fromisoformat(first),
        "published_last": last and date.fromisoformat(last),
        "rights": facts["rights"],
    }
    if row is None:
        of_title = select(col(title.resource_id)).where(col(title.id) == title_id).scalar_subquery()
        places = select(func.coalesce(func.max(col(item.position)) + 1, 0)).where(
            col(item.package_title_id) == title_id
        )
        made = {"package_title_id": title_id, "resource_id": of_title, "position": places.scalar_subquery(), **values}
        await session.execute(insert(item).values(**made))
        run.count("new")
    elif altered := comparing.differing(row, values):
        await session.execute(update(item).where(col(item.id) == row.id).values(**altered))
        run.count("changed")
    else:
        run.count("unchanged")


async def _title(session: AsyncSession, run: Run, line: int, facts: dict[str, Any]) -> UUID | None:
    unknown = Unknown()
    package_id = await agreements.package(session, unknown, line, facts["package"], facts["provider"])
    found = await agreements.package_titles(session, package_id, facts["identifier"]) if package_id else []
    if package_id and len(found) != 1:
        detail = f"{len(found)}" if found else ""
        unknown.add(line, "identifier", facts["identifier"], Reason.UNKNOWN_RESOURCE, detail)
    run.found += [Problem(p.line, p.column, p.value, p.reason, Severity.ROW, p.detail) for p in unknown]
    return found[0] if len(found) == 1 else None
