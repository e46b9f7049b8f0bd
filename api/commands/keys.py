"""`mutua key …`: the keys that sessions, links and the rest are sealed with."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from api import settings as configuration
from api.settings import Settings
from domain import keys
from domain.keys import KeyStore, Purpose

app = typer.Typer(help="Look after the keys.", no_args_is_help=True)


@app.command()
def rotate(purpose: Annotated[Purpose, typer.Argument(help="What the key is for.")]) -> None:
    """Add a key, the newest from now on. What the older ones made stays good. A running server sees it when it starts
    again."""
    made = of(configuration.load()).rotate(purpose)
    typer.echo(f"{made} is the newest key for {purpose}. Start the servers again, so that they use it.")


@app.command("list")
def list_() -> None:
    """Show the keys of each purpose, the newest first; never the keys themselves."""
    settings = configuration.load()
    table = Table(*(Column(title, overflow="fold") for title in ("Purpose", "Key", "Made", "")))
    for purpose in Purpose:
        for place, key in enumerate(keys.listed(settings.key_dir, purpose, demo=settings.demo)):
            says = ["newest" if place == 0 else "older", *(["demo"] if key.demo else [])]
            table.add_row(purpose if place == 0 else "", key.id, f"{key.made:%Y-%m-%d %H:%M} UTC", ", ".join(says))
    Console().print(table)


def of(settings: Settings) -> KeyStore:
    """The same keys that the server uses."""
    return KeyStore(settings.key_dir, create=settings.on_loopback, demo=settings.demo)
