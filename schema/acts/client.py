"""Acts on apps and partners' systems: registering, changing, giving a new secret, suspending, resuming."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain import clients
from domain.acts.act import Act
from models.vocabulary import ClientAuthentication
from schema.client import Client
from schema.kit.acts import Part, made, perform, problems, reason, version, whole
from schema.kit.context import Info
from schema.kit.inputs import bounded, given, key
from schema.kit.problems import Problem

_UNSET: Any = strawberry.UNSET


def _redirect_uris() -> Any:
    return strawberry.field(
        default=_UNSET,
        description="Where people may be led back to after signing in, letter by letter: https; http on 127.0.0.1 and "
        "[::1], then with any port, and on localhost; or a native app's own scheme, such as edu.example.app:/callback.",
    )


def _post_logout_redirect_uris() -> Any:
    return strawberry.field(default=_UNSET, description="Where they may be led to after signing out, likewise.")


def _jwks() -> Any:
    return strawberry.field(
        default=_UNSET,
        description="The public halves of the keys that it signs with, as the text of a JWK Set (RFC 7517): RSA from "
        "2048 bits, or EC.",
    )


@strawberry.input(description="A new app or partner's system.")
class ClientRegisterInput:
    name: str = strawberry.field(description="What people call it; readers see it where they allow it something.")
    authentication: ClientAuthentication = strawberry.field(description="How it proves itself.")
    scopes: list[str] = strawberry.field(
        description="All that it may ever be given. Without redirectUris nobody signs in through it, and it may have "
        "only what a client can have in its own name."
    )
    member: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="The member for which alone it acts; left out = the consortium's."
    )
    acts_for: list[strawberry.ID] | None = strawberry.field(
        default=_UNSET, description="Of the consortium's: the members for which it acts; left out = all."
    )
    redirect_uris: list[str] | None = _redirect_uris()
    post_logout_redirect_uris: list[str] | None = _post_logout_redirect_uris()
    origins: list[str] | None = strawberry.field(
        default=_UNSET,
        description="The origins of pages that may call from a browser (CORS); left out = those of redirectUris where "
        "it keeps no secret, else none.",
    )
    jwks: str | None = _jwks()
    reason: str | None = reason()


@strawberry.type(description="What clientRegister did.")
class ClientRegisterPayload:
    client: Client | None = whole("The new client.")
    secret: str | None = made("Its secret, shown once: only a fingerprint is kept. Null for one that has none.")
    problems: list[Problem] = problems()


@strawberry.input(description="What is different about an app or a partner's system. What is left out stays.")
class ClientUpdateInput:
    id: strawberry.ID = strawberry.field(description="The client.")
    version: int = version()
    name: str | None = strawberry.field(default=_UNSET, description="What people call it.")
    scopes: list[str] | None = strawberry.field(default=_UNSET, description="All that it may ever be given.")
    acts_for: list[strawberry.ID] | None = strawberry.field(
        default=_UNSET, description="Of the consortium's: the members for which it acts; null = all."
    )
    redirect_uris: list[str] | None = _redirect_uris()
    post_logout_redirect_uris: list[str] | None = _post_logout_redirect_uris()
    origins: list[str] | None = strawberry.field(
        default=_UNSET, description="The origins of pages that may call from a browser (CORS)."
    )
    jwks: str | None = _jwks()
    reason: str | None = reason()


@strawberry.type(description="What clientUpdate did.")
class ClientUpdatePayload:
    client: Client | None = made("The client as it stands now.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which client gets a new secret.")
class ClientRotateSecretInput:
    id: strawberry.ID = strawberry.field(description="The client.")
    version: int = version()
    keep_old_until: datetime | None = strawberry.field(
        default=_UNSET,
        description="Until when the secret before is good too, at most 7 days ahead; left out = it ends now.",
    )
    reason: str | None = reason()


@strawberry.type(description="What clientRotateSecret did.")
class ClientRotateSecretPayload:
    client: Client | None = whole("The client.")
    secret: str | None = made("Its new secret, shown once: only a fingerprint is kept.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which client may do nothing any more.")
class ClientSuspendInput:
    id: strawberry.ID = strawberry.field(description="The client.")
    version: int = version()
    reason: str = strawberry.field(description="Why, for the record.")


@strawberry.type(description="What clientSuspend did.")
class ClientSuspendPayload:
    client: Client | None = made("The client, suspended.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which suspended client may work again.")
class ClientResumeInput:
    id: strawberry.ID = strawberry.field(description="The client.")
    version: int = version()
    reason: str | None = reason()


@strawberry.type(description="What clientResume did.")
class ClientResumePayload:
    client: Client | None = made("The client, at work again.")
    problems: list[Problem] = problems()


NewClient = Annotated[ClientRegisterInput, strawberry.argument(description="The app or system.")]
ClientChanges = Annotated[ClientUpdateInput, strawberry.argument(description="Which one, and what is different.")]
NewSecret = Annotated[ClientRotateSecretInput, strawberry.argument(description="Which one.")]
Suspension = Annotated[ClientSuspendInput, strawberry.argument(description="Which one, and why.")]
Resumption = Annotated[ClientResumeInput, strawberry.argument(description="Which one.")]


async def register(info: Info, input: NewClient) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        new = clients.NewClient(
            name=input.name,
            authentication=input.authentication,
            scopes=bounded(input.scopes, "scopes") or [],
            member_id=key(input.member, "member", "Member"),
            acts_for=_members(input.acts_for),
            redirect_uris=input.redirect_uris or [],
            post_logout_redirect_uris=input.post_logout_redirect_uris or [],
            origins=None if input.origins is _UNSET else input.origins,
            jwks=input.jwks or None,
        )
        return _shown(await clients.register(session, info.context.keys, act, new))

    return await perform(info, "clientRegister", input.reason, done)


async def update(info: Info, input: ClientChanges) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        bounded(input.scopes, "scopes")
        facts = given(
            name=_told(input.name, ""),
            scopes=_told(input.scopes, []),
            redirect_uris=_told(input.redirect_uris, []),
            post_logout_redirect_uris=_told(input.post_logout_redirect_uris, []),
            origins=_told(input.origins, []),
            jwks=input.jwks,
            acts_for=_UNSET if input.acts_for is _UNSET else _members(input.acts_for),
        )
        return await clients.change(session, act, _client(input.id), input.version, facts)

    return await perform(info, "clientUpdate", input.reason, done)


async def rotate_secret(info: Info, input: NewSecret) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        until = input.keep_old_until or None
        keys, client_id = info.context.keys, _client(input.id)
        return _shown(await clients.rotate_secret(session, keys, act, client_id, input.version, until))

    return await perform(info, "clientRotateSecret", input.reason, done)


async def suspend(info: Info, input: Suspension) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await clients.suspend(session, act, _client(input.id), input.version)

    return await perform(info, "clientSuspend", input.reason, done)


async def resume(info: Info, input: Resumption) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await clients.resume(session, act, _client(input.id), input.version)

    return await perform(info, "clientResume", input.reason, done)


def _shown(done: clients.Registered) -> Part:
    return Part(done.secret, done.client)


def _client(value: strawberry.ID) -> UUID | None:
    return key(value, "id", "Client")


def _members(values: list[strawberry.ID] | None) -> list[UUID] | None:
    """The members of a list of ids; None where it was left out, or null was said. Raises ActRefused."""
    wanted = bounded(values, "actsFor")
    if wanted is None:
        return None
    found = [key(value, f"actsFor.{number}", "Member") for number, value in enumerate(wanted)]
    return [one for one in found if one]


def _told(value: Any, nothing: Any) -> Any:
    """What was said, null as nothing."""
    return nothing if value is None else value
