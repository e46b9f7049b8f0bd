"""What a document said, kept as rows: replaced in one transaction, so that nobody sees half of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.federation import SamlEntity

BATCH = 500

_WORDS = ("registration_authority", "logo", "error_url")
_OBJECTS = ("names", "keywords", "single_sign_on", "single_logout")
_LISTS = ("scopes", "scope_patterns", "signing_certificates", "categories")
_TYPES = {
    "entity_id": "text",
    **dict.fromkeys(_WORDS, "text"),
    **dict.fromkeys(_OBJECTS, "jsonb"),
    **dict.fromkeys(_LISTS, "text[]"),
    "hidden": "boolean",
    "valid_until": "timestamptz",
}
_SAID = [name for name in _TYPES if name not in {"entity_id", "valid_until"}]


def _listed(names: list[str], prefix: str = "") -> str:
    return ", ".join(prefix + name for name in names)


_KEEP = text(f"""
    INSERT INTO saml_entity (source_id, {_listed(list(_TYPES))}, read_at)
    SELECT :source, {_listed(list(_TYPES), "said.")}, now()
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS said ({", ".join(f"{name} {of}" for name, of in _TYPES.items())})
    ON CONFLICT (source_id, entity_id) DO UPDATE
    SET {", ".join(f"{name} = excluded.{name}" for name in [*_SAID, "valid_until", "read_at"])}
    RETURNING new.entity_id, old.entity_id IS NULL AS is_new,
        ({_listed(_SAID, "old.")}) IS DISTINCT FROM ({_listed(_SAID, "new.")}) AS is_changed""")  # noqa: S608 our names


@dataclass(slots=True)
class Changes:
    """How a source's entities differ from before; that they are good for longer is no difference."""

    new: int = 0
    changed: int = 0
    removed: int = 0


async def replace(session: AsyncSession, source_id: UUID, rows: Path) -> Changes:
    """Bring a source's entities to what the file says, which has one a line."""
    changes, seen = await _kept(session, source_id, rows)
    gone = await session.execute(
        delete(SamlEntity)
        .where(col(SamlEntity.source_id) == source_id, col(SamlEntity.entity_id) != func.all(seen))
        .returning(col(SamlEntity.entity_id))
    )
    changes.removed = len(gone.all())
    return changes


async def add(session: AsyncSession, source_id: UUID, rows: Path) -> Changes:
    """Keep what the file says beside the source's other entities."""
    return (await _kept(session, source_id, rows))[0]


async def remove(session: AsyncSession, source_id: UUID, entity_id: str) -> bool:
    """False: it wasn't there."""
    gone = await session.execute(
        delete(SamlEntity)
        .where(col(SamlEntity.source_id) == source_id, col(SamlEntity.entity_id) == entity_id)
        .returning(col(SamlEntity.entity_id))
    )
    return gone.first() is not None


async def _kept(session: AsyncSession, source_id: UUID, rows: Path) -> tuple[Changes, list[str]]:
    changes, seen = Changes(), []
    for batch in _batches(rows):
        for entity_id, is_new, is_changed in await session.execute(_KEEP, {"source": source_id, "rows": batch}):
            seen.append(entity_id)
            changes.new += is_new
            changes.changed += is_changed and not is_new
    return changes, seen


def _batches(rows: Path) -> Iterator[str]:
    """JSON lists."""
    with rows.open("rb") as file:
        while lines := list(islice(file, BATCH)):
            yield (b"[" + b",".join(lines) + b"]").decode()
