"""`mutua` as an operator runs it, and the files that it writes."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.cli import main

MUTUA = [sys.executable, "-c", "from api.cli import main; main()"]
REPOSITORY = Path(__file__).parents[2]


def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MUTUA_")]:
        monkeypatch.delenv(name)


def environment(**more: str) -> dict[str, str]:
    """Ours, without any setting, and finding our packages from any folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MUTUA_", "LC_", "LANG"))}
    return kept | {"PYTHONPATH": str(REPOSITORY), **more}


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


class Mutua:
    """Runs commands within this process: importing everything anew takes seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Done:
        self._monkeypatch.setattr(sys, "argv", ["mutua", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return Done(code or 0, printed.out, printed.err)


def settings_of(file: Path) -> dict[str, str]:
    """The settings of a file as a shell reads them."""
    script = 'set -a; . "$0"; env -0'
    done = subprocess.run(
        ["/bin/sh", "-c", script, str(file)], env={"PATH": os.defpath}, capture_output=True, check=True
    )
    pairs = [entry.partition("=") for entry in done.stdout.decode().split("\0") if entry.startswith("MUTUA_")]
    return {name: value for name, _, value in pairs}
