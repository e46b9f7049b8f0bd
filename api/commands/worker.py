"""`mutua worker` and `mutua jobs`: the process that runs jobs, and what became of them."""

import asyncio
import signal
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from api import database, logs
from api import settings as configuration
from api import worker as running
from api.settings import Settings
from domain import jobs as state

app = typer.Typer()


@app.command()
def worker() -> None:
    """Run jobs until told to stop. The server of an embedded database does this itself."""
    settings = configuration.load()
    logs.configure(json=not settings.on_loopback)
    with suppress(KeyboardInterrupt):
        asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    with database.reached(settings) as urls:
        async with database.transactions(settings) as begin, begin() as session:
            await session.execute(text("SELECT FROM outbox LIMIT 1"))  # without tables it says so, once
        work = asyncio.create_task(running.work(urls.app, running.periodic(settings)))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
        with suppress(asyncio.CancelledError):
            await work


@app.command()
def jobs(
    retry: Annotated[bool, typer.Option("--retry", help="Have every dead job tried once more.")] = False,
) -> None:
    """Show how many jobs wait, run, and are dead: failed as often as one may."""
    asyncio.run(_jobs(configuration.load(), retry=retry))


async def _jobs(settings: Settings, *, retry: bool) -> None:
    console = Console()
    async with database.transactions(settings) as begin, begin() as session:
        if retry:
            console.print(f"{await state.revive(session)} tried again")
        counts = await state.counts(session)
        console.print(f"waiting {counts.waiting} · running {counts.running} · dead {counts.dead}")
        if dead := await state.dead(session):
            table = Table("job", "what", "attempts", "last at")
            for job in dead:
                table.add_row(str(job.id), job.name, str(job.attempts), f"{job.last_at:%Y-%m-%d %H:%M:%S} UTC")
            console.print(table)
