"""Mutations: each field is one act, done whole or not at all."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import strawberry
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import act as acts
from domain.acts import refusals
from domain.acts.act import Act, ActRefused, Problem
from schema.kit.context import Info
from schema.kit.problems import Complaint
from schema.kit.source import fact

LONGEST_REASON = 1000

TAKEN = {"23505": Problem.TAKEN, "23P01": Problem.OVERLAPS}
"""What a constraint found that two acts broke at the same moment (SQLSTATE of PostgreSQL)."""


class Refused(Exception):
    """The act can't be done; the person who asked can read why."""

    def __init__(self, *complaints: Complaint) -> None:
        super().__init__()
        self.complaints = list(complaints)


@dataclass(frozen=True, slots=True)
class Part:
    """What an act on a part of a thing returns: the part as it stands now (null = it is gone), and the thing."""

    made: Any
    whole: Any


@dataclass(frozen=True, slots=True)
class Done:
    """What a payload shows. `whole`: what `made` is a part of."""

    made: Any = None
    whole: Any = None
    problems: list[Complaint] = field(default_factory=list)


def made(description: str) -> Any:
    """The payload's field with the thing as it stands now."""
    return fact("made", f"{description} Null where there are problems.")


def whole(description: str) -> Any:
    """The payload's field with what the thing is a part of: its version is the one to send next."""
    return fact("whole", f"{description} Null where there are problems.")


def problems() -> Any:
    return fact("problems", "Why nothing was done; empty = it was.")


def version(of: str = "") -> Any:
    """`of`: the thing whose version is meant, where the input is about a part of it."""
    which = f"The version of {of} that you saw" if of else "The version that you saw"
    return strawberry.field(description=f"{which}; another one by now is a conflict.")


def reason() -> Any:
    return strawberry.field(default=strawberry.UNSET, description="Why, for the record.")


async def act(info: Info, done: Callable[[], Awaitable[Any]], refused: Callable[[list[Complaint]], Any]) -> Any:
    """Do something within the request's transaction, undone alone if it fails or is refused."""
    context = info.context

    async def whole(session: AsyncSession) -> Any:
        async with session.begin_nested():
            return await done()

    try:
        return await context.turns.take(whole)
    except Refused as refusal:
        return refused(refusal.complaints)
    except ActRefused as refusal:
        path = ("input", *refusal.path) if refusal.path else None
        return refused([Complaint(refusal.problem, path, refusal.facts)])
    except IntegrityError as error:
        broken = TAKEN.get(getattr(error.orig, "sqlstate", None) or "")
        if broken is None:
            raise
        return refused([Complaint(broken)])
    finally:
        context.forget()


async def perform(info: Info, name: str, why: str | None, done: Callable[[AsyncSession, Act], Awaitable[Any]]) -> Done:
    """One act of staff: `done` gets the session and the act, and returns the thing as it stands then, or a Part.

    `name`: the mutation's; `why`: the input's reason.
    """
    context = info.context

    async def as_asked() -> Done:
        if not context.viewer.signed_in:
            raise Refused(Complaint("unauthenticated"))
        today = context.now.astimezone(ZoneInfo(context.consortium.time_zone)).date()
        result = await done(context.session, Act(name, context.viewer, reason_given(why), today))
        return Done(result.made, result.whole) if isinstance(result, Part) else Done(result)

    answer: Done = await act(info, as_asked, lambda complaints: Done(problems=complaints))
    await recorded(info, name, answer.problems)
    return answer


async def recorded(info: Info, name: str, problems: Sequence[Complaint]) -> None:
    """Put a refusal on record, where it was somebody signed in: the act is undone, and the transaction commits. Count
    others."""
    viewer = info.context.viewer
    if not problems:
        return
    if viewer.signed_in:
        code = problems[0].code
        await info.context.turns.take(lambda session: acts.refused(session, viewer, name, code))
    else:
        refusals.count(name)


def reason_given(text: str | None) -> str | None:
    plain = (text or "").strip()
    if len(plain) > LONGEST_REASON:
        raise Refused(Complaint("too_long", ("input", "reason"), {"field": "reason", "limit": LONGEST_REASON}))
    return plain or None
