"""Every query that we show somebody is valid: in the docs, on the query page, in the demo, in the example app."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import parse, validate

from api.query_page import STAFF, STARTERS
from schema import build

REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
FENCED = re.compile(r"^```graphql\n(.*?)^```", re.MULTILINE | re.DOTALL)
IN_CURL = re.compile(r'"query": "((?:[^"\\]|\\.)*)"')
IN_SCRIPT = re.compile(r"`((?:query|mutation) [^`]*)`")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


def _shown() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        yield from ((f"{page.name}:{at}", query) for at, query in enumerate(FENCED.findall(text)))
        yield from (
            (f"{page.name}:curl{at}", query.replace('\\"', '"')) for at, query in enumerate(IN_CURL.findall(text))
        )
    for folder in (STARTERS, STAFF, REPOSITORY / "demo" / "queries"):
        yield from ((f"{folder.name}:{file.name}", file.read_text()) for file in sorted(folder.glob("*.graphql")))
    script = (REPOSITORY / "examples" / "reader" / "reader.js").read_text(encoding="utf-8")
    yield from ((f"reader.js:{at}", query) for at, query in enumerate(IN_SCRIPT.findall(script)))


SHOWN = dict(_shown())


@pytest.mark.parametrize("where", SHOWN)
def test_a_query_that_we_show_is_valid(where: str) -> None:
    assert validate(build.SCHEMA, parse(SHOWN[where])) == []


def test_there_are_queries_to_check() -> None:
    assert len(SHOWN) > 10


@pytest.mark.parametrize("page", [*PAGES, REPOSITORY / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_no_link_between_our_pages_is_dead(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_example_app_stays_small() -> None:
    lines = sum(len(file.read_text().splitlines()) for file in (REPOSITORY / "examples" / "reader").iterdir())
    assert lines <= 300
