"""Sources read again: the worker does so by the clock, `mutua metadata refresh` at once."""

import logging
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from auth.federation import fetching, mdq, rows, sources, verification
from auth.federation.refusals import Refused
from auth.federation.sources import Taken, Transaction
from models.federation import MetadataSource
from models.identity import IdentityProvider

EVERY = timedelta(minutes=50)
"""Since the last look. The worker looks each hour: no federation's cacheDuration is shorter, and a server that can say
that nothing is new is asked to.
"""
_DIFFERENCE = timedelta(hours=1)
"""That a server's clock may be behind ours, so that what it changed just before we read it isn't missed."""

Watch = Callable[[str, int], None]
"""Told the phase (fetching, verifying) and how many bytes are there."""

log = logging.getLogger("mutua.federation")


def _unwatched(phase: str, length: int) -> None:
    pass


async def due(session: AsyncSession, now: datetime) -> list[MetadataSource]:
    """Sources to read again."""
    every = await sources.every(session)
    return [
        one
        for one in every
        if sources.read_by_address(one) and (one.checked_at is None or one.checked_at <= now - EVERY)
    ]


async def sweep(transaction: Transaction, *, at_home: bool) -> None:
    """Read again what is due. What goes wrong with one source stands at it, and stops no other."""
    async with transaction() as session:
        waiting = await due(session, datetime.now(UTC))
    for source in waiting:
        try:
            taken = await refresh(transaction, source, at_home=at_home)
        except Refused as refused:
            log.warning("metadata source %s: %s", source.name, refused)
        else:
            changes = taken.changes
            log.info(
                "metadata source %s: %d new, %d changed, %d removed",
                *(source.name, changes.new, changes.changed, changes.removed),
            )


async def refresh(
    transaction: Transaction, source: MetadataSource, *, at_home: bool, watch: Watch = _unwatched
) -> Taken:
    """Read a source again from its address. Raises Refused; what was there before stays."""
    if source.mdq:
        return await _each(transaction, source, at_home=at_home)
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="mutua-metadata-") as folder:
        document = Path(folder) / "document"
        async with sources.noting_problems(transaction, source, now):
            newer = await fetching.download(
                source.location,
                document,
                at_home=at_home,
                since=_since(source, now),
                watch=lambda length: watch("fetching", length),
            )
        if not newer:
            async with transaction() as session:
                await sources.note(session, source.id, checked_at=now)
            return Taken(None, rows.Changes())
        watch("verifying", document.stat().st_size)
        return await sources.take(transaction, source, document, now)


def _since(source: MetadataSource, now: datetime) -> datetime | None:
    """Since when a newer document would be news; None: any would."""
    if source.digest is None or source.problem is not None or source.refreshed_at is None:
        return None
    if source.valid_until is None or source.valid_until <= now:
        return None
    return source.refreshed_at - _DIFFERENCE


async def look_up(transaction: Transaction, source: MetadataSource, entity_id: str, *, at_home: bool) -> Taken:
    """Ask an MDQ server for one entity. `found` None: it knows none, and what it said of it before is gone.

    Raises Refused.
    """
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="mutua-metadata-") as folder:
        document, read = Path(folder) / "document", Path(folder) / "rows"
        if not await mdq.download(source.location, entity_id, document, at_home=at_home):
            async with transaction() as session:
                removed = await rows.remove(session, source.id, entity_id)
            return Taken(None, rows.Changes(removed=int(removed)))
        asked = replace(sources.trust(source), entity_id=entity_id)
        found = await verification.verified(document, read, asked, now)
        async with transaction() as session:
            if not await sources.unchanged(session, source):
                return Taken(None, rows.Changes())
            return Taken(found, await rows.add(session, source.id, read))


async def _each(transaction: Transaction, source: MetadataSource, *, at_home: bool) -> Taken:
    """Every entity of an MDQ server that an identity provider of ours names."""
    now = datetime.now(UTC)
    async with transaction() as session:
        registered = select(col(IdentityProvider.issuer)).where(col(IdentityProvider.metadata_source_id) == source.id)
        entity_ids = list((await session.execute(registered.order_by(col(IdentityProvider.issuer)))).scalars())
    changes, problem = rows.Changes(), None
    for entity_id in entity_ids:
        try:
            taken = await look_up(transaction, source, entity_id, at_home=at_home)
        except Refused as refused:
            problem = problem or refused
            continue
        changes.new += taken.changes.new
        changes.changed += taken.changes.changed
        changes.removed += taken.changes.removed
    async with sources.noting_problems(transaction, source, now):
        if problem:
            raise problem
        async with transaction() as session:
            await sources.note(session, source.id, refreshed_at=now, checked_at=now, problem=None)
    return Taken(None, changes)
