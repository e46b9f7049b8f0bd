"""Loaders of rows by key, and of what belongs to one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from schema.kit.loaders import loader

Statement = Select[*tuple[Any, ...]]


def by_key(name: str, row: Any, *unread: Any) -> None:
    """A loader of rows by their key. `unread`: columns that no field shows."""

    @loader(name)
    async def load(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, Any]:
        found = await session.scalars(select(row).where(row.id.in_(keys)).options(*map(defer, unread)))
        return {one.id: one for one in found}


def belonging(name: str, owner: Any, statement: Statement) -> None:
    """A loader of what belongs to an owner, in order. `statement` selects the owner's key and the thing."""

    @loader(name, missing=())
    async def load(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, list[Any]]:
        found: dict[UUID, list[Any]] = {}
        for key, one in await session.execute(statement.where(owner.in_(keys))):
            found.setdefault(key, []).append(one)
        return found
