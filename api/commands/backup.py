"""`mutua backup …` and `mutua restore`: copies of the database and the content store, and the way back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

from api import database
from api import settings as configuration
from api.backup import making, restoring, verification
from api.backup.manifest import Manifest
from api.backup.verification import Watch
from domain.content.store import Store

Folder = Annotated[Path, typer.Argument(help="The backup's folder.", file_okay=False)]


class _MakesByDefault(TyperGroup):
    """`mutua backup FOLDER` is `mutua backup make FOLDER`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(help="Copy the database and the content store.", no_args_is_help=True, cls=_MakesByDefault)
way_back = typer.Typer()


@app.command()
def make(folder: Folder) -> None:
    """Copy the database and the content store into a new folder, while servers run. Keys are not in it."""
    settings = configuration.load()
    with database.reached(settings) as urls, _watched() as watch:
        made = making.make(database.owner_url(urls), Store(settings.content_dir), folder.absolute(), watch)
    typer.echo(f"The backup {folder} is whole: {_told(made)}.")
    typer.echo(f"The keys are not in it. Keep a copy of {settings.key_dir} apart from it.")


@app.command()
def verify(folder: Folder) -> None:
    """Check that every part of a backup is there and unchanged."""
    with _watched() as watch:
        found = verification.verify(folder.absolute(), watch)
    typer.echo(f"The backup {folder} is whole and unchanged: {_told(found)}.")


@way_back.command()
def restore(folder: Folder) -> None:
    """Restore a backup into an empty database and the content store. No server may run meanwhile."""
    settings = configuration.load()
    with database.reached(settings) as urls, _watched() as watch:
        found = restoring.restore(database.owner_url(urls), Store(settings.content_dir), folder.absolute(), watch)
    typer.echo(f"Restored: {_told(found)}. Everybody has to sign in again.")
    if restoring.is_older(found):
        typer.echo("Its tables are of an older version: mutua database migrate")


def _told(found: Manifest) -> str:
    moment = found.made_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    files, rows = len(found.content), sum(found.counts.values())
    return f"{moment}, revision {found.revision}, {rows} rows, {files} files, {found.size} bytes"


@contextmanager
def _watched() -> Iterator[Watch]:
    """A line of progress on the screen; none where nobody watches."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def watch(doing: str, done: int, total: int) -> None:
            progress.update(task, description=doing, completed=done, total=total or None)

        yield watch
