"""The documentation names every setting and every command, and none that doesn't exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from api.cli import cli
from api.settings import PREFIX, Settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = set(re.findall(rf"^\| `({PREFIX}[A-Z_]+)` \|", PAGE, re.MULTILINE))
    assert documented == {PREFIX + name.upper() for name in Settings.model_fields}


def test_every_setting_describes_itself() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_command_is_documented_and_nothing_else() -> None:
    documented = set(re.findall(r"^\| `mutua ([a-z -]+)` \|", PAGE, re.MULTILINE))
    assert documented == set(commands(typer.main.get_command(cli), ""))


def commands(command: Any, path: str) -> Iterator[str]:
    """Typer brings a click of its own, whose classes have no public name."""
    if not hasattr(command, "commands"):
        yield path.strip()
        return
    for name, inner in command.commands.items():
        yield from commands(inner, f"{path} {name}")
