"""What a licence's card says of a cell, in words."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain import card_page, cards, explanation
from domain.rights.answer import Condition
from domain.rights.card import Card, Cell, Verdict
from models import licence as rows
from models.vocabulary import Action, LicenceStatus, LimitKind, TermStatus


def told(*terms: rows.Term, **licence: Any) -> cards.Told:
    made = rows.Licence(code="deal", name={"en": "Deal"}, licensor_id=uuid4(), **licence)
    facts = explanation.Facts(terms={term.id: term for term in terms})
    return cards.Told(Card(date(2026, 11, 28), ()), made, {"en": "Verlag"}, {}, facts)


def prohibition(**named: Any) -> rows.Term:
    return rows.Term(id=UUID(int=1), action=Action.ARCHIVE, status=TermStatus.PROHIBITED_EXPLICIT, **named)


USER, LICENSEE = "onixPL:AuthorizedUserSecureRepository", "onixPL:LicenseeSecureRepository"


@pytest.mark.parametrize(
    ("named", "english", "chinese"),
    [
        (
            {"recipients": [USER, LICENSEE], "parts": ["onixPL:CompleteArticle"]},
            "Not for a use that is all of this at once: "
            "a complete article; the user's secure repository or the licensee's secure repository.",
            "不得用于同时符合以下各项的使用：整篇文章；授权用户的受控资料库或被许可方的受控资料库。",
        ),
        (
            {"methods": ["onixPL:Fax", "onixPL:Post"]},
            "Not for: fax or post.",
            "不得用于：传真或邮寄。",
        ),
        ({}, "Not for some uses that the licence names.", "许可协议所列的某些用途除外。"),
    ],
)
def test_what_a_prohibition_names_of_one_kind_are_alternatives_and_the_kinds_hold_together(
    named: dict[str, Any], english: str, chinese: str
) -> None:
    term = prohibition(**named)
    cell = Cell(Action.ARCHIVE, Verdict.YES, except_for=(term.id,))
    assert cards.conditions(cell, told(term), ("en",)) == [english]
    assert cards.conditions(cell, told(term), ("zh",)) == [chinese]


def test_where_readers_are_limited_it_is_said_that_nothing_opens_until_they_are_counted() -> None:
    cell = Cell(Action.VIEW, Verdict.NO, seats=3)
    assert cards.conditions(cell, told(), ("en",)) == [
        "Readers at a time: at most 3; nothing opens until they are counted."
    ]
    assert cards.conditions(cell, told(), ("zh",)) == ["同时使用不超过3人；在能够计数之前一律不开放。"]


def test_formats_are_said_in_words_where_we_have_them() -> None:
    limit = rows.UsageLimit(id=UUID(int=2), kind=LimitKind.FORMATS, formats=["Electronic", "print", "DjVu"])
    named = Condition(UUID(int=1), "limit_formats", limit.id)
    facts = explanation.Facts(limits={limit.id: limit})
    assert explanation.kept_to([named], facts, ("zh",)) == ["仅限以下格式：电子、印刷、DjVu。"]
    assert explanation.kept_to([named], facts, ("en",)) == ["Only in these formats: electronic, print, DjVu."]


FIRST, LAST = date(2026, 1, 1), date(2026, 11, 27)


@pytest.mark.parametrize(
    ("licence", "english", "chinese"),
    [
        ({"status": "active"}, "neither first nor last day known · as", "起止未定 · 按"),
        ({"status": "template", "start_date": FIRST}, "1 January 2026 to no end · template · as", "不限 · 模板 · 按"),
        (
            {"status": "active", "end_date": LAST},
            "… to 27 November 2026 · ended · as",
            "…至2026年11月27日 · 已到期 · 按",
        ),
        (
            {"status": "terminated", "start_date": FIRST, "end_date": date(2026, 11, 28)},
            "28 November 2026 · terminated · as",
            "2026年11月28日 · 已终止 · 按",
        ),
    ],
)
def test_the_head_of_a_card_tells_its_state_and_whether_it_has_ended(
    licence: dict[str, Any], english: str, chinese: str
) -> None:
    card = told(**{**licence, "status": LicenceStatus(licence["status"])})
    assert english in card_page.page(card, ("en",))
    assert chinese in card_page.page(card, ("zh",))
