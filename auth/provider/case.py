"""One request to the provider: what is loaded before Authlib is asked, and what is stored when it has decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from auth.provider import clients, people, tokens
from auth.provider.asked import Asked
from auth.provider.clients import Registered
from auth.provider.people import Person
from auth.provider.texts import Kind, Text
from auth.site import Site
from domain import scopes, visibility
from domain.keys import Purpose
from domain.scopes import Scope
from models import client as rows

CODE_LIVES = timedelta(seconds=60)
ASSERTION_LIVES = timedelta(hours=1)
"""How far ahead an assertion may expire: its `jti` must be remembered as long."""
_MEMBERS = text("SELECT authorization_members(:key)")
_IN_FORCE = text("SELECT session_id, last_seen_at > now() - :idle FROM authorization_in_force(:key)")


@dataclass
class Case:
    """`text`: the code or refresh token that was sent; `authorization`: what it, or an access token, belongs to.

    `person`: whose it is, while her sign-in lasts; `stands`: whether it is neither revoked nor past its sign-in.
    `claims`: what the client may be told of her. `assertion_used`: the assertion's `jti` was seen before.
    """

    site: Site
    asked: Asked
    client: Registered | None
    text: Text | None = None
    authorization: rows.Authorization | None = None
    stands: bool = False
    person: Person | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    used_assertions: frozenset[bytes] = frozenset()
    asserted: tuple[bytes, datetime] | None = None
    """The assertion that this request used up, and until when it would have been good."""
    given: rows.Authorization | None = None
    """A new authorization, to be stored."""

    @property
    def allowed(self) -> frozenset[Scope]:
        """What the authorization still gives: the client may have been given less since."""
        if self.authorization is None or self.client is None:
            return frozenset()
        return scopes.known(self.authorization.scopes) & self.client.scopes

    @property
    def of_this_client(self) -> bool:
        return (
            self.client is not None
            and self.authorization is not None
            and self.authorization.client_id == self.client.row.id
        )

    def revoke(self, why: str) -> None:
        """End the authorization, and so all its tokens."""
        if self.authorization is not None and self.authorization.revoked_at is None:
            self.authorization.revoked_at = datetime.now(UTC)
            self.authorization.revoked_for = why

    def give(self, allowed: frozenset[Scope], **facts: Any) -> rows.Authorization:
        """Begin an authorization, which `store` stores."""
        assert self.client is not None  # noqa: S101 Authlib found it
        self.given = rows.Authorization(
            id=uuid4(), client_id=self.client.row.id, scopes=sorted(allowed), **{"member_ids": []} | facts
        )
        return self.given

    def assertion(self, jti: str) -> bytes:
        return self.site.keys.mac(Purpose.TOKENS, b"jti\0" + jti.encode())

    async def store(self, session: AsyncSession) -> bool:
        """Write down what was decided. False: another request has used the same assertion meanwhile; nothing counts."""
        if self.asserted and self.client:
            digest, expires_at = self.asserted
            used = insert(rows.UsedAssertion).values(client_id=self.client.row.id, hash=digest, expires_at=expires_at)
            done = await session.execute(used.on_conflict_do_nothing().returning(col(rows.UsedAssertion.client_id)))
            if done.one_or_none() is None:
                return False
        if self.given is not None:
            session.add(self.given)
        await session.flush()
        return True


async def load(session: AsyncSession, site: Site, asked: Asked) -> Case:
    """What the token, revocation and introspection endpoints need. Raises OAuth2Error."""
    case = Case(site, asked, await clients.registered(session, site.keys, asked.claimed_client))
    key = _authorization(case)
    if key is not None:
        await _take_up(session, case, key)
    if case.client and "client_assertion" in asked.form:
        used = select(col(rows.UsedAssertion.hash)).where(
            col(rows.UsedAssertion.client_id) == case.client.row.id,
            col(rows.UsedAssertion.expires_at) > datetime.now(UTC) - ASSERTION_LIVES,
        )
        case.used_assertions = frozenset(await session.scalars(used))
    return case


def _authorization(case: Case) -> UUID | None:
    """The authorization to which what was sent belongs, of whichever kind it is."""
    form, keys = case.asked.form, case.site.keys
    for name, kind in (("code", Kind.CODE), ("refresh_token", Kind.REFRESH_TOKEN), ("token", Kind.REFRESH_TOKEN)):
        found = Text.unsealed(keys, form[name]) if name in form else None
        if found and found.kind is kind:
            case.text = found
            return found.authorization_id
    try:
        return case.site.tokens.check(form["token"]).authorization_id if "token" in form else None
    except tokens.Invalid:
        return None


async def _take_up(session: AsyncSession, case: Case, key: UUID) -> None:
    """The authorization, locked, so that of two that use the same code or token one comes second."""
    members = await session.scalar(_MEMBERS, {"key": key})
    if members is None:
        return
    await visibility.enter_members(session, frozenset(members))
    case.authorization = await session.get(rows.Authorization, key, with_for_update=True, populate_existing=True)
    found = (await session.execute(_IN_FORCE, {"key": key, "idle": case.site.session_idle})).one_or_none()
    if found is None or case.client is None or not case.of_this_client:
        return
    session_id, in_use = found
    if session_id is None:
        case.stands = True
    elif in_use:
        case.person = await people.person(session, case.site.keys, case.client, session_id)
        case.stands = case.person is not None
        if case.person is not None:
            case.claims = await people.claims(session, case.person, case.allowed)
