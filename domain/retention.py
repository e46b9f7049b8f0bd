"""How long rows about people, and the records of what they did, are kept; what is past that goes, a batch at a time.

`rules` says for each table which rows are due. The same condition counts them (a dry run) and finds them to go, so both
agree. Rows that somebody holds at the moment are passed over: the next run meets them again. Transactions must see
every member's rows.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Table,
    and_,
    any_,
    delete,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from models import client, content, identity, intake, record
from models.vocabulary import ImportStatus

BATCH = 10_000
"""Rows that one transaction lets go, so that locks are few and short."""
SIGN_INS = timedelta(hours=1)
"""Since it began: a sign-in under way is worth nothing after ten minutes."""
SPENT = timedelta(days=1)
"""Since it began: what a client was given in its own name, and how often somebody guessed wrong."""
READERS = timedelta(hours=48)
"""What ties a reading to a person: the sign-in that it names, and the key of the day of its token."""
SHORTEST_RECORD = timedelta(days=30)
"""For decisions and usage events; the database itself lets no younger ones go (migrations/sql/0004_privacy.sql)."""
LONGEST = timedelta(days=36500)

_ROW: ColumnElement[Any] = literal_column("ctid")
_GIVEN_UP = "it was never finished, and its rows are past their retention"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long what is over is kept. `session_idle`: after how long unused a sign-in is over."""

    session_idle: timedelta
    sessions: timedelta
    pseudonyms: timedelta
    invitations: timedelta
    readings: timedelta
    decisions: timedelta
    usage_events: timedelta
    idempotency_keys: timedelta
    refused_acts: timedelta
    imports: timedelta


