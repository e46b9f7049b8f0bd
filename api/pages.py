"""Pages for people: refusals, explanations, help, sign-in. Templates and styles lie in the folder `pages` beside this.

Everything shown is escaped, and the content security policy allows no inline script or style: a name that carries
markup stays text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import jinja2
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.declaring import Declaring
from domain import explanation, messages
from domain.rights.answer import Answer, Granted, Refused
from models.columns import Localised
from schema.kit import ids

FOLDER = Path(__file__).with_suffix("")
STATIC = "/static"
SIGN_IN = "/login"
SIGN_OUT = "/logout"

HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""On every page. `no-referrer` instead of `same-origin` would make browsers send `Origin: null` with our own forms."""


class Assets(StaticFiles):
    """Styles and scripts of our pages, the same for everybody."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=300"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


class FrontEnd(StaticFiles):
    """A static app such as examples/reader, under the policy of our own pages."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update({**HEADERS, "Cache-Control": "no-cache"})
        return response


def assets() -> StaticFiles:
    """What to mount at `STATIC`."""
    return Assets(directory=FOLDER / "static")


def front_end(folder: Path) -> StaticFiles:
    """What to mount at `/` for an app that lies in `folder`."""
    return FrontEnd(directory=folder, html=True)


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def wants_page(request: Request) -> bool:
    """Whether a browser asks for a page: it names text/html, which programs' `*/*` doesn't."""
    accepted = request.headers.get("accept", "")
    return any(part.partition(";")[0].strip().lower() == "text/html" for part in accepted.split(","))


def languages(request: Request) -> tuple[str, ...]:
    """The languages to answer in: `?lang=`, Accept-Language, then the consortium's (api/language.py)."""
    house = getattr(request.state, "language", None) or messages.DEFAULT
    return messages.languages(request.query_params.get("lang"), request.headers.get("accept-language"), house)


def sign_in_url(target: str, resource_id: UUID | None = None) -> str:
    """The address that signs somebody in and leads to `target`, a path of ours, afterwards. With a resource only
    institutions are offered that can open it.
    """
    resource = {"resource": ids.encode("Resource", resource_id)} if resource_id else {}
    return f"{SIGN_IN}?{urlencode({'target': target} | resource)}"


def why_url(decision_id: str) -> str:
    """Where a decision is explained again."""
    return f"/why/{quote(decision_id, safe='')}"


@dataclass(frozen=True, slots=True)
class _Words:
    """What a template needs to speak: the language, our words, and links that keep a language chosen by hand."""

    request: Request
    tags: Sequence[str]

    @property
    def language(self) -> messages.Language:
        return messages.spoken(self.tags)

    def say(self, word: str) -> str:
        return messages.sentence(f"page.{word}", self.language)

    def here(self, path: str) -> str:
        chosen = self.request.query_params.get("lang")
        return f"{path}?{urlencode({'lang': self.language})}" if chosen else path

    def in_language(self, language: str) -> str:
        kept = [(name, value) for name, value in self.request.query_params.multi_items() if name != "lang"]
        return "?" + urlencode([*kept, ("lang", language)])


def page(
    request: Request,
    template: str,
    *,
    title: str,
    tags: Sequence[str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **facts: Any,
) -> HTMLResponse:
    """A page of ours; `title` is a key of the pages' words, or text that is said already."""
    words = _Words(request, tags or languages(request))
    html = (
        _templates()
        .get_template(template)
        .render(
            say=words.say,
            here=words.here,
            in_language=words.in_language,
            lang=words.language,
            lang_tag="zh-Hans" if words.language == "zh" else "en",
            title=words.say(title) if title in messages.keys("page") else title,
            **facts,
        )
    )
    language = {"Content-Language": words.language, "Vary": "Accept, Accept-Language, Cookie"}
    return HTMLResponse(html, status, {**HEADERS, **language, **(headers or {})})


@dataclass(frozen=True, slots=True)
class _Way:
    kind: str
    message: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A decision as the templates tell it: text only, in one language."""

    granted: bool
    message: str
    action: str
    resource: str | None
    member: str | None
    licence: str | None
    licensor: str | None
    clause_number: str | None
    clause_summary: str | None
    clause_text: str | None
    term: str | None
    valid_until: str | None
    conditions: tuple[str, ...] = ()
    reason: str = ""
    help_title: str = ""
    remedies: tuple[_Way, ...] = ()


def story(answer: Answer, facts: explanation.Facts, tags: Sequence[str]) -> Story:
    """What the templates need of a decision, in the language of `tags`."""

    def named(names: Localised | None) -> str | None:
        return messages.localised(names, tags) if names else None

    clause, refused = facts.clause, isinstance(answer, Refused)
    return Story(
        granted=not refused,
        message=explanation.message(answer, facts, tags),
        action=messages.word(answer.action, tags),
        resource=named(facts.resource),
        member=named(facts.member),
        licence=named(facts.licence),
        licensor=named(facts.licensor),
        clause_number=clause.number if clause else None,
        clause_summary=named(clause.summary) if clause else None,
        clause_text=facts.clause_text,
        term=messages.word(facts.term.status, tags) if facts.term else None,
        valid_until=messages.day(answer.valid_until, tags) if answer.valid_until else None,
        conditions=tuple(explanation.conditions(answer, facts, tags)) if isinstance(answer, Granted) else (),
        reason=answer.reason.value if isinstance(answer, Refused) else "",
        help_title=messages.help_text(answer.reason, tags).title if isinstance(answer, Refused) else "",
        remedies=tuple(
            _Way(one.kind.value, explanation.remedy(one, facts, tags), explanation.contact(one, facts))
            for one in answer.remedies
        )
        if isinstance(answer, Refused)
        else (),
    )


def render_refusal(
    request: Request,
    answer: Refused,
    facts: explanation.Facts,
    *,
    status: int,
    decision_id: str | None = None,
    target: str | None = None,
    declaring: Declaring | None = None,
) -> HTMLResponse:
    """Why content is not opened, and what would change that. `target`: where signing in leads (here). `declaring`: what
    she may say of her use."""
    tags = languages(request)
    return page(
        request,
        "refusal.html",
        title="declare_title" if declaring and declaring.choices else "refused_title",
        tags=tags,
        status=status,
        story=story(answer, facts, tags),
        sign_in_url=sign_in_url(target or _own_address(request), answer.resource_id),
        why_url=why_url(decision_id) if decision_id else None,
        declaring=declaring,
    )


def render_error(
    request: Request, code: str, status: int, *, retry_url: str | None = None, **facts: messages.Fact
) -> HTMLResponse:
    """Why a sign-in, an invitation or an address led nowhere; `code` is an entry of the catalogue's errors."""
    tags = languages(request)
    return page(
        request,
        "message.html",
        title=messages.sentence(f"error.{code}.title", tags),
        tags=tags,
        status=status,
        text=messages.sentence(f"error.{code}", tags, **facts),
        code=code.upper(),
        retry_url=retry_url,
    )


def render_home(request: Request) -> HTMLResponse:
    """The front page of a server that has no app of its own in front."""
    return page(request, "home.html", title="home_title", sign_in_url=SIGN_IN)


def _own_address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
