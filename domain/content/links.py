"""Signed links: whoever holds one may begin to read, for a minute, without a cookie.

A link names the item, the decision that allowed it, the action and the sign-in; all of it is sealed, so that an address
can be neither made up nor changed, and says nothing of a person. What has begun, and whether it may go on, stands in
our rows.
"""

import base64
import binascii
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson

from domain.keys import KeyStore, Purpose, Unreadable
from domain.rights.answer import Use
from models.vocabulary import Action

START_WITHIN = timedelta(seconds=60)
LONGEST = 8000
"""Characters; ours have some hundreds."""


@dataclass(frozen=True, slots=True)
class Link:
    """`authorization_id`: on the strength of which an app asked for it.

    `member_ids`: whose private rows the reading may touch: the members of the person and of the place she was at.

    `on_site`: the members on whose network she was; whoever goes on from elsewhere is decided about again.
    """

    item_id: UUID
    decision_id: UUID
    action: Action
    session_id: UUID | None
    authorization_id: UUID | None
    member_ids: frozenset[UUID]
    on_site: frozenset[UUID]
    start_before: datetime
    use: Use = field(default_factory=Use)
    """What she said that the use is for."""

    def starts(self, now: datetime) -> bool:
        return now <= self.start_before


def seal(keys: KeyStore, link: Link) -> str:
    """The link's text: for the query of an address."""
    told = [
        link.item_id.hex,
        link.decision_id.hex,
        link.action.value,
        link.session_id.hex if link.session_id else None,
        link.authorization_id.hex if link.authorization_id else None,
        sorted(member.hex for member in link.member_ids),
        sorted(member.hex for member in link.on_site),
        link.start_before.timestamp(),
        [link.use.purpose, link.use.recipient, link.use.method, link.use.part],
    ]
    return keys.seal(Purpose.LINKS, orjson.dumps(told))


def unseal(keys: KeyStore, text: str) -> Link:
    """The link of a text exactly as we wrote it. Raises Unreadable for any other, also for another spelling of the
    same bytes."""
    if len(text) > LONGEST or not _canonical(text):
        raise Unreadable
    told = orjson.loads(keys.unseal(Purpose.LINKS, text))
    if len(told) != len(fields(Link)):
        raise Unreadable  # of another version of ours
    item, decision, action, session, authorization, members, places, start_before, use = told
    return Link(
        UUID(item),
        UUID(decision),
        Action(action),
        UUID(session) if session else None,
        UUID(authorization) if authorization else None,
        frozenset(map(UUID, members)),
        frozenset(map(UUID, places)),
        datetime.fromtimestamp(start_before, UTC),
        Use(*use),
    )


def fingerprint(keys: KeyStore, text: str) -> bytes:
    """By what a reading knows its link."""
    return keys.fingerprint(Purpose.LINKS, text)


def _canonical(text: str) -> bool:
    """Base64 has spare bits at its end: without this, one link could be spelt in several ways, and be used as often."""
    body = text.partition(".")[2]
    try:
        decoded = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return False
    return base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() == body
