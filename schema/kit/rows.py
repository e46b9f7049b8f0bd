"""Loaders of rows by key, and of what belongs to one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.reading import Reading, Statement
from schema.kit.loaders import loader

__all__ = ["KEYS", "SHOWN", "Statement", "belonging", "by_key"]

SHOWN: dict[str, tuple[Any, tuple[Any, ...]]] = {}
"""The rows of each loader by key, and what of them no field shows."""

KEYS: Any = func.any(bindparam("keys", type_=ARRAY(Uuid)))
"""A list of any length in one parameter: one text, which PostgreSQL plans once."""


def by_key(name: str, row: Any, *unread: Any) -> None:
    """A loader of rows by their key. `unread`: columns that no field shows."""
    SHOWN[name] = row, unread
    reading = Reading(select(row).where(row.id == KEYS), *unread)

    @loader(name)
    async def load(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, Any]:
        return {one.id: one for (one,) in await reading.rows(session, keys=list(keys))}


def belonging(name: str, owner: Any, statement: Statement) -> None:
    """A loader of what belongs to an owner, in order. `statement` selects the owner's key and the thing."""
    reading = Reading(statement.where(owner == KEYS))

    @loader(name, missing=())
    async def load(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, list[Any]]:
        found: dict[UUID, list[Any]] = {}
        for key, one in await reading.rows(session, keys=list(keys)):
            found.setdefault(key, []).append(one)
        return found
