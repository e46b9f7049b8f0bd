"""`mutua deadlines`: days to come of contracts, the soonest first."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated

import orjson
import typer

from api import database
from api import settings as configuration
from api.commands.wording import LanguageOption, language
from api.settings import Settings
from domain import deadlines as days
from domain import messages
from domain.deadlines import Told

app = typer.Typer()


@app.command()
def deadlines(
    within: Annotated[int, typer.Option(min=0, max=36_525, help="How many days ahead.")] = 90,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON list instead, for programs.")] = False,
    spoken: LanguageOption = None,
) -> None:
    """Show until when agreements can be cancelled, and what ends or changes soon."""
    lang = language(spoken)
    coming, today = asyncio.run(_coming(configuration.load(), within))
    if json:
        typer.echo(orjson.dumps([_plain(one, today, lang) for one in coming]).decode())
    elif not coming:
        typer.echo(messages.sentence("deadline.nothing", lang, days=within))
    else:
        typer.echo("\n".join(f"{one.deadline.on}  {days.sentence(one, today, [lang])}" for one in coming))


async def _coming(settings: Settings, within: int) -> tuple[Sequence[Told], date]:
    async with database.transactions(settings) as begin, begin() as session:
        today = await days.today(session)
        return await days.told(session, today, within), today


def _plain(one: Told, today: date, lang: str) -> dict[str, object]:
    deadline = one.deadline
    return {
        "kind": deadline.kind.name,
        "on": deadline.on,
        "daysLeft": (deadline.on - today).days,
        "agreement": one.agreement_code,
        "licence": one.licence_code,
        "message": days.sentence(one, today, [lang]),
    }
