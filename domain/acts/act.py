"""What all acts share: who may, which version she saw, what is different afterwards, and the record of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Column, Select, inspect, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain import messages
from domain.acts import names
from domain.acts.names import Reference
from domain.principal import ANONYMOUS, Viewer
from models import identity as people
from models.record import Change, RefusedAct

Row = TypeVar("Row", bound=SQLModel)
State = Mapping[str, str | Reference | None]
"""A thing's facts as people read them, by field; what it refers to is named when it goes on record."""

NOT_TOLD = frozenset({"id", "version", "created_at", "search", "sort_title", "ordinal"})
"""Columns that no record shows: keys, and what is made from others."""


class Problem(StrEnum):
    """Why an act can't be done; an entry of the message catalogue each."""

    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    BLANK = "blank"
    TOO_LONG = "too_long"
    TAKEN = "taken"
    OVERLAPS = "overlaps"
    NOTHING_TO_CHANGE = "nothing_to_change"
    DATES_REVERSED = "dates_reversed"
    STATE = "wrong_state"
    TOO_MANY = "too_many"
    EMBARGO = "embargo_unreadable"
    VALUE = "bad_user_input"
    TEMPLATE = "template_unreadable"
    IN_USE = "in_use"
    DUPLICATE = "already_catalogued"
    IDENTIFIER = "identifier_unreadable"


