"""`mutua doctor`: looks at everything a server needs, and says of each thing that it is fine, or what to do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import orjson
import typer
from sqlalchemy.exc import SQLAlchemyError

from api import database
from api import settings as configuration
from api.commands.wording import LanguageOption, language
from api.embedded import EmbeddedError
from api.examination import configured, federation, providers, stored
from api.examination.finding import Area, Finding, one_line, to_do
from api.settings import Settings
from domain import members, messages
from domain.content.store import Store
from domain.keys import KeyStore, KeysUnusable

app = typer.Typer()


@app.command()
def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead, for programs.")] = False,
    spoken: LanguageOption = None,
) -> None:
    """Look at settings, database, metadata, sign-in, clocks, keys, content. Exit code 1: something is to do."""
    lang = language(spoken)
    findings = asyncio.run(_examined(configuration.load()))
    typer.echo(_json(findings, lang) if json else "\n".join(_lines(findings, lang)))
    if not all(finding.fine for finding in findings):
        raise typer.Exit(1)


async def _examined(settings: Settings) -> list[Finding]:
    """In the order of the areas, whatever was looked at first."""
    found = [
        *configured.settings(settings),
        *configured.key_store(settings),
        *stored.content_store(settings.content_dir),
        *[finding async for finding in _behind_database(settings)],
    ]
    areas = list(Area)
    return sorted(found, key=lambda finding: areas.index(finding.area))


async def _behind_database(settings: Settings) -> AsyncIterator[Finding]:
    """What can be looked at only where the database answers: the rest waits until it does."""
    try:
        with database.reached(settings) as urls:
            pool = database.engine(urls.app)
            try:
                async with database.as_everybody(database.sessions(pool))() as session:
                    async for finding in stored.database(session):
                        yield finding
                    yield await stored.clock(session)
                    if not await stored.migrated(session):
                        return
                    async for finding in stored.rights(session):
                        yield finding
                    async for finding in stored.content_items(session, Store(settings.content_dir)):
                        yield finding
                    async for finding in federation.metadata(session):
                        yield finding
                    by_saml = await federation.providers(session, demo=settings.demo)
                    registered = await members.providers(session, demo=settings.demo)
            finally:
                await pool.dispose()
    except (SQLAlchemyError, EmbeddedError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        yield to_do(Area.DATABASE, "database_unreachable", cause=one_line(cause))
        return
    if not registered and not by_saml:
        yield to_do(Area.PROVIDERS, "provider_none")
    for finding in [*by_saml, *await providers.providers(registered, _keys(settings))]:
        yield finding


def _keys(settings: Settings) -> KeyStore | None:
    """The server's keys, never made here; None: they can't be used, which is a finding of its own."""
    try:
        return KeyStore(settings.key_dir, create=False, demo=settings.demo)
    except KeysUnusable:
        return None


def _lines(findings: Sequence[Finding], lang: str) -> list[str]:
    def say(key: str, **facts: str | int) -> str:
        return messages.sentence(f"operation.{key}", lang, **facts)

    lines = [
        say(
            "verdict.line",
            verdict=say("verdict.fine" if one.fine else "verdict.to_do"),
            area=say(f"area.{one.area}"),
            finding=one.message(lang),
        )
        for one in findings
    ]
    count = sum(not one.fine for one in findings)
    return [*lines, "", say("verdict.some_to_do", count=count) if count else say("verdict.all_fine")]


def _json(findings: Sequence[Finding], lang: str) -> str:
    told = [
        {
            "area": one.area.value,
            "code": one.code,
            "fine": one.fine,
            "facts": dict(one.facts),
            "message": one.message(lang),
        }
        for one in findings
    ]
    return orjson.dumps({"fine": all(one.fine for one in findings), "findings": told}).decode()
