"""`mutua import …`: files into the catalogue, the membership and the licences.

Exit codes: 0 = everything loaded; 1 = loaded, but the report names rows or cells that were not; 2 = nothing was loaded;
130 = cut off by Ctrl-C.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from api import settings as configuration
from api.commands.account import actor
from api.database import Transactions, transactions
from domain.content.store import Store
from domain.intake import report, runs
from domain.intake.content import ContentFolder
from domain.intake.groups import Groups
from domain.intake.members import Members
from domain.intake.packages import TitleList
from domain.intake.parties import LONGEST_NAME
from domain.intake.platforms import Platforms
from domain.intake.reasons import Problem, Severity
from domain.intake.runs import Intake
from domain.intake.source import FileRefused, Source, look

app = typer.Typer(help="Load files: members, groups, platforms, title lists, licences, content.", no_args_is_help=True)

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

SHOWN = 30
"""Lines of the report on the screen; all of them are in the file that --report names."""

Watch = Callable[[str, int], None]
"""Told the phase (reading, applying) and how many rows were read."""


@dataclass(slots=True)
class Outcome:
    """What became of a file. `refused`: why nothing of it was loaded."""

    counts: dict[str, int] = field(default_factory=dict)
    tally: list[tuple[str, str, int]] = field(default_factory=list)
    entries: list[report.Entry] = field(default_factory=list)
    refused: Problem | None = None
    resumed: bool = False
    changed: bool = False

    @property
    def exit_code(self) -> int:
        if self.refused:
            return 2
        return int(any(severity in (Severity.ROW, Severity.CELL) for severity, _, _ in self.tally))


async def perform(
    begin: Transactions,
    intake: Intake,
    path: Path,
    *,
    actor: str,
    encoding: str | None = None,
    dry_run: bool = False,
    report_to: Path | None = None,
    watch: Watch = lambda phase, rows: None,
) -> Outcome:
    """Load a file: every batch of rows and the change itself are transactions of their own, so that a run that is cut
    off goes on where it was. A dry run is one transaction, rolled back."""
    try:
        source = look(path, encoding)
    except FileRefused as refused:
        return Outcome(refused=refused.problem)
    async with begin() as held:
        await runs.reserve(held, intake)
        if dry_run:
            async with begin() as session:
                outcome = await _rehearse(session, intake, source, actor, report_to, watch)
                await session.rollback()
            return outcome
        return await _load(begin, held, intake, source, actor, report_to, watch)


async def _load(
    begin: Transactions,
    held: AsyncSession,
    intake: Intake,
    source: Source,
    actor: str,
    report_to: Path | None,
    watch: Watch,
) -> Outcome:
    async with begin() as session:
        run = await runs.begin(session, intake, source, actor)
    outcome = Outcome(resumed=run.resumed)
    try:
        for batch in runs.batches(intake, source, run.last_line):
            await runs.check_reserved(held)
            async with begin() as session:
                await runs.stage(session, run, batch)
            watch("reading", run.counts.get("read", 0))
        watch("applying", run.counts.get("read", 0))
        await runs.check_reserved(held)
        async with begin() as session:
            await runs.finish(session, intake, run)
    except FileRefused as refused:
        outcome.refused = refused.problem
        async with begin() as session:
            await runs.refuse(session, run, refused)
    async with begin() as session:
        await _tell(session, outcome, run, source, report_to)
    return outcome


async def _rehearse(
    session: AsyncSession, intake: Intake, source: Source, actor: str, report_to: Path | None, watch: Watch
) -> Outcome:
    run = await runs.begin(session, intake, source, actor, resume=False)
    outcome = Outcome()
    try:
        for batch in runs.batches(intake, source, 0):
            await runs.stage(session, run, batch)
            watch("reading", run.counts.get("read", 0))
        watch("applying", run.counts.get("read", 0))
        await runs.finish(session, intake, run)
    except FileRefused as refused:
        outcome.refused = refused.problem
        await runs.refuse(session, run, refused)
    await _tell(session, outcome, run, source, report_to)
    return outcome


async def _tell(session: AsyncSession, outcome: Outcome, run: runs.Run, source: Source, to: Path | None) -> None:
    outcome.counts, outcome.changed = run.counts, run.changed
    outcome.tally = await report.tally(session, run.id)
    outcome.entries = [entry async for entry in report.entries(session, run.id, SHOWN)]
    if to:
        with to.open("w", encoding="utf-8-sig", newline="") as file:
            await report.write(session, run.id, source.name, file)


def run(
    intake: Intake, path: Path, *, encoding: str | None, dry_run: bool, report_to: Path | None, language: str
) -> None:
    """Load one file with progress on the screen, print what happened, and leave with the exit code."""
    console = Console()
    if report_to:
        _try_to_write(report_to)
    try:
        outcome = asyncio.run(_watched(console, intake, path, encoding, dry_run, report_to))
    except KeyboardInterrupt:
        console.print(escape(str(_SAID[language]["cut"])))
        raise typer.Exit(INTERRUPTED) from None
    _print(console, outcome, path.name, language, dry_run=dry_run)
    raise typer.Exit(outcome.exit_code)


def _try_to_write(path: Path) -> None:
    """Before anything is loaded: a report that can't be written would be missed afterwards."""
    try:
        path.open("a").close()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="--report") from error


