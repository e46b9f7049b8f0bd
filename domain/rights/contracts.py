"""One licence with its parents, compiled as decisions read it."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.limits import COUNTED
from domain.rights import compilation, wording
from domain.rights.terms import Licence
from models.licence import Licence as Row
from models.licence import UserClass


async def contract(session: AsyncSession, licence_id: UUID) -> Licence:
    """The licence as the tables say it in this transaction, its drafted amendments aside."""
    await session.flush()
    ancestry = await _ancestry(session, licence_id)
    classes = {row.code: row.entitlement_uris for row in await session.scalars(select(UserClass))}
    limits = await _rows(session, "limits", ancestry)
    of_terms: dict[UUID, list[Any]] = defaultdict(list)
    for row in limits:
        if row.term_id:
            of_terms[row.term_id].append(row)
    terms = [wording.term(row, classes, of_terms) for row in await _rows(session, "terms", ancestry)]
    counted = [wording.seats(row) for row in limits if row.kind in COUNTED]
    return wording.licences(ancestry, terms, counted)[licence_id]


async def _ancestry(session: AsyncSession, licence_id: UUID) -> list[Row]:
    above = select(Row).where(col(Row.id) == licence_id).cte(recursive=True)
    parents = select(Row).join(above, col(Row.id) == above.c.parent_id)
    every = above.union(parents)
    found = await session.scalars(select(Row).join(every, col(Row.id) == every.c.id))
    return list(found)


async def _rows(session: AsyncSession, name: str, ancestry: list[Row]) -> list[Any]:
    statement = text(f"SELECT * FROM ({compilation.QUERIES[name]}) AS all_of_them WHERE licence_id = ANY(:ids)")  # noqa: S608 a query of our own
    return list(await session.execute(statement, {"ids": [row.id for row in ancestry]}))
