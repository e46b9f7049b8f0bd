"""`mutua client …`: apps and partners' systems, which ask in a person's name or in their own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from api import database
from api import settings as configuration
from api.commands import keys
from api.commands.account import actor
from api.commands.roles import MemberUnknown
from api.settings import Settings
from domain import clients, members, messages
from domain.acts.act import Act, ActRefused
from domain.clients import KEEP_OLD, NewClient, Registered
from models.client import Client
from models.vocabulary import ClientAuthentication

Made = TypeVar("Made")

app = typer.Typer(help="Register apps and partners' systems.", no_args_is_help=True)

ClientId = Annotated[UUID, typer.Argument(help="The client_id that `mutua client list` shows.")]
Reason = Annotated[str | None, typer.Option(help="Why, for whoever reads the record later.")]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--jwks", help="A file with the public keys that it signs with (JWK Set).", exists=True, dir_okay=False
    ),
]


class ClientRefused(Exception):
    """It can't be done; the text is the one line to print."""


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What people call it.")],
    scope: Annotated[list[str], typer.Option(help="What it may ask for (docs/scopes.md); repeat for more.")],
    authentication: Annotated[
        ClientAuthentication,
        typer.Option(
            help="none: an app in a browser or on a phone. Others have a server that keeps a secret or a key."
        ),
    ] = ClientAuthentication.CLIENT_SECRET,
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Where people are led back to, letter by letter; repeat for more.")
    ] = None,
    post_logout_redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Where they are led to after signing out; repeat for more.")
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="An origin whose pages may call; left out: of a public app those of its redirect URIs."),
    ] = None,
    member: Annotated[
        str | None, typer.Option(help="Code of the member for which alone it acts; left out: the consortium's.")
    ] = None,
    acts_for: Annotated[
        list[str] | None,
        typer.Option(help="Of the consortium's: code of a member for which it acts; repeat for more. Left out: all."),
    ] = None,
    key_file: KeyFile = None,
    reason: Reason = None,
) -> None:
    """Register an app or a partner's system, and print what to put into it. Its secret is shown this once."""
    settings = configuration.load()
    jwks = key_file.read_text("utf-8", "replace") if key_file else None

    async def done(session: AsyncSession) -> Registered:
        new = NewClient(
            name=name,
            authentication=authentication,
            scopes=scope,
            member_id=await _member(session, member) if member else None,
            acts_for=[await _member(session, code) for code in acts_for] if acts_for else None,
            redirect_uris=redirect_uri or [],
            post_logout_redirect_uris=post_logout_redirect_uri or [],
            origins=origin or None,
            jwks=jwks,
        )
        return await clients.register(session, keys.of(settings), _act("clientRegister", reason), new)

    _tell(settings, asyncio.run(_within(settings, done)))


@app.command("list")
def list_() -> None:
    """Show who is registered; never a secret."""
    table = Table(
        *(Column(title, overflow="fold") for title in ("client_id", "Name", "For", "Proves itself", "Scopes", ""))
    )
    for client, called in asyncio.run(_within(configuration.load(), _listed)):
        suspended = f"suspended {client.suspended_at:%Y-%m-%d %H:%M} UTC" if client.suspended_at else ""
        whose = "\n".join(called) or "all members"
        table.add_row(str(client.id), client.name, whose, client.authentication, "\n".join(client.scopes), suspended)
    Console().print(table)


@app.command()
def rotate_secret(
    client_id: ClientId,
    keep_old_days: Annotated[
        int,
        typer.Option(help="For how many days the secret before is good too; 0: it ends now.", min=0, max=KEEP_OLD.days),
    ] = 0,
    reason: Reason = None,
) -> None:
    """Give a client a new secret, which is shown this once."""
    settings = configuration.load()
    until = datetime.now(UTC) + timedelta(days=keep_old_days) if keep_old_days else None

    async def done(session: AsyncSession) -> Registered:
        version = await _version(session, client_id)
        act = _act("clientRotateSecret", reason)
        return await clients.rotate_secret(session, keys.of(settings), act, client_id, version, until)

    _tell(settings, asyncio.run(_within(settings, done)))
    if until:
        typer.echo(f"The secret before is good until {until:%Y-%m-%d %H:%M} UTC.", err=True)


@app.command()
def suspend(
    client_id: ClientId, reason: Annotated[str, typer.Option(help="Why, for whoever reads the record later.")]
) -> None:
    """Let a client do nothing any more: its tokens end at once."""

    async def done(session: AsyncSession) -> Client:
        return await clients.suspend(
            session, _act("clientSuspend", reason), client_id, await _version(session, client_id)
        )

    typer.echo(f"{asyncio.run(_within(configuration.load(), done)).name} is suspended.")


@app.command()
def resume(client_id: ClientId, reason: Reason = None) -> None:
    """Let a suspended client work again."""

    async def done(session: AsyncSession) -> Client:
        return await clients.resume(
            session, _act("clientResume", reason), client_id, await _version(session, client_id)
        )

    typer.echo(f"{asyncio.run(_within(configuration.load(), done)).name} may work again.")


async def _within(settings: Settings, done: Callable[[AsyncSession], Awaitable[Made]]) -> Made:
    async with database.transactions(settings) as transaction, transaction() as session:
        try:
            return await done(session)
        except ActRefused as refusal:
            said = messages.sentence(f"problem.{refusal.problem}", "en", **refusal.facts)
            raise ClientRefused(": ".join([*(".".join(refusal.path) and [".".join(refusal.path)]), said])) from refusal


def _act(name: str, reason: str | None) -> Act:
    return Act(name, reason=(reason or "").strip() or None, account=actor())


async def _member(session: AsyncSession, code: str) -> UUID:
    found = await members.by_code(session, code)
    if found is None:
        raise MemberUnknown(f"no member has the code {code}")
    return found.id


async def _version(session: AsyncSession, client_id: UUID) -> int:
    """As it stands now: whoever runs a command saw no version."""
    found = await session.scalar(select(col(Client.version)).where(col(Client.id) == client_id))
    if found is None:
        raise ClientRefused(f"no client has the client_id {client_id}")
    return int(found)


async def _listed(session: AsyncSession) -> Sequence[tuple[Client, list[str]]]:
    """Each with the members for which alone it acts."""
    found = (await session.scalars(select(Client).order_by(col(Client.id)))).all()
    of_each = [(client, await clients.members_of(session, client)) for client in found]
    told = await members.names_and_contacts(session, {key for _, keys in of_each for key in keys})
    return [(client, [messages.localised(told[key][0], "en") for key in keys]) for client, keys in of_each]


def _tell(settings: Settings, registered: Registered) -> None:
    """What the client is to be set up with."""
    client = registered.client
    facts = [("issuer", settings.public_url), ("client_id", str(client.id))]
    facts += [("client_secret", registered.secret)] if registered.secret else []
    facts += [("redirect_uri", uri) for uri in client.redirect_uris] + [("scope", " ".join(client.scopes))]
    for name, value in facts:
        typer.echo(f"{name}: {value}")
    if registered.secret:
        typer.echo("The secret is shown this once; whoever has it can ask in the client's name.", err=True)
