"""`mutua key …`: the keys that sessions, links and the rest are sealed with."""

from typing import Annotated

import typer

from api import settings as configuration
from api.settings import Settings
from domain.keys import KeyStore, Purpose

app = typer.Typer(help="Look after the keys.", no_args_is_help=True)


@app.command()
def rotate(purpose: Annotated[Purpose, typer.Argument(help="What the key is for.")]) -> None:
    """Add a key, the newest from now on. What the older ones made stays good. A running server sees it when it starts
    again."""
    made = of(configuration.load()).rotate(purpose)
    typer.echo(f"{made} is the newest key for {purpose}. Start the servers again, so that they use it.")


def of(settings: Settings) -> KeyStore:
    """The same keys that the server uses."""
    return KeyStore(settings.key_dir, create=settings.on_loopback, demo=settings.demo)
