"""What is kept, and for how long: each rule's edge, what survives it, and that every table of people has one."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from api import database as edge
from api import settings as configuration
from api import worker
from api.commands import retention as command
from api.database import Transactions, Urls
from api.settings import RETENTION, Settings, SettingsError
from domain import readers, retention
from domain.keys import KeyStore
from domain.readers import Visitor
from domain.retention import Limits, Rule
from models import content, identity, intake, record
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
A_MOMENT = timedelta(minutes=5)


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


@pytest.fixture
async def archive(session: AsyncSession) -> Archive:
    return await archived(session)


Made = Callable[[Archive, datetime], Awaitable[Any]]


async def _key(archive: Archive, at: datetime) -> Any:
    return await archive.add(record.IdempotencyKey(scope=b"x", key=uuid4().hex, request=b"x", created_at=at))


async def _refused(archive: Archive, at: datetime) -> Any:
    return await archive.add(record.RefusedAct(act="roleInvite", problem="forbidden", refused_at=at))


async def _ended(archive: Archive, at: datetime) -> Any:
    return await archive.sitting(at + timedelta(hours=9), ended_at=at)


async def _unused(archive: Archive, at: datetime) -> Any:
    """It would go on, but nobody used it, and so it was over after the idle time."""
    return await archive.sitting(at + timedelta(hours=20), last_seen_at=at - LIMITS.session_idle)


EDGES: list[tuple[str, timedelta, Made]] = [
    ("sign_in", retention.SIGN_INS, Archive.sign_in),
    ("session", LIMITS.sessions, Archive.sitting),
    ("session", LIMITS.sessions, _ended),
    ("session", LIMITS.sessions, _unused),
    ("pseudonym", LIMITS.pseudonyms, Archive.pseudonym),
    ("invitation", LIMITS.invitations, Archive.invitation),
    ("invitation", LIMITS.invitations, lambda a, at: a.invitation(a.now + timedelta(days=9), redeemed=at)),
    ("idempotency_key", LIMITS.idempotency_keys, _key),
    ("refused_act", LIMITS.refused_acts, _refused),
    ("reading", LIMITS.readings, Archive.reading),
    ("decision", LIMITS.decisions, Archive.decision),
    ("usage_event", LIMITS.usage_events, Archive.event),
    ("import_problem", LIMITS.imports, Archive.problem),
]
"""A rule, how long it keeps, and what makes a row of that age."""
OF_THEIR_OWN = {"reading.session_id", "reader_key", "import_row"}
"""Rules whose edge isn't an age of the row alone: a test of its own each."""


@pytest.mark.parametrize(("name", "limit", "made"), EDGES)
async def test_a_row_just_inside_stays_and_one_just_past_goes(
    archive: Archive, name: str, limit: timedelta, made: Made
) -> None:
    inside = await made(archive, archive.now - limit + A_MOMENT)
    past = await made(archive, archive.now - limit - A_MOMENT)
    (rule,) = [one for one in of(name, LIMITS, archive.now) if one.cut is None]
    assert await rule.count(archive.session) == 1
    assert await archive.apply(name) == 1
    assert (await archive.there(inside), await archive.there(past)) == (True, False)
    assert await archive.apply(name) == 0


def test_every_rule_has_its_edge_tried() -> None:
    names = {rule.name for rule in retention.rules(LIMITS, datetime.now(UTC))}
    assert names == {name for name, _, _ in EDGES} | OF_THEIR_OWN


async def test_a_reading_loses_its_sign_in_after_two_days_and_stays(archive: Archive) -> None:
    sitting = await archive.sitting(archive.now + timedelta(hours=1))
    inside, past = [
        await archive.reading(archive.now, started_at=archive.now - age, session_id=sitting.id)
        for age in (timedelta(hours=48) - A_MOMENT, timedelta(hours=48) + A_MOMENT)
    ]
    assert await archive.apply("reading.session_id") == 1
    assert await archive.kept(content.Reading.session_id, inside) == sitting.id
    assert await archive.kept(content.Reading.session_id, past) is None
    assert await archive.there(sitting)


async def test_staged_rows_go_when_their_run_is_over(archive: Archive) -> None:
    running = await archive.row(ImportStatus.RUNNING)
    closed = [await archive.row(status) for status in ImportStatus if status is not ImportStatus.RUNNING]
    assert await archive.apply("import_row") == len(closed) > 0
    assert await archive.there(running)


