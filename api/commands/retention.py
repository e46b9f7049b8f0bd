"""`mutua retention`: what the worker does every hour, by hand, to the end, and told."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api import database
from api import settings as configuration
from api.database import Transactions
from api.settings import Settings
from domain import retention as rules
from domain.retention import Limits, Rule

app = typer.Typer()


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is past its retention.")] = False,
) -> None:
    """Let go what is past its retention, and say how much of each table."""
    done = asyncio.run(_retention(configuration.load(), dry_run=dry_run))
    table = Table("table", "rows")
    for name, number in done.items():
        table.add_row(name, str(number))
    Console().print(table)


async def _retention(settings: Settings, *, dry_run: bool) -> dict[str, int]:
    now = datetime.now(UTC)
    async with database.transactions(settings) as begin:
        return await (due if dry_run else let_go)(begin, settings.retention, now)


async def due(begin: Transactions, limits: Limits, now: datetime) -> dict[str, int]:
    """How many rows of each table are past their retention."""
    async with begin() as session:
        return {rule.name: await rule.count(session) for rule in rules.rules(limits, now)}


async def let_go(begin: Transactions, limits: Limits, now: datetime) -> dict[str, int]:
    """Let them all go, each batch in a transaction of its own; how many went."""
    async with begin() as session:
        await rules.give_up_imports(session, limits, now)
    return {rule.name: await _whole(begin, rule) for rule in rules.rules(limits, now)}


async def _whole(begin: Transactions, rule: Rule) -> int:
    gone, last = 0, rules.BATCH
    while last == rules.BATCH:
        async with begin() as session:
            last = await rule.apply(session)
        gone += last
    return gone
