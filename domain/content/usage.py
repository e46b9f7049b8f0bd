"""What openings and refusals count as (COUNTER R5.1 §3.3). Events name no person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import messages, readers
from domain.keys import KeyStore
from domain.principal import Viewer
from domain.rights.answer import Refused
from models import content as rows
from models.vocabulary import Action, UsageKind


def requested(
    session: AsyncSession,
    item: rows.ContentItem,
    action: Action,
    member_id: UUID | None,
    decision_id: UUID,
    now: datetime,
    reader_token: bytes | None,
) -> None:
    """A reading began."""
    _add(session, UsageKind.REQUEST, item, action, member_id, decision_id, now, reader_token)


async def denied(
    session: AsyncSession,
    keys: KeyStore,
    item: rows.ContentItem,
    answer: Refused,
    viewer: Viewer,
    decision_id: UUID,
    now: datetime,
) -> None:
    """Somebody of a member was turned away for a reason that COUNTER counts; for no other is there an event.

    Where no member came closest, it is the asker's own, if she has only one.
    """
    metric = messages.counter_metric(answer.reason)
    if metric is None:
        return
    members = {membership.member_id for membership in viewer.principal.memberships}
    member_id = answer.member_id or (next(iter(members)) if len(members) == 1 else None)
    token = await readers.token(session, keys, viewer.session_id, member_id, None, now)
    _add(session, metric, item, answer.action, member_id, decision_id, now, token)


def _add(
    session: AsyncSession,
    kind: UsageKind,
    item: rows.ContentItem,
    action: Action,
    member_id: UUID | None,
    decision_id: UUID,
    now: datetime,
    reader_token: bytes | None,
) -> None:
    session.add(
        rows.UsageEvent(
            occurred_at=now,
            kind=kind,
            action=action,
            resource_id=item.resource_id,
            content_item_id=item.id,
            member_id=member_id,
            decision_id=decision_id,
            reader_token=reader_token,
        )
    )
