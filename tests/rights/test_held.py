"""Rights as a list say what decisions say, and lists of licences what grants say, in random worlds."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from api import database as edge
from api.database import Urls
from domain.catalogue import contracts
from domain.principal import Membership, Principal, Viewer
from domain.rights import checks, compilation, held
from domain.rights.answer import Context, Granted
from domain.rights.decide import decide
from domain.rights.grants import NOTHING, OPEN, Grant, Grants, Member
from domain.rights.held import Right
from domain.rights.people import judged_as
from domain.rights.terms import Permitted
from models.licence import Licence
from models.vocabulary import AccessBasis, Action, Affiliation, Role
from tests.rights import world
from tests.rights.random_worlds import ACTIONS, ASKED_ON, MOMENTS, URIS, worlds
from tests.rights.test_three_forms import FIXED, SETTINGS

CLASSES = [(), *((uri,) for uri in URIS), tuple(URIS)]


class Worlds:
    """Loads each world into one database, in a transaction that is rolled back."""

    def __init__(self, runner: asyncio.Runner, maker: edge.Sessions) -> None:
        self.runner, self.maker = runner, maker

    def check(self, told: dict[str, Any], action: Action, on: date | None, now: datetime) -> None:
        self.runner.run(self._check(told, action, on, now))

    async def _check(self, told: dict[str, Any], action: Action, on: date | None, now: datetime) -> None:
        async with self.maker() as session:
            await session.execute(SETTINGS)
            await world.load(session, told)
            grants = await compilation.compile(session)
            for member in grants.members.values():
                agree(grants, member, action, on, now)
                await licences_agree(session, grants, member, on or grants.today(member, now), _undated(told))
            await session.rollback()


def readers(member: Member) -> list[Principal]:
    """Everybody of a member that terms can tell apart."""
    here = frozenset({member.id})
    return [
        Principal((Membership(member.id, frozenset({affiliation}), frozenset(uris)),), on_site)
        for affiliation, uris, on_site in product(Affiliation, CLASSES, (frozenset[UUID](), here))
    ]


def agree(grants: Grants, member: Member, action: Action, on: date | None, now: datetime) -> None:
    rights = held.rights(grants, member.id, on, action, now)
    assert rights == [right for right in held.rights(grants, member.id, on, None, now) if right.action is action]
    everybody = readers(member)
    listed = {(right.grant.entitlement_id, right.basis, right.term.id if right.term else None) for right in rights}
    for reader in everybody:
        for resource_id in grants.resources:
            answer = decide(grants, reader, resource_id, action, Context(on=on), now)
            if isinstance(answer, Granted) and answer.member_id == member.id:
                named = (answer.entitlement_id, answer.basis, answer.term_id)
                assert named in listed, "it is granted, and not listed"
    for right in rights:
        day = on or grants.today(member, now)
        assert checks.agreement(right.grant, day) is None
        assert checks.standing(right.grant, member) is None
        assert any(_permits(grants, right, reader, day) for reader in everybody), "it is listed, and nobody may"


def _permits(grants: Grants, right: Right, reader: Principal, day: date) -> bool:
    ((_, people),) = judged_as(reader, grants)
    found = checks.permission(grants, right.grant, people, right.action, Context(), None, day)
    if not isinstance(found, Permitted):
        return False
    if right.basis is AccessBasis.STATUTORY or right.term:
        return True
    return found.term is None


async def licences_agree(session: AsyncSession, grants: Grants, member: Member, day: date, undated: bool) -> None:
    """The SQL of the lists against the compiled grants. What is kept for ever is no licence in force."""
    given = grants.holdings.get(member.id, NOTHING)
    everything = Viewer(Principal((Membership(member.id, roles=frozenset({Role.AUDITOR})),)))

    async def found(package_id: UUID | None = None) -> set[UUID]:
        wanted = contracts.LicenceFilter(member_id=member.id, package_id=package_id, active_on=day)
        return set(await session.scalars(contracts.licences(wanted, everything).add_columns(col(Licence.id))))

    among = (*given.packages.values(), *given.package_titles.values(), *given.resources.values())
    expected = {licence for grants_of_one in among for licence in _in_force(grants_of_one, day)}
    rows, whose = contracts.licences_of_members(everything=True, dated=True)
    kept = rows.where(whose == member.id).add_columns(col(Licence.id))
    of_member = set(await session.scalars(kept, {"parents": [member.id], "day": day}))
    assert await found() == of_member
    assert expected <= of_member
    if undated:
        assert expected == of_member
    for package_id, of_package in given.packages.items():
        assert _in_force(of_package, day) <= await found(package_id)


def _in_force(given: Iterable[Grant], day: date) -> set[UUID]:
    """The licences of grants that stand that day."""
    kept = {*OPEN, AccessBasis.PERPETUAL, AccessBasis.OWN_COLLECTION}
    return {
        grant.licence.id
        for grant in given
        if grant.licence and grant.basis not in kept and checks.agreement(grant, day) is None
    }


def _undated(told: dict[str, Any]) -> bool:
    """Whether each agreement gives something all the time, and no licence narrows another: then every licence in force
    shows in a grant."""
    return all(
        any(not line.get("start") and not line.get("end") for line in agreement["entitlements"])
        for agreement in told["agreements"].values()
    ) and not any(licence["parent"] for licence in told["licences"].values())


@pytest.fixture(scope="module")
def loaded(empty: Urls) -> Iterator[Worlds]:
    with asyncio.Runner() as runner:
        pool = edge.engine(empty.app)
        yield Worlds(runner, edge.sessions(pool))
        runner.run(pool.dispose())


ASKED = {
    "told": worlds(),
    "action": st.sampled_from([Action.VIEW] * 3 + ACTIONS),
    "on": st.sampled_from([None, *ASKED_ON]),
    "now": st.sampled_from(MOMENTS),
}


@settings(FIXED, max_examples=30)
@given(**ASKED)
def test_rights_and_licences_as_lists_agree_with_decisions(
    loaded: Worlds, told: dict[str, Any], action: Action, on: date | None, now: datetime
) -> None:
    loaded.check(told, action, on, now)


@pytest.mark.long
@settings(FIXED, max_examples=1000)
@given(**ASKED)
def test_rights_and_licences_as_lists_agree_with_decisions_in_a_thousand_worlds(
    loaded: Worlds, told: dict[str, Any], action: Action, on: date | None, now: datetime
) -> None:
    loaded.check(told, action, on, now)
