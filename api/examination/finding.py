"""One thing that was looked at: fine, or what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain import messages


class Area(StrEnum):
    SETTINGS = "settings"
    DATABASE = "database"
    METADATA = "metadata"
    PROVIDERS = "providers"
    CLOCK = "clock"
    KEYS = "keys"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Finding:
    """`code`: its sentence under `operation.finding`. `facts` hold no secret: they are printed."""

    area: Area
    code: str
    fine: bool
    facts: Mapping[str, str | int]

    def message(self, lang: str) -> str:
        return messages.sentence(f"operation.finding.{self.code}", lang, **self.facts)


def fine(area: Area, code: str, **facts: str | int) -> Finding:
    return Finding(area, code, True, facts)


def to_do(area: Area, code: str, **facts: str | int) -> Finding:
    return Finding(area, code, False, facts)


def one_line(error: BaseException) -> str:
    """What an error says, for a sentence of ours that goes on behind it."""
    return " ".join(str(error).split()).rstrip(".?!") or type(error).__name__
