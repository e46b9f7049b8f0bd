"""In which language a command speaks to its operator."""

import os
from enum import StrEnum
from typing import Annotated

import typer

from domain import messages

FALLBACK = "en"
"""Said where the terminal names no language that we speak: `C` and POSIX mean English."""


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


LanguageOption = Annotated[
    Language | None,
    typer.Option("--language", "--lang", help="Default: the terminal's (LC_ALL, LC_MESSAGES, LANG), else English."),
]


def language(wanted: Language | None) -> str:
    """The option's, else the terminal's as POSIX names it: `zh_CN.UTF-8`."""
    if wanted is not None:
        return wanted.value
    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return messages.speaks(named.partition(".")[0].replace("_", "-")) or FALLBACK
