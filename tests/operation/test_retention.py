"""What is kept, and for how long: each rule's edge, and what survives it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from api import database as edge
from api import worker
from api.commands import retention as command
from api.database import Transactions, Urls
from api.settings import Settings
from domain import readers, retention
from domain.keys import KeyStore
from domain.readers import Visitor
from models import client, content, identity, intake, record
from models.vocabulary import (
    ImportStatus,
)
from tests.operation.archive import LIMITS, Archive, archived, of

A_MOMENT = timedelta(minutes=5)


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


async def _of_a_client(archive: Archive, row: Any) -> Any:
    app = await archive.add(client.Client(name="An app"))
    row.client_id = app.id
    return await archive.add(row)


async def _given(archive: Archive, at: datetime) -> Any:
    """In the client's own name: no sign-in ends it."""
    return await _of_a_client(archive, client.Authorization(member_ids=[], created_at=at))


async def _secret(archive: Archive, at: datetime) -> Any:
    return await _of_a_client(archive, client.ClientSecret(hash=b"x", expires_at=at))


async def _assertion(archive: Archive, at: datetime) -> Any:
    return await _of_a_client(archive, client.UsedAssertion(hash=b"x", expires_at=at))


async def _answer(archive: Archive, at: datetime) -> Any:
    row = identity.SamlAnswer(handle_hash=uuid4().bytes, provider_id=archive.provider, content="x", received_at=at)
    return await archive.add(row)


async def _seen(archive: Archive, at: datetime) -> Any:
    return await archive.add(identity.SeenAssertion(hash=uuid4().bytes, expires_at=at))


async def _failed(archive: Archive, at: datetime) -> Any:
    return await archive.add(client.FailedAttempt(fingerprint=uuid4().bytes, window_started_at=at))


EDGES: list[tuple[str, timedelta, Made]] = [
    ("sign_in", retention.SIGN_INS, Archive.sign_in),
    ("saml_answer", retention.SIGN_INS, _answer),
    ("seen_assertion", timedelta(), _seen),
    ("session", LIMITS.sessions, Archive.sitting),
    ("session", LIMITS.sessions, _ended),
    ("session", LIMITS.sessions, _unused),
    ("pseudonym", LIMITS.pseudonyms, Archive.pseudonym),
    ("invitation", LIMITS.invitations, Archive.invitation),
    ("invitation", LIMITS.invitations, lambda a, at: a.invitation(a.now + timedelta(days=9), redeemed=at)),
    ("idempotency_key", LIMITS.idempotency_keys, _key),
    ("refused_act", LIMITS.refused_acts, _refused),
    ("client_authorization", retention.SPENT, _given),
    ("client_secret", timedelta(), _secret),
    ("used_assertion", retention.SPENT, _assertion),
    ("failed_attempt", retention.SPENT, _failed),
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
