"""`mutua identity-provider …`: the sign-in services that Mutua believes, each within its registered scopes."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from api import database
from api import settings as configuration
from api.commands import keys
from auth import oidc
from auth.refusals import Refusal
from auth.sign_in import believable
from domain import members, messages
from domain.keys import Purpose

app = typer.Typer(help="Register the identity providers of members.", no_args_is_help=True)


class ProviderRefused(Exception):
    """The provider can't be registered; the text is the one line to print."""


@app.command()
def add(
    issuer: Annotated[str, typer.Option(help="The OpenID issuer, exactly as its discovery document writes it.")],
    client_id: Annotated[str, typer.Option(help="Mutua's client id at this provider.")],
    scope: Annotated[
        list[str], typer.Option(help="A scope (domain) that the provider may speak for; repeat for more.")
    ],
    name_zh: Annotated[str, typer.Option(help="The provider's Chinese name.")] = "",
    name_en: Annotated[str, typer.Option(help="The provider's English name.")] = "",
    client_secret: Annotated[
        str | None,
        typer.Option(
            envvar="IDENTITY_PROVIDER_CLIENT_SECRET",
            help="Better given in the environment or at the prompt than on the command line, where others can see it.",
        ),
    ] = None,
) -> None:
    """Register an OpenID Connect provider, or replace what is known of it. Its discovery document is read first."""
    settings = configuration.load()
    name = {lang: text for lang, text in (("zh", name_zh), ("en", name_en)) if text}
    if not name:
        raise ProviderRefused("a name is needed: --name-zh, --name-en or both")
    if not believable(issuer, settings.public_url):
        raise ProviderRefused("the issuer must be an https address (plain http counts on loopback only)")
    if client_secret is None:
        client_secret = typer.prompt("Client secret (empty: a public client)", default="", hide_input=True)
    asyncio.run(_add(settings, issuer, client_id, client_secret, scope, name))
    typer.echo(f"{issuer} may sign people in for {', '.join(sorted(scope))}.")
    typer.echo(f"Its redirect address for Mutua: {settings.public_url}/login/callback")


async def _add(
    settings: configuration.Settings, issuer: str, client_id: str, secret: str, scopes: list[str], name: dict[str, str]
) -> None:
    try:
        await oidc.Directory().metadata(issuer)
    except Refusal as error:
        raise ProviderRefused(f"{issuer} is no OpenID provider that can be reached: {error.cause}") from error
    sealed = keys.of(settings).seal(Purpose.PROVIDERS, secret.encode()) if secret else None
    async with database.transactions(settings) as transaction, transaction() as session:
        try:
            await members.register_provider(
                session, issuer=issuer, name=name, client_id=client_id, sealed_secret=sealed, scopes=scopes
            )
        except members.UnknownScope as error:
            raise ProviderRefused(f"no member has the scope {error}") from error


@app.command("list")
def list_() -> None:
    """Show who can sign in, and through which provider."""
    settings = configuration.load()
    table = Table(*(Column(title, overflow="fold") for title in ("Issuer", "Name", "Scopes", "Members")))
    for choice in asyncio.run(_choices(settings)):
        names = [" ".join(one.name.values()) for one in choice.members]
        table.add_row(choice.issuer, messages.localised(choice.name), "\n".join(choice.scopes), "\n".join(names))
    Console().print(table)


async def _choices(settings: configuration.Settings) -> list[members.Choice]:
    async with database.transactions(settings) as transaction, transaction() as session:
        return await members.choices(session, demo=settings.demo)
