"""An explanation tells of the very candidate that decided, and of exactly one check that failed, or of none."""

from hypothesis import given, settings

from domain.rights import compilation
from domain.rights.answer import Granted
from domain.rights.decide import decide
from domain.rights.explain import recalled, says, trace
from tests.rights import world
from tests.rights.explaining import agrees
from tests.rights.random_worlds import Asking, worlds
from tests.rights.test_three_forms import ASKED, FIXED, SETTINGS, Worlds, loaded

__all__ = ["loaded"]


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
                    agrees(trace(grants, *question), answer)
                    remembered = recalled(answer, principal, context)
                    assert says(remembered, answer) or isinstance(answer, Granted)
            await session.rollback()


@settings(FIXED, max_examples=60)
@given(told=worlds(), asked=ASKED)
def test_the_explanation_is_of_the_candidate_that_decided(
    loaded: Worlds, told: dict[str, object], asked: list[Asking]
) -> None:
    Explained(loaded.runner, loaded.maker).check(told, asked)
