"""An explanation tells of the very candidate that decided, and of exactly one check that failed, or of none."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from sqlalchemy.ext.asyncio import AsyncSession

from domain.principal import Membership, Principal
from domain.rights import compilation
from domain.rights.answer import Context, Granted, Refused, Remedy, Window
from domain.rights.change import ChangeKind, Situation, cheapest
from domain.rights.decide import decide, without_candidates
from domain.rights.explain import Explanation, explain, recalled, trace
from domain.rights.facts import Fact, FactName
from domain.rights.order import Check
from models.vocabulary import AccessBasis, AccessReason, Action, Affiliation, RemedyKind
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
                        missing = answer.reason is AccessReason.ATTRIBUTE_MISSING  # of what: only the rights know
                        assert missing or remembered.check is deciding.check
                        helps(Situation(grants, principal, asking.action, context, asking.now, EVERYTHING), answer)
            await session.rollback()


@settings(FIXED, max_examples=60)
@given(told=worlds(), asked=ASKED)
def test_the_explanation_is_of_the_candidate_that_decided(
    loaded: Worlds, told: dict[str, object], asked: list[Asking]
) -> None:
    Explained(loaded.runner, loaded.maker).check(told, asked)


@pytest.mark.long
@settings(FIXED, max_examples=1500)
@given(told=worlds(), asked=ASKED)
def test_the_explanation_is_of_the_candidate_that_decided_in_thousands_of_worlds(
    loaded: Worlds, told: dict[str, object], asked: list[Asking]
) -> None:
    Explained(loaded.runner, loaded.maker).check(told, asked)


TOLD: dict[str, Any] = {
    "members": {"lzu": {}},
    "packages": {"Journals": {"provider": "Elder Press", "titles": {"Annals": {"coverage": [{"start": 2000}]}}}},
    "licences": {"deal": {"terms": [{"action": "view", "status": "permitted_explicit", "affiliations": ["student"]}]}},
    "agreements": {"deal": {"licence": "deal", "entitlements": ["Journals"]}},
}
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


async def test_an_answer_is_traced_only_while_its_own_state_of_rights_stands(tables: AsyncSession) -> None:
    made = await world.load(tables, TOLD)
    grants = await compilation.compile(tables)
    for affiliation in (Affiliation.STUDENT, Affiliation.ALUM):
        asked = Principal((Membership(made.id("member", "lzu"), frozenset({affiliation})),))
        answer = decide(grants, asked, made.id("resource", "Annals"), Action.VIEW, Context(), NOW)
        traced = explain(grants, asked, Context(), NOW, grants.epoch, answer)
        assert traced == Explanation(
            trace(grants, asked, made.id("resource", "Annals"), Action.VIEW, Context(), NOW), as_then_known=False
        )
        told_again = Explanation(recalled(answer, asked, Context()), as_then_known=True)
        other = replace(answer, term_id=made.id("licence", "deal"))
        for state, epoch, one in (
            (grants, grants.epoch + 1, answer),
            (None, grants.epoch, answer),
            (grants, grants.epoch, other),
        ):
            again = explain(state, asked, Context(), NOW, epoch, one)
            assert again == replace(told_again, checks=recalled(one, asked, Context()))
            assert again != traced
    another = explain(grants, Principal(), Context(), NOW, grants.epoch, answer)
    assert another.as_then_known, "who asked is told by the answer's id only as far as rights know her"


async def test_nothing_would_change_an_answer_that_nobody_may_have(tables: AsyncSession) -> None:
    made = await world.load(tables, TOLD)
    grants = await compilation.compile(tables)
    alumna = Principal((Membership(made.id("member", "lzu"), frozenset({Affiliation.ALUM})),))
    situation = Situation(grants, alumna, Action.VIEW, Context(), NOW)
    refused = decide(grants, alumna, made.id("resource", "Annals"), Action.VIEW, Context(), NOW)
    assert isinstance(refused, Refused)
    found = cheapest(situation, refused)
    assert found
    assert found.kind is ChangeKind.NEW_AGREEMENT
    for other in (
        replace(refused, reason=AccessReason.ASKING_NOT_ALLOWED),
        replace(refused, resource_id=None),
        replace(refused, resource_id=UUID(int=99)),
    ):
        assert cheapest(situation, other) is None


def test_of_what_was_not_looked_at_one_check_fails() -> None:
    for reason in (AccessReason.RESOURCE_UNKNOWN, AccessReason.MEMBER_UNKNOWN, AccessReason.ASKING_NOT_ALLOWED):
        answer = without_candidates(Action.VIEW, None, reason)
        told = explain(None, Principal(), Context(), NOW, 0, answer)
        assert not told.as_then_known
        assert agrees(told.checks, answer).check is Check.ENTITLEMENT


@pytest.mark.parametrize("reason", AccessReason)
def test_every_reason_is_told_again_by_one_check(reason: AccessReason) -> None:
    wait = Remedy(RemedyKind.WAIT, date(2027, 1, 1))
    day = date(2026, 10, 31)
    remedies = (Remedy(RemedyKind.ASK_LIBRARIAN, date(2030, 1, 1)), wait, replace(wait, available_on=date(2028, 1, 1)))
    answer = Refused(Action.VIEW, UUID(int=1), reason, term_id=UUID(int=2), ended_on=day, remedies=remedies)
    told = recalled(answer, Principal(), Context())
    assert agrees(told, answer).facts == (
        Fact(FactName.OPENS_ON, (date(2027, 1, 1),)),
        Fact(FactName.LAST_DAY, (day,)),
    )
    plain = agrees(recalled(replace(answer, ended_on=None, remedies=()), Principal(), Context()), answer)
    assert plain.facts == ()


def test_which_fact_was_missing_is_told_as_far_as_the_question_says() -> None:
    member, term = UUID(int=1), UUID(int=2)
    of_term = Refused(Action.VIEW, UUID(int=3), AccessReason.ATTRIBUTE_MISSING, member_id=member, term_id=term)
    of_none = replace(of_term, term_id=None)
    known = Principal((Membership(member, frozenset({Affiliation.ALUM})),))
    dates = (date(2026, 1, 1), date(2026, 12, 31))
    for answer, asked, context, check in (
        (of_none, known, Context(gate=True), Check.COVERAGE),
        (of_none, known, Context(gate=True, published=dates), Check.TERM),
        (of_term, Principal((Membership(member),)), Context(), Check.AFFILIATION),
        (of_term, known, Context(), Check.TERRITORY),
        (of_term, known, Context(gate=True), Check.TERM),
    ):
        assert agrees(recalled(answer, asked, context), answer).check is check


def test_a_grant_is_told_again_with_its_basis_and_what_is_open() -> None:
    windows = (Window(date(2000, 1, 1)),)
    answer = Granted(Action.VIEW, UUID(int=3), AccessBasis.PERPETUAL, windows=windows)
    told = {one.check: one.facts for one in recalled(answer, Principal(), Context()) if one.facts}
    assert told == {
        Check.ENTITLEMENT: (Fact(FactName.BASIS, (AccessBasis.PERPETUAL,)),),
        Check.COVERAGE: (Fact(FactName.OPEN, windows),),
    }
    assert not any(one.facts for one in recalled(replace(answer, windows=()), Principal(), Context())[1:])
