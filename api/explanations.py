"""Where decisions are explained: /why/{decisionId} tells one again, /help/{reason} and /problems/{code} say what a
reason and a code mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api import declaring, language, pages
from api.database import Transaction
from api.problem import CODES, FOLDER
from auth.viewer import viewer_of
from domain import decisions, explanation, grounds, messages
from domain.decisions import Explained
from models.vocabulary import AccessReason

LONGEST_ID = 100_000

router = APIRouter(include_in_schema=False, dependencies=[Depends(language.house)])


@router.api_route("/why/{decision_id}", methods=["GET", "HEAD"])
async def why(request: Request, session: Transaction, decision_id: str) -> HTMLResponse:
    """For whoever holds the id: a reader sends it to her librarian, who reads no more of a clause than else."""
    told = decisions.explain(request.app.state.keys, decision_id) if len(decision_id) <= LONGEST_ID else None
    if told is None:
        return pages.render_error(request, "decision_unreadable", 404)
    viewer = await viewer_of(request, session)
    facts = await explanation.gather(session, told.answer, viewer, told.asked)
    grants = await request.app.state.gate.grants(session)
    reasons = grounds.behind(grants, told.asked, told.answer, viewer)
    change = grounds.would_grant(grants, told.asked, told.answer, viewer, own=False)
    names = await grounds.names(session, grounds.named(reasons.checks) | grounds.of_change(change))
    home = await explanation.consortium(session)
    tags = pages.languages(request)
    return pages.page(
        request,
        "why.html",
        title="why_title",
        tags=tags,
        story=pages.story(told.answer, facts, tags),
        sign_in_url=None,
        decision_id=decision_id,
        asked=_asked(told, tags),
        declaring=await declaring.at_the_gate(request, session, grants, told.answer, facts, tags),
        checks=[grounds.tell(one, told.answer, facts, names, tags) for one in reasons.checks],
        as_then_known=reasons.as_then_known,
        change=grounds.change(change, told.answer, facts, names, tags) if change else None,
        epoch=told.asked.epoch,
        decided_on=messages.day(told.asked.at.astimezone(ZoneInfo(home.time_zone)).date(), tags),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question as the page tells it."""

    affiliations: str
    on_site: bool
    on: str | None
    published: str | None
    use: str


def _asked(told: Explained, tags: Sequence[str]) -> _Asked:
    principal, context = told.asked.principal, told.asked.context
    theirs = [one for one in principal.memberships if told.answer.member_id in (None, one.member_id)]
    affiliations = sorted({affiliation for one in theirs for affiliation in one.affiliations})
    use = context.use
    return _Asked(
        affiliations=_listed([messages.word(one, tags) for one in affiliations], tags),
        on_site=told.answer.member_id in principal.on_site,
        on=messages.day(context.on, tags) if context.on else None,
        published=_span(context.published, tags),
        use=_listed(
            [messages.coded(said, tags) for said in (use.purpose, use.recipient, use.method, use.part) if said], tags
        ),
    )


def _listed(words: Sequence[str], tags: Sequence[str]) -> str:
    return messages.sentence("page.list_separator", tags).join(words)


def _span(days: tuple[date, date] | None, tags: Sequence[str]) -> str | None:
    return " – ".join(dict.fromkeys(messages.day(day, tags) for day in days)) if days else None


@router.api_route("/help", methods=["GET", "HEAD"])
async def help_index(request: Request) -> HTMLResponse:
    tags = pages.languages(request)
    listed = [
        {
            "url": explanation.help_path(reason),
            "title": messages.help_text(reason, tags).title,
            "sentence": messages.reason(reason, tags),
        }
        for reason in AccessReason
    ]
    return pages.page(request, "help_index.html", title="help_title", tags=tags, pages=listed)


@router.api_route("/help/{reason}", methods=["GET", "HEAD"])
async def help_page(request: Request, reason: str) -> HTMLResponse:
    """Under the name of the API (EMBARGOED) or as our own links write it (embargoed)."""
    try:
        value = AccessReason(reason.lower())
    except ValueError:
        return _no_page(request)
    tags = pages.languages(request)
    metric = messages.counter_metric(value)
    text = messages.help_text(value, tags)
    return pages.page(
        request,
        "help.html",
        title=text.title,
        tags=tags,
        help=text,
        sentence=messages.reason(value, tags),
        reason=value.name,
        metric="_".join(part.capitalize() for part in metric.value.split("_")) if metric else None,
    )


@router.api_route(FOLDER + "/{code}", methods=["GET", "HEAD"])
async def problem_page(request: Request, code: str) -> HTMLResponse:
    """What the `type` of a problem+json leads to."""
    return pages.render_error(request, CODES[code].value, 200) if code in CODES else _no_page(request)


def _no_page(request: Request) -> HTMLResponse:
    return pages.render_error(request, "not_found", 404)
