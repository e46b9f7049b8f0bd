"""Clients: apps and partner systems that call the API with credentials of their own (RFC 6749 §1.1), and what they were
allowed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from models.columns import instant, key, may_refer, one_of, refers, string, texts, version, word
from models.vocabulary import ClientAuthentication


class Client(SQLModel, table=True):
    """`member_id`: the member whose librarians registered it, and for which alone it acts. Null: it is the
    consortium's, and acts for the members of `client_member`, or, where there are none, for all.

    An app has `redirect_uris` and people sign in through it; whoever authenticates may also ask in its own name.
    """

    __tablename__ = "client"
    __table_args__ = (
        one_of("authentication", ClientAuthentication),
        CheckConstraint(
            f"(authentication = '{ClientAuthentication.PRIVATE_KEY_JWT}') = (jwks IS NOT NULL)", name="keys_known"
        ),
    )

    id: UUID = key()
    name: str = string()
    member_id: UUID | None = may_refer("member.id")
    authentication: ClientAuthentication = word(
        ClientAuthentication,
        default=ClientAuthentication.NONE,
        sa_column_kwargs={"server_default": ClientAuthentication.NONE.value},
    )
    redirect_uris: list[str] = texts()
    post_logout_redirect_uris: list[str] = texts()
    origins: list[str] = texts()
    """Of pages that may call from a browser (CORS)."""
    scopes: list[str] = texts()
    """All that it may ever be given."""
    jwks: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True), nullable=True)
    """Its public keys (RFC 7517), where it signs its assertions."""
    suspended_at: datetime | None = instant(optional=True)
    version: int = version()
    created_at: datetime = instant()


class ClientMember(SQLModel, table=True):
    """A member that named a client of the consortium: it acts for it."""

    __tablename__ = "client_member"

    client_id: UUID = refers("client.id", primary=True, delete="CASCADE")
    member_id: UUID = refers("member.id", primary=True)


class ClientSecret(SQLModel, table=True):
    """A fingerprint of a secret (key of purpose `clients`). After a rotation the old one may go on for a while."""

    __tablename__ = "client_secret"

    id: UUID = key()
    client_id: UUID = refers("client.id", delete="CASCADE")
    hash: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = instant()
    expires_at: datetime | None = instant(optional=True)


class Authorization(SQLModel, table=True):
    """What one person allowed a client in one sign-in, or, without a session, what a client was given in its own name.

    Code, access tokens and refresh tokens carry its key and nothing else that counts: it is what revoking ends. Of its
    refresh tokens only the one of this `generation` is good.
    """

    __tablename__ = "client_authorization"
    __table_args__ = (Index(None, "session_id"),)

    id: UUID = key()
    client_id: UUID = refers("client.id", delete="CASCADE")
    session_id: UUID | None = may_refer("session.id", index=False, delete="CASCADE")
    member_ids: list[UUID] = Field(sa_type=ARRAY(UuidType))
    """The members of its session, which row-level security looks at; none without a session."""
    scopes: list[str] = texts()
    redirect_uri: str | None = string(default=None, nullable=True)
    nonce: str | None = string(default=None, nullable=True)
    code_challenge: str | None = string(default=None, nullable=True)
    created_at: datetime = instant()
    code_used_at: datetime | None = instant(optional=True)
    generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    revoked_at: datetime | None = instant(optional=True)
    revoked_for: str | None = string(default=None, nullable=True)
    """code_replayed, refresh_token_replayed, by_client, by_person, client_suspended."""


class Consent(SQLModel, table=True):
    """What a person allowed a client, remembered for her next sign-in."""

    __tablename__ = "consent"

    pseudonym_id: UUID = refers("pseudonym.id", primary=True, delete="CASCADE")
    client_id: UUID = refers("client.id", primary=True, delete="CASCADE")
    member_id: UUID = refers("member.id", index=False)
    scopes: list[str] = texts()
    given_at: datetime = instant()


class UsedAssertion(SQLModel, table=True):
    """The `jti` of a client's assertion, so that nobody uses it again (RFC 7523 §3)."""

    __tablename__ = "used_assertion"

    client_id: UUID = refers("client.id", primary=True, delete="CASCADE")
    hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    expires_at: datetime = instant()


class FailedAttempt(SQLModel, table=True):
    """How often a secret, code or token was refused within a window, by a fingerprint of client and address."""

    __tablename__ = "failed_attempt"

    fingerprint: bytes = Field(sa_type=LargeBinary, primary_key=True)
    window_started_at: datetime = instant()
    failures: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
