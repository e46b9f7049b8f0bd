"""Loads the demo consortium through the real importers; loading it again changes nothing."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.commands.importing import Outcome, perform
from api.database import Transactions
from api.settings import Settings
from demo import collection, pool
from domain.content.store import Store
from domain.intake.content import ContentFolder
from domain.intake.groups import Groups
from domain.intake.licence import LicenceFile
from domain.intake.members import Members
from domain.intake.packages import TitleList
from domain.intake.platforms import Platforms
from domain.intake.runs import Intake


class DemoRefused(Exception):
    """A file of the demo could not be loaded whole: a defect of ours, told with its first problem."""


async def load(begin: Transactions, settings: Settings, console: Console) -> None:
    """Load everything, with progress on the console.

    Raises:
        DemoRefused: a file wasn't taken whole.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="mutua-demo-") as folder, Progress(*columns, console=console) as progress:
        files = list(plan(settings, collection.make(Path(folder))))
        task = progress.add_task("载入示范联盟 Loading the demo", total=len(files))
        async with begin() as session:
            await pool.found(session)
        for path, intake in files:
            outcome = await perform(begin, intake, path, actor=pool.ACTOR)
            if outcome.exit_code:
                raise DemoRefused(_told(path, outcome))
            progress.advance(task)
        async with begin() as session:
            await pool.name(session)
            await pool.open_reading_rooms(session)
            await pool.judge(session)


def plan(settings: Settings, made: Path) -> Iterator[tuple[Path, Intake]]:
    """What is loaded, in order: each file names only what those before it brought."""
    yield pool.DATA / "groups.csv", Groups()
    yield pool.DATA / "members.csv", Members(examples=True)
    yield pool.DATA / "platforms.csv", Platforms()
    for package in pool.read("catalogue.yaml")["packages"]:
        path = collection.PACKAGES / package["file"]
        intake = TitleList(package["package"], package["provider"], package.get("platform"), package["name"])
        yield (path if path.exists() else made / package["file"]), intake
    for path in sorted((pool.DATA / "licences").glob("*.yaml")):
        yield path, LicenceFile()
    content = ContentFolder(made / collection.CONTENT, Store(settings.content_dir))
    yield content.list, content


def _told(path: Path, outcome: Outcome) -> str:
    if outcome.refused:
        return f"{path.name}:{outcome.refused.line} {outcome.refused.reason} {outcome.refused.value}"
    first = outcome.entries[0]
    return f"{path.name}:{first.line} {first.column} {first.reason} {first.value}"
