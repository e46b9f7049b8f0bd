"""One request to the provider: what is loaded before Authlib is asked, and what is stored when it has decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
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
    `claims`: what the client may be told of her.
    """

    site: Site
    asked: Asked
    client: Registered | None
    text: Text | None = None
    authorization: rows.Authorization | None = None
    stands: bool = False
    person: Person | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    asserted: tuple[str, datetime] | None = None
    """The `jti` of the assertion that this request uses up, and until when it would be good."""
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

    def sent(self, kind: Kind) -> rows.Authorization | None:
        """The authorization, where a text of this kind came from the client that it is of."""
        fits = self.text is not None and self.text.kind is kind and self.of_this_client
        return self.authorization if fits else None

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

    async def store(self, session: AsyncSession) -> bool:
        """Write down what was decided. False: the assertion was used before, and nothing counts."""
        with session.no_autoflush:
            if not await self._use_up(session):
                session.expire_all()
                return False
        if self.given is not None:
            session.add(self.given)
        await session.flush()
        return True

    async def _use_up(self, session: AsyncSession) -> bool:
        """Remember the assertion, if there is one, so that it is good once."""
        if self.asserted is None or self.client is None:
            return True
        jti, expires_at = self.asserted
        digest = self.site.keys.mac(Purpose.TOKENS, b"jti\0" + jti.encode())
        used = insert(rows.UsedAssertion).values(client_id=self.client.row.id, hash=digest, expires_at=expires_at)
        done = await session.execute(used.on_conflict_do_nothing().returning(col(rows.UsedAssertion.client_id)))
        return done.one_or_none() is not None


async def load(session: AsyncSession, site: Site, asked: Asked) -> Case:
    """What the token, revocation and introspection endpoints need. Raises OAuth2Error."""
    case = Case(site, asked, await clients.registered(session, site.keys, asked.claimed_client))
    key = _authorization(case)
    if key is not None:
        await _take_up(session, case, key)
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
