"""`mutua search …`: the catalogue's search text."""

import asyncio

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import func, select

from api import database
from api import settings as configuration
from domain.catalogue import search_text
from models import resource as rows

app = typer.Typer(help="The catalogue's search text.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `rebuild` a command of its own while there is no other."""


@app.command()
def rebuild() -> None:
    """Make the search text of every resource again, as a new tokenizer wants it. May be cut off and run again."""
    asyncio.run(_rebuilt(Console()))


async def _rebuilt(console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with database.transactions(configuration.load()) as begin:
        with Progress(*columns, console=console, transient=True) as progress:
            async with begin() as session:
                total = (await session.execute(select(func.count()).select_from(rows.Resource))).scalar_one()
            task = progress.add_task("…", total=total)
            made, last, batch = 0, 0, -1
            while batch:
                async with begin() as session:
                    batch, last = await search_text.refresh_behind(session, last)
                made += batch
                progress.update(task, completed=made)
    console.print(f"{made} resources")
