"""What the consortium declares for all: what holds where licences are silent, and what statutes permit regardless."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import epoch
from domain.acts.act import Act, ActRefused, Problem, State, different, state, write_down
from domain.acts.contract import ContractProblem
from domain.intake.countries import COUNTRIES
from models import consortium as rows
from models.vocabulary import Action

CONSORTIUM = UUID(int=1)
"""Under which its acts are on record: it is one row, with a number for a key."""


async def set_default(session: AsyncSession, act: Act, action: Action, *, permitted: bool) -> rows.SilentDefault:
    """Say what holds where no term of a licence speaks of an action. Raises ActRefused."""
    act.require(None)
    found = await session.get(rows.SilentDefault, action, with_for_update=True)
    before = _told(found) if found else {}
    default = found or rows.SilentDefault(action=action)
    default.permitted = permitted
    session.add(default)
    await _settle(session, act, before, _told(default))
    return default


async def set_statute(
    session: AsyncSession, act: Act, statute_id: UUID | None, values: Mapping[str, Any]
) -> rows.StatutoryRule:
    """Say what the law of a territory permits, or change the rule that is given. `values` by column.

    Raises:
        ActRefused: she is not the consortium's; the territory is no country; nothing would be different.
    """
    act.require(None)
    statute = await _statute(session, statute_id) if statute_id else None
    before = state(statute, "statute") if statute else {}
    territory = values.get("territory")
    if territory is not None and territory not in COUNTRIES:
        raise ActRefused(ContractProblem.UNKNOWN, "territory", value=territory)
    for name in ("territory", "action", "name"):
        if statute is None and values.get(name) is None:
            raise ActRefused(Problem.BLANK, name, field=name)
    if values.get("purposes") == []:
        raise ActRefused(ContractProblem.EMPTY_LIST, "purposes", field="purposes")
    statute = statute or rows.StatutoryRule(**values)
    for name, value in values.items():
        setattr(statute, name, value)
    session.add(statute)
    await session.flush()
    await session.refresh(statute)
    await _settle(session, act, before, state(statute, "statute"))
    return statute


async def remove_statute(session: AsyncSession, act: Act, statute_id: UUID | None) -> None:
    """A law that is no more. Raises ActRefused."""
    act.require(None)
    statute = await _statute(session, statute_id)
    before = state(statute, "statute")
    await session.delete(statute)
    await _settle(session, act, before, {})


async def _statute(session: AsyncSession, statute_id: UUID | None) -> rows.StatutoryRule:
    found = await session.get(rows.StatutoryRule, statute_id, with_for_update=True) if statute_id else None
    if found is None:
        raise ActRefused(Problem.NOT_FOUND, "id")
    return found


def _told(default: rows.SilentDefault) -> State:
    return {f"silent {default.action.value}": "permitted" if default.permitted else "refused"}


async def _settle(session: AsyncSession, act: Act, before: State, after: State) -> None:
    """Put it on record, with the epoch as its version, and let decisions read it."""
    changes = different(before, after)
    if not changes:
        raise ActRefused(Problem.NOTHING_TO_CHANGE)
    await session.flush()
    version = await epoch.raise_(session, epoch.Changed(pool=True))
    await write_down(session, act, "consortium", CONSORTIUM, version, changes)
