"""The commands that people are told to run are those that exist, and those that CI runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def commands(page: str) -> set[str]:
    return set(re.findall(r"^make ([a-z-]+)", (ROOT / page).read_text("utf-8"), re.MULTILINE))


def test_ci_runs_the_readmes_test_command() -> None:
    assert {"run", "test"} <= commands("README.md")
    assert commands(".ci/run") == {"test-deps", "check", "test"}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_every_make_command_that_is_shown_exists(page: str) -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert commands(page) <= set(re.findall(r"make ([a-z-]+)", told))


def test_make_without_python_is_one_line() -> None:
    # Make within make tells more; a person's shell isn't within one.
    shell = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", "run", "PYTHON=no-python"], cwd=ROOT, env=shell, capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ")]
    assert (done.returncode, lines) == (2, ["mutua: no-python is missing; Python 3.11 or newer is needed"])


def test_a_python_without_venv_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "ensurepip.py").write_text('raise ImportError("absent", name="ensurepip")')
    script = [sys.executable, str(ROOT / "deploy" / "environment.py")]
    done = subprocess.run(script, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "mutua: Python's ensurepip module is missing (on Debian: apt-get install python3-venv)\n"
