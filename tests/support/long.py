"""Runs the tests that `make test` leaves out, and keeps the result with its commit in docs/long-tests.md."""

import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "long-tests.md"


class Tally:
    """A pytest plugin: what became of each test, and how long it took."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.outcome] += 1
            self.lines.append(f"| `{report.nodeid}` | {report.outcome} | {report.duration:.0f} |")


def main() -> int:
    tally = Tally()
    began = time.monotonic()
    code = pytest.main(["-q", "-m", "long", *(sys.argv[1:] or ["tests"])], plugins=[tally])
    seconds = time.monotonic() - began
    if not sys.argv[1:]:
        PAGE.write_text(_page(tally, seconds), "utf-8")
    return int(code)


def _page(tally: Tally, seconds: float) -> str:
    counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(tally.outcomes.items()))
    day = datetime.now(UTC).date()
    commit = _git("rev-parse", "--short", "HEAD") + _changed()
    head = f"`make test-long` on commit {commit}, {day}: {counts}, {seconds:.0f} s."
    table = ["| test | result | seconds |", "|---|---|---|", *tally.lines]
    return "\n".join(["# The long tests", "", head, "", *table, ""])


def _changed() -> str:
    return " with uncommitted changes" if _git("status", "--porcelain", "--untracked-files=no") else ""


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
