"""Who asks: the facts about a person or program that decisions and visibility rest on, and nothing else about them."""

from dataclasses import dataclass, field
from uuid import UUID

from domain.scopes import Scope
from models.vocabulary import Affiliation, Role

IMPLIES_MEMBER = frozenset({Affiliation.STUDENT, Affiliation.FACULTY, Affiliation.STAFF})


@dataclass(frozen=True, slots=True)
class Membership:
    """One person's standing with one member: what its identity provider asserted, within its registered scopes."""

    member_id: UUID
    affiliations: frozenset[Affiliation] = frozenset()
    entitlements: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset()
    pseudonym_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """What a decision reads of the person. `on_site` are the members on whose network she is now.

    A person may belong to several members; each membership is judged alone, and standing on one member's
    network never satisfies another's "on site".
    """

    memberships: tuple[Membership, ...] = ()
    on_site: frozenset[UUID] = frozenset()
    territory: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The client that sends a request with its token: for the person who allowed it, or in its own name.

    `members`: those for which it acts; None = all. `scopes`: what the token is good for.
    """

    client_id: UUID
    authorization_id: UUID
    members: frozenset[UUID] | None
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who sends this request: the principal, and what the answer may show her. No caller: her own browser."""

    principal: Principal = field(default_factory=Principal)
    session_id: UUID | None = None
    caller: Caller | None = None

    @property
    def signed_in(self) -> bool:
        return self.session_id is not None

    @property
    def in_own_name(self) -> Caller | None:
        """The client that asks without a person."""
        return None if self.signed_in else self.caller

    def allows(self, scope: Scope) -> bool:
        """Whether the request may do or show what this scope is for; a browser's may all that its person may."""
        return self.caller is None or scope in self.caller.scopes

    @property
    def sees_everything(self) -> bool:
        """Consortium admins and auditors see what librarians of every member see."""
        return any({Role.CONSORTIUM_ADMIN, Role.AUDITOR} & m.roles for m in self.principal.memberships)

    @property
    def administers(self) -> bool:
        return any(Role.CONSORTIUM_ADMIN in m.roles for m in self.principal.memberships)

    @property
    def librarian_of(self) -> frozenset[UUID]:
        return frozenset(m.member_id for m in self.principal.memberships if Role.MEMBER_LIBRARIAN in m.roles)

    def staff_for(self, member_id: UUID) -> bool:
        return self.sees_everything or member_id in self.librarian_of

    @property
    def member_ids(self) -> frozenset[UUID]:
        """Members whose private rows row-level security lets this request touch."""
        return frozenset(m.member_id for m in self.principal.memberships) | self.principal.on_site


ANONYMOUS = Viewer()