def period(span: timedelta) -> str:
    """As an ISO 8601 duration: P30D, PT36H, PT90S."""
    seconds = int(span.total_seconds())
    if seconds % 86400 == 0:
        return f"P{seconds // 86400}D"
    return f"PT{seconds // 3600}H" if seconds % 3600 == 0 else f"PT{seconds}S"


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table are due. `by`: the function that lets them go, where the program itself may not; `cut`: the
    column that goes, where the row stays; `fixed`: no row is ever changed, so that nobody holds one (and locking one
    would take the right to)."""

    row: type[SQLModel]
    due: ColumnElement[bool]
    by: str | None = None
    cut: str | None = None
    fixed: bool = False

    @property
    def name(self) -> str:
        """The table, or the column."""
        return f"{self._table.name}.{self.cut}" if self.cut else self._table.name

    @property
    def _table(self) -> Table:
        return cast(Table, self.row.__table__)  # type: ignore[attr-defined] # SQLModel's tables have one

    async def count(self, session: AsyncSession) -> int:
        """How many rows are due."""
        found = await session.execute(select(func.count()).select_from(self._table).where(self.due))
        return found.scalar_one()

    async def apply(self, session: AsyncSession) -> int:
        """Let a batch go; how many did. Fewer than BATCH: there are no more for now."""
        if self.by:
            return await self._ask(session, self.by)
        some = select(_ROW).select_from(self._table).where(self.due).limit(BATCH)
        some = some if self.fixed else some.with_for_update(skip_locked=True)
        chosen = any_(func.array(some.scalar_subquery())) == _ROW
        statement = update(self._table).values({self.cut: None}) if self.cut else delete(self._table)
        done = await session.execute(statement.where(chosen))
        return cast(CursorResult[Any], done).rowcount

    async def _ask(self, session: AsyncSession, function: str) -> int:
        """The program reads these rows and may not delete them: a function of the database does, and looks again."""
        keys = await session.scalars(select(self._table.c.id).where(self.due).order_by(self._table.c.id).limit(BATCH))
        done = await session.execute(text(f"SELECT {function}(:keys)"), {"keys": list(keys)})
        return int(done.scalar_one())


def rules(limits: Limits, now: datetime) -> list[Rule]:
    """What is due, table by table, in the order in which it may go."""
    return [*_entrance(limits, now), *_clients(now), *_readings(limits, now), *_intake(limits, now)]


def _entrance(limits: Limits, now: datetime) -> list[Rule]:
    session, membership, pseudonym = identity.Session, identity.SessionMembership, identity.Pseudonym
    invitation, key, refused = identity.Invitation, record.IdempotencyKey, record.RefusedAct
    over = func.least(col(session.ended_at), col(session.expires_at), col(session.last_seen_at) + limits.session_idle)
    over_long = over < now - limits.sessions
    signed_in = exists().where(
        col(membership.pseudonym_id) == col(pseudonym.id),
        col(session.id) == col(membership.session_id),
        not_(over_long),
    )
    return [
        Rule(identity.SignIn, col(identity.SignIn.started_at) < now - SIGN_INS),
        Rule(identity.SamlAnswer, col(identity.SamlAnswer.received_at) < now - SIGN_INS),
        Rule(identity.SeenAssertion, col(identity.SeenAssertion.expires_at) < now),
        Rule(session, over_long),
        Rule(
            pseudonym,
            and_(col(pseudonym.last_seen_at) < now - limits.pseudonyms, not_(signed_in), not_(_holds_a_role(now))),
        ),
        Rule(
            invitation,
            func.coalesce(col(invitation.redeemed_at), col(invitation.expires_at)) < now - limits.invitations,
        ),
        Rule(key, col(key.created_at) < now - limits.idempotency_keys),
        Rule(refused, col(refused.refused_at) < now - limits.refused_acts, fixed=True),
    ]


def _clients(now: datetime) -> list[Rule]:
    """What a person allowed goes with her sign-in."""
    given, secret, used = client.Authorization, client.ClientSecret, client.UsedAssertion
    failed = client.FailedAttempt
    return [
        Rule(given, and_(col(given.session_id).is_(None), col(given.created_at) < now - SPENT)),
        Rule(secret, col(secret.expires_at) < now),
        Rule(used, col(used.expires_at) < now - SPENT),
        Rule(failed, col(failed.window_started_at) < now - SPENT),
    ]


def _holds_a_role(now: datetime) -> ColumnElement[bool]:
    """Now, or from some day on."""
    role = identity.RoleAssignment
    return exists().where(
        col(role.pseudonym_id) == col(identity.Pseudonym.id),
        col(role.ended_at).is_(None),
        or_(col(role.valid_until).is_(None), col(role.valid_until) > now),
    )


def _readings(limits: Limits, now: datetime) -> list[Rule]:
    reading, decision, event, key = content.Reading, content.Decision, content.UsageEvent, content.ReaderKey
    long_ago = and_(
        col(reading.id) < _first_key(now - limits.readings), col(reading.last_seen_at) < now - limits.readings
    )
    read = exists().where(col(reading.decision_id) == col(decision.id), not_(long_ago))
    return [
        Rule(reading, long_ago),
        Rule(
            reading,
            and_(
                col(reading.session_id).is_not(None),
                col(reading.started_at) < now - READERS,
                not_(long_ago),
            ),
            cut="session_id",
        ),
        Rule(
            decision,
            and_(
                col(decision.id) < _first_key(now - limits.decisions),
                col(decision.decided_at) < now - limits.decisions,
                not_(read),
            ),
            by="forget_decisions",
        ),
        Rule(
            event,
            and_(
                col(event.id) < _first_key(now - limits.usage_events),
                col(event.occurred_at) < now - limits.usage_events,
            ),
            by="forget_usage_events",
        ),
        Rule(key, col(key.day) <= (now - READERS).astimezone(UTC).date()),
    ]


def _intake(limits: Limits, now: datetime) -> list[Rule]:
    run, row, problem = intake.ImportRun, intake.ImportRow, intake.ImportProblem
    of_closed = exists().where(col(run.id) == col(row.run_id), or_(not_(_running()), _given_up(limits, now)))
    of_old = exists().where(col(run.id) == col(problem.run_id), col(run.started_at) < now - limits.imports)
    return [Rule(row, of_closed), Rule(problem, of_old)]


async def sweep(session: AsyncSession, limits: Limits) -> None:
    """Let a batch of each table go: what the clock asks for."""
    now = datetime.now(UTC)
    await give_up_imports(session, limits, now)
    for rule in rules(limits, now):
        await rule.apply(session)


async def give_up_imports(session: AsyncSession, limits: Limits, now: datetime) -> None:
    """Close runs that were cut off long ago, so that none is taken up again after its rows began to go."""
    closed = {"status": ImportStatus.REFUSED, "refusal": _GIVEN_UP, "finished_at": now}
    await session.execute(update(intake.ImportRun).where(_given_up(limits, now)).values(**closed))


def _running() -> ColumnElement[bool]:
    return col(intake.ImportRun.status) == ImportStatus.RUNNING


def _given_up(limits: Limits, now: datetime) -> ColumnElement[bool]:
    return and_(_running(), col(intake.ImportRun.started_at) < now - limits.imports)


def _first_key(moment: datetime) -> UUID:
    """The least UUIDv7 (RFC 9562 §5.7) of a moment: what is older has a lesser key, which the key's index finds."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
