"""An explanation tells of the very candidate that decided, and of exactly one check that failed, or of none."""

from collections.abc import Sequence

from hypothesis import given, settings

from domain.rights import compilation
from domain.rights.answer import Answer, Granted
from domain.rights.decide import decide
from domain.rights.explain import ORDER, Checked, Outcome, recalled, says, trace
from domain.rights.order import Check
from tests.rights import world
from tests.rights.random_worlds import Asking, worlds
from tests.rights.test_three_forms import ASKED, FIXED, SETTINGS, Worlds, loaded

__all__ = ["loaded"]


def agrees(traced: Sequence[Checked], answer: Answer) -> None:
    """The same verdict, by the same licence, term and clause."""
    assert [one.check for one in traced] == list(ORDER)
    failed = [one for one in traced if one.outcome is Outcome.FAILED]
    if isinstance(answer, Granted):
        assert failed == []
        assert {one.outcome for one in traced} == {Outcome.PASSED}
        deciding = next(one for one in traced if one.check is Check.TERM)
    else:
        (deciding,) = failed
        assert deciding.reason is answer.reason
        before = [one.outcome for one in traced if one.check < deciding.check]
        after = [one.outcome for one in traced if one.check > deciding.check]
        assert (set(before) | set(after)) <= {Outcome.PASSED, Outcome.NOT_REACHED}
        assert Outcome.NOT_REACHED not in before
        assert Outcome.PASSED not in after
    told = (deciding.licence_id, deciding.term_id, deciding.clause_id)
    assert told == (answer.licence_id, answer.term_id, answer.clause_id)


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
