"""GET and HEAD /resolve: the link resolver. A discovery service sends an OpenURL of what a reader wants; she is told
whether and how she gets it, as `accesses` of the API tells her, or led there at once.

Nobody has to be signed in. It leads nowhere but to links of an access that was granted.
"""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount

from api import graphql, language, pages, query_page
from api.database import Transaction
from api.problem import Code, problem, scope_missing
from auth import targets
from auth.viewer import viewer_of_call
from domain import messages
from domain.catalogue import identifiers, openurl
from domain.catalogue.openurl import Flaw, Unreadable, Wanted
from domain.platform_links import LinkKind
from domain.principal import Viewer
from domain.scopes import Scope
from models.vocabulary import ResourceKind
from schema.access_question import MOST_QUESTIONS
from schema.kit import ids

PATH = "/resolve"
LONGEST_QUERY = 8000
"""Characters; the longest that discovery services send have a quarter of that."""
REDIRECT = "redirect"

QUESTION = """
query Resolve($inputs: [AccessInput!]!, $lang: String) {
  accesses(inputs: $inputs) {
    decisionId
    granted
    action
    resource { id title(lang: $lang) kind published identifiers { namespace value } }
    member { id name(lang: $lang) }
    message(lang: $lang)
    licence { id name(lang: $lang) }
    clause { number summary(lang: $lang) }
    term { status }
    validUntil
    ... on AccessGranted {
      basis
      coverage { startDate startVolume startIssue endDate endVolume endIssue embargo }
      conditions(lang: $lang)
      links { kind url platform { name(lang: $lang) } }
    }
    ... on AccessRefused { reason remedies { kind message(lang: $lang) url availableOn } }
  }
}
"""

