"""Mutations: each field is one act, done whole or not at all."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from schema.kit.context import Info
from schema.kit.problems import Complaint


class Refused(Exception):
    """The act can't be done; the person who asked can read why."""

    def __init__(self, *complaints: Complaint) -> None:
        super().__init__()
        self.complaints = list(complaints)


async def act(info: Info, done: Callable[[], Awaitable[Any]], refused: Callable[[list[Complaint]], Any]) -> Any:
    """Do something within the request's transaction, undone alone if it fails or is refused."""
    context = info.context

    async def whole(session: AsyncSession) -> Any:
        async with session.begin_nested():
            return await done()

    try:
        return await context.turns.take(whole)
    except Refused as refusal:
        return refused(refusal.complaints)
