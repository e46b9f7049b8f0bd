"""The demo's clients: an app on another site, `examples/spa`, and a partner's system, `examples/partner.py`."""

import base64
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from demo.identity import Campus
from domain import members
from domain.keys import KeyStore, Purpose
from domain.scopes import IN_OWN_NAME, Scope
from models import client as rows
from models.vocabulary import ClientAuthentication

APP_ORIGIN = "http://localhost:5173"
APP = UUID("00000000-0000-7000-8000-000000005173")
"""As `examples/spa/config.js` has it, so that it works as it lies there."""
APP_SCOPES = (
    *(Scope.OPENID, Scope.ACCESS_DECISIONS_READ, Scope.CONTENT_FILES_OPEN),
    *(Scope.PATRON_AFFILIATIONS_READ, Scope.PATRON_ENTITLEMENTS_READ),
)
PARTNER = UUID("00000000-0000-7000-8000-000000000001")
PARTNER_NAMED_BY = ("lzu", "pku")


@dataclass(frozen=True, slots=True)
class Partner:
    """`secret`: the same at every start, and of this folder's demo alone."""

    id: UUID
    secret: str


async def install(session: AsyncSession, keys: KeyStore, campus: Campus) -> Partner:
    """Register both. Again and again is fine; the members must be there."""
    for client_id, facts in _registered():
        known = await session.get(rows.Client, client_id)
        if known is None:
            session.add(rows.Client(id=client_id, **facts))
        else:
            for name, value in facts.items():
                setattr(known, name, value)
    await session.flush()
    for code in PARTNER_NAMED_BY:
        member = await members.by_code(session, code)
        if member is None:
            raise LookupError(f"the demo's partner is named by {code}, which is no member")
        await session.merge(rows.ClientMember(client_id=PARTNER, member_id=member.id))
    secret = _secret(keys, campus)
    await session.execute(delete(rows.ClientSecret).where(col(rows.ClientSecret.client_id) == PARTNER))
    session.add(rows.ClientSecret(client_id=PARTNER, hash=keys.fingerprint(Purpose.CLIENTS, secret)))
    return Partner(PARTNER, secret)


def _registered() -> Iterator[tuple[UUID, dict[str, Any]]]:
    yield (
        APP,
        {
            "name": "示范阅览室 Demo reading room",
            "redirect_uris": [f"{APP_ORIGIN}/callback"],
            "post_logout_redirect_uris": [f"{APP_ORIGIN}/"],
            "origins": [APP_ORIGIN],
            "scopes": sorted(APP_SCOPES),
        },
    )
    yield (
        PARTNER,
        {
            "name": "示范发现系统 Demo discovery service",
            "authentication": ClientAuthentication.CLIENT_SECRET,
            "scopes": sorted(IN_OWN_NAME),
        },
    )


def _secret(keys: KeyStore, campus: Campus) -> str:
    made = hmac.digest(campus.secrets.client_secret.encode(), b"demo partner", "sha256")
    return f"{keys.current_id(Purpose.CLIENTS)}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"
