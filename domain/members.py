"""Lookups of members, of the identity providers that speak for them and of the networks that are theirs."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address, IPv6Address
from uuid import UUID

from sqlalchemy import Select, and_, delete, exists, func, or_, select, text, tuple_, union, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models import federation, identity, party
from models.columns import Localised
from models.vocabulary import IdentityProtocol

_ROR = "https://ror.org/"
_ON_NETWORK = text("SELECT member_id, walk_ins FROM members_on_network(CAST(:address AS inet))")


@dataclass(frozen=True, slots=True)
class Name:
    member_id: UUID
    name: Localised


@dataclass(frozen=True, slots=True)
class Choice:
    """An identity provider that a person can really sign in with, and the members that it speaks for."""

    issuer: str
    name: Localised
    members: tuple[Name, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policies:
    """What one provider may do and must do."""

    unsolicited: bool = False
    proxied_issuers: tuple[str, ...] = ()
    force_authn: bool = False
    mfa_for_roles: bool = False


NO_POLICIES = Policies()


@dataclass(frozen=True, slots=True)
class Registered:
    """An identity provider in use, as it is registered."""

    issuer: str
    protocol: IdentityProtocol
    sealed_secret: str | None
    scopes: frozenset[str]


class UnknownScope(Exception):
    """Scopes that belong to no member: nothing is registered for them."""


async def by_code(session: AsyncSession, code: str) -> party.Member | None:
    """The member that import files and commands call so."""
    found = await session.execute(
        select(party.Member)
        .join(party.Party, col(party.Party.id) == col(party.Member.id))
        .where(col(party.Party.code) == code)
    )
    return found.scalar_one_or_none()


async def called(session: AsyncSession, name: str) -> UUID | None:
    """The member that has this code, ISIL, ROR id (with or without its resolver) or scope; None where several do."""
    written = name.strip()
    ror = written.lower().removeprefix(_ROR)
    of_code = select(col(party.Member.id)).join(party.Party, col(party.Party.id) == col(party.Member.id))
    pairs = [("isil", written), ("ror", ror), ("ror", f"{_ROR}{ror}")]
    identifier, scope = party.MemberIdentifier, party.MemberScope
    found = await session.execute(
        union(
            of_code.where(col(party.Party.code) == written),
            select(col(identifier.member_id)).where(
                tuple_(col(identifier.namespace), col(identifier.value)).in_(pairs)
            ),
            select(col(scope.member_id)).where(col(scope.scope) == written.lower()),
        )
    )
    meant = found.scalars().all()
    return meant[0] if len(meant) == 1 else None


async def names_and_contacts(
    session: AsyncSession, member_ids: Iterable[UUID]
) -> dict[UUID, tuple[Localised, str | None]]:
    """What members are called, and the page where their readers find a librarian."""
    found = await session.execute(
        select(col(party.Party.id), col(party.Party.name), col(party.Member.contact))
        .join(party.Member, col(party.Member.id) == col(party.Party.id))
        .where(col(party.Party.id).in_(list(member_ids)))
    )
    return {key: (name, contact) for key, name, contact in found}


async def on_network(session: AsyncSession, address: IPv4Address | IPv6Address) -> dict[UUID, bool]:
    """Members on whose network the address is, and whether whoever is there is a walk-in of theirs."""
    found = await session.execute(_ON_NETWORK, {"address": str(address)})
    return dict(found.all())


def _usable(demo: bool) -> Select[identity.IdentityProvider]:
    """Providers that can really sign somebody in: OpenID providers that know us, and SAML ones that their source
    describes at this moment, with an address for us to ask and a key to believe.
    """
    provider, entity = identity.IdentityProvider, federation.SamlEntity
    described = exists().where(
        col(entity.source_id) == provider.metadata_source_id,
        col(entity.entity_id) == provider.issuer,
        or_(col(entity.valid_until).is_(None), col(entity.valid_until) > func.now()),
        col(entity.signing_certificates) != [],
        col(entity.single_sign_on) != {},
    )
    knows_us = and_(col(provider.protocol) == IdentityProtocol.OIDC, col(provider.client_id).is_not(None))
    by_saml = and_(col(provider.protocol) == IdentityProtocol.SAML, described)
    usable = select(provider).where(col(provider.enabled), or_(knows_us, by_saml))
    return usable if demo else usable.where(~col(provider.demo))


@dataclass(frozen=True, slots=True)
class Registration:
    """An identity provider as an operator registered it. `usable`: it can sign somebody in at this moment."""

    issuer: str
    protocol: IdentityProtocol
    name: Localised
    enabled: bool
    usable: bool
    source: str | None
    """Whose metadata describes it."""
    policies: Policies
    scopes: tuple[str, ...]
    members: tuple[Name, ...]


async def registrations(session: AsyncSession, *, demo: bool) -> list[Registration]:
    """Every provider, in use or not, by issuer."""
    source = federation.MetadataSource
    provider, scope, of_member = identity.IdentityProvider, identity.IdentityProviderScope, party.MemberScope
    usable = set((await session.execute(_usable(demo).with_only_columns(col(provider.id)))).scalars())
    scopes: dict[UUID, list[tuple[str, Name]]] = {}
    named = (
        select(col(scope.provider_id), col(scope.scope), col(party.Party.id), col(party.Party.name))
        .join(of_member, col(of_member.scope) == col(scope.scope))
        .join(party.Party, col(party.Party.id) == col(of_member.member_id))
        .order_by(col(scope.scope))
    )
    for provider_id, name, member_id, called in await session.execute(named):
        scopes.setdefault(provider_id, []).append((name, Name(member_id, called)))
    found = await session.execute(
        select(provider, col(source.name))
        .outerjoin(source, col(source.id) == col(provider.metadata_source_id))
        .order_by(col(provider.issuer))
    )
    return [
        Registration(
            row.issuer,
            row.protocol,
            row.name,
            row.enabled,
            row.id in usable,
            source_name,
            Policies(row.unsolicited, tuple(row.proxied_issuers), row.force_authn, row.mfa_for_roles),
            tuple(name for name, _ in scopes.get(row.id, ())),
            tuple({one.member_id: one for _, one in scopes.get(row.id, ())}.values()),
        )
        for row, source_name in found
    ]


async def providers(session: AsyncSession, *, demo: bool) -> list[Registered]:
    """Every provider in use, by issuer."""
    scope = identity.IdentityProviderScope
    of_provider: dict[UUID, set[str]] = {}
    for provider_id, name in await session.execute(select(col(scope.provider_id), col(scope.scope))):
        of_provider.setdefault(provider_id, set()).add(name)
    found = await session.execute(_usable(demo).order_by(col(identity.IdentityProvider.issuer)))
    return [
        Registered(row.issuer, row.protocol, row.client_secret, frozenset(of_provider.get(row.id, ())))
        for row in found.scalars()
    ]


async def usable_provider(session: AsyncSession, issuer: str, *, demo: bool) -> identity.IdentityProvider | None:
    """The provider by its issuer. `demo`: whether providers of the demo, whose passwords are on the screen, count."""
    return (
        await session.execute(_usable(demo).where(col(identity.IdentityProvider.issuer) == issuer))
    ).scalar_one_or_none()


async def provider(session: AsyncSession, provider_id: UUID, *, demo: bool) -> identity.IdentityProvider | None:
    return (
        await session.execute(_usable(demo).where(col(identity.IdentityProvider.id) == provider_id))
    ).scalar_one_or_none()


async def registered(session: AsyncSession, provider_id: UUID) -> dict[str, UUID]:
    """The scopes within which a provider's word counts, and the member each one names."""
    scope = identity.IdentityProviderScope
    found = await session.execute(
        select(col(scope.scope), col(party.MemberScope.member_id))
        .join(party.MemberScope, col(party.MemberScope.scope) == col(scope.scope))
        .where(col(scope.provider_id) == provider_id)
    )
    return dict(found.all())


