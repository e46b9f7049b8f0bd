"""The samples in the docs: every fenced block, with the page that it stands in."""

import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\S*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
OPERATION = re.compile(r"^(?:query|mutation) (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """`page`: the file's path in the repository; `text`: what stands between the fences."""

    page: str
    language: str
    text: str

    @property
    def name(self) -> str:
        """Of GraphQL its operation, else the first line that says something."""
        if self.language == "graphql":
            return str(OPERATION.findall(self.text)[0])
        return next(line.strip() for line in self.text.splitlines() if line.strip())


def name(page: Path) -> str:
    """Its path in the repository."""
    return page.relative_to(REPOSITORY).as_posix()


def blocks(page: Path) -> list[Block]:
    return [Block(name(page), *found) for found in FENCE.findall(page.read_text("utf-8"))]


def block(page: str, language: str, containing: str = "") -> str:
    """The only block of this page and language that has these words."""
    (found,) = [one for one in blocks(REPOSITORY / page) if one.language == language and containing in one.text]
    return found.text
