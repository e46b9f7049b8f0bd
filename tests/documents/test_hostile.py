"""Files that are made to harm: each is refused with a reason, in bounded memory and time."""

import resource
from pathlib import Path

import pytest

from domain import messages
from domain.documents import apart, texts
from domain.documents.apart import Kind
from domain.documents.refusals import Refused, Wrong
from tests.documents import hostile, maker

FILES = hostile.files()


@pytest.mark.parametrize("name", FILES)
def test_it_is_refused_for_what_it_is(name: str, tmp_path: Path) -> None:
    content, wrong = FILES[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Refused) as refused:
        texts.read(maker.kept(tmp_path, "licence.pdf", content))
    assert refused.value.wrong is wrong, refused.value.detail
    assert texts.why(refused.value, "zh") != texts.why(refused.value, "en")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < 64 * 1024**2, "the process that asks doesn't read it"


def test_a_file_above_the_limit_is_not_even_looked_into(tmp_path: Path) -> None:
    path = tmp_path / "licence.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(apart.MOST_BYTES + 1)
    with pytest.raises(Refused) as refused:
        texts.read(path)
    assert (refused.value.wrong, texts.why(refused.value, "en")) == (Wrong.TOO_LARGE, "The file is larger than 20 MiB.")


def test_whoever_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SECONDS", 0.05)
    with pytest.raises(Refused) as refused:
        texts.read(maker.kept(tmp_path, "licence.pdf", maker.pdf([["1. Users may read what was bought for them."]])))
    assert refused.value.wrong is Wrong.TOO_COSTLY


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', Wrong.TOO_LONG),
        ('<row r="30000"><c r="A30000"><v>1</v></c></row>', Wrong.TOO_LONG),
        ('<row r="1"><c r="A1"><v>', Wrong.DAMAGED),
    ],
)
def test_sheets_that_claim_or_lack_too_much(rows: str, wrong: Wrong, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        apart.read(maker.kept(tmp_path, "terms.xlsx", maker.workbook(rows)), Kind.XLSX)
    assert refused.value.wrong is wrong, refused.value.detail


def test_every_reason_and_note_is_said_in_both_languages() -> None:
    assert {wrong.value for wrong in Wrong} <= messages.keys("document")
    for name in messages.keys("document"):
        assert messages.variants(f"document.{name}", "zh") != messages.variants(f"document.{name}", "en")


def test_a_long_row_to_fill_in_costs_no_more_than_its_length(tmp_path: Path) -> None:
    """It looks like the leaders of a list of contents at every letter."""
    pages = [["1. Users may read what was bought for them.", "_" * 100_000 + "x"], ["2. Users may print."]]
    found = texts.read(maker.kept(tmp_path, "licence.pdf", maker.pdf(pages)))
    assert [clause.number for clause in found.clauses] == ["1", "2"]
