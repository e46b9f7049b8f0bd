"""`mutua identity-provider …`: the sign-in services that Mutua believes, each within its registered scopes."""

import asyncio
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from api import database
from api import settings as configuration
from api.commands import keys
from api.commands.federation import why
from auth import oidc
from auth.address import believable
from auth.federation import entities, refreshing, sources
from auth.federation.entities import Entity
from auth.federation.refusals import Refused
from auth.refusals import Refusal
from domain import members, messages
from domain.keys import Purpose
from models.federation import MetadataSource

app = typer.Typer(help="Register the identity providers of members.", no_args_is_help=True)


class ProviderRefused(Exception):
    """The provider can't be registered; the text is the one line to print."""


@app.command()
def add(
    scope: Annotated[
        list[str], typer.Option(help="A scope (domain) that the provider may speak for; repeat for more.")
    ],
    issuer: Annotated[
        str | None, typer.Option(help="OpenID Connect: the issuer, exactly as its discovery document writes it.")
    ] = None,
    client_id: Annotated[str | None, typer.Option(help="OpenID Connect: Mutua's client id at this provider.")] = None,
    client_secret: Annotated[
        str | None,
        typer.Option(
            envvar="IDENTITY_PROVIDER_CLIENT_SECRET",
            help="Better given in the environment or at the prompt than on the command line, where others can see it.",
        ),
    ] = None,
    entity_id: Annotated[str | None, typer.Option(help="SAML: the provider's entityID.")] = None,
    source: Annotated[
        str | None, typer.Option(help="SAML: the metadata source whose word about it counts (mutua metadata list).")
    ] = None,
    name_zh: Annotated[
        str, typer.Option(help="The provider's Chinese name. SAML: left out, as its metadata says.")
    ] = "",
    name_en: Annotated[
        str, typer.Option(help="The provider's English name. SAML: left out, as its metadata says.")
    ] = "",
    unsolicited: Annotated[
        bool, typer.Option("--unsolicited", help="SAML: it may sign people in without having been asked.")
    ] = False,
    proxied_issuer: Annotated[
        list[str] | None,
        typer.Option(help="SAML: entityID of a proxy that may answer what this one was asked; repeat for more."),
    ] = None,
    force_authn: Annotated[
        bool, typer.Option("--force-authn", help="SAML: it must ask for the password each time.")
    ] = False,
    mfa_for_roles: Annotated[
        bool, typer.Option("--mfa-for-roles", help="Roles count only after a sign-in with several factors.")
    ] = False,
) -> None:
    """Register an identity provider, or replace what is known of it: OpenID Connect by --issuer and --client-id, whose
    discovery document is read first; SAML by --entity-id and --source.
    """
    settings = configuration.load()
    name = {lang: text for lang, text in (("zh", name_zh), ("en", name_en)) if text}
    policies = members.Policies(unsolicited, tuple(proxied_issuer or ()), force_authn, mfa_for_roles)
    of_saml_alone = unsolicited or proxied_issuer or force_authn
    if entity_id and source and not (issuer or client_id):
        silent = asyncio.run(_add_saml(settings, entity_id, source, scope, name, policies))
        typer.echo(f"{entity_id} may sign people in for {', '.join(sorted(set(scope) - set(silent)))}.")
        if silent:
            typer.echo(f"Its metadata doesn't let it speak for {', '.join(silent)}: of those its word doesn't count.")
        typer.echo(f"Our metadata for it: {settings.public_url}/saml/metadata")
    elif issuer and client_id and not (entity_id or source or of_saml_alone):
        if not name:
            raise ProviderRefused("a name is needed: --name-zh, --name-en or both")
        if not believable(issuer, settings.public_url):
            raise ProviderRefused("the issuer must be an https address (plain http counts on loopback only)")
        if client_secret is None:
            client_secret = typer.prompt("Client secret (empty: a public client)", default="", hide_input=True)
        asyncio.run(_add(settings, issuer, client_id, client_secret, scope, name, policies))
        typer.echo(f"{issuer} may sign people in for {', '.join(sorted(scope))}.")
        typer.echo(f"Its redirect address for Mutua: {settings.public_url}/login/callback")
    else:
        raise ProviderRefused(
            "give --issuer and --client-id (OpenID Connect), or --entity-id and --source with its policies (SAML)"
        )


async def _add(
    settings: configuration.Settings,
    issuer: str,
    client_id: str,
    secret: str,
    scopes: list[str],
    name: dict[str, str],
    policies: members.Policies,
) -> None:
    try:
        await oidc.Directory().metadata(issuer)
    except Refusal as error:
        raise ProviderRefused(f"{issuer} is no OpenID provider that can be reached: {error.cause}") from error
    sealed = keys.of(settings).seal(Purpose.PROVIDERS, secret.encode()) if secret else None
    async with database.transactions(settings) as transaction, transaction() as session:
        try:
            await members.register_provider(
                session,
                issuer=issuer,
                name=name,
                client_id=client_id,
                sealed_secret=sealed,
                scopes=scopes,
                policies=policies,
            )
        except members.UnknownScope as error:
            raise ProviderRefused(f"no member has the scope {error}") from error