async def choices(
    session: AsyncSession, *, demo: bool, scope: str | None = None, member_id: UUID | None = None
) -> list[Choice]:
    """Who can really sign in: providers in use that are registered for a scope, by issuer."""
    provider_scope, member_scope = identity.IdentityProviderScope, party.MemberScope
    offered = (
        _usable(demo)
        .join(provider_scope, col(provider_scope.provider_id) == col(identity.IdentityProvider.id))
        .join(member_scope, col(member_scope.scope) == col(provider_scope.scope))
        .join(party.Party, col(party.Party.id) == col(member_scope.member_id))
        .add_columns(col(member_scope.scope), col(party.Party.id), col(party.Party.name))
        .order_by(col(identity.IdentityProvider.issuer), col(member_scope.scope))
    )
    found: dict[str, Choice] = {}
    for row, of_scope, of_member, name in await session.execute(offered):
        known = found.get(row.issuer, Choice(row.issuer, row.name, (), ()))
        named = (
            known.members
            if of_member in {one.member_id for one in known.members}
            else (*known.members, Name(of_member, name))
        )
        found[row.issuer] = Choice(row.issuer, row.name, named, (*known.scopes, of_scope))
    return [
        choice
        for choice in found.values()
        if (scope is None or scope.lower() in choice.scopes)
        and (member_id is None or member_id in {one.member_id for one in choice.members})
    ]


