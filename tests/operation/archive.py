"""Rows of any age, of which rules of retention are asked."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import retention
from domain.retention import Limits, Rule
from models import content, identity, intake
from models.vocabulary import (
    AccessBasis,
    Action,
    IdentityProtocol,
    ImportKind,
    ImportStatus,
    Role,
    UsageKind,
)
from tests.rights import world as worlds

TOLD: dict[str, Any] = {
    "members": {"alpha": {}, "beta": {}},
    "packages": {"shelf": {"provider": "press", "titles": {"book": {"files": 1}}}},
}
LIMITS = Limits(
    session_idle=timedelta(hours=8),
    sessions=timedelta(days=2),
    pseudonyms=timedelta(days=100),
    invitations=timedelta(days=40),
    readings=timedelta(days=20),
    decisions=timedelta(days=60),
    usage_events=timedelta(days=80),
    idempotency_keys=timedelta(days=3),
    refused_acts=timedelta(days=50),
    imports=timedelta(days=30),
)
"""Each another one, so that no rule can read another's."""


@dataclass
class Archive:
    """Rows of any age, in a database with two members and one file. `now`: the moment at which rules are asked."""

    session: AsyncSession
    world: worlds.World
    provider: UUID
    item: UUID
    now: datetime

    @property
    def alpha(self) -> UUID:
        return self.world.id("member", "alpha")

    async def add(self, row: Any) -> Any:
        self.session.add(row)
        await self.session.flush()
        return row

    async def sign_in(self, at: datetime) -> Any:
        return await self.add(
            identity.SignIn(
                state_hash=uuid4().bytes,
                browser_hash=b"x",
                provider_id=self.provider,
                secrets="x",
                target="/",
                started_at=at,
            )
        )

    async def sitting(self, ended: datetime, pseudonym: UUID | None = None, **more: datetime) -> Any:
        """A session that was ended, or else ran out, at that moment."""
        times: dict[str, Any] = {
            "started_at": ended - timedelta(hours=1),
            "last_seen_at": ended,
            "expires_at": ended,
            **more,
        }
        row = await self.add(
            identity.Session(token_hash=uuid4().bytes, provider_id=self.provider, member_ids=[self.alpha], **times)
        )
        await self.add(identity.SessionMembership(session_id=row.id, member_id=self.alpha, pseudonym_id=pseudonym))
        return row

    async def pseudonym(self, seen: datetime) -> Any:
        return await self.add(identity.Pseudonym(member_id=self.alpha, hash=uuid4().bytes, last_seen_at=seen))

    async def role(self, pseudonym: UUID, **dates: Any) -> Any:
        return await self.add(
            identity.RoleAssignment(
                pseudonym_id=pseudonym,
                member_id=self.alpha,
                role=Role.AUDITOR,
                display_name="Ada",
                granted_by="cli:test",
                **dates,
            )
        )

    async def invitation(self, expires: datetime, redeemed: datetime | None = None) -> Any:
        return await self.add(
            identity.Invitation(
                token_hash=uuid4().bytes,
                member_id=self.alpha,
                role=Role.AUDITOR,
                invited_by="cli:test",
                expires_at=expires,
                redeemed_at=redeemed,
            )
        )

    async def decision(self, at: datetime) -> Any:
        row = content.Decision(
            id=at_key(at),
            decided_at=at,
            epoch=1,
            granted=True,
            action=Action.VIEW,
            resource_id=self.world.id("resource", "book"),
            member_id=self.alpha,
            basis=AccessBasis.LICENCE,
        )
        return await self.add(row)

    async def reading(self, seen: datetime, decision: UUID | None = None, **more: Any) -> Any:
        begun = more.pop("started_at", seen)
        row = content.Reading(
            id=at_key(begun),
            link_hash=uuid4().bytes,
            content_item_id=self.item,
            decision_id=decision or (await self.decision(begun)).id,
            action=Action.VIEW,
            member_id=self.alpha,
            epoch=1,
            started_at=begun,
            last_seen_at=seen,
            **more,
        )
        return await self.add(row)

    async def event(self, at: datetime, decision: UUID | None = None) -> Any:
        row = content.UsageEvent(
            id=at_key(at),
            occurred_at=at,
            kind=UsageKind.REQUEST,
            action=Action.VIEW,
            resource_id=self.world.id("resource", "book"),
            member_id=self.alpha,
            decision_id=decision,
            reader_token=b"token",
        )
        return await self.add(row)

    async def run(self, started: datetime, status: ImportStatus = ImportStatus.REFUSED) -> Any:
        return await self.add(
            intake.ImportRun(
                kind=ImportKind.MEMBERS,
                target="members",
                file_name="members.csv",
                file_sha256=uuid4().hex,
                status=status,
                actor="cli:test",
                started_at=started,
            )
        )

    async def problem(self, started: datetime) -> Any:
        return await self.add(
            intake.ImportProblem(run_id=(await self.run(started)).id, severity="row", reason="x", value="a name")
        )

    async def row(self, status: ImportStatus) -> Any:
        """A staged row of a run that began just now."""
        return await self.add(intake.ImportRow(run_id=(await self.run(self.now, status)).id, line=1))

    async def apply(self, name: str, limits: Limits = LIMITS) -> int:
        """What the rules of that name let go."""
        await self.session.flush()
        return sum([await rule.apply(self.session) for rule in of(name, limits, self.now)])

    async def there(self, row: Any) -> bool:
        """Whether a row is still in its table."""
        table = type(row)
        keys = list(table.__table__.primary_key.columns)
        found = select(func.count()).select_from(table).where(*(one == getattr(row, one.name) for one in keys))
        return await self.session.scalar(found) == 1

    async def kept(self, column: Any, row: Any) -> Any:
        """A column of a row as it stands in the table now."""
        return await self.session.scalar(select(col(column)).where(column.class_.id == row.id))


def at_key(moment: datetime) -> UUID:
    """A UUIDv7 of that moment, as PostgreSQL makes them."""
    tail = uuid4().int & ((1 << 62) - 1)
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | tail)


def of(name: str, limits: Limits, now: datetime) -> list[Rule]:
    return [rule for rule in retention.rules(limits, now) if rule.name == name]


async def archived(session: AsyncSession) -> Archive:
    world = await worlds.load(session, TOLD)
    provider = identity.IdentityProvider(
        protocol=IdentityProtocol.OIDC, issuer="https://idp.example", name={"en": "A provider"}
    )
    session.add(provider)
    await session.flush()
    item = await session.scalar(select(col(content.ContentItem.id)))
    assert item
    return Archive(session, world, provider.id, item, datetime.now(UTC))
