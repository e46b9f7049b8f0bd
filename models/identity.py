"""Who signs in and how: identity providers, pseudonyms, sessions, roles and the links that hand them out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from models.columns import (
    Localised,
    flag,
    instant,
    key,
    localised,
    may_refer,
    one_of,
    refers,
    string,
    texts,
    word,
    words,
)
from models.vocabulary import Affiliation, IdentityProtocol, Role


class IdentityProvider(SQLModel, table=True):
    """An issuer whose word counts, within the scopes that are registered for it and nowhere else."""

    __tablename__ = "identity_provider"
    __table_args__ = (
        one_of("protocol", IdentityProtocol),
        CheckConstraint("(protocol = 'saml') = (metadata_source_id IS NOT NULL)", name="metadata_known"),
    )

    id: UUID = key()
    protocol: IdentityProtocol = word(IdentityProtocol)
    issuer: str = string(unique=True)
    name: Localised = localised()
    client_id: str | None = string(default=None, nullable=True)
    client_secret: str | None = string(default=None, nullable=True)
    """Sealed with the key of purpose `providers`."""
    metadata_source_id: UUID | None = may_refer("metadata_source.id", index=False)
    """Of SAML: the one source whose word about this entity counts, so that no other federation can speak for it."""
    unsolicited: bool = flag()
    """Whether it may sign people in without having been asked (IdP-initiated)."""
    proxied_issuers: list[str] = texts()
    """Issuers through which it may answer what it was asked itself: proxies such as a national edu-ID."""
    force_authn: bool = flag()
    """Whether it must ask for the password each time."""
    mfa_for_roles: bool = flag()
    """Whether roles count only after a sign-in with several factors (REFEDS MFA)."""
    enabled: bool = flag(True)
    demo: bool = flag()
    created_at: datetime = instant()


class IdentityProviderScope(SQLModel, table=True):
    """A member is known by (verified issuer, scope)."""

    __tablename__ = "identity_provider_scope"

    provider_id: UUID = refers("identity_provider.id", primary=True, delete="CASCADE")
    scope: str = Field(sa_type=Text, foreign_key="member_scope.scope", primary_key=True, index=True)


class SignIn(SQLModel, table=True):
    """A sign-in under way. Used once; `secrets` (OpenID Connect: nonce, code verifier; SAML: what was asked for) is
    sealed with the key of purpose `login`.
    """

    __tablename__ = "sign_in"

    id: UUID = key()
    state_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    """Of the state (OpenID Connect) or of the request's ID (SAML), which the answer must name."""
    browser_hash: bytes = Field(sa_type=LargeBinary)
    """Of the cookie that binds the answer to the browser that asked."""
    provider_id: UUID = refers("identity_provider.id")
    secrets: str = string()
    target: str = string()
    invitation_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    display_name: str | None = string(default=None, nullable=True)
    testing: bool = flag()
    """Only to show which attributes come: it opens no session."""
    started_at: datetime = instant()
    used_at: datetime | None = instant(optional=True)


class SamlAnswer(SQLModel, table=True):
    """A verified response on its way from the university's cross-site form to our own page, where the browser's cookie
    comes along. Used once, within a minute.
    """

    __tablename__ = "saml_answer"

    handle_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    provider_id: UUID = refers("identity_provider.id", delete="CASCADE")
    content: str = string()
    """What the response said, sealed with the key of purpose `login`."""
    received_at: datetime = instant()


class SeenAssertion(SQLModel, table=True):
    """An assertion that came once, by a SHA-256 of issuer and ID, so that nobody sends it again."""

    __tablename__ = "seen_assertion"

    hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    expires_at: datetime = instant()


class Pseudonym(SQLModel, table=True):
    """A patron, known only by a keyed hash of her pairwise identifier at one issuer."""

    __tablename__ = "pseudonym"
    __table_args__ = (UniqueConstraint("member_id", "hash"),)

    id: UUID = key()
    member_id: UUID = refers("member.id", index=False)
    hash: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = instant()
    last_seen_at: datetime = instant()


class Session(SQLModel, table=True):
    """A signed-in browser. `member_ids` are those of its memberships, which row-level security looks at."""

    __tablename__ = "session"

    id: UUID = key()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    provider_id: UUID = refers("identity_provider.id", index=False)
    member_ids: list[UUID] = Field(sa_type=ARRAY(UuidType))
    started_at: datetime = instant()
    last_seen_at: datetime = instant()
    expires_at: datetime = instant()
    ended_at: datetime | None = instant(optional=True)
    mfa: bool = flag()
    """Whether the provider vouched for several factors (REFEDS MFA)."""


class SessionAtProvider(SQLModel, table=True):
    """What signing out at the provider, there or from here, needs to know of a session. Gone when the session ends."""

    __tablename__ = "session_at_provider"

    session_id: UUID = refers("session.id", primary=True, delete="CASCADE")
    subject_hash: bytes = Field(sa_type=LargeBinary, index=True)
    """Of what the provider calls her in this session (NameID; sub)."""
    index_hash: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True, index=True)
    """Of what the provider calls this session (SessionIndex; sid)."""
    sealed: str = string()
    """The same in the clear, for what we send there, sealed with the key of purpose `session`."""


class SessionMembership(SQLModel, table=True):
    __tablename__ = "session_membership"

    session_id: UUID = refers("session.id", primary=True, delete="CASCADE")
    member_id: UUID = refers("member.id", primary=True)
    pseudonym_id: UUID | None = may_refer("pseudonym.id", delete="SET NULL")
    affiliations: list[Affiliation] | None = words(Affiliation)
    entitlements: list[str] = texts()


class Invitation(SQLModel, table=True):
    """A one-time link that gives a role to whoever opens it and signs in through the named member."""

    __tablename__ = "invitation"
    __table_args__ = (one_of("role", Role),)

    id: UUID = key()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    member_id: UUID = refers("member.id")
    role: Role = word(Role)
    invited_by: str = string()
    reason: str | None = string(default=None, nullable=True)
    created_at: datetime = instant()
    expires_at: datetime = instant()
    redeemed_at: datetime | None = instant(optional=True)


class RoleAssignment(SQLModel, table=True):
    """A role that a person holds from `valid_from` on, until `valid_until` or until somebody ended it."""

    __tablename__ = "role_assignment"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint("valid_from <= valid_until", name="dates_in_order"),
        Index(None, "member_id", "role"),
    )

    id: UUID = key()
    pseudonym_id: UUID = refers("pseudonym.id", delete="CASCADE")
    member_id: UUID = refers("member.id", index=False)
    role: Role = word(Role)
    display_name: str = string()
    """Of the holder's own choice."""
    granted_by: str = string()
    valid_from: datetime = instant()
    valid_until: datetime | None = instant(optional=True)
    ended_at: datetime | None = instant(optional=True)
    ended_by: str | None = string(default=None, nullable=True)
    end_reason: str | None = string(default=None, nullable=True)
