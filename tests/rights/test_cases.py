"""Every rule of design §4, and every reason that can occur yet, as cases that a librarian can read (cases/*.yaml)."""

from itertools import groupby

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.rights import compilation
from domain.rights import subject as asking
from domain.rights.answer import Answer
from domain.rights.decide import decide, without_candidates
from domain.rights.grants import Grants
from domain.rights.readable import readable
from models.vocabulary import AccessReason
from tests.rights import oracle, world
from tests.rights.explaining import explained
from tests.rights.reading import Case, cases, in_words
from tests.rights.world import World

CASES = list(cases())

LATER = {AccessReason.ABUSE_HOLD}
"""Reasons of rules that come with later work: holds for abuse."""


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.rule}: {case.name}") for case in CASES])
async def test_case(tables: AsyncSession, case: Case) -> None:
    made = await world.load(tables, case.world)
    grants = await compilation.compile(tables)
    answer = await _answer(tables, grants, made, case)
    said = in_words(made, answer) | explained(made, grants, case, answer)
    assert {key: said[key] for key in case.expected} == case.expected


async def _answer(session: AsyncSession, grants: Grants, made: World, case: Case) -> Answer:
    viewer, subject = case.viewer_and_subject(made)
    principal = asking.principal(viewer, subject, grants) if subject else viewer.principal
    resource_id = made.ids.get(("resource", case.resource), made.make("resource", case.resource))
    if isinstance(principal, AccessReason):
        return without_candidates(case.action, resource_id, principal)
    context = case.context(made)
    answer = decide(grants, principal, resource_id, case.action, context, case.now)
    ordinal = made.ordinals.get(resource_id, 0)
    listed = ordinal in readable(grants, principal, case.action, context, case.now)
    assert listed is (case.expected["answer"] == "granted"), "a list must say the same"
    if not case.told.get("broken"):
        told = await oracle.readable(session, principal, case.action, context, case.now)
        assert (ordinal in told) is listed, "the tables must say the same"
    return answer


def test_every_rule_has_cases() -> None:
    assert {case.rule.split()[0] for case in CASES} >= {str(number) for number in range(1, 13)}


def test_every_reason_that_can_occur_has_a_case() -> None:
    shown = {case.expected["reason"] for case in CASES if "reason" in case.expected}
    assert shown == {reason.name for reason in AccessReason} - {reason.name for reason in LATER}


def test_no_case_is_told_twice() -> None:
    names = sorted((case.rule, case.name) for case in CASES)
    assert [name for name, same in groupby(names) if len(list(same)) > 1] == []
