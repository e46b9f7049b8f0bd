"""GET and HEAD /content/{id}: the gate to the files that we hold, and the files themselves.

Without a link it decides, opens a reading and leads to the reading's signed address. With one it goes on reading: no
cookie is needed, Range requests are welcome, and each of them is checked for revocation. What is decided and counted is
committed before the first byte; no transaction is open while bytes flow.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import declaring, language, pages, streaming
from api.database import Transaction
from api.problem import Code, problem, scope_missing
from api.ranges import Span, Unsatisfiable, Validators, spans
from auth.address import client_address
from auth.site import site_of
from auth.viewer import viewer_of_call, viewer_of_link
from domain import explanation, messages
from domain.content import gate, items, links, media
from domain.content.gate import Closed, Following, Gate, Over
from domain.content.links import Link
from domain.declaring import BOUNDS, stated
from domain.keys import Unreadable
from domain.readers import Visitor
from domain.rights.answer import Remedy, Use
from domain.scopes import Scope
from models import content as rows
from models.vocabulary import AccessReason, Action, RemedyKind
from schema.kit import ids

HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every file. Browsers may keep it, but ask each time; nothing in it may act as us, and its address isn't passed
on."""

FACTS = tuple(BOUNDS)
"""Of the use, where a licence tells uses apart."""
LONGEST_FACT = 500

router = APIRouter(include_in_schema=False, dependencies=[Depends(language.house)])


@router.api_route("/content/{item}", methods=["GET", "HEAD"])
async def content(request: Request, session: Transaction, item: str) -> Response:
    key = ids.decode(item, "ContentItem")
    found = await items.by_id(session, key) if key else None
    if found is None:
        return _unknown(request)
    texts = request.query_params.getlist("link")
    return await _read(request, session, found, texts) if texts else await _open(request, session, found)


