"""Clients of the provider, as an app or a partner's script would be one."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx2

from domain.keys import Purpose
from domain.scopes import Scope
from models import client as rows
from models.vocabulary import ClientAuthentication
from tests.identity.house import House, form_of

CALLBACK = "http://localhost:5173/callback"
SCOPES = (Scope.OPENID, Scope.ACCESS_DECISIONS_READ, Scope.CONTENT_FILES_OPEN, Scope.PATRON_AFFILIATIONS_READ)


def verifier_and_challenge() -> tuple[str, str]:
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class App:
    """A registered client. `secret`: None of a public one."""

    house: House
    id: UUID
    secret: str | None = None
    scopes: tuple[str, ...] = SCOPES
    verifiers: dict[str, str] = field(default_factory=dict)

    @property
    def auth(self) -> Any:
        return (str(self.id), self.secret) if self.secret else None

    def question(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        verifier, challenge = verifier_and_challenge()
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": str(self.id),
            "redirect_uri": CALLBACK,
            "scope": " ".join(self.scopes),
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        self.verifiers[asked["state"] or ""] = verifier
        return {name: value for name, value in asked.items() if value is not None}

    async def authorize(self, reader: httpx2.AsyncClient, answer: str = "yes", **changes: Any) -> dict[str, str]:
        """What comes back to the app from somebody who is signed in, and answers what she is asked."""
        reply = await reader.get("/oauth/authorize", params=self.question(**changes), follow_redirects=False)
        if reply.status_code == 200:
            action, fields = form_of(reply)
            reply = await reader.post(
                action,
                data={**fields, "answer": answer},
                headers={"Origin": self.house.site.public_url},
                follow_redirects=False,
            )
        assert reply.status_code == 303, reply.text
        address = urlsplit(reply.headers["location"])
        assert f"{address.scheme}://{address.netloc}{address.path}" == CALLBACK
        return {name: value for name, (value,) in parse_qs(address.query).items()}

    async def token(self, http: httpx2.AsyncClient, **form: str) -> httpx2.Response:
        named = {} if self.secret else {"client_id": str(self.id)}
        return await http.post("/oauth/token", data={**named, **form}, auth=self.auth)

    async def exchange(self, http: httpx2.AsyncClient, back: dict[str, str], **changes: str) -> httpx2.Response:
        """The code of an answer for tokens."""
        form = {
            "grant_type": "authorization_code",
            "code": back["code"],
            "redirect_uri": CALLBACK,
            "code_verifier": self.verifiers[back["state"]],
        }
        return await self.token(http, **{**form, **changes})

    async def tokens(self, reader: httpx2.AsyncClient, **changes: Any) -> dict[str, Any]:
        answer = await self.exchange(reader, await self.authorize(reader, **changes))
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def own_token(self, http: httpx2.AsyncClient, **form: str) -> str:
        answer = await self.token(http, grant_type="client_credentials", **form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


async def app(house: House, *, members: tuple[UUID, ...] = (), secret: bool = False, **facts: Any) -> App:
    """A client in the database."""
    scopes = facts.pop("scopes", SCOPES)
    async with house.everybody() as session:
        row = rows.Client(
            **{
                "name": "Reading room",
                "authentication": ClientAuthentication.CLIENT_SECRET if secret else ClientAuthentication.NONE,
                "redirect_uris": [CALLBACK],
                "scopes": [*scopes],
                **facts,
            }
        )
        session.add(row)
        await session.flush()
        session.add_all(rows.ClientMember(client_id=row.id, member_id=one) for one in members)
        made = App(house, row.id, scopes=scopes)
        if secret:
            made.secret = house.site.keys.mint(Purpose.CLIENTS)
            digest = house.site.keys.fingerprint(Purpose.CLIENTS, made.secret)
            session.add(rows.ClientSecret(client_id=row.id, hash=digest))
    return made
