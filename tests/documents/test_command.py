"""`mutua licence draft`: the sheet of a document, in both languages, and what stands in its way."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import cli, one_line
from domain.intake import term_reading
from domain.intake.source import look
from tests.documents import hostile, maker

PDF = maker.pdf(
    [["第一条 授权", "（一）在线阅读；", "（二）下载。", "第二条 不得进行文本挖掘，亦不得批量下载全部内容。"]]
)
HEAD = ("--code", "cnki-2027", "--name-zh", "知网", "--licensor", "CNKI")


@pytest.fixture
def mutua(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """In a folder of its own, without a database to reach."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUTUA_DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return lambda *arguments: CliRunner().invoke(cli, ["licence", "draft", *map(str, arguments)])


def test_it_writes_a_sheet_beside_that_is_read_again(mutua: Callable[..., Result], tmp_path: Path) -> None:
    maker.kept(tmp_path, "deal.pdf", PDF)
    for sheet, options in (("deal.xlsx", ()), ("other.csv", ("--out", "other.csv"))):
        done = mutua("deal.pdf", *HEAD, *options)
        assert done.exit_code == 0
        assert done.output.startswith(f"{sheet}: 4 clauses of 1 pages. Every use is silent;")
        found, _ = term_reading.read(look(tmp_path / sheet))
        assert [clause["number"] for clause in found["clauses"]] == ["第一条", "第一条（一）", "第一条（二）", "第二条"]
        assert (found["licence"]["code"], found["licence"]["licensor"][0]) == ("cnki-2027", "CNKI")
    assert "所有用途均为 silent" in mutua("deal.pdf", "--out", "third.xlsx", "--language", "zh").output


def test_what_stands_in_its_way_is_one_line_and_a_sheet_is_never_overwritten(
    mutua: Callable[..., Result], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maker.kept(tmp_path, "deal.pdf", PDF)
    maker.kept(tmp_path, "scan.pdf", hostile.files()["a picture of a page"][0])
    maker.kept(tmp_path, "filled.xlsx", b"somebody's work")
    for arguments, told in (
        (("scan.pdf",), "scan.pdf: There is no text in it, only pictures of pages."),
        (("none.pdf",), "none.pdf: No such file"),
        (("deal.pdf", "--out", "filled.xlsx"), "filled.xlsx: File exists"),
    ):
        with pytest.raises(SystemExit) as left, one_line():
            raise mutua(*arguments).exception or AssertionError("it was not refused")
        assert left.value.code == 2
        assert capsys.readouterr().err.startswith(f"mutua: {told}")
    assert (tmp_path / "filled.xlsx").read_bytes() == b"somebody's work"
    assert mutua("deal.pdf", "--out", "deal.doc").exit_code == 2
    assert mutua("deal.pdf", "--code", "a b").exit_code == 2