class ActRefused(Exception):
    """The act can't be done. `path`: the input's fields from the outside in; empty = the act as a whole."""

    def __init__(self, problem: str, *path: str, **facts: messages.Fact) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its name (the mutation's), who does it, and why."""

    name: str
    viewer: Viewer = ANONYMOUS
    reason: str | None = None
    today: date = field(default_factory=date.today)
    """In the consortium's time zone."""
    account: str | None = None
    """Of the machine, `cli:<account>`: whoever runs a command acts for all, and signs so."""

    def require(self, member_id: UUID | None) -> None:
        """Refused unless whoever acts may do so for this member; None = for the consortium."""
        if not (self.account or may_act(self.viewer, member_id)):
            raise ActRefused(Problem.FORBIDDEN)


def may_act(viewer: Viewer, member_id: UUID | None) -> bool:
    """A consortium admin acts for every member and for the consortium, a librarian for her own member, nobody else."""
    return viewer.administers or (member_id is not None and member_id in viewer.librarian_of)


async def taken_up(session: AsyncSession, of: type[Row], key: UUID | None, version: int) -> Row:
    """The row to change, locked, as the viewer saw it: for things that everybody sees. Whether she may change it is the
    caller's to ask. For others: `locked` with what she sees, `Act.require`, then `as_seen`.

    Raises:
        ActRefused: there is none, or somebody changed it meanwhile.
    """
    row: Row = await locked(session, select(of).where(of.id == key), of)  # type: ignore[attr-defined] # every root has one
    as_seen(row, version)
    return row


async def locked(session: AsyncSession, found: Select[*tuple[Any, ...]], of: type[Row], *path: str) -> Row:
    """The row to change, which `found` looks for among those that the viewer sees: what she doesn't see isn't there.

    The lock lets others go on referring to the row: recording a decision never waits for an act.

    Raises:
        ActRefused: there is none. `path`: where the input names it; left out: `id`.
    """
    row: Row | None = await session.scalar(
        found.with_for_update(key_share=True, of=of).execution_options(populate_existing=True)
    )
    if row is None:
        raise ActRefused(Problem.NOT_FOUND, *(path or ("id",)))
    return row


def as_seen(row: SQLModel, version: int) -> None:
    """Raises ActRefused if somebody changed it meanwhile."""
    if row.version != version:  # type: ignore[attr-defined] # every root of a thing has one
        raise ActRefused(Problem.CONFLICT, "version")


def state(row: SQLModel, under: str = "") -> State:
    """The facts of a row. `under`: what it is a part of the thing as, for example `clause 3.1`."""
    prefix = f"{under}." if under else ""
    return {
        f"{prefix}{name}": text
        for column in inspect(type(row)).columns
        if column.key not in NOT_TOLD
        for name, text in _told(column, getattr(row, column.key))
    }


async def record(
    session: AsyncSession, act: Act, row: SQLModel, before: State, after: State, *, new: bool = False
) -> None:
    """Raise the row's version and write down what is different. `new`: a thing made just now has its first version.

    Changes of a part are put on record under the thing that it is a part of: `row` is that thing, and the states are
    the part's, made with `state(part, "clause 3.1")`; nothing before for a part that is new, nothing after for one
    that goes.

    Raises:
        ActRefused: nothing is.
    """
    thing: Any = row
    changes = different(before, after)
    if not new:
        if not changes:
            raise ActRefused(Problem.NOTHING_TO_CHANGE)
        thing.version += 1
    await session.flush()
    await write_down(session, act, thing.__tablename__, thing.id, thing.version, changes)


def different(before: State, after: State) -> dict[str, tuple[str | Reference | None, str | Reference | None]]:
    """What two states say otherwise, by field."""
    pairs = {name: (before.get(name), after.get(name)) for name in [*before, *(set(after) - set(before))]}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


async def write_down(
    session: AsyncSession, act: Act, subject: str, subject_id: UUID, version: int, changes: Mapping[str, Any]
) -> None:
    signature, name = (act.account, None) if act.account else await _signed(session, act.viewer)
    session.add(
        Change(
            subject=subject,
            subject_id=subject_id,
            act=act.name,
            actor=signature,
            actor_name=name,
            reason=act.reason,
            version=version,
            differences=await names.named(session, changes, subject_id),
        )
    )
    await session.flush()


async def refused(session: AsyncSession, viewer: Viewer, name: str, problem: str) -> None:
    """Put on record that somebody signed in was refused an act: who, when, which, and why; nothing of what she sent."""
    keys = [one.pseudonym_id for one in viewer.principal.memberships if one.pseudonym_id]
    session.add(RefusedAct(act=name, actor=f"pseudonym:{keys[0]}" if keys else None, problem=problem))
    await session.flush()


async def created(session: AsyncSession, act: Act, row: Row) -> Row:
    """Store a new thing and put it on record."""
    session.add(row)
    await session.flush()
    await session.refresh(row)
    await record(session, act, row, {}, state(row), new=True)
    return row


async def changed(session: AsyncSession, act: Act, row: Row, values: Mapping[str, Any]) -> Row:
    """Give columns of a thing new values and put it on record.

    Raises:
        ActRefused: they have these values already.
    """
    before = state(row)
    for name, value in values.items():
        setattr(row, name, value)
    await record(session, act, row, before, state(row))
    return row


def text(value: str, path: str, limit: int) -> str:
    """A text that may not be blank. Raises ActRefused."""
    plain = value.strip()
    if not plain:
        raise ActRefused(Problem.BLANK, path, field=path)
    if len(plain) > limit:
        raise ActRefused(Problem.TOO_LONG, path, field=path, limit=limit)
    return plain


def path_of(column: str) -> str:
    """What the input calls a column."""
    first, *rest = column.split("_")
    return first + "".join(map(str.capitalize, rest))


async def _signed(session: AsyncSession, viewer: Viewer) -> tuple[str, str | None]:
    """How the viewer signs: her pseudonym, and the name that she chose for the role that she acts in."""
    keys = [one.pseudonym_id for one in viewer.principal.memberships if one.roles and one.pseudonym_id]
    role = people.RoleAssignment
    held = select(col(role.display_name)).where(col(role.pseudonym_id).in_(keys), col(role.ended_at).is_(None))
    name = await session.scalar(held.order_by(col(role.id).desc()).limit(1))
    return f"pseudonym:{keys[0]}", name


def _told(column: Column[Any], value: Any) -> Iterator[tuple[str, str | Reference | None]]:
    name = column.key
    if isinstance(value, dict):
        yield from ((f"{name}.{key}", str(text)) for key, text in value.items())
    elif isinstance(value, Range):
        last = value.upper - timedelta(days=1) if value.upper else None
        yield from ((f"{name}.first", _plain(value.lower)), (f"{name}.last", _plain(last)))
    elif isinstance(value, list):
        yield name, ", ".join(map(str, value))
    elif isinstance(value, UUID) and column.foreign_keys:
        (target,) = column.foreign_keys
        yield name.removesuffix("_id"), Reference(target.column.table.name, value)
    else:
        yield name.removesuffix("_id") if column.foreign_keys else name, _plain(value)


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
