"""The query page that browsers get at /graphql: our own, so that it works offline and under a strict policy."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from api import pages
from domain import messages

ENDPOINT = "/graphql"
STARTERS = pages.FOLDER / "queries"
STAFF = STARTERS / "staff"
"""What staff run one after the other: from entering a licence to ending it."""
WORDS = ("next", "done", "nothing_done", "take", "version", "things", "things_none", "missing")
"""What its script says: entries `query_…` of the pages' words."""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query that the page offers, with its name by language."""

    name: dict[str, str]
    query: str
    variables: dict[str, Any] | None = None


def read(folder: Path, given: Path | None = None) -> tuple[SavedQuery, ...]:
    """The saved queries of a folder in the order of their file names.

    `NAME.graphql` begins with a comment `# Chinese name | English name`; `NAME.json` beside it, or rather the one in
    `given`, holds its variables. "{today}" and "{yesterday}" in them become days in the browser.
    """
    return tuple(_read(file, given or folder) for file in sorted(folder.glob("*.graphql")))


def _read(file: Path, given: Path) -> SavedQuery:
    text = file.read_text(encoding="utf-8")
    chinese, _, english = text.partition("\n")[0].lstrip("# ").partition("|")
    beside = file.with_suffix(".json")
    variables = next((each for each in (given / beside.name, beside) if each.exists()), None)
    return SavedQuery(
        {"zh": chinese.strip(), "en": english.strip() or chinese.strip()},
        text,
        json.loads(variables.read_text(encoding="utf-8")) if variables else None,
    )


def render(request: Request, saved: Iterable[SavedQuery] | None = None) -> HTMLResponse:
    """The page. `?query=` and `?variables=` fill it in; nothing runs before somebody presses the button.

    `saved`: what it offers; None = the application's (`app.state.saved_queries`), else the starters and staff's.
    """
    if saved is None:
        saved = getattr(request.app.state, "saved_queries", None) or (*read(STARTERS), *read(STAFF))
    tags = pages.languages(request)
    offered = [{"name": messages.localised(q.name, tags), "query": q.query, "variables": q.variables} for q in saved]
    return pages.page(
        request,
        "query.html",
        title="query_title",
        tags=tags,
        data={
            "endpoint": ENDPOINT,
            "saved": offered,
            "words": {word: messages.sentence(f"page.query_{word}", messages.spoken(tags)) for word in WORDS},
        },
        sign_in_url=pages.sign_in_url(ENDPOINT),
        sign_out_url=pages.SIGN_OUT,
    )
