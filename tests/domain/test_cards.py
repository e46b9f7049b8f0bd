"""What a licence's card says of a cell, in words."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain import cards, explanation
from domain.rights.card import Card, Cell, Verdict
from models import licence as rows
from models.vocabulary import Action, TermStatus


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