Access = Mapping[str, Any]
"""As the API tells it."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(language.house)])


@router.api_route(PATH, methods=["GET", "HEAD"])
async def resolve(request: Request, session: Transaction) -> Response:
    try:
        wanted, at_once = _read(request)
    except Unreadable as error:
        return _unreadable(request, error)
    viewer = await viewer_of_call(request, session)
    if not viewer.allows(Scope.ACCESS_DECISIONS_READ):
        return scope_missing(Scope.ACCESS_DECISIONS_READ)
    found = await identifiers.sharing(session, wanted.ways)
    if not found:
        return _nothing(request, wanted)
    inputs = [
        {"resource": {"id": ids.encode("Resource", key)}, "for": {}, "published": wanted.published}
        for key in found[:MOST_QUESTIONS]
    ]
    said = await graphql.ask(request, session, viewer, QUESTION, inputs=inputs, lang=request.query_params.get("lang"))
    accesses: list[Access] = sorted(said["accesses"], key=lambda access: not access["granted"])
    best = next((link["url"] for access in accesses for link in access.get("links", ())), None)
    if at_once and best:
        return RedirectResponse(best, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    return _answer(request, viewer, wanted, accesses)


def _read(request: Request) -> tuple[Wanted, bool]:
    """What is wanted, and whether to lead there at once. Raises Unreadable."""
    if len(request.scope["query_string"]) > LONGEST_QUERY:
        raise Unreadable(Flaw.QUERY_TOO_LONG)
    wanted = openurl.read(request.query_params.multi_items())
    switch = request.query_params.getlist(REDIRECT)
    if len(switch) > 1:
        raise Unreadable(Flaw.DOUBLED, REDIRECT)
    if switch not in ([], ["0"], ["1"]):
        raise Unreadable(Flaw.NOT_A_SWITCH, REDIRECT)
    return wanted, switch == ["1"]


def _unreadable(request: Request, error: Unreadable) -> Response:
    """What to change; for whoever sends the links more than for the reader who follows one."""
    tags = pages.languages(request)
    detail = messages.sentence(
        f"openurl.{error.flaw.value}",
        tags,
        parameter=error.parameter,
        value=error.value,
        other=error.other,
        limit=LONGEST_QUERY,
    )
    if pages.wants_page(request):
        return pages.page(
            request,
            "message.html",
            title=messages.sentence("error.bad_request.title", tags),
            tags=tags,
            status=400,
            text=detail,
            code=Code.BAD_REQUEST.name,
            retry_url=None,
        )
    return problem(400, Code.BAD_REQUEST, detail, parameter=error.parameter)


def _nothing(request: Request, wanted: Wanted) -> Response:
    tags = pages.languages(request)
    search = _search(request, wanted.title or wanted.article)
    if pages.wants_page(request):
        return pages.page(
            request, "resolve_none.html", title="resolve_none", tags=tags, status=404, wanted=wanted, search=search
        )
    public_url: str = request.app.state.settings.public_url
    return problem(
        404,
        Code.NOT_FOUND,
        messages.sentence("page.resolve_none_text", tags),
        asked=_asked(wanted),
        search=public_url + search if search else None,
    )


def _search(request: Request, words: str | None) -> str | None:
    """Where to search the catalogue for these words: in the app in front of the server where there is one, else by
    the query page."""
    if words is None:
        return None
    if any(isinstance(route, Mount) and not route.path for route in request.app.routes):
        return f"/?{urlencode({'q': words})}"
    filled = {
        "query": query_page.read(query_page.STARTERS)[0].query,
        "variables": orjson.dumps({"words": words}).decode(),
    }
    return f"{query_page.ENDPOINT}?{urlencode(filled)}"


def _answer(request: Request, viewer: Viewer, wanted: Wanted, accesses: Sequence[Access]) -> Response:
    tags = pages.languages(request)
    sign_in_url = pages.sign_in_url(_address(request, wanted))
    if not pages.wants_page(request):
        public_url: str = request.app.state.settings.public_url
        body = {"asked": _asked(wanted), "signInUrl": public_url + sign_in_url, "accesses": accesses}
        headers = {"Cache-Control": "private, no-store", "Vary": "Accept, Accept-Language, Cookie"}
        return Response(orjson.dumps(body), 200, headers, "application/json")
    told = [_told(access, tags) for access in accesses]
    granted = [one for one in told if one.access["granted"]]
    first = granted or told[:1]
    named = (first[0].title if len(first) == 1 else None) or wanted.title
    return pages.page(
        request,
        "resolve.html",
        title="resolve_title",
        tags=tags,
        wanted=wanted,
        heading=wanted.article or named or messages.sentence("page.resolve_title", tags),
        first=first,
        others=told[len(first) :],
        undated=wanted.published is None and any(one.undated for one in granted),
        sign_in_url=None if viewer.signed_in else sign_in_url,
        why_url=pages.why_url,
    )


def _asked(wanted: Wanted) -> dict[str, Any]:
    return {
        "identifiers": [{"namespace": one.namespace, "value": one.value} for one in wanted.identifiers],
        "published": wanted.published,
        "volume": wanted.volume,
        "issue": wanted.issue,
        "title": wanted.title,
        "article": wanted.article,
        "unused": wanted.passed_over,
    }


def _address(request: Request, wanted: Wanted) -> str:
    """This address again, where signing in leads back to: without what services add for themselves, and without the
    titles where it would be longer than one that we lead to."""
    kept = [(name, value) for name in (REDIRECT, "lang") for value in request.query_params.getlist(name)[-1:] if value]
    named = [pair for pair in wanted.parameters if pair[0] not in ("title", "atitle")]
    whole, plain = (f"{PATH}?{urlencode([*parameters, *kept])}" for parameters in (wanted.parameters, named))
    return whole if len(whole) <= targets.MAX_LENGTH else plain


@dataclass(frozen=True, slots=True)
class _Told:
    """An access with what the page makes of it. `ways`: addresses and what to call them; `spans`: what is open, each
    with its embargo as KBART writes it."""

    access: Access
    ways: Sequence[tuple[str, str]]
    spans: Sequence[tuple[str, str | None]]

    @property
    def title(self) -> str | None:
        """None: the catalogue knows of the resource, but the rights don't yet."""
        return self.access["resource"]["title"] if self.access["resource"] else None

    @property
    def undated(self) -> bool:
        """Whether it would take a date to be sure: some of it is open, and not all."""
        return bool(self.spans) and self.access["resource"]["kind"] == ResourceKind.SERIAL.name


def _told(access: Access, tags: Sequence[str]) -> _Told:
    limited = [one for one in access.get("coverage", ()) if any(one.values())]
    return _Told(access, _ways(access, tags), [(_span(one, tags), one["embargo"]) for one in limited])


def _ways(access: Access, tags: Sequence[str]) -> list[tuple[str, str]]:
    """Where several have one name (the files of a title) they are numbered."""
    named = [(link["url"], _way(link, tags)) for link in access.get("links", ())]
    count = Counter(name for _, name in named)
    numbers = {name: itertools.count(1) for name in count}
    return [(url, f"{name} ({next(numbers[name])})" if count[name] > 1 else name) for url, name in named]


def _way(link: Mapping[str, Any], tags: Sequence[str]) -> str:
    if link["kind"] == LinkKind.CONTENT.name:
        return messages.sentence("page.resolve_here", tags)
    word = "page.resolve_by_proxy" if link["kind"] == LinkKind.PROXY.name else "page.resolve_go"
    return messages.sentence(word, tags, platform=link["platform"]["name"] if link["platform"] else None)


def _span(coverage: Mapping[str, str | None], tags: Sequence[str]) -> str:
    begin, end = (
        messages.sentence(
            word,
            tags,
            date=coverage[f"{edge}Date"],
            volume=coverage[f"{edge}Volume"],
            issue=coverage[f"{edge}Issue"],
        )
        for edge, word in (("start", "page.resolve_start"), ("end", "page.resolve_end"))
    )
    return f"{begin} – {end}"
