"""Suites that can't run here are listed by name with what is missing; under CI that fails, real files apart.

A test says so with `pytest.skip("what is missing")`, at whatever level. Nothing else is a reason to skip.
"""

import os
import re
from collections import defaultdict

import pytest

REAL_FILES = re.compile(r"real files|shared/data")
"""The one thing that CI may lack: the folder beside the repository."""

_skipped: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        _note(report.nodeid, report.longrepr)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        _note(report.nodeid, report.longrepr)


def _note(nodeid: str, why: object) -> None:
    reason = str(why[2] if isinstance(why, tuple) else why).removeprefix("Skipped: ")
    _skipped[nodeid.partition("::")[0]][reason] += 1


def _intolerable() -> bool:
    reasons = {reason for suite in _skipped.values() for reason in suite}
    return bool(os.environ.get("CI")) and any(not REAL_FILES.search(reason) for reason in reasons)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and not hasattr(session.config, "workerinput") and _intolerable():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _skipped:
        return
    terminalreporter.section("suites that did not run here, and what is missing")
    for suite, reasons in sorted(_skipped.items()):
        for reason, tests in reasons.items():
            terminalreporter.line(f"{suite} ({tests}): {reason}")
    if _intolerable():
        terminalreporter.line("Under CI nothing but the folder of real files may be missing: this run fails.", red=True)
