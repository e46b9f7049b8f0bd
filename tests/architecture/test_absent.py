"""What is missing is named, suite by suite, and under CI that fails, but for the folder of real files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPPING = "import pytest\ndef test_works(): pass\ndef test_waits(): pytest.skip({why!r})\n"


def run(folder: Path, why: str, *options: str, ci: str) -> "subprocess.CompletedProcess[str]":
    """A suite of two tests, one of which can't run."""
    (folder / "test_suite.py").write_text(SKIPPING.format(why=why))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.absent", "-p", "no:cacheprovider", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CI": ci}
    return subprocess.run(
        [*command, str(folder), f"--rootdir={folder}", "-c", os.devnull],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["alone", "distributed"])
@pytest.mark.parametrize(
    ("why", "ci", "code"),
    [
        ("Java 17 is missing", "", 0),
        ("Java 17 is missing", "true", 1),
        ("the folder ../shared/data of real files is absent", "true", 0),
    ],
)
def test_a_suite_that_can_not_run_is_named(
    tmp_path: Path, why: str, ci: str, code: int, options: tuple[str, ...]
) -> None:
    done = run(tmp_path, why, *options, ci=ci)
    assert f"test_suite.py (1): {why}" in done.stdout
    assert done.returncode == code
    assert ("this run fails" in done.stdout) is bool(code)