async def test_a_run_that_nobody_finished_is_given_up_and_can_never_be_taken_up_again(archive: Archive) -> None:
    recent, abandoned = [
        await archive.run(archive.now - LIMITS.imports + age, ImportStatus.RUNNING) for age in (A_MOMENT, -A_MOMENT)
    ]
    rows = [await archive.add(intake.ImportRow(run_id=one.id, line=1)) for one in (recent, abandoned)]
    await retention.sweep(archive.session, LIMITS)
    assert [await archive.there(one) for one in rows] == [True, False]
    assert await archive.kept(intake.ImportRun.status, abandoned) is ImportStatus.REFUSED
    assert await archive.kept(intake.ImportRun.refusal, abandoned)
    assert await archive.kept(intake.ImportRun.status, recent) is ImportStatus.RUNNING


async def test_a_sign_in_that_goes_takes_its_memberships_and_leaves_pseudonym_and_reading(archive: Archive) -> None:
    pseudonym = await archive.pseudonym(archive.now)
    sitting = await archive.sitting(archive.now - timedelta(days=3), pseudonym.id)
    reading = await archive.reading(archive.now, session_id=sitting.id)
    assert await archive.apply("session") == 1
    assert await archive.session.scalar(select(func.count()).select_from(identity.SessionMembership)) == 0
    assert await archive.there(pseudonym)
    assert await archive.kept(content.Reading.session_id, reading) is None


async def test_a_pseudonym_stays_while_a_sign_in_or_a_role_needs_it(archive: Archive) -> None:
    long_ago, soon = archive.now - timedelta(days=300), archive.now + timedelta(days=9)
    unneeded, signed_in, holder, later, former, ended = [await archive.pseudonym(long_ago) for _ in range(6)]
    await archive.sitting(archive.now, signed_in.id)
    await archive.role(holder.id, valid_from=long_ago)
    await archive.role(later.id, valid_from=soon, valid_until=soon + timedelta(days=1))
    past = await archive.role(former.id, valid_from=long_ago, valid_until=archive.now - A_MOMENT)
    over = await archive.role(ended.id, valid_from=long_ago, ended_at=archive.now - A_MOMENT)
    change = await archive.add(
        record.Change(
            subject="licence",
            subject_id=uuid4(),
            act="licenceCreate",
            actor=f"pseudonym:{former.id}",
            actor_name="Ada",
            version=1,
        )
    )
    assert await archive.apply("pseudonym") == 3
    gone = [await archive.there(one) for one in (unneeded, signed_in, holder, later, former, ended)]
    assert gone == [False, True, True, True, False, False]
    assert [await archive.there(one) for one in (past, over)] == [False, False], "roles go with their holder"
    assert await archive.there(change), "what she did stays on record"


async def test_a_role_outlives_the_invitation_that_gave_it(archive: Archive) -> None:
    invitation = await archive.invitation(archive.now, redeemed=archive.now - timedelta(days=41))
    pseudonym = await archive.pseudonym(archive.now)
    role = await archive.role(pseudonym.id)
    await archive.session.execute(update(identity.RoleAssignment).values(granted_by=f"invitation:{invitation.id}"))
    assert await archive.apply("invitation") == 1
    assert await archive.there(role)


async def test_a_reading_goes_alone_and_its_decision_only_after_it(archive: Archive) -> None:
    long_ago = archive.now - timedelta(days=70)
    decision = await archive.decision(long_ago)
    reading = await archive.reading(archive.now - timedelta(days=19), decision.id, started_at=long_ago)
    event = await archive.event(long_ago, decision.id)
    assert await archive.apply("decision") == 0, "it is still being read by"
    await archive.session.execute(update(content.Reading).values(last_seen_at=archive.now - timedelta(days=21)))
    assert await archive.apply("reading") == 1
    assert (await archive.there(reading), await archive.there(decision)) == (False, True)
    assert await archive.apply("decision") == 1
    assert not await archive.there(decision)
    assert await archive.kept(content.UsageEvent.decision_id, event) is None, "the event outlives both"


async def test_the_database_itself_lets_no_young_record_go_and_asks_who_sees_all(archive: Archive) -> None:
    """Whatever a limit says: migrations/sql/0004_privacy.sql looks again."""
    young = archive.now - retention.SHORTEST_RECORD + A_MOMENT
    decision, event = await archive.decision(young), await archive.event(young)
    eager = replace(LIMITS, decisions=timedelta(0), usage_events=timedelta(0))
    assert [await archive.apply(name, eager) for name in ("decision", "usage_event")] == [0, 0]
    old = [
        await archive.decision(archive.now - timedelta(days=70)),
        await archive.event(archive.now - timedelta(days=90)),
    ]
    await archive.session.execute(text("SELECT set_config('mutua.members', :one, true)"), {"one": str(archive.alpha)})
    assert [await archive.apply(name) for name in ("decision", "usage_event")] == [0, 0]
    assert [await archive.there(one) for one in (decision, event, *old)] == [True] * 4


