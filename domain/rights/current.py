"""The compiled rights of this process."""

import asyncio
import gc

from sqlalchemy.ext.asyncio import AsyncSession

from domain.following import Following
from domain.rights import compilation, deltas, replacing
from domain.rights.grants import Grants


class Current(Following[Grants]):
    """The grants of the epoch that a transaction sees."""

    async def _compile(self, session: AsyncSession) -> Grants:
        return await compilation.compile(session)

    async def _follow(self, session: AsyncSession, held: Grants, epoch: int) -> Grants | None:
        if (delta := await deltas.read(session, held, epoch)) is None:
            return None
        return await asyncio.to_thread(replacing.follow, held, delta)

    def _forget(self) -> None:
        """While they were compiled, what else was there was frozen with them (`compilation`). What of that is garbage
        by now is found here, while there is little to look through."""
        super()._forget()
        if gc.get_freeze_count():
            gc.unfreeze()
            gc.collect()