async def _watched(
    console: Console, intake: Intake, path: Path, encoding: str | None, dry_run: bool, report_to: Path | None
) -> Outcome:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("…", total=None)

        def watch(phase: str, rows: int) -> None:
            progress.update(task, description=phase, completed=rows)

        async with transactions(configuration.load()) as begin:
            return await perform(
                begin, intake, path, actor=actor(), encoding=encoding, dry_run=dry_run, report_to=report_to, watch=watch
            )


_SAID = {
    "zh": {
        "refused": "未加载任何内容：第 {line} 行：{sentence}",
        "dry": "（试运行，未作任何更改）",
        "same": "与现有数据一致，没有任何更改。",
        "nothing": "没有任何更改。",
        "resumed": "已从上次中断处继续。",
        "cut": "已中断；再次运行同一命令即可继续。",
        "more": "另有 {n} 条；用 --report FILE.csv 取得完整报告。",
        "columns": ("行", "列", "值", "程度", "说明"),
    },
    "en": {
        "refused": "Nothing was loaded: line {line}: {sentence}",
        "dry": "(dry run: nothing was changed)",
        "same": "All of it was known already: nothing changed.",
        "nothing": "Nothing changed.",
        "resumed": "Went on where the last run was cut off.",
        "cut": "Cut off. The same command goes on where it was.",
        "more": "{n} more; --report FILE.csv has them all.",
        "columns": ("line", "column", "value", "severity", "what is the matter"),
    },
}


def _print(console: Console, outcome: Outcome, name: str, language: str, *, dry_run: bool) -> None:
    said = _SAID[language]
    if outcome.entries:
        table = Table(title=escape(name))
        for column in said["columns"]:
            table.add_column(column, overflow="fold")
        for entry in outcome.entries:
            cells = (str(entry.line or ""), entry.column, entry.value[:80], entry.severity, entry.sentence(language))
            table.add_row(*map(escape, cells))
        console.print(table)
    total = sum(number for _, _, number in outcome.tally)
    if total > len(outcome.entries):
        console.print(str(said["more"]).format(n=total - len(outcome.entries)))
    if outcome.refused:
        problem = outcome.refused
        reason = f"{problem.reason.value}: {problem.detail}"
        sentence = report.Entry(problem.line, problem.column, problem.value, problem.severity, reason).sentence(
            language
        )
        console.print(escape(str(said["refused"]).format(line=problem.line, sentence=sentence)), style="red")
        return
    console.print(escape(" · ".join(f"{what} {number}" for what, number in outcome.counts.items())))
    unchanged = said["nothing" if outcome.exit_code else "same"]
    for told, text in ((outcome.resumed, said["resumed"]), (not outcome.changed, unchanged), (dry_run, said["dry"])):
        if told:
            console.print(escape(str(text)))


