"""/privacy: what is known of whoever asks, in words, as a file, and erased. Works without script.

What changes anything, and the file itself, must be asked for by a page of ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import language, pages, pages_sign_in
from api.database import Transaction
from api.entrance import Entrance
from api.problem import Code, problem
from auth import cookies, remembered
from auth.origin import same_origin
from auth.refusals import Error, Refusal
from auth.site import site_of
from auth.viewer import viewer_of
from domain import explanation, messages, personal_file, privacy
from domain.personal_file import Part
from models.vocabulary import Kept

PAGE = "/privacy"
SHOWN = 20
"""Acts on the page; the file has all of them."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(language.house)])


@dataclass(frozen=True, slots=True)
class _Told:
    """How the page says names, days, moments and coded words, in the reader's language and the consortium's time."""

    tags: Sequence[str]
    zone: ZoneInfo

    def name(self, names: dict[str, str]) -> str:
        return messages.localised(names, self.tags)

    def word(self, value: Any) -> str:
        return messages.word(value, self.tags)

    def words(self, values: Sequence[Any] | None) -> str:
        separator = messages.sentence("page.list_separator", self.tags)
        return separator.join(self.word(one) for one in values or ())

    def scope(self, name: str) -> str:
        """What a scope allows; one that was given up is told by its name."""
        return messages.sentence(f"scope.{name}", self.tags) if name in messages.keys("scope") else name

    def day(self, value: Any) -> str:
        return messages.day(value, self.tags)

    def moment(self, value: datetime) -> str:
        here = value.astimezone(self.zone)
        return f"{messages.day(here.date(), self.tags)} {here:%H:%M}"


@router.api_route(PAGE, methods=["GET", "HEAD"])
async def shown(request: Request, session: Transaction) -> Response:
    """The page."""
    known = await _known(request, session, most=SHOWN)
    home = await explanation.consortium(session)
    tags = pages.languages(request)
    return pages.page(
        request,
        "privacy.html",
        title="privacy_title",
        tags=tags,
        known=known,
        told=_Told(tags, ZoneInfo(home.time_zone)),
        kept=[(messages.word(what, tags), _span(period, tags)) for what, period in _kept(request).items()],
        sign_in_url=pages.sign_in_url(PAGE),
    )


@router.get(f"{PAGE}/export")
async def export(request: Request, session: Transaction) -> Response:
    """The file: all of it, as JSON (docs/privacy.md)."""
    if not _ours(request):
        return _refused(request, "personal data asked for from elsewhere")
    known = await _known(request, session)
    if known is None:
        if pages.wants_page(request):
            return RedirectResponse(pages.sign_in_url(PAGE), 303, {"Cache-Control": "no-store"})
        return problem(401, Code.UNAUTHENTICATED)
    name = f"{personal_file.FORMAT}-{known['made_at']:%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(orjson.dumps(known, option=orjson.OPT_INDENT_2), 200, headers, "application/json")


@router.post(f"{PAGE}/sign-out")
async def sign_out(request: Request, session: Transaction) -> Response:
    """End her sign-ins in every browser."""
    if not _ours(request):
        return _refused(request, "signing out everywhere asked for from elsewhere")
    await privacy.sign_out(session, await viewer_of(request, session))
    return _parted(request, pages_sign_in.render_signed_out(request))


@router.post(f"{PAGE}/withdraw")
async def withdraw(request: Request, session: Transaction) -> Response:
    """Take back what she allowed an app, and show how it stands; so too where there is nothing to take back."""
    if not _ours(request):
        return _refused(request, "taking an app's rights back asked for from elsewhere")
    async with request.form(max_files=0, max_fields=10) as form:
        client_id = _key(form.get("client"))
    if client_id:
        await privacy.withdraw(session, await viewer_of(request, session), client_id)
    return RedirectResponse(PAGE, 303, {"Cache-Control": "no-store"})


@router.post(f"{PAGE}/erase")
async def erase(request: Request, session: Transaction) -> Response:
    """Erase what is known of her; nobody's request, or a second one, leads back to the page, which says so."""
    if not _ours(request):
        return _refused(request, "erasing asked for from elsewhere")
    viewer = await viewer_of(request, session)
    if not viewer.signed_in:
        return RedirectResponse(PAGE, 303, {"Cache-Control": "no-store"})
    async with request.form(max_files=0, max_fields=10) as form:
        confirmed = form.get("confirm") == "yes"
    if not confirmed:
        return _unchanged(request, "not_confirmed", 400)
    try:
        await privacy.erase(session, viewer)
    except privacy.LastAdmin:
        return _unchanged(request, "last_admin", 409)
    answer = pages.page(request, "erased.html", title="erased_title")
    remembered.forget(answer)
    return _parted(request, answer)


async def _known(request: Request, session: AsyncSession, most: int | None = None) -> Part | None:
    viewer = await viewer_of(request, session)
    limits = request.app.state.settings.retention
    return await personal_file.whole(session, viewer, limits, datetime.now(UTC), most)


def _kept(request: Request) -> dict[Kept, Any]:
    return privacy.kept(request.app.state.settings.retention)


def _span(period: Any, tags: Sequence[str]) -> str:
    """In whole days, or else hours: settings are seldom finer."""
    if period is None:
        return messages.sentence("page.kept_for_good", tags)
    days, hours = period.days, round(period.total_seconds() / 3600)
    if days and hours == days * 24:
        number, unit = days, "page.day" if days == 1 else "page.days"
    else:
        number, unit = hours, "page.hour" if hours == 1 else "page.hours"
    return f"{number} {messages.sentence(unit, tags)}"


def _key(value: Any) -> UUID | None:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        return None


def _ours(request: Request) -> bool:
    return same_origin(request, site_of(request).public_url)


def _refused(request: Request, cause: str) -> Response:
    return Entrance().refused(request, Refusal(Error.REQUEST_REFUSED, cause))


def _unchanged(request: Request, code: str, status: int) -> Response:
    """Why nothing was erased."""
    tags = pages.languages(request)
    return pages.page(
        request,
        "message.html",
        title="not_erased_title",
        tags=tags,
        status=status,
        text=messages.sentence(f"problem.{code}", tags),
        code=code.upper(),
        retry_url=PAGE,
    )


def _parted(request: Request, answer: Response) -> Response:
    """The same without the cookie, which is worth nothing any more."""
    cookies.take(answer, site_of(request), cookies.SESSION)
    return answer