async def _open(request: Request, session: AsyncSession, item: rows.ContentItem) -> Response:
    """Decide for whoever comes, and lead to the signed address. HEAD decides too, but begins nothing."""
    action = _action(request)
    if action is None:
        return problem(400, Code.BAD_REQUEST, "action is view or download, once.")
    use = _use(request)
    if use is None:
        facts = ", ".join(FACTS)
        return problem(400, Code.BAD_REQUEST, f"{facts}: each at most once and {LONGEST_FACT} characters.")
    viewer = await viewer_of_call(request, session)
    door = _gate(request)
    try:
        opened = await gate.open_link(session, door, viewer, item, action, datetime.now(UTC), use)
    except gate.NotAllowed:
        return scope_missing(Scope.CONTENT_FILES_OPEN)
    if isinstance(opened, Closed):
        return await _refused(request, session, opened)
    if request.method == "GET":
        await gate.begin(session, door, opened, item, _visitor(request))
    address = f"{request.url.path}?{urlencode({'link': opened.text})}"
    return RedirectResponse(address, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


async def _read(request: Request, session: AsyncSession, item: rows.ContentItem, texts: Sequence[str]) -> Response:
    """The bytes, for whoever holds a link that is still good. Every refusal is a 403."""
    try:
        link = _link(request, item, texts)
        validators = Validators(f'"{item.sha256}"', item.created_at.replace(microsecond=0))
        status, wanted = _wanted(request, item, validators)
        following = Following(
            text=texts[0],
            link=link,
            item=item,
            now=datetime.now(UTC),
            reads=request.method == "GET" and status in {200, 206, 304},
            asker=lambda: viewer_of_link(request, session, link.session_id),
            visitor=_visitor(request),
        )
        closed = await gate.go_on(session, _gate(request), following)
    except (Unreadable, Over):
        return _over(request)
    if closed:
        return await _refused(request, session, closed, of_link=True)
    return _answer(request, item, link.action, validators, status, wanted)


def _gate(request: Request) -> Gate:
    door: Gate = request.app.state.gate
    return door


def _visitor(request: Request) -> Visitor | None:
    address = client_address(request, site_of(request).trusted_proxies)
    return Visitor(str(address), request.headers.get("user-agent", "")) if address else None


def _action(request: Request) -> Action | None:
    given = request.query_params.getlist("action") or [Action.VIEW.value]
    return next((action for action in gate.ACTIONS if given == [action.value]), None)


def _use(request: Request) -> Use | None:
    """What the reader says that it is for; None = said twice, or endlessly."""
    given = {name: request.query_params.getlist(name) for name in FACTS}
    if any(len(values) > 1 or len("".join(values)) > LONGEST_FACT for values in given.values()):
        return None
    return Use(**{name: values[0].strip() or None for name, values in given.items() if values})


def _link(request: Request, item: rows.ContentItem, texts: Sequence[str]) -> Link:
    """The link of an address just as we wrote it: nothing doubled, nothing added but a language to be told in."""
    if len(texts) != 1 or not set(request.query_params.keys()) <= {"link", "lang"}:
        raise Unreadable
    link = links.unseal(_gate(request).keys, texts[0])
    if link.item_id != item.id:
        raise Unreadable
    return link


def _wanted(request: Request, item: rows.ContentItem, validators: Validators) -> tuple[int, list[Span]]:
    """The status that headers ask for (RFC 9110 §13.2.2), and the spans of a 206."""
    if validators.differs(request.headers):
        return 412, []
    if validators.unchanged(request.headers):
        return 304, []
    if request.method == "HEAD" or not validators.ranges_hold(request.headers):
        return 200, []
    try:
        wanted = spans(request.headers.get("range"), item.size)
    except Unsatisfiable:
        return 416, []
    return (206, wanted) if wanted else (200, [])


def _answer(
    request: Request, item: rows.ContentItem, action: Action, validators: Validators, status: int, wanted: list[Span]
) -> Response:
    headers = {**HEADERS, **validators.headers}
    if status == 412:
        return problem(412, Code.PRECONDITION_FAILED, headers=headers)
    if status == 416:
        return problem(416, Code.RANGE_NOT_SATISFIABLE, headers={**headers, "Content-Range": f"bytes */{item.size}"})
    path = _gate(request).store.path(item.sha256)
    headers["Content-Disposition"] = streaming.disposition(_kind(item, action, media.of_file(path)), item.file_name)
    if status == 304:
        return Response(None, 304, headers)
    if request.method == "HEAD":
        return Response(None, 200, {**headers, "Content-Type": item.media_type, "Content-Length": str(item.size)})
    if wanted:
        return streaming.partial(path, item.size, item.media_type, headers, wanted)
    return streaming.whole(path, item.size, item.media_type, headers)


def _kind(item: rows.ContentItem, action: Action, proven: str | None) -> str:
    """`inline` only where the bytes prove a type that browsers may show; whoever downloads wants a file."""
    return "inline" if action is Action.VIEW and proven == item.media_type in media.INLINE else "attachment"


async def _refused(request: Request, session: AsyncSession, closed: Closed, *, of_link: bool = False) -> Response:
    """Why not: a page for browsers, problem+json (RFC 9457) for programs."""
    answer = closed.answer
    status = 401 if answer.reason is AccessReason.SIGN_IN_REQUIRED and not of_link else 403
    facts = await explanation.gather(session, answer, closed.viewer, closed.asked)
    tags = pages.languages(request)
    grants = await _gate(request).grants(session) if answer.reason is AccessReason.ATTRIBUTE_MISSING else None
    asking = await declaring.at_the_gate(request, session, grants, answer, facts, tags)
    if pages.wants_page(request):
        return pages.render_refusal(
            request,
            answer,
            facts,
            status=status,
            decision_id=closed.decision_id,
            target=_address(request),
            declaring=asking,
        )
    return problem(
        status,
        Code.ACCESS_REFUSED,
        explanation.message(answer, facts, tags),
        headers=_challenge(request) if status == 401 else None,
        reason=answer.reason.name,
        action=answer.action.name,
        decisionId=closed.decision_id,
        why=pages.why_url(closed.decision_id),
        help=explanation.help_path(answer.reason),
        missing=declaring.missing(answer, facts, asking, tags),
        declared=stated(closed.asked.context.use),
        remedies=[_remedy(request, remedy, explanation.remedy(remedy, facts, tags)) for remedy in answer.remedies],
    )


def _remedy(request: Request, remedy: Remedy, message: str) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": remedy.kind.name, "message": message}
    if remedy.kind is RemedyKind.SIGN_IN:
        told["url"] = pages.sign_in_url(_address(request))
    if remedy.available_on:
        told["availableOn"] = remedy.available_on.isoformat()
    return told


def _challenge(request: Request) -> dict[str, str]:
    """A 401 must say how to sign in (RFC 9110 §11.6.1); there is no registered scheme for the browser's own way."""
    return {"WWW-Authenticate": f'SignIn realm="Mutua", uri="{pages.sign_in_url(_address(request))}"'}


def _address(request: Request) -> str:
    """The gate's address as it was asked for, without a link: where signing in leads back to."""
    asked = {name: value for name in ("action", *FACTS) if (value := request.query_params.get(name))}
    return request.url.path + (f"?{urlencode(asked)}" if asked else "")


def _unknown(request: Request) -> Response:
    if pages.wants_page(request):
        return pages.render_error(request, "not_found", 404)
    return problem(404, Code.NOT_FOUND, messages.sentence("error.not_found", pages.languages(request)))


def _over(request: Request) -> Response:
    """Nothing tells one bad link from another: too late, forged, signed out."""
    if pages.wants_page(request):
        return pages.render_error(request, "link_refused", 403, retry_url=request.url.path)
    detail = messages.sentence("error.link_refused", pages.languages(request))
    return problem(403, Code.LINK_REFUSED, detail, headers={"Cache-Control": "no-store"}, open=request.url.path)
