"""docs/sign-in.md says what the program does: every refusal with its status, every address, every command."""

import re
from pathlib import Path

from api.cli import cli
from api.entrance import Entrance
from auth.refusals import STATUS, Error
from auth.routes import router
from domain import messages
from domain.keys import Purpose

PAGE = (Path(__file__).parents[2] / "docs" / "sign-in.md").read_text(encoding="utf-8")


def test_every_refusal_is_documented_with_its_status() -> None:
    documented = dict(re.findall(r"^\| `([A-Z_]+)` \| (\d{3}) \|", PAGE, re.MULTILINE))
    assert documented == {error.name: str(STATUS[error]) for error in Error}


def test_every_refusal_has_its_sentences() -> None:
    assert {error.value for error in Error} <= messages.keys("error")


def test_every_address_is_documented() -> None:
    for route in router(Entrance()).routes:
        assert str(getattr(route, "path")) in PAGE  # noqa: B009 starlette's base class has none


def test_every_key_and_command_is_documented() -> None:
    assert f"({', '.join(Purpose)})" in PAGE
    for command in ("mutua invite", "mutua identity-provider add", "mutua identity-provider list"):
        assert command in PAGE
    assert {group.name for group in cli.registered_groups} >= {"identity-provider"}
