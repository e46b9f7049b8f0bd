"""Parties: providers, and the members of the consortium with their groups, scopes and networks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import INET
from sqlmodel import Field, SQLModel

from models.columns import Localised, flag, instant, key, localised, may_refer, one_of, refers, string, version, word
from models.vocabulary import PartyKind


class Party(SQLModel, table=True):
    """Who licenses or contributes. `code` is the key by which import files name it, unique within its kind."""

    __tablename__ = "party"
    __table_args__ = (one_of("kind", PartyKind), UniqueConstraint("kind", "code"))

    id: UUID = key()
    kind: PartyKind = word(PartyKind)
    code: str = string()
    name: Localised = localised()
    version: int = version()
    """Of the provider or the member, whichever it is."""
    created_at: datetime = instant()


class Member(SQLModel, table=True):
    """An institution in the pool: the party of kind member with the same id."""

    __tablename__ = "member"
    __table_args__ = (CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_iso_3166"),)

    id: UUID = refers("party.id", primary=True)
    kind: str = string()
    country: str | None = string(default=None, nullable=True)
    """ISO 3166-1 alpha-2. Unknown = territory terms refuse with ATTRIBUTE_MISSING."""
    time_zone: str = string()
    """IANA name: in it the days of agreements begin and end."""
    contact: str | None = string(default=None, nullable=True)
    proxy_prefix: str | None = string(default=None, nullable=True)
    """The member's proxy, with {url} where the percent-encoded target goes."""
    walk_ins: bool = flag()
    """Whoever is on the member's network is also a library-walk-in there."""
    created_at: datetime = instant()


class MemberIdentifier(SQLModel, table=True):
    """isil, ror, entity_id, jc_id … Several members may share one (an identity provider run for a region)."""

    __tablename__ = "member_identifier"
    __table_args__ = (Index(None, "namespace", "value"),)

    member_id: UUID = refers("member.id", primary=True, delete="CASCADE")
    namespace: str = string(primary_key=True)
    value: str = string(primary_key=True)


class MemberScope(SQLModel, table=True):
    """An eduPerson scope (a domain) that belongs to one member."""

    __tablename__ = "member_scope"
    __table_args__ = (CheckConstraint("scope = lower(scope)", name="scope_lower_case"),)

    scope: str = string(primary_key=True)
    member_id: UUID = refers("member.id")


class MemberGroup(SQLModel, table=True):
    """A group or sub-consortium. A trigger refuses cycles."""

    __tablename__ = "member_group"

    id: UUID = key()
    code: str = string(unique=True)
    name: Localised = localised()
    parent_id: UUID | None = may_refer("member_group.id")


class GroupMembership(SQLModel, table=True):
    __tablename__ = "group_membership"

    group_id: UUID = refers("member_group.id", primary=True, delete="CASCADE")
    member_id: UUID = Field(foreign_key="member.id", primary_key=True, index=True, ondelete="CASCADE")


class NetworkRange(SQLModel, table=True):
    """Addresses of a member's sites, both ends inclusive. Private to the member. Two members may share an address."""

    __tablename__ = "network_range"
    __table_args__ = (
        UniqueConstraint("member_id", "first", "last"),
        CheckConstraint("first <= last AND family(first) = family(last)", name="ends_in_order"),
        Index("ix_network_range_addresses", text("inetrange(first, last, '[]')"), postgresql_using="gist"),
    )

    id: UUID = key()
    member_id: UUID = refers("member.id", delete="CASCADE")
    first: str = Field(sa_type=INET)
    last: str = Field(sa_type=INET)
    written: str | None = string(default=None, nullable=True)
    """The range as the member wrote it."""
