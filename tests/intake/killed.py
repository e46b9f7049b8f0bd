"""A process that loads a title list and kills itself (SIGKILL) before its nth statement, wherever that is."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

from sqlalchemy import event

from api import database as edge
from api.commands.importing import perform
from domain.intake import runs
from domain.intake.packages import TitleList

SCIENCE = TitleList("Science", "Northlight", "Northlight Platform")


async def load(url: str, path: Path, statement: int, batch: int) -> None:
    """`statement` 0: nobody dies. `batch`: rows between two commits."""
    runs.BATCH = batch
    pool = edge.engine(url, statement_seconds=0)
    done = 0

    @event.listens_for(pool.sync_engine, "before_cursor_execute")
    def count(*_: Any) -> None:
        nonlocal done
        done += 1
        if done == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    await perform(edge.as_everybody(edge.sessions(pool)), SCIENCE, path, actor="cli:tester")
    await pool.dispose()


def run(url: str, path: Path, statement: int = 0, batch: int = 100) -> None:
    asyncio.run(load(url, path, statement, batch))
