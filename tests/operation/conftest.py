"""Every command of these suites runs in an empty folder, without any setting of ours."""

from pathlib import Path

import pytest

from tests.operation.commands import Mutua, without_settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    without_settings(monkeypatch)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def mutua(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mutua:
    return Mutua(monkeypatch, capsys)
