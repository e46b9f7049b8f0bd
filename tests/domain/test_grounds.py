"""Everything that an explanation, a change or a card may say has its words in both languages."""

import re
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from domain import grounds, messages
from domain.principal import Membership, Principal, Viewer
from domain.rights import facts
from domain.rights.answer import Window
from domain.rights.card import Verdict
from domain.rights.change import ChangeKind
from domain.rights.explain import NOT_REACHED, ORDER, Checked, Explanation, Outcome
from domain.rights.facts import Fact, FactName, Named, Place, Thing
from domain.rights.order import Check
from models.vocabulary import Action, Affiliation, Role

HOW = re.findall(r'how = "(\w+)"', Path(str(facts.__file__)).read_text("utf-8"))


def words(kind: str) -> set[str]:
    return set(messages._load("words")[kind])


def test_every_way_to_pass_a_check_is_said_and_nothing_else_is() -> None:
    said = messages.keys("check")
    assert {f"{check.name.lower()}_passed" for check in ORDER} | {NOT_REACHED} <= said
    others = said - {f"{check.name.lower()}_passed" for check in ORDER} - {NOT_REACHED}
    names = "|".join(check.name.lower() for check in ORDER)
    assert {re.sub(f"^({names})_", "", one) for one in others} == set(HOW) - {"passed"}


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("check", {check.name.lower() for check in ORDER}),
        ("fact", {name.value for name in FactName}),
        ("outcome", {outcome.value for outcome in Outcome}),
        ("verdict", {verdict.value for verdict in Verdict}),
        ("place", {place.value for place in Place} | {"anywhere"}),
    ],
)
def test_every_coded_word_has_a_name_and_no_name_is_left_over(kind: str, values: set[str]) -> None:
    assert words(kind) == values


def test_every_change_is_said_and_a_contract_that_is_there_is_agreed_on_anew() -> None:
    assert messages.keys("change") == {kind.value for kind in ChangeKind} | {"renegotiation"}


def test_a_card_has_a_heading_for_every_action() -> None:
    assert {action.value for action in Action} <= words("card")


@pytest.mark.parametrize(
    ("first", "last", "english", "chinese"),
    [
        (date(2005, 1, 1), date(2012, 12, 31), "2005 to 2012", "2005年至2012年"),
        (date(2011, 1, 1), date(2011, 12, 31), "2011", "2011年"),
        (date(2011, 3, 14), date(2011, 3, 14), "14 March 2011", "2011年3月14日"),
        (date(2005, 1, 1), date(2012, 6, 30), "1 January 2005 to 30 June 2012", "2005年1月1日至2012年6月30日"),
        (date(2005, 1, 1), None, "2005 onwards", "2005年起"),
        (None, date(2025, 12, 31), "up to 2025", "至2025年"),
        (None, None, "all of it", "全部"),
    ],
)
def test_whole_years_of_publication_are_told_as_years(
    first: date | None, last: date | None, english: str, chinese: str
) -> None:
    assert grounds.window(Window(first, last), ("en",)) == english
    assert grounds.window(Window(first, last), ("zh",)) == chinese


LZU, PACKAGE = Named(Thing.MEMBER, UUID(int=1)), Named(Thing.PACKAGE, UUID(int=2))


def test_a_fact_about_what_has_no_name_is_not_told() -> None:
    one = Checked(
        Check.IDENTITY,
        Outcome.PASSED,
        (Fact(FactName.MEMBERS, (LZU,)), Fact(FactName.HELD, (Affiliation.ALUM,))),
        sentence="identity_passed",
    )
    assert [fact.name for fact in grounds.tellable(one, {})] == [FactName.HELD]
    assert [fact.name for fact in grounds.tellable(one, {LZU: {"en": "Lanzhou"}})] == [FactName.MEMBERS, FactName.HELD]
    assert grounds.value(one.facts[0], {LZU: {"en": "Lanzhou"}}, ("en",)) == "Lanzhou"


def test_agreements_are_told_to_whom_they_are_open() -> None:
    told = Explanation((Checked(Check.ENTITLEMENT, Outcome.PASSED, (Fact(FactName.PACKAGE, (PACKAGE,)),)),))
    reader = Viewer(Principal((Membership(LZU.id, frozenset({Affiliation.STUDENT})),)))
    librarian = Viewer(Principal((Membership(LZU.id, roles=frozenset({Role.MEMBER_LIBRARIAN})),)))
    assert grounds.visible(told, reader, LZU.id).checks[0].facts == ()
    assert grounds.visible(told, librarian, LZU.id) == told
    assert grounds.visible(told, librarian, PACKAGE.id).checks[0].facts == ()
