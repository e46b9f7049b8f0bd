"""The federations that are believed: taken in, kept up to date, and left as they were when a new copy is no good."""

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from auth.federation import rows, verification
from auth.federation.refusals import Refused
from auth.federation.verification import Found, Trust
from models.federation import MetadataSource, SamlEntity
from models.identity import IdentityProvider

Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""Committed at the end of its block. None stays open while a document is fetched or verified."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a document. `found` None: it is the one that was taken before."""

    found: Found | None
    changes: rows.Changes


class InUse(Exception):
    """Identity providers are registered with this source; the text names them."""


@dataclass(frozen=True, slots=True)
class Description:
    """A source as an operator describes it. `certificates` are PEM; `authorities` None: whoever registered it."""

    name: str
    location: str
    certificates: tuple[str, ...]
    authorities: tuple[str, ...] | None = None
    mdq: bool = False


async def put(session: AsyncSession, described: Description) -> UUID:
    """Add a source, or replace what is known of it. Its next document is read whatever it was before."""
    values = {
        "location": described.location,
        "mdq": described.mdq,
        "certificates": list(described.certificates),
        "registration_authorities": None if described.authorities is None else sorted(described.authorities),
        "digest": None,
    }
    made = await session.execute(
        insert(MetadataSource)
        .values(name=described.name, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
        .returning(col(MetadataSource.id))
    )
    source_id: UUID = made.scalar_one()
    return source_id


async def put_mdq(session: AsyncSession, described: Description) -> None:
    """Add a source that answers for one entity at a time. What one of that name said before is kept only if it would
    be believed now.
    """
    before = await by_name(session, described.name)
    source_id = await put(session, described)
    if before is not None and (before.location, trust(before)) != (described.location, trust_in(described)):
        await session.execute(delete(SamlEntity).where(col(SamlEntity.source_id) == source_id))


async def by_name(session: AsyncSession, name: str) -> MetadataSource | None:
    return (await session.execute(select(MetadataSource).where(col(MetadataSource.name) == name))).scalar_one_or_none()


async def every(session: AsyncSession) -> list[MetadataSource]:
    return list((await session.execute(select(MetadataSource).order_by(col(MetadataSource.name)))).scalars())


async def remove(session: AsyncSession, source: MetadataSource) -> None:
    """With all that it said. Raises InUse."""
    using = select(col(IdentityProvider.issuer)).where(col(IdentityProvider.metadata_source_id) == source.id)
    if issuers := list((await session.execute(using.order_by(col(IdentityProvider.issuer)))).scalars()):
        raise InUse(", ".join(issuers))
    await session.execute(delete(MetadataSource).where(col(MetadataSource.id) == source.id))


async def size(session: AsyncSession, source: MetadataSource) -> int:
    """How many identity providers it describes."""
    found = await session.execute(select(func.count()).where(col(SamlEntity.source_id) == source.id))
    return int(found.scalar_one())


Listed = tuple[list[SamlEntity], int]
"""The first ones, and how many there are."""


async def find(session: AsyncSession, source: MetadataSource, wanted: str, most: int) -> Listed:
    """Its identity providers with these words in name, entityID or scope, whatever their case."""
    said = func.concat_ws(
        " ", col(SamlEntity.entity_id), col(SamlEntity.names), func.array_to_string(col(SamlEntity.scopes), " ")
    )
    matching = select(SamlEntity).where(
        col(SamlEntity.source_id) == source.id,
        *(said.icontains(word, autoescape=True) for word in wanted.split()),
    )
    count = (await session.execute(select(func.count()).select_from(matching.subquery()))).scalar_one()
    first = await session.execute(matching.order_by(col(SamlEntity.entity_id)).limit(most))
    return list(first.scalars()), int(count)


async def undescribed(session: AsyncSession, name: str) -> list[str]:
    """Identity providers in use that their source, of this name, doesn't describe any more."""
    described = exists().where(
        col(SamlEntity.source_id) == MetadataSource.id, col(SamlEntity.entity_id) == IdentityProvider.issuer
    )
    lost = (
        select(col(IdentityProvider.issuer))
        .join(MetadataSource, col(MetadataSource.id) == col(IdentityProvider.metadata_source_id))
        .where(col(MetadataSource.name) == name, col(IdentityProvider.enabled), ~described)
        .order_by(col(IdentityProvider.issuer))
    )
    return list((await session.execute(lost)).scalars())


def is_address(location: str) -> bool:
    return location.startswith(("https://", "http://"))


def read_by_address(source: MetadataSource) -> bool:
    return is_address(source.location)


async def establish(
    transaction: Transaction, described: Description, document: Path, now: datetime | None = None
) -> Taken:
    """Take in a source with its document, or replace one of that name: both or neither. Raises Refused."""
    now = now or datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="mutua-metadata-") as folder:
        read = Path(folder) / "rows"
        found = await verification.verified(document, read, trust_in(described), now)
        async with transaction() as session:
            return await _keep(session, await put(session, described), found, read, now)


