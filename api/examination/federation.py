"""Federations' metadata as it stands in the database, and the SAML providers that it describes. Nobody is asked."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from api.examination.finding import Area, Finding, fine, to_do
from auth.federation import entities, sources
from auth.federation.entities import Entity
from auth.federation.refusals import written
from models.federation import MetadataSource, SamlEntity
from models.identity import IdentityProvider, IdentityProviderScope
from models.vocabulary import IdentityProtocol

SILENT = timedelta(hours=3)
"""The worker looks at every source each hour."""
SOON = {True: timedelta(days=1), False: timedelta(days=7)}
"""Before what a source said ends: whether it is read from an address, where a newer copy should long be here."""
SOON_CERTIFICATE = timedelta(days=30)


async def metadata(session: AsyncSession) -> AsyncIterator[Finding]:
    """Each source: what it said last, until when that is good, and whether newer copies come."""
    for source in await sources.every(session):
        for finding in _source(source, await sources.size(session, source), datetime.now(UTC)):
            yield finding


def _source(source: MetadataSource, count: int, now: datetime) -> Iterator[Finding]:
    by_address, name = sources.read_by_address(source), source.name
    if source.problem is not None:
        yield to_do(Area.METADATA, "source_problem", name=name, wrong=written(source.problem)[0].value)
    if by_address and not source.mdq and (source.checked_at is None or source.checked_at < now - SILENT):
        yield to_do(Area.METADATA, "source_silent", name=name)
    if source.mdq:
        yield fine(Area.METADATA, "source_mdq", name=name, count=count)
    elif source.valid_until is None:
        yield fine(Area.METADATA, "source_endless", name=name, count=count)
    elif source.valid_until <= now:
        yield to_do(Area.METADATA, "source_expired", name=name, until=_moment(source.valid_until))
    elif source.valid_until <= now + SOON[by_address]:
        yield to_do(Area.METADATA, "source_ends", name=name, until=_moment(source.valid_until))
    else:
        yield fine(Area.METADATA, "source_fine", name=name, count=count, until=_moment(source.valid_until))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


async def providers(session: AsyncSession, *, demo: bool) -> list[Finding]:
    """Each SAML provider that is switched on: whether its source lets anybody sign in there."""
    provider = IdentityProvider
    wanted = select(provider).where(col(provider.enabled), col(provider.protocol) == IdentityProtocol.SAML)
    found: list[Finding] = []
    for one in await session.scalars(wanted.order_by(col(provider.issuer))):
        if demo or not one.demo:
            found += [finding async for finding in _provider(session, one)]
    return found


async def _provider(session: AsyncSession, provider: IdentityProvider) -> AsyncIterator[Finding]:
    entity, issuer = await entities.of_provider(session, provider), provider.issuer
    if entity is None:
        there = await session.get(SamlEntity, (provider.metadata_source_id, issuer))
        yield to_do(Area.PROVIDERS, "saml_gone" if there is None else "saml_expired", issuer=issuer)
        return
    registered = select(col(IdentityProviderScope.scope)).where(col(IdentityProviderScope.provider_id) == provider.id)
    scopes = sorted(await session.scalars(registered))
    silent = [scope for scope in scopes if not entities.speaks_for(entity, scope)]
    if not entity.single_sign_on or not entity.certificates:
        yield to_do(Area.PROVIDERS, "saml_unusable", issuer=issuer)
    elif not scopes:
        yield to_do(Area.PROVIDERS, "provider_useless", issuer=issuer)
    elif len(silent) == len(scopes):
        yield to_do(Area.PROVIDERS, "saml_scopes", issuer=issuer, scopes=", ".join(scopes))
    else:
        yield fine(Area.PROVIDERS, "saml_fine", issuer=issuer, count=len(entity.certificates))
        if silent:
            yield fine(Area.PROVIDERS, "saml_scope_silent", issuer=issuer, scopes=", ".join(silent))
    for finding in _certificates(entity, datetime.now(UTC)):
        yield finding


def _certificates(entity: Entity, now: datetime) -> Iterator[Finding]:
    """Its keys count whatever their certificates say; but about when one ends, universities change keys."""
    ends = [x509.load_der_x509_certificate(one).not_valid_after_utc for one in entity.certificates]
    if ends and max(ends) <= now + SOON_CERTIFICATE:
        yield fine(Area.PROVIDERS, "saml_certificate", issuer=entity.entity_id, until=f"{max(ends):%Y-%m-%d}")