async def register_provider(
    session: AsyncSession,
    *,
    issuer: str,
    name: Localised,
    client_id: str,
    sealed_secret: str | None,
    scopes: Iterable[str],
    demo: bool = False,
    policies: Policies = NO_POLICIES,
) -> UUID:
    """Add an OpenID Connect provider, or replace what is known of it. Raises UnknownScope."""
    known = {"client_id": client_id, "client_secret": sealed_secret, "metadata_source_id": None}
    return await _register(session, IdentityProtocol.OIDC, issuer, name, scopes, demo, known, policies)


async def register_saml_provider(
    session: AsyncSession,
    *,
    entity_id: str,
    name: Localised,
    source_id: UUID,
    scopes: Iterable[str],
    policies: Policies = NO_POLICIES,
    demo: bool = False,
) -> UUID:
    """Add a SAML identity provider that a metadata source describes, or replace what is known of it.

    Raises UnknownScope.
    """
    known = {"client_id": None, "client_secret": None, "metadata_source_id": source_id}
    return await _register(session, IdentityProtocol.SAML, entity_id, name, scopes, demo, known, policies)


async def _register(
    session: AsyncSession,
    protocol: IdentityProtocol,
    issuer: str,
    name: Localised,
    scopes: Iterable[str],
    demo: bool,
    known: Mapping[str, object],
    policies: Policies,
) -> UUID:
    wanted = {scope.lower() for scope in scopes}
    found = await session.execute(select(col(party.MemberScope.scope)).where(col(party.MemberScope.scope).in_(wanted)))
    if missing := wanted - set(found.scalars()):
        raise UnknownScope(", ".join(sorted(missing)))
    values = {"protocol": protocol, "name": name, "enabled": True, "demo": demo, **known, **asdict(policies)}
    values["proxied_issuers"] = list(policies.proxied_issuers)
    made = await session.execute(
        insert(identity.IdentityProvider)
        .values(issuer=issuer, **values)
        .on_conflict_do_update(index_elements=["issuer"], set_=values)
        .returning(col(identity.IdentityProvider.id))
    )
    provider_id: UUID = made.scalar_one()
    scope = identity.IdentityProviderScope
    await session.execute(delete(scope).where(col(scope.provider_id) == provider_id))
    if wanted:
        await session.execute(insert(scope), [{"provider_id": provider_id, "scope": one} for one in sorted(wanted)])
    return provider_id


async def switch_provider(session: AsyncSession, issuer: str, *, enabled: bool) -> bool:
    """Let a provider sign people in, or not. False: it isn't registered."""
    provider = identity.IdentityProvider
    switched = await session.execute(
        update(provider).where(col(provider.issuer) == issuer).values(enabled=enabled).returning(col(provider.id))
    )
    return switched.first() is not None
