"""What a document says: its clauses and what to know of it, read apart."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from domain import messages
from domain.documents import apart, kinds
from domain.documents.apart import Kind
from domain.documents.clauses import PREAMBLE
from domain.documents.refusals import Refused

AT_ONCE = 2
"""Documents that one server process has read at the same time; others wait."""

_READERS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="document")
"""Of their own: whoever waits here keeps nobody from the threads in which rights are followed and content is sent."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A numbered clause in its own words."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class Read:
    """`pages`: None where the format has none. `notes`: codes with their detail."""

    kind: Kind
    pages: int | None
    clauses: Sequence[Passage]
    notes: dict[str, str]

    def told(self, lang: str | Sequence[str]) -> list[str]:
        """What to know of it, in sentences."""
        notes = self.notes if any(one.number != PREAMBLE for one in self.clauses) else {**self.notes, "no_clauses": ""}
        return [messages.sentence(f"document.{code}", lang, detail=detail) for code, detail in notes.items()]


def read(path: Path) -> Read:
    """Takes seconds: never call it where an event loop runs. Raises Refused."""
    kind = kinds.of_document(path)
    answer = apart.read(path, kind)
    clauses = [Passage(**clause) for clause in answer["clauses"]]
    return Read(kind, answer["pages"], clauses, answer["notes"])


async def read_in_turn(path: Path) -> Read:
    """The same beside an event loop. Raises Refused."""
    return await asyncio.get_running_loop().run_in_executor(_READERS, read, path)


def why(refused: Refused, lang: str | Sequence[str]) -> str:
    """Why a document can't be read, and what to do."""
    return messages.sentence(f"document.{refused.wrong.value}", lang, detail=refused.detail)
