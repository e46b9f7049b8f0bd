"""`mutua import licence` with ONIX-PL and KB+, and `mutua licence export`, as an operator runs them."""

from pathlib import Path

import orjson
import pytest

from api.database import Urls
from domain.exchange.onixpl import documents
from tests.exchange.documents import whole
from tests.operation.commands import Mutua, without_settings


@pytest.fixture
def mutua(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], database: Urls, tmp_path: Path) -> Mutua:
    without_settings(monkeypatch)
    monkeypatch.setenv("MUTUA_DATABASE_URL", database.app)
    monkeypatch.setenv("MUTUA_STATE_DIR", str(tmp_path / "var"))
    return Mutua(monkeypatch, capfd)


def test_a_licence_goes_in_and_comes_out_again(mutua: Mutua, tmp_path: Path) -> None:
    path = tmp_path / "deal.xml"
    path.write_text(whole(), "utf-8")
    done = mutua("import", "licence", str(path), "--draft", "--lang", "en")
    assert (done.code, "new 1" in done.out, "ExpressionDetail" in done.out) == (0, True, True)

    out = tmp_path / "again.xml"
    assert mutua("licence", "export", "deal-2026", "--format", "onixpl", "--out", str(out)).code == 0
    assert documents.tag(documents.parsed(out.read_bytes())) == documents.EXPRESSION
    again = mutua("import", "licence", str(out), "--lang", "en")
    assert (again.code, "All of it was known already" in again.out) == (0, True)

    printed = mutua("licence", "export", "deal-2026", "--format", "odrl")
    assert orjson.loads(printed.out)["permission"][0]["action"] == "read"

    nothing = mutua("licence", "export", "no-deal", "--format", "odrl")
    assert (nothing.code, nothing.err) == (2, "mutua: no-deal: there is no such licence\n")


def test_a_code_that_no_issue_has_changes_nothing(mutua: Mutua, tmp_path: Path) -> None:
    path = tmp_path / "deal.xml"
    path.write_text(whole().replace("onixPL:Permitted", "onixPL:Perhaps"), "utf-8")
    report = tmp_path / "report.csv"
    done = mutua("import", "licence", str(path), "--report", str(report), "--lang", "en")
    assert (done.code, "Nothing was loaded: line 60" in done.out) == (2, True)
    assert "UsageTerms/Usage/UsageStatus,onixPL:Perhaps,file,code_unknown" in report.read_text("utf-8-sig")
    assert mutua("licence", "export", "deal-2026", "--format", "odrl").code == 2


def test_what_a_licence_file_says_itself_is_no_option(mutua: Mutua, tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text("licence: {code: a}\n", "utf-8")
    assert mutua("import", "licence", str(path), "--code", "b").code == 2
