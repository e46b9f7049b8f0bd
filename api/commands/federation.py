"""`mutua import metadata` and `mutua metadata …`: the federations whose word about universities is believed."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from api import database
from api import settings as configuration
from api.commands import importing
from api.commands.wording import LanguageOption, language
from api.database import Transactions
from api.settings import Settings
from auth.federation import addresses, fetching, refreshing, sources
from auth.federation.refusals import Refused, written
from auth.federation.sources import Description, Taken
from domain import messages
from models.federation import MetadataSource

Made = TypeVar("Made")
SHOWN = 30
"""Entities that `show --find` prints."""

app = typer.Typer(help="Metadata of federations: universities that sign people in by SAML.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The source's name, as `mutua metadata list` shows it.")]


class MetadataRefused(Exception):
    """It can't be done; the text is the one line to print."""


def _say(lang: str, key: str, **facts: str | int) -> str:
    return messages.sentence(f"federation.{key}", lang, **facts)


def why(refused: Refused, lang: str) -> str:
    return _say(lang, f"refused.{refused.wrong}", detail=refused.detail)


@importing.app.command()
def metadata(
    location: Annotated[str, typer.Argument(metavar="FILE|URL", help="Signed metadata; .gz is unpacked. https only.")],
    name: Annotated[str, typer.Option(help="What to call the source; one of that name is replaced.")],
    certificate: Annotated[
        list[Path], typer.Option(help="A PEM file with the federation's certificate; repeat during a change of keys.")
    ],
    registration_authority: Annotated[
        list[str] | None,
        typer.Option(help="Only entities that this federation registered; repeat for more. Left out: all."),
    ] = None,
    mdq: Annotated[
        bool, typer.Option("--mdq", help="The address answers for one entity at a time (Metadata Query Protocol).")
    ] = False,
    spoken: LanguageOption = None,
) -> None:
    """Load a federation's signed metadata. From an address, the worker reads it again every hour."""
    lang = language(spoken)
    settings = configuration.load()
    described = Description(
        name=name.strip(),
        location=location if _is_address(location) else Path(location).name,
        certificates=tuple(dict.fromkeys(one for path in certificate for one in _pinned(path, lang))),
        authorities=tuple(registration_authority) if registration_authority else None,
        mdq=mdq,
    )
    if mdq and not _is_address(location):
        raise MetadataRefused(_say(lang, "refusal.mdq_file"))
    try:
        taken, lost = asyncio.run(_loaded(settings, described, location, lang))
    except Refused as refused:
        typer.secho(_say(lang, "said.nothing", why=why(refused, lang)), fg=typer.colors.RED)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(importing.INTERRUPTED) from None
    if taken is None:
        typer.echo(_say(lang, "said.mdq", name=described.name))
    else:
        _print(described.name, taken, lang)
    _print_lost(lost, lang)
    raise typer.Exit(int(bool(lost)))


def _is_address(location: str) -> bool:
    return "://" in location


def _pinned(path: Path, lang: str) -> list[str]:
    """The certificates in a file, if what they sign can be believed."""
    from auth.federation import signature  # with the XML libraries, which no other command needs

    try:
        return signature.pinned(path.read_bytes())
    except (OSError, signature.UnusableCertificate) as error:
        reason = error.strerror or "" if isinstance(error, OSError) else str(error)
        raise MetadataRefused(_say(lang, "refusal.no_certificate", file=str(path), why=reason)) from None


async def _loaded(
    settings: Settings, described: Description, location: str, lang: str
) -> tuple[Taken | None, list[str]]:
    """What was taken, and which registered identity providers it no longer describes."""
    if described.mdq:
        addresses.check(location, at_home=settings.on_loopback)
        async with database.transactions(settings) as begin, begin() as session:
            await sources.put_mdq(session, described)
            return None, await sources.undescribed(session, described.name)
    with tempfile.TemporaryDirectory(prefix="mutua-metadata-") as folder, _progress(lang) as watch:
        document = Path(folder) / "document"
        if _is_address(location):
            at_home = settings.on_loopback
            await fetching.download(location, document, at_home=at_home, watch=lambda length: watch("fetching", length))
        else:
            fetching.copy(Path(location), document)
        watch("verifying", document.stat().st_size)
        async with database.transactions(settings) as begin:
            taken = await sources.establish(begin, described, document)
            async with begin() as session:
                return taken, await sources.undescribed(session, described.name)


