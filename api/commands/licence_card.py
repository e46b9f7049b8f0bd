"""`mutua licence card`: who may do what where, by which clause, on one page."""

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
import typer
from sqlalchemy import select
from sqlmodel import col

from api import database
from api import settings as configuration
from api.commands.wording import LanguageOption, language
from api.settings import Settings
from domain import card_page, cards, explanation
from models.licence import Licence


class CardRefused(Exception):
    """There is nothing to show; the text is the one line to print."""


def card(
    code: Annotated[str, typer.Argument(help="The licence's code.")],
    on: Annotated[str | None, typer.Option(help="As it stands on which day (2027-01-31). Left out: today.")] = None,
    spoken: LanguageOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead, for programs.")] = False,
) -> None:
    """Show a licence on one page: kinds of readers and places down, uses across, yes or no with the clause's number."""
    lang = language(spoken)
    try:
        day = date.fromisoformat(on) if on else None
    except ValueError as error:
        raise CardRefused(f"--on {on}: a day is written like 2027-01-31") from error
    told = asyncio.run(_read(configuration.load(), code, day))
    typer.echo(orjson.dumps(as_json(told, lang)).decode() if json else card_page.page(told, (lang,)), nl=json)


async def _read(settings: Settings, code: str, on: date | None) -> cards.Told:
    async with database.transactions(settings) as begin, begin() as session:
        licence = await session.scalar(select(Licence).where(col(Licence.code) == code))
        if licence is None:
            raise CardRefused(f"no licence has the code {code}")
        zone = ZoneInfo((await explanation.consortium(session)).time_zone)
        return await cards.read(session, licence, on or datetime.now(UTC).astimezone(zone).date())


def as_json(told: cards.Told, lang: str) -> dict[str, Any]:
    def number(key: object) -> str:
        return next(clause.number for clause in told.clauses.values() if clause.id == key)

    return {
        "licence": told.licence.code,
        "on": told.card.on,
        "rows": [
            {
                "readers": [one._asdict() for one in row.readers],
                "places": list(row.places),
                "cells": {
                    cell.action.value: {
                        "verdict": cell.verdict,
                        "clauses": [number(key) for key in cell.clauses],
                        "conditions": cards.conditions(cell, told, (lang,)),
                    }
                    for cell in row.cells
                },
            }
            for row in told.card.rows
        ],
    }
