"""What docs/rights.md prints is what the program does."""

import re
from pathlib import Path

from domain.rights.order import Check
from models.vocabulary import AccessBasis, AccessReason

PAGE = (Path(__file__).parents[2] / "docs" / "rights.md").read_text("utf-8")


def test_the_printed_order_is_the_order() -> None:
    printed = re.findall(r"^\| (\d+) \| ([a-z ]+):", PAGE, re.MULTILINE)
    assert [(int(number), name.upper().replace(" ", "_")) for number, name in printed] == [
        (check.value, check.name) for check in Check if check is not Check.RULE_ERROR
    ]


def test_every_reason_is_explained() -> None:
    explained = re.findall(r"^\| `([A-Z_]+)` \| [a-z]", PAGE, re.MULTILINE)
    assert set(explained) >= {reason.name for reason in AccessReason}


def test_every_basis_is_explained() -> None:
    assert {basis.name for basis in AccessBasis} <= set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