def _language() -> str:
    return "zh" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).lower().startswith("zh") else "en"


File = Annotated[Path, typer.Argument(metavar="FILE", help="The file to load; .gz is unpacked.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Report what would happen and change nothing.")]
Report = Annotated[
    Path | None, typer.Option("--report", metavar="FILE.csv", help="Write the whole report, cell by cell.")
]
Encoding = Annotated[
    str | None, typer.Option(help="The file's encoding, where it isn't UTF-8 or UTF-16: gb18030, say.")
]
Language = Annotated[str, typer.Option("--lang", help="zh or en; default: the terminal's.", default_factory=_language)]


class Format(StrEnum):
    OURS = "ours"
    KBPLUS = "kbplus"


Written = Annotated[Format, typer.Option("--format", help="ours (docs/formats.md) or kbplus, the lists of KB+.")]


@app.command()
def members(
    file: File,
    written: Written = Format.OURS,
    dry_run: DryRun = False,
    report: Report = None,
    encoding: Encoding = None,
    *,
    lang: Language,
) -> None:
    """Load members: names, scopes, identifiers, networks. What the file says of a member replaces what was known."""
    run(Members(written), file, encoding=encoding, dry_run=dry_run, report_to=report, language=lang)


@app.command()
def groups(
    file: File,
    written: Written = Format.OURS,
    dry_run: DryRun = False,
    report: Report = None,
    encoding: Encoding = None,
    *,
    lang: Language,
) -> None:
    """Load groups of members, and who belongs to them."""
    run(Groups(written), file, encoding=encoding, dry_run=dry_run, report_to=report, language=lang)


@app.command()
def platforms(
    file: File,
    dry_run: DryRun = False,
    report: Report = None,
    encoding: Encoding = None,
    *,
    lang: Language,
) -> None:
    """Load platforms and how links lead to them."""
    run(Platforms(), file, encoding=encoding, dry_run=dry_run, report_to=report, language=lang)


def named(value: str | None) -> str | None:
    if value is not None and not 0 < len(value.strip()) <= LONGEST_NAME:
        raise typer.BadParameter(f"a name of 1 to {LONGEST_NAME} characters")
    return value.strip() if value else value


@app.command()
def kbart(
    file: File,
    package: Annotated[str, typer.Option(callback=named, help="The package's name; a new one is made.")],
    provider: Annotated[
        str, typer.Option(callback=named, help="The provider's name, or member:CODE for a member's own collection.")
    ],
    platform: Annotated[str | None, typer.Option(callback=named, help="Where the titles are served.")] = None,
    name_zh: Annotated[str | None, typer.Option(help="The package's name as Chinese readers see it.")] = None,
    name_en: Annotated[str | None, typer.Option(help="The package's name as English readers see it.")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="The file isn't the whole list: remove no title.")] = False,
    dry_run: DryRun = False,
    report: Report = None,
    encoding: Encoding = None,
    *,
    lang: Language,
) -> None:
    """Load a KBART title list into a package. Titles that a newer list lacks are removed from the package."""
    names = {language: name for language, name in (("zh", name_zh), ("en", name_en)) if name}
    intake = TitleList(package, provider, platform, names, partial)
    run(intake, file, encoding=encoding, dry_run=dry_run, report_to=report, language=lang)


@app.command()
def content(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder with content.csv and the files it names.")],
    dry_run: DryRun = False,
    report: Report = None,
    encoding: Encoding = None,
    *,
    lang: Language,
) -> None:
    """Attach files to the titles of packages. A file that isn't what its name says is refused."""
    store = None if dry_run else Store(configuration.load().content_dir)
    intake = ContentFolder(folder, store)
    run(intake, intake.list, encoding=encoding, dry_run=dry_run, report_to=report, language=lang)
