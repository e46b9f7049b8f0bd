"""`mutua database …`: what an operator does to the database itself."""

import asyncio
import time
from typing import Annotated

import psycopg
import typer

from api import database, preparation
from api import settings as configuration
from api.settings import Settings
from domain import epoch
from domain.rights import history
from migrations import chain

app = typer.Typer(help="Prepare and migrate the database.", no_args_is_help=True)


@app.command()
def prepare(
    admin_url: Annotated[
        str | None,
        typer.Option(envvar="PREPARE_ADMIN_URL", help="A superuser's URL; not needed for the embedded database."),
    ] = None,
    wait: Annotated[int, typer.Option(min=0, help="Seconds to wait for a database that doesn't answer yet.")] = 0,
) -> None:
    """Make the roles and the database, with the passwords of the two URLs. May run again and again."""
    settings = configuration.load()
    if settings.embedded:
        with database.reached(settings):
            typer.echo("The embedded database is prepared.")
        return
    if admin_url is None:
        raise configuration.SettingsError("--admin-url is needed: the URL of a superuser of the database")
    deadline = time.monotonic() + wait
    while True:
        try:
            preparation.prepare_from(settings, admin_url)
            break
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
    typer.echo("The database is prepared.")


@app.command()
def migrate(
    revision: Annotated[str, typer.Option(help="Where to stop; an older one than the present migrates down.")] = "head",
) -> None:
    """Bring the tables to this program's revision, as role mutua_owner."""
    with database.reached(configuration.load()) as urls:
        chain.move(database.owner_url(urls), revision)
        typer.echo(f"The database is at revision {chain.revision(database.owner_url(urls)) or 'base'}.")


@app.command()
def settle() -> None:
    """Bring the history of rights to what the tables imply, where somebody wrote to them past Mutua, and let every
    server read rights and catalogue anew."""
    typer.echo(f"{asyncio.run(_settled(configuration.load()))} grants of the history were brought right.")


async def _settled(settings: Settings) -> int:
    with database.reached(settings) as urls:
        pool = database.engine(urls.app)
        try:
            async with database.as_everybody(database.sessions(pool))() as session:
                found = await history.differences(session)
                await epoch.raise_(session)
        finally:
            await pool.dispose()
    return len(found)
