"""`mutua import`: what a person at the terminal gets, in both languages, and what a script can rely on."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import cli
from api.database import Urls
from domain.intake import report
from domain.intake.reasons import Reason
from tests.support.titlelists import journal

Titles = Callable[..., Path]
KBART = ("import", "kbart", "--package", "Science", "--provider", "Northlight", "--platform", "Northlight Platform")


@pytest.fixture
def mutua(database: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("MUTUA_DATABASE_URL", database.app)
    monkeypatch.setenv("MUTUA_STATE_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()

    def run(*arguments: str | Path, lang: str = "en") -> Result:
        return runner.invoke(cli, [*map(str, arguments), "--lang", lang])

    return run


def test_exit_codes_tell_all_from_some_from_nothing(
    mutua: Callable[..., Result], titles: Titles, tmp_path: Path
) -> None:
    assert mutua(*KBART, titles(journal(1))).exit_code == 0
    assert mutua(*KBART, titles(journal(1, embargo_info="soon"))).exit_code == 1
    assert mutua(*KBART, titles(journal(1, publication_title=""))).exit_code == 1
    assert mutua(*KBART, tmp_path / "none.txt").exit_code == 2
    assert mutua("import", "members", titles(journal(1))).exit_code == 2


def test_what_can_not_work_is_refused_before_anything_is_loaded(mutua: Callable[..., Result], titles: Titles) -> None:
    path = titles(journal(1))
    unnamed = mutua("import", "kbart", path, "--package", " ", "--provider", "Northlight")
    unwritable = mutua(*KBART, path, "--report", path.parent / "none" / "report.csv")
    assert (unnamed.exit_code, unwritable.exit_code) == (2, 2)
    assert mutua(*KBART, path).exit_code == 0
    assert "nothing changed" not in mutua(*KBART, titles(journal(2))).output


def test_the_second_time_it_says_that_nothing_changed(mutua: Callable[..., Result], titles: Titles) -> None:
    path = titles(journal(1))
    assert "nothing changed" not in mutua(*KBART, path).output
    assert "All of it was known already: nothing changed." in mutua(*KBART, path).output
    assert "没有任何更改" in mutua(*KBART, path, lang="zh").output


@pytest.mark.parametrize("wrong", [{"publication_title": ""}, {"embargo_info": "soon"}])
def test_what_was_rejected_was_not_known_already(
    mutua: Callable[..., Result], titles: Titles, wrong: dict[str, str]
) -> None:
    mutua(*KBART, titles(journal(1)))
    path = titles(journal(1), journal(2, **wrong))
    mutua(*KBART, path)
    output = mutua(*KBART, path).output
    assert "known already" not in output
    assert "Nothing changed." in output
    assert "与现有数据一致" not in mutua(*KBART, path, lang="zh").output


@pytest.mark.parametrize(("lang", "sentence"), [("en", "isn't a KBART embargo"), ("zh", "不是 KBART 禁运期格式")])
def test_the_report_is_on_the_screen_in_the_readers_language(
    mutua: Callable[..., Result], titles: Titles, lang: str, sentence: str
) -> None:
    output = mutua(*KBART, titles(journal(1, embargo_info="2014-07-29")), lang=lang).output
    assert sentence in output
    assert "embargo_info" in output
    assert "2014-07-29" in output


def test_a_refused_file_is_told_with_its_line(mutua: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "licence.yaml"
    path.write_text("licence: {code: a}\nnonsense: 1\n")
    output = mutua("import", "licence", path).output
    assert "Nothing was loaded" in output
    assert "nonsense" in output


def test_a_dry_run_says_so(mutua: Callable[..., Result], titles: Titles) -> None:
    assert "dry run" in mutua(*KBART, titles(journal(1)), "--dry-run").output


def test_the_whole_report_is_a_csv_that_no_spreadsheet_computes(
    mutua: Callable[..., Result], titles: Titles, tmp_path: Path
) -> None:
    formulas = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", '=HYPERLINK("http://x")', "\uff1d1+1"]
    rows = [journal(n, embargo_info=formula) for n, formula in enumerate(formulas)]
    target = tmp_path / "report.csv"
    mutua(*KBART, titles(*rows, journal(99, notes="a\x00b")), "--report", target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.reader(file))
    assert tuple(told[0]) == report.COLUMNS
    assert [(row[1], row[2], row[5]) for row in told[1:]] == [
        *((str(line), "embargo_info", "embargo_unreadable") for line in range(2, 8)),
        ("8", "notes", "control_character"),
    ]
    assert [row[3] for row in told[1:-1]] == [f"'{formula}" for formula in formulas]
    assert told[-1][3] == "a\\x00b"
    assert all(row[6] and row[7] for row in told[1:])


def test_terminals_are_not_given_control_sequences(mutua: Callable[..., Result], titles: Titles) -> None:
    output = mutua(*KBART, titles(journal(1, embargo_info="\x1b[2J[bold]x"))).output
    assert "\x1b[2J" not in output
    assert "[bold]x" in output


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    sentences = report._sentences()
    assert sentences.keys() == {reason.value for reason in Reason}
    assert all(sentence.keys() == {"zh", "en"} for sentence in sentences.values())


@pytest.mark.parametrize("command", ["members", "groups", "platforms", "kbart", "licence", "content"])
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(cli, ["import", command, "--help"])
    assert result.exit_code == 0
    assert "--dry-run" in result.output
