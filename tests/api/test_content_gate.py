"""GET /content/{id}: who gets in, who doesn't and is told why, and what is recorded of it."""

import uuid
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from api.settings import Settings
from domain.content import gate as gates
from models import content as rows
from models.vocabulary import AccessBasis, AccessReason, Action, Affiliation, UsageKind
from schema.kit import ids
from tests.content.library import CAMPUS, HOME, PDF, Library, address, library, link_of, reader, signed

PAGE = {"Accept": "text/html"}
FROM_HOME = {"X-Forwarded-For": HOME}
ON_CAMPUS = {"X-Forwarded-For": CAMPUS}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Behind a proxy on this machine, so that a test can say where somebody is."""
    return settings.model_copy(update={"trusted_proxies": Settings(trusted_proxies="127.0.0.1/32").trusted_proxies})


@pytest.fixture
async def mutua(app: FastAPI) -> AsyncIterator[Library]:
    async with library(app) as opened:
        yield opened


async def test_open_content_is_for_everybody_and_is_counted_once(mutua: Library) -> None:
    item = await mutua.item("free/open")
    async with reader(mutua.url, **FROM_HOME) as anybody:
        answer = await anybody.get(address(item))
        assert answer.status_code == 200
        assert answer.content == PDF
        assert [hop.status_code for hop in answer.history] == [303]
        for _ in range(3):
            part = await anybody.get(answer.url, headers={"Range": "bytes=0-8"})
            assert (part.status_code, part.content) == (206, PDF[:9])
    [decision] = await mutua.all(rows.Decision)
    [reading] = await mutua.all(rows.Reading)
    [event] = await mutua.all(rows.UsageEvent)
    assert (decision.granted, decision.basis, decision.content_item_id) == (True, AccessBasis.OPEN_ACCESS, item.id)
    assert (reading.decision_id, reading.member_id, reading.signed_in) == (decision.id, None, False)
    assert (event.kind, event.action, event.resource_id) == (UsageKind.REQUEST, Action.VIEW, item.resource_id)
    assert event.decision_id == decision.id


async def test_a_student_reads_by_her_universitys_licence(mutua: Library) -> None:
    item = await mutua.item("journals/journal")
    cookie = await mutua.sign_in("pku", Affiliation.STUDENT)
    async with reader(mutua.url, **cookie, **FROM_HOME) as student:
        assert (await student.get(address(item))).content == PDF
    [event] = await mutua.all(rows.UsageEvent)
    assert event.member_id == mutua.world.id("member", "pku")


async def test_the_signed_address_needs_no_cookie(mutua: Library) -> None:
    item = await mutua.item("journals/journal")
    cookie = await mutua.sign_in()
    async with reader(mutua.url, **FROM_HOME) as program:
        redirect = await program.get(address(item), headers=cookie, follow_redirects=False)
        assert redirect.status_code == 303
        assert redirect.headers["cache-control"] == "no-store"
        assert redirect.headers["referrer-policy"] == "no-referrer"
        assert (await program.get(redirect.headers["location"])).content == PDF


async def test_nobody_known_is_asked_to_sign_in(mutua: Library) -> None:
    item = await mutua.item("journals/journal")
    async with reader(mutua.url, **FROM_HOME) as anybody:
        answer = await anybody.get(address(item))
        page = await anybody.get(f"{address(item)}?action=view", headers={**PAGE, "Accept-Language": "zh"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("SignIn ")
    problem = answer.json()
    assert (problem["status"], problem["reason"], problem["action"]) == (401, "SIGN_IN_REQUIRED", "VIEW")
    assert problem["help"] == "/help/sign_in_required"
    assert problem["remedies"][0]["kind"] == "SIGN_IN"
    assert problem["remedies"][0]["url"].startswith("/login?target=%2Fcontent%2F")
    assert page.status_code == 401
    assert page.headers["content-type"].startswith("text/html")
    assert "/login?target=" in page.text
    assert "%3Faction%3Dview" in page.text
    assert 'lang="zh-Hans"' in page.text
    assert await mutua.counts() == (0, 0, 0)


async def test_a_refusal_to_somebody_signed_in_is_on_record(mutua: Library) -> None:
    item = await mutua.item("journals/journal")
    cookie = await mutua.sign_in("lzu")
    async with reader(mutua.url, **cookie, **FROM_HOME) as stranger:
        answer = await stranger.get(address(item))
        page = await stranger.get(address(item), headers=PAGE)
    assert (answer.status_code, answer.json()["reason"]) == (403, "NO_ENTITLEMENT")
    assert "www-authenticate" not in answer.headers
    assert page.status_code == 403
    recorded = await mutua.all(rows.Decision)
    assert {decision.reason for decision in recorded} == {AccessReason.NO_ENTITLEMENT}
    assert await mutua.all(rows.Reading) == []
    denials = await mutua.all(rows.UsageEvent)
    assert {(event.kind, event.member_id) for event in denials} == {
        (UsageKind.NO_LICENSE, mutua.world.id("member", "lzu"))
    }
    assert {event.decision_id for event in denials} == {decision.id for decision in recorded}


async def test_download_is_decided_for_itself(mutua: Library) -> None:
    journal, opened = await mutua.item("journals/journal"), await mutua.item("free/open")
    cookie = await mutua.sign_in()
    async with reader(mutua.url, **cookie, **FROM_HOME) as student:
        refused = await student.get(address(journal), params={"action": "download"})
        shown = await student.get(address(opened))
        saved = await student.get(address(opened), params={"action": "download"})
    assert (refused.status_code, refused.json()["reason"]) == (403, "TERM_PROHIBITS")
    assert shown.headers["content-disposition"].startswith("inline;")
    assert saved.headers["content-disposition"].startswith("attachment;")
    assert {event.action for event in await mutua.all(rows.UsageEvent) if event.kind is UsageKind.REQUEST} == {
        Action.VIEW,
        Action.DOWNLOAD,
    }


async def test_other_actions_open_nothing(mutua: Library) -> None:
    item = await mutua.item("free/open")
    async with reader(mutua.url, **FROM_HOME) as anybody:
        for action in ("print", "VIEW", "", "view&action=view", "%00"):
            assert (await anybody.get(f"{address(item)}?action={action}")).status_code == 400, action
    assert await mutua.counts() == (0, 0, 0)


async def test_whoever_stands_in_the_library_reads_its_own_collection(mutua: Library) -> None:
    item = await mutua.item("scrolls/scroll")
    await mutua.campus("pku")
    async with reader(mutua.url) as walk_in:
        assert (await walk_in.get(address(item), headers=ON_CAMPUS)).status_code == 200
        assert (await walk_in.get(address(item), headers=FROM_HOME)).status_code == 401


UNKNOWN = [
    ids.encode("ContentItem", uuid.UUID(int=1)),
    ids.encode("Resource", uuid.UUID(int=1)),
    str(uuid.UUID(int=1)),
    "x",
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "é",
    "A" * 5000,
]


async def test_what_is_not_there_is_unknown(mutua: Library) -> None:
    async with reader(mutua.url, **FROM_HOME) as anybody:
        for key in UNKNOWN:
            for method in ("GET", "HEAD"):
                assert (await anybody.request(method, f"/content/{key}")).status_code == 404, key
            answer = await anybody.get(f"/content/{key}")
            page = await anybody.get(f"/content/{key}", headers=PAGE)
            assert answer.headers["content-type"] == "application/problem+json", key
            assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8"), key


async def test_only_reading_methods_are_served(mutua: Library) -> None:
    item = await mutua.item("free/open")
    async with reader(mutua.url, **FROM_HOME) as anybody:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            assert (await anybody.request(method, address(item))).status_code == 405, method
    assert await mutua.counts() == (0, 0, 0)


async def test_head_decides_but_reads_nothing(mutua: Library) -> None:
    item = await mutua.item("free/open")
    async with reader(mutua.url, **FROM_HOME) as anybody:
        answer = await anybody.head(address(item))
    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(len(PDF))
    assert answer.content == b""
    assert await mutua.counts() == (1, 0, 0)


async def test_a_missing_file_is_refused_and_opens_nothing(mutua: Library) -> None:
    item = await mutua.item("scrolls/scroll")
    mutua.gate.store.path(item.sha256).unlink()
    cookie = await mutua.sign_in("pku")
    async with reader(mutua.url, **cookie, **FROM_HOME) as student:
        answer = await student.get(address(item))
    assert (answer.status_code, answer.json()["reason"]) == (403, "CONTENT_UNAVAILABLE")
    assert await mutua.all(rows.Reading) == []


async def test_an_item_without_a_date_is_refused_where_the_right_is_limited(mutua: Library) -> None:
    dated, undated = (
        await mutua.item("journals/journal"),
        await mutua.item("journals/journal", PDF + b"%", published=None),
    )
    cookie = await mutua.sign_in()
    async with reader(mutua.url, **cookie, **FROM_HOME) as student:
        assert (await student.get(address(dated))).status_code == 200
        assert (await student.get(address(undated))).status_code == 403


async def test_an_item_belongs_to_the_copy_that_it_is_of(mutua: Library) -> None:
    """Another package's right to the same title opens nothing of this one (design §4, rule 10)."""
    item = await mutua.item("scrolls/scroll")
    await mutua.change(
        "INSERT INTO package_title (package_id, resource_id) SELECT :package, :resource",
        package=mutua.world.id("package", "journals"),
        resource=mutua.world.id("resource", "scroll"),
    )
    await mutua.change(
        "UPDATE package SET provider_id = :press WHERE code = 'scrolls'", press=mutua.world.id("provider", "press")
    )
    cookie = await mutua.sign_in("pku")
    async with reader(mutua.url, **cookie, **FROM_HOME) as student:
        assert (await student.get(address(item))).status_code == 403


async def test_links_stay_out_of_the_log(mutua: Library, caplog: pytest.LogCaptureFixture) -> None:
    item = await mutua.item("free/open")
    with caplog.at_level("DEBUG"):
        async with reader(mutua.url, **FROM_HOME) as anybody:
            redirect = await anybody.get(address(item), follow_redirects=False)
            text = link_of(redirect)
            assert (await anybody.get(redirect.headers["location"])).status_code == 200
            assert (await anybody.get(signed(item, text + "x"))).status_code == 403
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("mutua")]
    assert any("/content/" in line for line in ours)
    assert not any(text[-40:] in line or "link=" in line for line in ours)


def test_the_gate_opens_for_viewing_and_downloading_only() -> None:
    assert {Action.VIEW, Action.DOWNLOAD} == gates.ACTIONS
