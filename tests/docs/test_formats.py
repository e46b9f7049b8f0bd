"""The page on file formats names every column, every word and every key that intake knows, and its example loads."""

import re
from pathlib import Path

import pytest

from domain.intake import content, contract, groups, kbart, licence, members, platforms, sheet
from domain.intake.source import FileRefused, look
from models.vocabulary import (
    Action,
    AgreementStatus,
    AmendmentStatus,
    ClauseVisibility,
    LicenceStatus,
    LimitKind,
    LinkRule,
    NoticeUnit,
)

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
WORDS = set(re.findall(r"[A-Za-z_][\w-]*", PAGE))


@pytest.mark.parametrize(
    "layout", [members.OURS, members.KBPLUS, groups.OURS, groups.KBPLUS, platforms.LAYOUT, content.LAYOUT]
)
def test_every_column_is_documented(layout: sheet.Layout) -> None:
    assert layout.known <= WORDS


def test_every_column_and_word_that_we_add_to_kbart_is_documented() -> None:
    assert kbart.EXTENSION | set(kbart.CORE) <= WORDS


def test_every_key_and_word_of_a_licence_file_is_documented() -> None:
    assert set(contract.TERM) <= WORDS
    for vocabulary in (
        AmendmentStatus,
        LimitKind,
        NoticeUnit,
        Action,
        AgreementStatus,
        ClauseVisibility,
        LicenceStatus,
        LinkRule,
    ):
        assert {word.value for word in vocabulary} <= WORDS


def test_kinds_of_members_are_documented() -> None:
    assert members.KINDS <= WORDS


def test_the_example_of_a_licence_file_is_right_but_for_what_it_says_itself(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example
    path = tmp_path / "licence.yaml"
    path.write_text(example.group(1), encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        licence.read(look(path))
    assert [problem.detail for problem in refused.value.problems] == ["participants + holder"]
    path.write_text(re.sub(r"  holder: .*\n", "", example.group(1)), encoding="utf-8")
    assert licence.read(look(path))["licence"]["code"] == "science-2026"
