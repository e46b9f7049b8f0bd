"""Decisions after they were made: an id that explains itself, and the record of those that opened something.

A decision shown in a list is not recorded. Its id holds the question, the epoch and the answer, encrypted; nothing in
it tells which person asked.
"""

import logging
import time
import zlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.keys import KeyStore, Purpose, Unreadable
from domain.principal import Membership, Principal, Viewer
from domain.rights.answer import Answer, Context, Granted
from models import content as rows
from models.vocabulary import AccessBasis, AccessReason

log = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024
"""Of a decision unpacked; ours are a hundredth of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The question: for whom, what, when, and of which state of rights."""

    principal: Principal
    context: Context
    at: datetime
    epoch: int
    content_item_id: UUID | None = None
    """The file that was to be opened, where it was asked at the gate."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision told again: what was asked and what was answered then."""

    asked: Asked
    answer: Answer


_EXPLAINED: TypeAdapter[Explained] = TypeAdapter(Explained)

TOLD_EVERY = 60.0
"""Seconds between two lines of the log about the same reason: strangers can't fill it."""

refused_anonymously: Counter[AccessReason] = Counter()
"""Refusals to people who weren't signed in, by reason, since this process started."""
decided: Counter[tuple[bool, AccessBasis | AccessReason]] = Counter()
"""Openings granted, by basis, and refused, by reason, whoever asked, since this process started."""
_told_at: dict[AccessReason, float] = {}


def seal(keys: KeyStore, answer: Answer, asked: Asked) -> str:
    """The decision's id: safe in addresses, readable only by us, without the person's identity."""
    nameless = replace(asked, principal=_nameless(asked.principal))
    told = _EXPLAINED.dump_json(Explained(nameless, answer), exclude_defaults=True)
    return keys.seal(Purpose.DECISIONS, zlib.compress(told))


def explain(keys: KeyStore, decision_id: str) -> Explained | None:
    """None: it isn't an id of ours, was altered, or its key is gone."""
    try:
        packed = keys.unseal(Purpose.DECISIONS, decision_id)
        return _EXPLAINED.validate_json(zlib.decompressobj().decompress(packed, MOST_BYTES))
    except (Unreadable, zlib.error, ValidationError):
        return None


async def record(
    session: AsyncSession, answer: Answer, viewer: Viewer, asked: Asked, *, content_item_id: UUID | None = None
) -> UUID | None:
    """Put an opening, or a refusal to somebody signed in, on record; the id of its row. Other refusals are counted."""
    granted = answer if isinstance(answer, Granted) else None
    reason = None if isinstance(answer, Granted) else answer.reason
    decided[isinstance(answer, Granted), answer.basis if isinstance(answer, Granted) else answer.reason] += 1
    if reason is not None and not viewer.signed_in:
        _count(reason)
        return None
    if answer.resource_id is None:
        return None
    row = {
        "epoch": asked.epoch,
        "granted": granted is not None,
        "action": answer.action,
        "resource_id": answer.resource_id,
        "content_item_id": content_item_id,
        "member_id": answer.member_id,
        "reason": reason,
        "basis": granted.basis if granted else None,
        "entitlement_id": answer.entitlement_id,
        "licence_id": answer.licence_id,
        "term_id": answer.term_id,
        "clause_id": answer.clause_id,
        "facts": _facts(asked, answer.member_id),
    }
    made = await session.execute(insert(rows.Decision).values(row).returning(col(rows.Decision.id)))
    return made.scalar_one()


def _count(reason: AccessReason) -> None:
    refused_anonymously[reason] += 1
    now = time.monotonic()
    if now - _told_at.get(reason, -TOLD_EVERY) >= TOLD_EVERY:
        _told_at[reason] = now
        log.info("refused to nobody signed in: %s, %d times so far", reason, refused_anonymously[reason])


def _nameless(principal: Principal) -> Principal:
    memberships = (
        Membership(member.member_id, member.affiliations, member.entitlements) for member in principal.memberships
    )
    return replace(principal, memberships=tuple(memberships))


def _facts(asked: Asked, member_id: UUID | None) -> dict[str, object]:
    """What the decision read of the asker at the member whose right it was, of the place and of the question."""
    context = asked.context
    theirs = [m for m in asked.principal.memberships if m.member_id == member_id]
    facts = {
        "affiliations": sorted({affiliation for m in theirs for affiliation in m.affiliations}),
        "entitlements": sorted({uri for m in theirs for uri in m.entitlements}),
        "on_site": member_id in asked.principal.on_site,
        "territory": asked.principal.territory,
        "on": context.on.isoformat() if context.on else None,
        "published": [day.isoformat() for day in context.published] if context.published else None,
        "purpose": context.use.purpose,
        "recipient": context.use.recipient,
        "method": context.use.method,
        "part": context.use.part,
    }
    return {name: fact for name, fact in facts.items() if fact}