async def test_with_one_members_view_nothing_of_another_goes(archive: Archive) -> None:
    """As mutua_app, which row-level security binds."""
    past = archive.now - timedelta(days=200)
    for member in ("alpha", "beta"):
        member_id = archive.world.id("member", member)
        await archive.add(identity.Pseudonym(member_id=member_id, hash=b"x", last_seen_at=past))
    await archive.session.execute(text("SELECT set_config('mutua.members', :one, true)"), {"one": str(archive.alpha)})
    assert await archive.apply("pseudonym") == 1
    await archive.session.execute(text("SELECT set_config('mutua.members', '*', true)"))
    left = await archive.session.scalars(select(col(identity.Pseudonym.member_id)))
    assert left.all() == [archive.world.id("member", "beta")]


async def test_the_reader_key_of_two_days_ago_is_destroyed_and_its_tokens_cant_be_made_again(
    archive: Archive, tmp_path: Path
) -> None:
    keys, visitor = KeyStore(tmp_path / "keys", demo=True), Visitor("192.0.2.1", "a")
    noon = datetime(2026, 3, 3, 12, tzinfo=UTC)
    days = [noon - timedelta(days=age) for age in range(4)]
    made = [await readers.token(archive.session, keys, None, None, visitor, day) for day in days]
    (rule,) = of("reader_key", LIMITS, noon)
    assert await rule.count(archive.session) == 2
    assert await rule.apply(archive.session) == 2
    left = await archive.session.scalars(select(col(content.ReaderKey.day)).order_by(col(content.ReaderKey.day)))
    assert left.all() == [days[1].date(), days[0].date()]
    again = [await readers.token(archive.session, keys, None, None, visitor, day) for day in days]
    assert [one == other for one, other in zip(made, again, strict=True)] == [True, True, False, False]


@pytest.mark.parametrize("hours", [47, 48, 49, 71])
async def test_a_reader_key_lives_no_longer_than_48_hours_after_its_first_use(archive: Archive, hours: int) -> None:
    """Made at the first moment of its day, it is due by the 48th hour, and never within a day after its day's end."""
    first = datetime(2026, 3, 1, tzinfo=UTC)
    await archive.add(content.ReaderKey(day=first.date(), sealed="x"))
    (rule,) = of("reader_key", LIMITS, first + timedelta(hours=hours))
    assert await rule.count(archive.session) == (1 if hours >= 48 else 0)


@pytest.fixture
async def begin(database: Urls) -> AsyncIterator[Transactions]:
    pool = edge.engine(database.app)
    yield edge.as_everybody(edge.sessions(pool))
    await pool.dispose()