@contextmanager
def _progress(lang: str) -> Iterator[Callable[[str, int], None]]:
    """Bytes fetched or verified, on the screen while it lasts."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), DownloadColumn(), TimeElapsedColumn())
    console = Console()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("…", total=None)

        def watch(phase: str, length: int) -> None:
            progress.update(task, description=_say(lang, f"said.{phase}"), completed=length)

        yield watch


def _print(name: str, taken: Taken, lang: str) -> None:
    changes = asdict(taken.changes)
    if taken.found is None:
        typer.echo(_say(lang, "said.each" if any(changes.values()) else "said.same", name=name, **changes))
        return
    until = _moment(taken.found.valid_until) or _say(lang, "said.without_end")
    typer.echo(_say(lang, "said.taken", name=name, entities=taken.found.entities, until=until, **changes))
    if taken.found.left_out:
        rules = [_say(lang, f"left_out.{rule}", count=count) for rule, count in sorted(taken.found.left_out.items())]
        typer.echo(_say(lang, "said.left_out", what=" · ".join(rules)))


def _print_lost(lost: list[str], lang: str) -> None:
    if lost:
        typer.secho(_say(lang, "said.lost", issuers=", ".join(lost)), fg=typer.colors.RED)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


@app.command("list")
def list_(spoken: LanguageOption = None) -> None:
    """Show the sources, until when what they said is good, and what is the matter with them."""
    lang = language(spoken)

    async def read(begin: Transactions) -> list[tuple[MetadataSource, int]]:
        async with begin() as session:
            return [(one, await sources.size(session, one)) for one in await sources.every(session)]

    names = ("name", "location", "entities", "valid_until", "checked_at", "problem")
    table = Table(*(Column(_say(lang, f"shown.{name}"), overflow="fold") for name in names))
    for source, entities in asyncio.run(_within(read)):
        problem = _problem(source, lang)
        moments = (_moment(source.valid_until), _moment(source.checked_at))
        table.add_row(*map(escape, (source.name, source.location, str(entities), *moments, problem)))
    Console().print(table)


def _problem(source: MetadataSource, lang: str) -> str:
    if source.problem is None:
        return ""
    wrong, detail = written(source.problem)
    return _say(lang, f"refused.{wrong}", detail=detail)


@app.command()
def show(
    name: Name,
    find: Annotated[
        str | None, typer.Option(help="List its identity providers with this in name, id or scope.")
    ] = None,
    spoken: LanguageOption = None,
) -> None:
    """Show one source: whose signature counts, and what it describes."""
    lang = language(spoken)
    console = Console()

    async def read(begin: Transactions) -> tuple[MetadataSource, int, sources.Listed]:
        async with begin() as session:
            source = await _source(session, name, lang)
            return source, await sources.size(session, source), await sources.find(session, source, find or "", SHOWN)

    source, entities, (found, count) = asyncio.run(_within(read))
    facts = {
        "name": source.name,
        "location": source.location + (" (MDQ)" if source.mdq else ""),
        "entities": str(entities),
        "authorities": "\n".join(source.registration_authorities or ()),
        "valid_until": _moment(source.valid_until),
        "refreshed_at": _moment(source.refreshed_at),
        "checked_at": _moment(source.checked_at),
        "problem": _problem(source, lang),
        "certificate": "\n".join(map(_described, source.certificates)),
    }
    table = Table(Column(overflow="fold"), Column(overflow="fold"), show_header=False)
    for key, value in facts.items():
        if value:
            table.add_row(escape(_say(lang, f"shown.{key}")), escape(value))
    console.print(table)
    if find is not None:
        listed = Table(*(Column(title, overflow="fold") for title in ("entityID", *_titles(lang))))
        for row in found:
            scopes = "\n".join([*row.scopes, *row.scope_patterns])
            listed.add_row(*map(escape, (row.entity_id, messages.localised(row.names, lang), scopes)))
        console.print(listed)
        if count > len(found):
            typer.echo(_say(lang, "said.more", count=count - len(found)))


def _titles(lang: str) -> tuple[str, str]:
    return _say(lang, "shown.name"), _say(lang, "shown.scopes")


def _described(pem: str) -> str:
    """A certificate as a federation's web page shows it, to compare."""
    from auth.federation import signature

    fingerprint, until = signature.described(pem.encode())
    return f"SHA-256 {fingerprint} ({until:%Y-%m-%d})"


@app.command()
def refresh(
    name: Annotated[
        str | None, typer.Argument(help="The source's name; left out: all that are read from an address.")
    ] = None,
    spoken: LanguageOption = None,
) -> None:
    """Read metadata again now, as the worker does every hour. Exit code 1: a new copy was no good."""
    lang, settings = language(spoken), configuration.load()

    async def read(begin: Transactions) -> bool:
        async with begin() as session:
            chosen = [await _source(session, name, lang)] if name else await sources.every(session)
        if name and not sources.read_by_address(chosen[0]):
            raise MetadataRefused(_say(lang, "refusal.by_hand", name=name))
        chosen = [one for one in chosen if sources.read_by_address(one)]
        if not chosen:
            typer.echo(_say(lang, "said.nothing_to_refresh"))
        return all([await _refreshed(begin, settings, one, lang) for one in chosen])

    if not asyncio.run(_within(read)):
        raise typer.Exit(1)


async def _refreshed(begin: Transactions, settings: Settings, source: MetadataSource, lang: str) -> bool:
    try:
        with _progress(lang) as watch:
            taken = await refreshing.refresh(begin, source, at_home=settings.on_loopback, watch=watch)
    except Refused as refused:
        typer.secho(_say(lang, "said.kept", name=source.name, why=why(refused, lang)), fg=typer.colors.RED)
        return False
    _print(source.name, taken, lang)
    async with begin() as session:
        _print_lost(await sources.undescribed(session, source.name), lang)
    return True


@app.command()
def remove(name: Name, spoken: LanguageOption = None) -> None:
    """Forget a source and all that it said. Identity providers that use it must go first."""
    lang = language(spoken)

    async def done(begin: Transactions) -> None:
        async with begin() as session:
            try:
                await sources.remove(session, await _source(session, name, lang))
            except sources.InUse as error:
                raise MetadataRefused(_say(lang, "refusal.in_use", issuers=str(error))) from None

    asyncio.run(_within(done))
    typer.echo(_say(lang, "said.removed", name=name))


async def _source(session: AsyncSession, name: str, lang: str) -> MetadataSource:
    source = await sources.by_name(session, name)
    if source is None:
        raise MetadataRefused(_say(lang, "refusal.unknown", name=name))
    return source


async def _within(done: Callable[[Transactions], Awaitable[Made]]) -> Made:
    async with database.transactions(configuration.load()) as begin:
        return await done(begin)
