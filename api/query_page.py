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


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query that the page offers, with its name by language."""

    name: dict[str, str]
    query: str
    variables: dict[str, Any] | None = None


def read(folder: Path) -> tuple[SavedQuery, ...]:
    """The saved queries of a folder in the order of their file names.

    `NAME.graphql` begins with a comment `# Chinese name | English name`; `NAME.json` beside it holds its variables.
    """
    return tuple(_read(file) for file in sorted(folder.glob("*.graphql")))


def _read(file: Path) -> SavedQuery:
    text = file.read_text(encoding="utf-8")
    chinese, _, english = text.partition("\n")[0].lstrip("# ").partition("|")
    variables = file.with_suffix(".json")
    return SavedQuery(
        {"zh": chinese.strip(), "en": english.strip() or chinese.strip()},
        text,
        json.loads(variables.read_text(encoding="utf-8")) if variables.exists() else None,
    )


def render(request: Request, saved: Iterable[SavedQuery] | None = None) -> HTMLResponse:
    """The page. `?query=` and `?variables=` fill it in; nothing runs before somebody presses the button.

    `saved`: what it offers; None = the application's (`app.state.saved_queries`), else the starters.
    """
    if saved is None:
        saved = getattr(request.app.state, "saved_queries", None) or read(STARTERS)
    tags = pages.languages(request)
    offered = [{"name": messages.localised(q.name, tags), "query": q.query, "variables": q.variables} for q in saved]
    return pages.page(
        request,
        "query.html",
        title="query_title",
        tags=tags,
        data={"endpoint": ENDPOINT, "saved": offered},
        sign_in_url=pages.sign_in_url(ENDPOINT),
        sign_out_url=pages.SIGN_OUT,
    )
