"""A registered client, as Authlib asks about it."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from authlib.oauth2.rfc6749 import ClientMixin
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import client_addresses, scopes
from domain.clients import members_of
from domain.keys import KeyStore, Purpose, Unreadable
from domain.scopes import IN_OWN_NAME, Scope
from models import client as rows
from models.vocabulary import ClientAuthentication

_METHODS = {
    ClientAuthentication.NONE: frozenset({"none"}),
    ClientAuthentication.CLIENT_SECRET: frozenset({"client_secret_basic", "client_secret_post"}),
    ClientAuthentication.PRIVATE_KEY_JWT: frozenset({"private_key_jwt"}),
}
METHODS = [method for methods in _METHODS.values() for method in sorted(methods)]
PROVEN = [method for method in METHODS if method != "none"]


@dataclass
class Registered(ClientMixin):  # type: ignore[misc] # Authlib ships no types
    """One that isn't suspended. `members`: those for which it acts; None = all."""

    row: rows.Client
    members: frozenset[UUID] | None
    secrets: tuple[bytes, ...]
    keys: KeyStore

    @property
    def public(self) -> bool:
        return self.row.authentication is ClientAuthentication.NONE

    @property
    def scopes(self) -> frozenset[Scope]:
        return scopes.known(self.row.scopes)

    def get_client_id(self) -> str:
        return str(self.row.id)

    def get_default_redirect_uri(self) -> str | None:
        """The only one; with several the request has to say which (RFC 6749 §3.1.2.3)."""
        return self.row.redirect_uris[0] if len(self.row.redirect_uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What was asked for, if it may have all of it; left out: all. None: it may not."""
        return allowed(scope, self.scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Compared letter by letter, but for a native app's port on loopback (RFC 8252 §7.3)."""
        return any(client_addresses.fits(redirect_uri, known) for known in self.row.redirect_uris)

    def check_client_secret(self, client_secret: str) -> bool:
        try:
            given = self.keys.fingerprint(Purpose.CLIENTS, client_secret)
        except Unreadable:
            given = self.keys.mac(Purpose.CLIENTS, client_secret.encode())
        return any(hmac.compare_digest(given, known) for known in self.secrets)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in _METHODS[self.row.authentication]

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and bool(self.row.redirect_uris)

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == "client_credentials":
            return not self.public
        return grant_type in {"authorization_code", "refresh_token"} and bool(self.row.redirect_uris)

    @property
    def client_metadata(self) -> dict[str, list[str]]:
        return {"post_logout_redirect_uris": self.row.post_logout_redirect_uris}


def allowed(asked: str | None, among: Iterable[Scope]) -> str | None:
    """Scopes in their alphabet; None where one isn't among them."""
    names = set(asked.split()) if asked else set(among)
    return " ".join(sorted(names)) if names <= set(among) else None


def in_own_name(client: Registered) -> frozenset[Scope]:
    return client.scopes & IN_OWN_NAME


async def registered(session: AsyncSession, keys: KeyStore, client_id: str | None) -> Registered | None:
    """The client of this id, unless it is suspended."""
    row = await session.get(rows.Client, key) if (key := _key(client_id)) else None
    if row is None or row.suspended_at is not None:
        return None
    members = frozenset(await members_of(session, row)) or None
    return Registered(row, members, await _secrets(session, row.id), keys)


async def _secrets(session: AsyncSession, client_id: UUID) -> tuple[bytes, ...]:
    secret = rows.ClientSecret
    good = or_(col(secret.expires_at).is_(None), col(secret.expires_at) > datetime.now(UTC))
    return tuple(await session.scalars(select(col(secret.hash)).where(col(secret.client_id) == client_id, good)))


def _key(text: str | None) -> UUID | None:
    """A client_id is written in one way only."""
    try:
        key = UUID(text or "")
    except ValueError:
        return None
    return key if str(key) == text else None