async def take(transaction: Transaction, source: MetadataSource, document: Path, now: datetime | None = None) -> Taken:
    """Make an aggregate the source's newest, or note why not. `document` is a copy that nobody else writes to.

    Raises Refused; what was there before stays.
    """
    now = now or datetime.now(UTC)
    async with noting_problems(transaction, source, now):
        if source.digest is not None and source.digest == verification.digest(document) and _good(source, now):
            async with transaction() as session:
                await note(session, source.id, checked_at=now, problem=None)
            return Taken(None, rows.Changes())
        with tempfile.TemporaryDirectory(prefix="mutua-metadata-") as folder:
            read = Path(folder) / "rows"
            found = await verification.verified(document, read, trust(source), now)
            async with transaction() as session:
                if not await unchanged(session, source):
                    return Taken(None, rows.Changes())
                return await _keep(session, source.id, found, read, now)


async def unchanged(session: AsyncSession, source: MetadataSource) -> bool:
    """Whether the source is still described as it was when its document was verified; it stays so until the end of the
    transaction. Otherwise what was verified counts no more: an operator may just have given up a certificate.
    """
    held = select(MetadataSource).where(col(MetadataSource.id) == source.id).with_for_update()
    current = (await session.execute(held.execution_options(populate_existing=True))).scalar_one_or_none()
    if current is None:
        return False
    return (current.location, current.mdq, trust(current)) == (source.location, source.mdq, trust(source))


async def _keep(session: AsyncSession, source_id: UUID, found: Found, read: Path, now: datetime) -> Taken:
    changes = await rows.replace(session, source_id, read)
    await note(
        session,
        source_id,
        digest=found.digest,
        valid_until=found.valid_until,
        refreshed_at=now,
        checked_at=now,
        problem=None,
    )
    return Taken(found, changes)


def trust_in(described: Description) -> Trust:
    """What its documents must be like to be believed."""
    authorities = described.authorities
    return Trust(
        certificates=described.certificates,
        authorities=None if authorities is None else tuple(sorted(authorities)),
        bounded=is_address(described.location),
    )


def trust(source: MetadataSource) -> Trust:
    authorities = source.registration_authorities
    certificates = tuple(source.certificates)
    return trust_in(
        Description(source.name, source.location, certificates, None if authorities is None else tuple(authorities))
    )


@asynccontextmanager
async def noting_problems(transaction: Transaction, source: MetadataSource, now: datetime) -> AsyncIterator[None]:
    """Why a copy was not taken stands at its source until one is."""
    try:
        yield
    except Refused as refused:
        async with transaction() as session:
            await note(session, source.id, checked_at=now, problem=str(refused))
        raise


def _good(source: MetadataSource, now: datetime) -> bool:
    return source.valid_until is None or source.valid_until > now


async def note(session: AsyncSession, source_id: UUID, **facts: object) -> None:
    await session.execute(update(MetadataSource).where(col(MetadataSource.id) == source_id).values(**facts))