async def test_a_dry_run_counts_what_goes_and_more_than_a_batch_goes_batch_by_batch(
    begin: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    async with begin() as session:
        archive = await archived(session)
        for _ in range(7):
            await _key(archive, archive.now - timedelta(days=4))
            await archive.event(archive.now - timedelta(days=90))
        await _key(archive, archive.now)
        await archive.sitting(archive.now - timedelta(days=3))
    told = await command.due(begin, LIMITS, archive.now)
    assert (told["idempotency_key"], told["usage_event"], told["session"]) == (7, 7, 1)
    async with begin() as session:
        await retention.sweep(session, LIMITS)
        count = select(func.count()).select_from(record.IdempotencyKey)
        assert await session.scalar(count) == 8 - retention.BATCH, "the clock's job lets one batch go an hour"
        await session.rollback()
    assert await command.let_go(begin, LIMITS, archive.now) == told
    assert set((await command.due(begin, LIMITS, archive.now)).values()) == {0}
    async with begin() as session:
        assert await session.scalar(select(func.count()).select_from(record.IdempotencyKey)) == 1


async def test_a_row_that_somebody_holds_is_passed_over_and_goes_next_time(begin: Transactions) -> None:
    async with begin() as session:
        archive = await archived(session)
        held = await archive.sitting(archive.now - timedelta(days=3))
        await archive.sitting(archive.now - timedelta(days=3))
    async with begin() as other:
        await other.execute(text("SELECT FROM session WHERE id = :id FOR UPDATE"), {"id": held.id})
        async with asyncio.timeout(20):
            assert (await command.let_go(begin, LIMITS, archive.now))["session"] == 1
    assert (await command.let_go(begin, LIMITS, archive.now))["session"] == 1


async def test_the_workers_clock_lets_go_what_is_past_its_retention(begin: Transactions, database: Urls) -> None:
    settings = Settings(database_url=database.app, retention_idempotency_keys=timedelta(days=3))
    async with begin() as session:
        archive = await archived(session)
        for age in (timedelta(days=3) + A_MOMENT, timedelta(days=3) - A_MOMENT):
            await _key(archive, archive.now - age)
    work = asyncio.create_task(worker.work(database.app, worker.periodic(settings)))
    try:
        async with asyncio.timeout(60):
            while await _left(begin) != 1:  # noqa: ASYNC110 the worker tells nobody
                await asyncio.sleep(0.1)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _left(begin: Transactions) -> int | None:
    async with begin() as session:
        return await session.scalar(select(func.count()).select_from(record.IdempotencyKey))


GOES_WITH = {
    "session_membership": "with its session",
    "role_assignment": "with its holder's pseudonym: who held which role stays known while she is",
    "import_run": "for good: `actor` is an account of the machine",
    "change": "for good, as the record of acts; the actor's name goes when she has it erased",
    "standing_change": "for good: `actor` is an account of the machine",
}
"""Tables that hold something of a person and have no rule of their own, and why."""
NOBODYS = {
    *("agreement", "agreement_period", "clause", "client", "consortium", "content_item", "contributor"),
    *("controlling_licence", "coverage", "entitlement", "entitlement_coverage", "epoch", "group_membership"),
    *("identity_provider", "identity_provider_scope", "licence", "licence_document", "member", "member_group"),
    *("member_identifier", "member_scope", "network_range", "obligation", "outbox", "package", "package_title"),
    *("participation", "party", "platform", "resource", "resource_identifier", "resource_subject", "silent_default"),
    *("statutory_rule", "subject", "term", "user_class"),
}
"""Tables that hold nothing of anybody who signs in or asks."""
PERSONAL = re.compile(
    r"actor|_by$|display_name|pseudonym|session|reader|token|browser|address|e_?mail|person|user_id|affiliation|seen_at"
)
"""Names of columns that hold something of a person."""
NOT_OF_A_PERSON = {
    *("agreement_period.cancel_by", "resource.contributed_by", "resource.succeeded_by", "term.affiliations"),
}


def tables() -> dict[str, Any]:
    return dict(SQLModel.metadata.tables)


def test_every_table_has_a_rule_or_a_reason_or_nothing_of_a_person() -> None:
    ruled = {rule.row.__tablename__ for rule in retention.rules(LIMITS, datetime.now(UTC))}
    assert set(tables()) - ruled - set(GOES_WITH) - NOBODYS == set(), "a table of which nobody said how long it is kept"
    assert ruled | set(GOES_WITH) | NOBODYS == set(tables())
    assert (ruled & set(GOES_WITH), ruled & NOBODYS, set(GOES_WITH) & NOBODYS) == (set(), set(), set())


def test_no_table_without_anything_of_a_person_has_a_column_that_sounds_like_it() -> None:
    columns = {f"{name}.{column.name}" for name in NOBODYS for column in tables()[name].columns}
    assert {one for one in columns if PERSONAL.search(one.partition(".")[2])} - NOT_OF_A_PERSON == set()


def test_what_goes_with_another_refers_to_it_so() -> None:
    for name, parent in (("session_membership", "session"), ("role_assignment", "pseudonym")):
        (key,) = [one for one in tables()[name].foreign_keys if one.column.table.name == parent]
        assert key.ondelete == "CASCADE"


def test_every_limit_is_a_setting() -> None:
    assert {f"retention_{limit.name}" for limit in fields(Limits)} == {*RETENTION, "retention_session_idle"}
    settings = Settings(retention_refused_acts=timedelta(days=7))
    assert settings.retention.refused_acts == timedelta(days=7)


@pytest.mark.parametrize("name", RETENTION)
@pytest.mark.parametrize("value", ["forever", "-1", "-P1D", "P1000Y", "P36501D", "1e9", ""])
def test_a_setting_that_makes_no_sense_is_refused_with_one_line(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"MUTUA_{name.upper()}"
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refused:
        configuration.load()
    assert str(refused.value).startswith(f"{variable}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "shortest"),
    [("DECISIONS", 30), ("USAGE_EVENTS", 30), ("READINGS", 1), ("IMPORTS", 1)],
)
def test_what_must_be_kept_for_a_while_cant_be_set_shorter(
    name: str, shortest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"MUTUA_RETENTION_{name}"
    monkeypatch.setenv(variable, f"P{shortest}D")
    assert getattr(configuration.load().retention, name.lower()) == timedelta(days=shortest)
    monkeypatch.setenv(variable, str(shortest * 86400 - 1))
    with pytest.raises(SettingsError, match=variable):
        configuration.load()
