"""The content gate: who may open an item, and the signed link that lets her begin.

It decides with every fact that a list may leave open. Its decision, the record of it and the epoch that it rests on
come from one transaction, so that what was revoked before is refused.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain import decisions, readers, visibility
from domain.content import items, links, readings, usage
from domain.content.links import START_WITHIN, Link
from domain.content.readings import Right
from domain.content.store import Store
from domain.decisions import Asked
from domain.following import NotFresh
from domain.keys import KeyStore
from domain.principal import Viewer
from domain.readers import Visitor
from domain.rights.answer import Answer, Context, Granted, Refused, Remedy, Use
from domain.rights.current import Current
from domain.rights.decide import decide, without_candidates
from domain.rights.grants import Grants
from domain.scopes import Scope
from models import content as rows
from models.vocabulary import AccessReason, Action, RemedyKind

ACTIONS = frozenset({Action.VIEW, Action.DOWNLOAD})
"""What opens content; every other use begins with one of them."""
_UNSAID = Use()
NO_EPOCH = 0
"""Of a refusal that rests on no state of rights, since none could be had."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What a process needs to let readers in. `session_idle`: after how long unused a sign-in ends."""

    keys: KeyStore
    store: Store
    rights: Current
    session_idle: timedelta

    async def grants(self, session: AsyncSession) -> Grants | None:
        """The rights as this transaction sees them. None: they can't be had, and nothing may be opened."""
        try:
            return await self.rights.fresh(session)
        except NotFresh:
            return None


@dataclass(frozen=True, slots=True)
class Opening:
    """A granted opening: `text` is the signed link."""

    text: str
    link: Link
    answer: Granted
    asked: Asked

    @property
    def right(self) -> Right:
        return Right(self.answer.member_id, self.asked.epoch, self.asked.at)


@dataclass(frozen=True, slots=True)
class Closed:
    """A refused opening. `decision_id`: sealed, for explaining it again."""

    answer: Refused
    asked: Asked
    viewer: Viewer
    decision_id: str


class NotAllowed(Exception):
    """A client asks without the scope that opens content, or without a person: then it never opens any."""


class Over(Exception):
    """The link doesn't lead to a reading (any more): too late, idled out, signed out, ended, or another item's."""


async def open_link(
    session: AsyncSession,
    gate: Gate,
    viewer: Viewer,
    item: rows.ContentItem,
    action: Action,
    now: datetime,
    use: Use = _UNSAID,
) -> Opening | Closed:
    """Decide, record it, and sign a link that starts within a minute. Nothing is read yet. `use`: what she says that it
    is for, where the licence tells uses apart.

    Raises:
        NotAllowed: a client asks that may not.
    """
    if viewer.in_own_name or not viewer.allows(Scope.CONTENT_FILES_OPEN):
        raise NotAllowed
    answer, asked = _decide(gate, await gate.grants(session), viewer, item, action, use, now)
    if isinstance(answer, Refused):
        return await _closed(session, gate, viewer, item, answer, asked)
    decision_id = await decisions.record(session, answer, viewer, asked, content_item_id=item.id)
    if decision_id is None:
        raise LookupError("an opening without a record")
    link = Link(
        item_id=item.id,
        decision_id=decision_id,
        action=action,
        session_id=viewer.session_id,
        authorization_id=viewer.caller.authorization_id if viewer.caller else None,
        member_ids=viewer.member_ids,
        on_site=viewer.principal.on_site,
        start_before=now + START_WITHIN,
        use=use,
    )
    return Opening(links.seal(gate.keys, link), link, answer, asked)


async def begin(
    session: AsyncSession, gate: Gate, opening: Opening, item: rows.ContentItem, visitor: Visitor | None
) -> None:
    """Begin reading at once: what following the gate's own address does."""
    await _begin(session, gate, opening.link, opening.text, item, opening.right, visitor)


async def _begin(
    session: AsyncSession,
    gate: Gate,
    link: Link,
    text: str,
    item: rows.ContentItem,
    right: Right,
    visitor: Visitor | None,
) -> None:
    token = await readers.token(session, gate.keys, link.session_id, right.member_id, visitor, right.seen_at)
    await readings.begin(session, link, links.fingerprint(gate.keys, text), item, right, token)


@dataclass(frozen=True, slots=True)
class Following:
    """A link being followed. `reads`: bytes will be sent; without it nothing begins and nothing is counted.

    `asker`: who goes on reading, at the place where she is now; asked only where there is something to decide.
    """

    text: str
    link: Link
    item: rows.ContentItem
    now: datetime
    reads: bool
    asker: Callable[[], Awaitable[Viewer]]
    visitor: Visitor | None


