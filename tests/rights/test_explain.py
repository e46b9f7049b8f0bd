"""An explanation tells of the very candidate that decided, and of exactly one check that failed, or of none."""

from dataclasses import replace
from datetime import date

from hypothesis import given, settings

from domain.principal import Principal
from domain.rights import compilation
from domain.rights.answer import Granted, Refused
from domain.rights.change import ChangeKind, Situation, cheapest
from domain.rights.decide import decide
from domain.rights.explain import recalled, trace
from tests.rights import world
from tests.rights.explaining import agrees
from tests.rights.random_worlds import DAYS, Asking, worlds
from tests.rights.test_three_forms import ASKED, FIXED, SETTINGS, Worlds, loaded

__all__ = ["loaded"]


EVERYTHING = Principal()
LATER = sorted({*DAYS, *(date(year, month, 1) for year in range(2024, 2030) for month in range(1, 13))})


def helps(situation: Situation, refused: Refused) -> None:
    """What is said to help does, and nothing that is tried before it would."""
    found = cheapest(situation, refused)
    order = list(ChangeKind)
    place = order.index(found.kind) if found else len(order)
    asked, key = situation.principal, refused.resource_id
    assert key
    if place > order.index(ChangeKind.COME_ON_SITE):
        homes = frozenset(one.member_id for one in asked.memberships)
        assert not isinstance(situation.answer(key, replace(asked, on_site=asked.on_site | homes)), Granted)
    today = situation.context.on
    if found and found.kind is ChangeKind.WAIT:
        assert found.available_on
        assert isinstance(situation.answer(key, asked, on=found.available_on), Granted)
    if today and place >= order.index(ChangeKind.WAIT):
        until = found.available_on if found and found.available_on else date.max
        for day in LATER:
            if today < day < until:
                assert not isinstance(situation.answer(key, asked, on=day), Granted), day


class Explained(Worlds):
    async def _check(self, told: dict[str, object], asked: list[Asking]) -> None:
        async with self.maker() as session:
            await session.execute(SETTINGS)
            made = await world.load(session, told)
            grants = await compilation.compile(session)
            for asking in asked:
                principal, context = asking.principal(made), asking.context(made)
                for resource_id in grants.resources:
                    question = (principal, resource_id, asking.action, context, asking.now)
                    answer = decide(grants, *question)
                    deciding = agrees(trace(grants, *question), answer)
                    remembered = agrees(recalled(answer, principal, context), answer)
                    if isinstance(answer, Refused):
                        assert remembered.check is deciding.check
                        helps(Situation(grants, principal, asking.action, context, asking.now, EVERYTHING), answer)
            await session.rollback()


@settings(FIXED, max_examples=60)
@given(told=worlds(), asked=ASKED)
def test_the_explanation_is_of_the_candidate_that_decided(
    loaded: Worlds, told: dict[str, object], asked: list[Asking]
) -> None:
    Explained(loaded.runner, loaded.maker).check(told, asked)