async def _add_saml(
    settings: configuration.Settings,
    entity_id: str,
    source_name: str,
    scopes: list[str],
    name: dict[str, str],
    policies: members.Policies,
) -> list[str]:
    """The scopes among the wanted ones that its metadata doesn't let it speak for."""
    async with database.transactions(settings) as begin:
        async with begin() as session:
            source = await sources.by_name(session, source_name)
        if source is None:
            raise ProviderRefused(f"no metadata source is called {source_name}: mutua import metadata")
        if source.mdq:
            await _look_up(begin, source, entity_id, at_home=settings.on_loopback)
        async with begin() as session:
            entity = await entities.of_source(session, source.id, entity_id)
            silent = _unspoken(entity, entity_id, source_name, scopes)
            try:
                await members.register_saml_provider(
                    session,
                    entity_id=entity_id,
                    name=name or (entity.names if entity else {}),
                    source_id=source.id,
                    scopes=scopes,
                    policies=policies,
                )
            except members.UnknownScope as error:
                raise ProviderRefused(f"no member has the scope {error}") from error
    return silent


async def _look_up(begin: database.Transactions, source: MetadataSource, entity_id: str, *, at_home: bool) -> None:
    try:
        await refreshing.look_up(begin, source, entity_id, at_home=at_home)
    except Refused as refused:
        raise ProviderRefused(f"{source.name} about {entity_id}: {why(refused, 'en')}") from refused


def _unspoken(entity: Entity | None, entity_id: str, source: str, scopes: list[str]) -> list[str]:
    """The scopes that it doesn't speak for. Raises ProviderRefused where it could sign nobody in."""
    if entity is None:
        raise ProviderRefused(f"{source} doesn't describe {entity_id} (mutua metadata show {source} --find …)")
    if not entity.single_sign_on or not entity.certificates:
        raise ProviderRefused("its metadata has no address to sign in at (redirect or POST, https) or no usable key")
    silent = [scope for scope in scopes if not entities.speaks_for(entity, scope)]
    if len(silent) == len(scopes):
        speaks = ", ".join([*entity.scopes, *entity.scope_patterns]) or "none at all"
        raise ProviderRefused(f"its metadata (shibmd:Scope) lets it speak for {speaks}")
    return silent


@app.command("list")
def list_() -> None:
    """Show every identity provider: through whom, for whom, by which rules, and whether it can sign people in."""
    settings = configuration.load()
    titles = ("Issuer", "Name", "Protocol", "Scopes", "Members", "Policies", "State")
    table = Table(*(Column(title, overflow="fold") for title in titles))
    for one in asyncio.run(_registrations(settings)):
        names = [" ".join(name.name.values()) for name in one.members]
        protocol = f"{one.protocol.value} ({one.source})" if one.source else one.protocol.value
        columns = ("\n".join(one.scopes), "\n".join(names), "\n".join(_policies(one.policies)), _state(one))
        table.add_row(*map(escape, (one.issuer, messages.localised(one.name), protocol, *columns)))
    Console().print(table)


def _policies(policies: members.Policies) -> Iterator[str]:
    """By the options that set them."""
    for name in ("unsolicited", "force_authn", "mfa_for_roles"):
        if getattr(policies, name):
            yield name.replace("_", "-")
    yield from (f"proxied-issuer {issuer}" for issuer in policies.proxied_issuers)


def _state(one: members.Registration) -> str:
    if not one.enabled:
        return "disabled"
    if not one.scopes:
        return "no scope"
    if not one.usable:
        return "not described" if one.source else "unusable"
    return "on"


async def _registrations(settings: configuration.Settings) -> list[members.Registration]:
    async with database.transactions(settings) as transaction, transaction() as session:
        return await members.registrations(session, demo=settings.demo)


Known = Annotated[str, typer.Argument(help="The issuer or entityID, as `mutua identity-provider list` shows it.")]


@app.command()
def enable(issuer: Known) -> None:
    """Let an identity provider sign people in again."""
    asyncio.run(_switch(issuer, enabled=True))
    typer.echo(f"{issuer} may sign people in.")


@app.command()
def disable(issuer: Known) -> None:
    """Let an identity provider sign nobody in, and end the sessions that it opened."""
    asyncio.run(_switch(issuer, enabled=False))
    typer.echo(f"{issuer} signs nobody in; the sessions that it opened are over.")


async def _switch(issuer: str, *, enabled: bool) -> None:
    async with database.transactions(configuration.load()) as transaction, transaction() as session:
        if not await members.switch_provider(session, issuer, enabled=enabled):
            raise ProviderRefused(f"no identity provider {issuer} is registered")