async def go_on(session: AsyncSession, gate: Gate, following: Following) -> Closed | None:
    """Check that a link still leads to its item, and begin its reading or go on with it. Closed: the right is gone.

    Rights are read before the reading is locked: what is compiled by a transaction that has written serves it alone.
    Raises Over.
    """
    link, now = following.link, following.now
    grants = await gate.grants(session)
    await visibility.enter_members(session, link.member_ids)
    if link.session_id and not await readings.sign_in_lives(session, link.session_id, now, gate.session_idle):
        raise Over
    if link.authorization_id and not await readings.still_allowed(session, link.authorization_id):
        raise Over
    fingerprint = links.fingerprint(gate.keys, following.text)
    reading = await readings.known(session, fingerprint)
    if reading is None:
        return await _first_use(session, gate, grants, following)
    if readings.is_over(reading, now):
        raise Over
    seen = Right(reading.member_id, reading.epoch, reading.last_seen_at)
    right = await _still(session, gate, grants, following, seen)
    if isinstance(right, Closed):
        readings.end(reading, now)
        return right
    if following.reads:
        readings.go_on(reading, right.epoch, now)
    return None


async def _first_use(session: AsyncSession, gate: Gate, grants: Grants | None, following: Following) -> Closed | None:
    link, now = following.link, following.now
    decision = await session.get(rows.Decision, link.decision_id)
    if decision is None or not link.starts(now):
        raise Over
    seen = Right(decision.member_id, decision.epoch, decision.decided_at)
    right = await _still(session, gate, grants, following, seen)
    if isinstance(right, Closed):
        return right
    if following.reads:
        await _begin(session, gate, link, following.text, following.item, right, following.visitor)
    return None


async def _still(
    session: AsyncSession, gate: Gate, grants: Grants | None, following: Following, seen: Right
) -> Right | Closed:
    """Whether the right still holds. It is decided again only where something may have changed it: rights, the day, or
    her place, since leaving a member's network ends what only standing there gave.
    """
    item, link, now = following.item, following.link, following.now
    viewer = await _asker(session, following) if link.on_site else None
    stayed = viewer is None or link.on_site <= viewer.principal.on_site
    same = stayed and grants is not None and not readings.must_be_decided_again(seen, grants.epoch, now)
    if same and gate.store.holds(item.sha256, item.size):
        return replace(seen, seen_at=now)
    viewer = viewer or await _asker(session, following)
    answer, asked = _decide(gate, grants, viewer, item, link.action, link.use, now)
    if isinstance(answer, Refused):
        return await _closed(session, gate, viewer, item, answer, asked)
    return Right(answer.member_id, asked.epoch, now)


async def _asker(session: AsyncSession, following: Following) -> Viewer:
    viewer = await following.asker()
    await visibility.enter_members(session, following.link.member_ids | viewer.member_ids)
    return viewer


def _decide(
    gate: Gate,
    grants: Grants | None,
    viewer: Viewer,
    item: rows.ContentItem,
    action: Action,
    use: Use,
    now: datetime,
) -> tuple[Answer, Asked]:
    context = Context(published=items.dates(item), use=use, gate=True, package_title_id=item.package_title_id)
    asked = Asked(viewer.principal, context, now, grants.epoch if grants else NO_EPOCH, item.id)
    if grants is None:
        return without_candidates(action, item.resource_id, AccessReason.RULE_ERROR), asked
    answer = decide(grants, viewer.principal, item.resource_id, action, context, now)
    if isinstance(answer, Granted) and not gate.store.holds(item.sha256, item.size):
        answer = _missing(answer)
    return answer, asked


def _missing(answer: Granted) -> Refused:
    """The right is there, the file isn't: one of the last checks of design §4, rule 11."""
    return Refused(
        answer.action,
        answer.resource_id,
        AccessReason.CONTENT_UNAVAILABLE,
        member_id=answer.member_id,
        entitlement_id=answer.entitlement_id,
        licence_id=answer.licence_id,
        term_id=answer.term_id,
        clause_id=answer.clause_id,
        remedies=(Remedy(RemedyKind.ASK_LIBRARIAN, member_id=answer.member_id),),
    )


async def _closed(
    session: AsyncSession, gate: Gate, viewer: Viewer, item: rows.ContentItem, answer: Refused, asked: Asked
) -> Closed:
    """A refusal: on record where somebody signed in was refused; others are only counted."""
    decision_id = await decisions.record(session, answer, viewer, asked, content_item_id=item.id)
    if decision_id is not None:
        await usage.denied(session, gate.keys, item, answer, viewer, decision_id, asked.at)
    return Closed(answer, asked, viewer, decisions.seal(gate.keys, answer, asked))
