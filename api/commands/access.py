"""`mutua access`: may this reader of a member use this so, why, and what would change it. For support staff."""

import asyncio
import os
import re
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

import orjson
import typer
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncSession

from api import database
from api import settings as configuration
from api.commands import access_told
from api.commands.wording import LanguageOption, language
from domain import dates, explanation, grounds, members
from domain.catalogue import identifiers
from domain.decisions import Asked
from domain.principal import Membership, Principal, Viewer
from domain.rights import compilation, qualifiers
from domain.rights.answer import Context, Use
from domain.rights.decide import decide
from models.vocabulary import Action, Affiliation, LimitKind, Role
from schema.kit import ids

app = typer.Typer()


class NothingToAsk(Exception):
    """What was typed names nothing; the text is the one line to print."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The question as it was typed."""

    member: str
    resource: str
    action: Action
    affiliations: frozenset[Affiliation]
    entitlements: frozenset[str]
    on_site: bool
    territory: str | None
    context: Context


@app.command()
def access(
    member: Annotated[str, typer.Argument(help="Whose reader: the member's code, ISIL, ROR id or scope.")],
    resource: Annotated[
        str, typer.Argument(help="What: ISSN, DOI or ISBN, an id, or NAMESPACE:VALUE for any other identifier.")
    ],
    action: Annotated[Action, typer.Option(help="To do what.")] = Action.VIEW,
    as_: Annotated[
        str,
        typer.Option("--as", help="What the reader is there: student, faculty, staff, alum … Commas between several."),
    ] = Affiliation.MEMBER.value,
    entitlement: Annotated[
        list[str] | None, typer.Option(help="An eduPersonEntitlement value, for classes of users; repeat for more.")
    ] = None,
    on_site: Annotated[bool, typer.Option("--on-site", help="On the member's network.")] = False,
    on: Annotated[str | None, typer.Option(help="On which day (2027-01-31). Left out: today, at the member.")] = None,
    published: Annotated[
        str | None, typer.Option(help="Of which date: 2011, 2011-03 or 2011-03-14. Left out: any part.")
    ] = None,
    territory: Annotated[
        str | None, typer.Option(help="In which country (ISO 3166-1: CN). Left out: the member's.")
    ] = None,
    purpose: Annotated[str | None, typer.Option(help="What the use is for, as the licence says it.")] = None,
    recipient: Annotated[str | None, typer.Option(help="Who gets it.")] = None,
    method: Annotated[str | None, typer.Option(help="How it is done.")] = None,
    part: Annotated[str | None, typer.Option(help="How much of it: 10%, or a description.")] = None,
    spoken: LanguageOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead, for programs.")] = False,
) -> None:
    """Ask whether a reader may use something so, and why. Exit code 0: granted; 1: refused; 2: no such thing to ask."""
    asked = Typed(
        member,
        resource,
        action,
        _affiliations(as_),
        frozenset(entitlement or ()),
        on_site,
        _country(territory),
        Context(on=_day(on), published=_published(published), use=Use(purpose, recipient, method, _part(part))),
    )
    lang = language(spoken)
    account = asyncio.run(_asked(configuration.load(), asked, lang))
    _print(orjson.dumps(account.as_json()).decode() + "\n" if json else _drawn(account))
    if not account.granted:
        raise typer.Exit(1)


def _drawn(account: access_told.Account) -> str:
    console = Console()
    with console.capture() as drawn:
        account.show(console)
    return drawn.get()


def _print(text: str) -> None:
    """Whoever reads it may stop reading before the end: the exit code still tells the answer."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _asked(settings: configuration.Settings, typed: Typed, lang: str) -> access_told.Account:
    async with database.transactions(settings) as begin, begin() as session:
        member_id = await members.called(session, typed.member)
        if member_id is None:
            raise NothingToAsk(f"no member, or more than one, has the code, ISIL, ROR id or scope {typed.member}")
        resource_id = await _resource(session, typed.resource)
        if resource_id is None:
            raise NothingToAsk(f"the catalogue has nothing with the ISSN, DOI, ISBN or id {typed.resource}")
        grants = await compilation.compile(session)
        reader = Membership(member_id, typed.affiliations, typed.entitlements)
        on_site = frozenset({member_id} if typed.on_site else ())
        asked = Asked(Principal((reader,), on_site, typed.territory), typed.context, datetime.now(UTC), grants.epoch)
        answer = decide(grants, asked.principal, resource_id, typed.action, asked.context, asked.at)
        operator = _operator(member_id)
        told = grounds.behind(grants, asked, answer, operator)
        change = grounds.would_grant(grants, asked, answer, operator, own=False)
        names = await grounds.names(session, grounds.named(told.checks) | grounds.of_change(change))
        facts = await explanation.gather(session, answer, operator, asked)
        return access_told.account(answer, facts, told.checks, change, names, lang)


def _operator(member_id: UUID) -> Viewer:
    """Whoever runs commands reads the tables anyway."""
    return Viewer(Principal((Membership(member_id, roles=frozenset({Role.CONSORTIUM_ADMIN})),)))


async def _resource(session: AsyncSession, written: str) -> UUID | None:
    """What is meant by it: an id of ours, or the first kind of identifier whose form it has and that is there."""
    return next((one for one in await identifiers.find(session, _meant(written)) if one), None)


def _meant(written: str) -> list[UUID | identifiers.Identifier]:
    text = written.strip()
    if key := ids.decode(text, "Resource"):
        return [key]
    try:
        return [UUID(text)]
    except ValueError:
        namespace, _, value = text.partition(":")
        kinds = [(kind, text) for kind in ("doi", "issn", "isbn")]
        if value and namespace.isidentifier():
            kinds.append((namespace, value))
        return [identifiers.Identifier(*kind) for kind in kinds]


def _affiliations(written: str) -> frozenset[Affiliation]:
    try:
        return frozenset(Affiliation(word.strip()) for word in written.split(",") if word.strip())
    except ValueError as error:
        known = ", ".join(Affiliation)
        raise NothingToAsk(f"--as {written}: an affiliation is one of {known}") from error


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError as error:
        raise NothingToAsk(f"--on {written}: a day is written like 2027-01-31") from error


def _published(written: str | None) -> tuple[date, date] | None:
    try:
        found = dates.read(written) if written else None
    except ValueError as error:
        raise NothingToAsk(f"--published {written}: a date is written like 2011, 2011-03 or 2011-03-14") from error
    return (found.first, found.last) if found else None


def _country(written: str | None) -> str | None:
    if written is None:
        return None
    code = written.strip().upper()
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        raise NothingToAsk(f"--territory {written}: a country is two letters, like CN")
    return code


_MEANT_AS_A_PERCENTAGE = re.compile(r"[-+−]\s*[0-9].*|[-+−]?\s*\S*\s*(%|％|per ?cent)", re.IGNORECASE)


def _part(written: str | None) -> str | None:
    """A percentage as licences write it, or any description of a part."""
    if written and _MEANT_AS_A_PERCENTAGE.fullmatch(written.strip()):
        share = qualifiers.quantity(written)
        if share is None or share[0] is not LimitKind.PERCENT or qualifiers.more_than_all(written):
            raise NothingToAsk(f"--part {written}: a percentage is written like 10%, from 0 to 100")
    return written
