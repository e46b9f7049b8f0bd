"""Pages say the same in both languages, keep markup as text and run nothing that isn't ours."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from fastapi import FastAPI, Request
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.responses import HTMLResponse

from api import explanations, pages, pages_release, pages_sign_in, privacy, query_page, release, resolve
from api.problem import CODES, problem
from auth import claims
from auth.pages import Out
from auth.refusals import Error, Refusal
from auth.saml import routes
from domain import messages
from domain.discovery import Institution, Served
from domain.explanation import Facts
from domain.rights.answer import Refused, Remedy
from models import licence as licences
from models.vocabulary import (
    AccessReason,
    Action,
    ClauseVisibility,
    IdentityProtocol,
    RemedyKind,
    Role,
    TermStatus,
)
from schema.kit import ids

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'
NAMES = {"zh": f"自然{EVIL}", "en": f"Nature{EVIL}"}
CLAUSE = licences.Clause(
    id=uuid4(),
    licence_id=uuid4(),
    number="3.1",
    position=1,
    summary={"zh": "只限馆内使用", "en": "Only on the premises"},
    visibility=ClauseVisibility.PUBLIC,
)
TERM = licences.Term(id=uuid4(), licence_id=uuid4(), action=Action.VIEW, status=TermStatus.PERMITTED_EXPLICIT)
FACTS = Facts(
    resource=NAMES, member=NAMES, licence=NAMES, licensor=NAMES, clause=CLAUSE, clause_text="<b>text</b>", term=TERM
)


MEMBER = uuid4()
INSTITUTION = Institution(
    uuid4(),
    f"https://idp.example.edu/{EVIL}",
    IdentityProtocol.SAML,
    NAMES,
    (Served(MEMBER, "lzu", NAMES, ("lzu.edu.cn",)),),
    NAMES,
    {},
    error_url="https://idp.example.edu/help?code=ERRORURL_CODE",
)
SPEAKER = claims.Speaker(INSTITUTION.issuer, {"lzu.edu.cn": MEMBER})
RELEASE = claims.examine(
    {
        "eduPersonScopedAffiliation": ["student@lzu.edu.cn", f"staff@{EVIL}", "emperor@lzu.edu.cn"],
        "eduPersonEntitlement": ["urn:mace:dir:entitlement:common-lib-terms"],
        f"mail{EVIL}": [EVIL],
    },
    SPEAKER,
)


def refused(reason: AccessReason) -> Refused:
    remedies = tuple(Remedy(kind, available_on=date(2027, 1, 1)) for kind in RemedyKind)
    return Refused(Action.VIEW, uuid4(), reason, licence_id=CLAUSE.licence_id, remedies=remedies)


def stage() -> FastAPI:
    app = FastAPI()
    app.include_router(explanations.router)
    app.mount(pages.STATIC, pages.assets())

    @app.get("/refusal/{reason}")
    async def refusal(request: Request, reason: AccessReason) -> HTMLResponse:
        return pages.render_refusal(request, refused(reason), FACTS, status=403, decision_id="abc/def")

    @app.get("/error/{code}")
    async def error(request: Request, code: str) -> HTMLResponse:
        return pages.render_error(request, code, 403, member=EVIL)

    @app.get("/login")
    async def login(request: Request) -> HTMLResponse:
        choices = [
            pages_sign_in.Choice({"zh": "兰州大学", "en": "Lanzhou University"}, "/login?member=lzu"),
            pages_sign_in.Choice(NAMES, "/login?member=evil", through=NAMES),
        ]
        return pages_sign_in.render_chooser(
            request,
            choices,
            remembered=choices,
            kept={"target": EVIL},
            resource=NAMES,
            everything="/login",
            outside="https://discovery.example",
            forget="/login/forget",
        )

    @app.get("/sign-in-refused/{error}")
    async def sign_in_refused(request: Request, error: Error) -> HTMLResponse:
        refusal = Refusal(error, release=RELEASE, institution=INSTITUTION)
        about = release.trouble(refusal, "https://mutua.example", datetime(2026, 12, 1, tzinfo=UTC), "0123")
        return pages_release.render_refused(request, refusal, about, number="0123", retry_url="/login")

    @app.get("/release")
    async def released(request: Request) -> HTMLResponse:
        return pages_release.render_release(request, RELEASE, INSTITUTION, "https://mutua.example")

    @app.get("/post")
    async def post(request: Request) -> HTMLResponse:
        return pages_sign_in.render_post(request, action="https://idp.example.edu/sso", fields={"SAMLRequest": EVIL})

    @app.get("/invitation")
    async def invitation(request: Request) -> HTMLResponse:
        return pages_sign_in.render_invitation(
            request,
            role=Role.MEMBER_LIBRARIAN,
            member=NAMES,
            until=datetime(2026, 12, 1, tzinfo=UTC),
            action="/invitation/x",
            form_origins=["https://idp.example.edu"],
        )

    @app.get("/roles")
    async def roles(request: Request) -> HTMLResponse:
        return pages_sign_in.render_roles(request, [(Role.MEMBER_LIBRARIAN, NAMES)])

    @app.get("/logout")
    async def logout(request: Request) -> HTMLResponse:
        return pages_sign_in.render_sign_out(request)

    @app.get("/")
    async def home(request: Request) -> HTMLResponse:
        return pages.render_home(request)

    @app.get("/out")
    async def out(request: Request) -> HTMLResponse:
        return pages_sign_in.render_signed_out(request)

    return app


async def get(path: str, language: str = "en") -> Response:
    async with AsyncClient(transport=ASGITransport(app=stage()), base_url="http://test") as client:
        return await client.get(path, headers={"Accept": "text/html", "Accept-Language": language})


EVERY = [
    "/",
    "/help",
    "/help/embargoed",
    "/problems/ACCESS_REFUSED",
    "/refusal/remote_not_allowed",
    "/error/invitation_other_member",
    "/login",
    "/invitation",
    "/roles",
    "/logout",
    "/out",
    "/post",
    "/release",
    *(f"/sign-in-refused/{error}" for error in Error),
]


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_no_page_runs_what_a_name_carries(path: str, language: str) -> None:
    answer = await get(path, language)
    assert "alert(1)</script>" not in answer.text
    assert "<img src=x" not in answer.text
    assert "<b>text</b>" not in answer.text
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text), "an inline script"
    assert not re.search(r"<style|\sstyle=|\son\w+=", answer.text.replace("onerror=alert(1)&gt;", ""))
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", EVERY)
async def test_no_page_is_kept_by_a_cache_or_leaks_its_address(path: str) -> None:
    headers = (await get(path)).headers
    assert headers["cache-control"] == "private, no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", EVERY)
async def test_every_page_speaks_the_readers_language(path: str) -> None:
    chinese, english = await get(path, "zh-CN"), await get(path, "en-GB")
    assert chinese.headers["content-language"] == "zh"
    assert '<html lang="zh-Hans">' in chinese.text
    assert '<html lang="en">' in english.text
    without_switch = re.sub(r'<a href="[^"]*" lang="zh-Hans"[^>]*>中文</a>', "", english.text)
    own = re.sub(r"自然|兰州大学|<blockquote[^>]*zh-Hans[^<]*", "", without_switch)
    assert not re.search(r"[\u4e00-\u9fff]", own)


@pytest.mark.parametrize("reason", AccessReason)
async def test_every_reason_has_its_page_under_the_name_of_the_api_too(reason: AccessReason) -> None:
    for name in (reason.value, reason.name):
        answer = await get(f"/help/{name}")
        assert answer.status_code == 200
        assert reason.name in answer.text


async def test_a_reason_that_does_not_exist_has_no_page() -> None:
    assert (await get("/help/because")).status_code == 404


@pytest.mark.parametrize("code", CODES)
async def test_the_type_of_every_problem_leads_to_a_page_in_both_languages(code: str) -> None:
    address = orjson.loads(problem(400, CODES[code]).body)["type"]
    for language in messages.LANGUAGES:
        answer = await get(address, language)
        assert (answer.status_code, answer.headers["content-language"]) == (200, language)
        assert code in answer.text
        assert messages.sentence(f"error.{CODES[code].value}.title", language).replace("'", "&#39;") in answer.text


async def test_a_code_that_does_not_exist_has_no_page() -> None:
    assert (await get("/problems/not_found")).status_code == 404


def test_no_code_is_without_a_sentence_nor_a_sentence_without_a_code() -> None:
    assert {code.value for code in CODES.values()} | {"decision_unreadable"} == messages.keys("error")


@pytest.mark.parametrize("reason", AccessReason)
async def test_a_refusal_names_reason_clause_and_remedies(reason: AccessReason) -> None:
    answer = await get(f"/refusal/{reason.value}")
    assert answer.status_code == 403
    assert f"/help/{reason.value}" in answer.text
    assert "3.1" in answer.text
    assert "Only on the premises" in answer.text
    assert "1 January 2027" in answer.text
    assert 'href="/why/abc%2Fdef"' in answer.text
    (led,) = re.findall(r'href="/login\?target=%2Frefusal%2F([^"&]+)&amp;resource=([^"]+)"', answer.text)
    assert (led[0], (ids.reveal(led[1]) or ("", None))[0]) == (reason.value, "Resource")


async def test_a_reader_can_switch_the_language_and_keeps_it() -> None:
    answer = await get("/help?lang=zh", "en")
    assert answer.headers["content-language"] == "zh"
    assert 'href="/help/embargoed?lang=zh"' in answer.text


async def test_accepting_an_invitation_may_lead_to_the_institution() -> None:
    policy = (await get("/invitation")).headers["content-security-policy"]
    assert "form-action 'self' https://idp.example.edu https:;" in policy


@pytest.mark.parametrize(
    ("accept", "page"),
    [("text/html,application/xhtml+xml,*/*;q=0.8", True), ("*/*", False), ("application/json", False), ("", False)],
)
def test_only_a_browser_is_shown_a_page(accept: str, page: bool) -> None:
    assert pages.wants_page(Request({"type": "http", "headers": [(b"accept", accept.encode())]})) is page


async def test_styles_are_served_with_their_type() -> None:
    answer = await get("/static/pages.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("word", sorted(messages.keys("page")))
def test_no_word_of_the_pages_is_left_over(word: str) -> None:
    modules = (explanations, messages, pages, pages_release, pages_sign_in, privacy, resolve, routes)
    sources = [*(Path(str(module.__file__)) for module in modules), *pages.FOLDER.glob("*.html")]
    said = word.removeprefix("query_") in query_page.WORDS or word in {f"signed_out_{out}" for out in Out}
    assert said or any(re.search(rf"['\"](page\.)?{word}['\"]", source.read_text()) for source in sources)
